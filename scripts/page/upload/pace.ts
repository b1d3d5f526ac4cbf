/**
 * How fast it goes, and how long it takes.
 *
 * @module
 */

/** What is measured over, in milliseconds. */
const SPAN = 5000;

/** Measures bytes against time. */
export interface Pace {
  /** Takes down how many bytes have gone at a time in milliseconds. */
  readonly note: (bytes: number, now: number) => void;
  /** Bytes a second, lately; `undefined` where too little has been seen. */
  readonly speed: () => number | undefined;
}

/** Begins to measure. */
export function createPace(): Pace {
  let points: Array<readonly [bytes: number, time: number]> = [];
  return {
    note(bytes, now) {
      points = [...points.filter(([, time]) => now - time <= SPAN), [
        bytes,
        now,
      ]];
    },
    speed() {
      const [first, last] = [points[0], points.at(-1)];
      if (first === undefined || last === undefined) return undefined;
      const seconds = (last[1] - first[1]) / 1000;
      return seconds < 0.5 ? undefined : (last[0] - first[0]) / seconds;
    },
  };
}

/** How long it takes, as people say it: `8 s`, `2 min`, `1 h 20 min`. */
export function formatDuration(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 60) return `${minutes} min`;
  const rest = minutes % 60;
  return `${Math.floor(minutes / 60)} h${rest > 0 ? ` ${rest} min` : ""}`;
}
