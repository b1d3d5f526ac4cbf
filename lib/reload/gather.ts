/**
 * Gathers changes until there is silence: a build writes many files.
 *
 * @module
 */

import type { Change } from "../ports/watch.ts";

/** Where to look again. */
export interface Hints {
  readonly paths: ReadonlySet<string>;
  /** Anything may have changed. */
  readonly isAny: boolean;
}

export interface Gather {
  readonly add: (change: Change) => void;
  /** What has come, as soon as it is gathered; nothing after some milliseconds without any, or at the end. */
  readonly next: (milliseconds: number) => Promise<Hints>;
  /** Ends it: a `next` that waits settles. */
  readonly close: () => void;
}

/** How many milliseconds of silence end a burst: changes are to be seen within 150. */
const QUIET_MS = 50;
/** How many milliseconds of changes are gathered at most, of a build that does not stop to write. */
const MOST_MS = 500;
/**
 * From so many changes in a burst on, anything may have changed: to look at everything takes no
 * longer, and Linux holds 16,384 of them for a program that is busy. Node.js does not tell when it
 * has lost some.
 */
const MOST_CHANGES = 2000;

export function createGather(): Gather {
  let paths = new Set<string>();
  let [count, first, last] = [0, 0, 0];
  let isAny = false;
  let isClosed = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wake = () => {};
  const wait = (milliseconds: number) =>
    new Promise<void>((resolve) => {
      wake = resolve;
      timer = setTimeout(resolve, milliseconds);
    }).finally(() => clearTimeout(timer));
  return {
    add: (change) => {
      last = performance.now();
      if (count++ === 0) {
        first = last;
        wake();
      }
      if (change.kind === "any" || count > MOST_CHANGES) isAny = true;
      else paths.add(change.path);
    },
    next: async (milliseconds) => {
      const end = performance.now() + milliseconds;
      for (;;) {
        const due = count === 0
          ? end
          : Math.min(last + QUIET_MS, first + MOST_MS);
        const left = due - performance.now();
        if (isClosed || left <= 0) break;
        await wait(left);
      }
      const hints = { paths, isAny };
      [paths, isAny, count] = [new Set(), false, 0];
      return hints;
    },
    close: () => {
      isClosed = true;
      wake();
    },
  };
}
