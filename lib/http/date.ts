/**
 * Dates as HTTP writes them (RFC 9110 §5.6.7): one format is sent, three are understood.
 *
 * @module
 */

const MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";
const IMF_FIXDATE_REGEXP =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (?<day>\d\d) (?<month>[A-Z][a-z]{2}) (?<year>\d{4}) (?<time>\d\d:\d\d:\d\d) GMT$/;
const RFC_850_REGEXP =
  /^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (?<day>\d\d)-(?<month>[A-Z][a-z]{2})-(?<year>\d\d) (?<time>\d\d:\d\d:\d\d) GMT$/;
const ASCTIME_REGEXP =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) (?<time>\d\d:\d\d:\d\d) (?<year>\d{4})$/;

/**
 * Writes a moment as an IMF-fixdate (RFC 9110 §5.6.7).
 *
 * @param time Milliseconds since the epoch; a fraction of a second is dropped.
 * @returns Text such as `Sun, 06 Nov 1994 08:49:37 GMT`.
 *
 * @example Usage
 * ```ts
 * import { formatHttpDate } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(formatHttpDate(784111777999), "Sun, 06 Nov 1994 08:49:37 GMT");
 * ```
 */
export function formatHttpDate(time: number): string {
  return new Date(time).toUTCString();
}

/**
 * Reads an HTTP-date in any of its three formats (RFC 9110 §5.6.7).
 *
 * @param text The field value.
 * @param now Milliseconds since the epoch; decides the century of a two-digit year.
 * @returns Milliseconds since the epoch, or `undefined` when the text is no HTTP-date.
 *
 * @example Usage
 * ```ts
 * import { parseHttpDate } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * const now = Date.UTC(2026, 0, 1);
 * assertEquals(parseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT", now), 784111777000);
 * assertEquals(parseHttpDate("Sunday, 06-Nov-94 08:49:37 GMT", now), 784111777000);
 * assertEquals(parseHttpDate("Sun Nov  6 08:49:37 1994", now), 784111777000);
 * assertEquals(parseHttpDate("1994-11-06", now), undefined);
 * ```
 */
export function parseHttpDate(text: string, now: number): number | undefined {
  const match = IMF_FIXDATE_REGEXP.exec(text) ?? RFC_850_REGEXP.exec(text) ??
    ASCTIME_REGEXP.exec(text);
  if (match === null) return undefined;
  const { year = "", month = "", day = "", time = "" } = match.groups ?? {};
  const at = MONTHS.indexOf(month) / 3;
  if (!Number.isInteger(at) || at < 0) return undefined;
  const fullYear = year.length === 2 ? centuryOf(+year, now) : +year;
  return moment(fullYear, at, +day, time);
}

/** A year that seems to be more than 50 years in the future is in the past (RFC 9110 §5.6.7). */
function centuryOf(year: number, now: number): number {
  const thisYear = new Date(now).getUTCFullYear();
  const candidate = thisYear - thisYear % 100 + year;
  return candidate > thisYear + 50 ? candidate - 100 : candidate;
}

function moment(
  year: number,
  month: number,
  day: number,
  time: string,
): number | undefined {
  const [hour = 0, minute = 0, second = 0] = time.split(":").map(Number);
  // The grammar has second 60, for leap seconds, which clocks here do not have.
  if (hour > 23 || minute > 59 || second > 60 || year < 100) return undefined;
  const date = Date.UTC(year, month, day);
  if (new Date(date).getUTCDate() !== day) return undefined;
  return date + ((hour * 60 + minute) * 60 + Math.min(second, 59)) * 1000;
}
