/**
 * Dates as logs write them.
 *
 * @module
 */

import { latest } from "../http/cache.ts";

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const HOUR_MINUTES = 60;

/**
 * Writes a moment as `http.server` does, in local time.
 *
 * @param time Milliseconds since the epoch.
 * @returns Text such as `20/Nov/2026 16:00:00`.
 *
 * @example Usage
 * ```ts
 * import { formatLogDate } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(formatLogDate(new Date(2026, 10, 20, 16).getTime()), "20/Nov/2026 16:00:00");
 * ```
 */
export function formatLogDate(time: number): string {
  return dateOfSecond(Math.floor(time / 1000));
}

/** The lines of a second all say the same. */
const dateOfSecond = latest((second: number) => {
  const { day, clock } = partsOf(new Date(1000 * second));
  return `${day} ${clock}`;
});

/**
 * Writes a moment as the Common Log Format does: in local time, with its distance from UTC.
 *
 * @param time Milliseconds since the epoch.
 * @param zone Minutes that local time is ahead of UTC; by default as it is here.
 * @returns Text such as `21/Nov/2026:07:00:00 +0000`.
 *
 * @example Usage
 * ```ts
 * import { formatZonedDate } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * const time = Date.UTC(2026, 10, 21, 7);
 * assertEquals(formatZonedDate(time, -90), "21/Nov/2026:05:30:00 -0130");
 * ```
 */
export function formatZonedDate(
  time: number,
  zone: number = -new Date(time).getTimezoneOffset(),
): string {
  const ahead = zone * 60_000;
  const { day, clock } = partsOf(new Date(time + ahead), "UTC");
  const [hours, minutes] = [
    Math.trunc(Math.abs(zone) / HOUR_MINUTES),
    Math.abs(zone) % HOUR_MINUTES,
  ];
  const sign = zone < 0 ? "-" : "+";
  return `${day}:${clock} ${sign}${two(hours)}${two(minutes)}`;
}

function partsOf(date: Date, prefix: "" | "UTC" = ""): {
  readonly day: string;
  readonly clock: string;
} {
  const month = MONTHS[date[`get${prefix}Month`]()] ?? "";
  const clock = [
    date[`get${prefix}Hours`](),
    date[`get${prefix}Minutes`](),
    date[`get${prefix}Seconds`](),
  ];
  return {
    day: `${two(date[`get${prefix}Date`]())}/${month}/${
      date[`get${prefix}FullYear`]()
    }`,
    clock: clock.map(two).join(":"),
  };
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
