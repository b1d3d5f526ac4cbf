/**
 * HTTP-dates (RFC 9110 §5.6.7): one format is sent, three are read, and what scripts write; and when the times of a
 * file can stand for its bytes (§8.8.2.2, decision D2).
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
/** The first two formats with another zone, one digit for the day, or without the day of the week. */
const LOOSE_REGEXP =
  /^(?:[A-Z][a-z]{2,8}, ?)?(?<day>\d{1,2})[ -](?<month>[A-Z][a-z]{2})[ -](?<year>\d{4}|\d\d) (?<time>\d\d:\d\d:\d\d)(?: (?<zone>GMT|UTC|UT|Z|[+-][01]\d[0-5]\d))?$/;
/** `asctime` with a zone behind it, or, as `date` writes it, in front of the year. */
const LOOSE_ASCTIME_REGEXP =
  /^[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) {1,2}(?<day>\d{1,2}) (?<time>\d\d:\d\d:\d\d) (?:(?<zoneBefore>GMT|UTC) )?(?<year>\d{4})(?: (?<zone>GMT|UTC|[+-][01]\d[0-5]\d))?$/;

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

/** The years 0 to 9999, in milliseconds. */
const FIRST_TIMESTAMP = -62_167_219_200_000;
const LAST_TIMESTAMP = 253_402_300_799_999;

/**
 * Writes a moment as RFC 3339 has it, in UTC. Without a fraction, as Last-Modified has none: `fromdate`
 * of jq reads no other. A listing has thousands, and `toISOString` takes five times as long.
 *
 * @returns Text such as `1994-11-06T08:49:37Z`; `undefined` where the year has not four digits: disks
 * have times that ECMAScript has not (`touch -d @9000000000000`).
 */
export function formatTimestamp(time: number): string | undefined {
  if (!(time >= FIRST_TIMESTAMP && time <= LAST_TIMESTAMP)) return undefined;
  const seconds = Math.floor(time / 1000);
  const days = Math.floor(seconds / 86_400);
  const second = seconds - days * 86_400;
  const minute = Math.floor(second / 60);
  const hour = Math.floor(minute / 60);
  return `${formatDay(days)}T${twoDigits(hour)}:${
    twoDigits(minute - hour * 60)
  }:${twoDigits(second - minute * 60)}Z`;
}

/** The date of a day, counted from the epoch, by eras of 400 years that begin in March. */
function formatDay(days: number): string {
  const sinceMarch = days + 719_468;
  const era = Math.floor(sinceMarch / 146_097);
  const ofEra = sinceMarch - era * 146_097;
  const leapDays = Math.floor(ofEra / 1460) - Math.floor(ofEra / 36_524) +
    Math.floor(ofEra / 146_096);
  const yearOfEra = Math.floor((ofEra - leapDays) / 365);
  const ofYear = ofEra - 365 * yearOfEra - Math.floor(yearOfEra / 4) +
    Math.floor(yearOfEra / 100);
  const fromMarch = Math.floor((5 * ofYear + 2) / 153);
  const day = ofYear - Math.floor((153 * fromMarch + 2) / 5) + 1;
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const year = era * 400 + yearOfEra + (month < 3 ? 1 : 0);
  const digits = year < 1000 ? String(year).padStart(4, "0") : year;
  return `${digits}-${twoDigits(month)}-${twoDigits(day)}`;
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : `${value}`;
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
  return read(
    IMF_FIXDATE_REGEXP.exec(text) ?? RFC_850_REGEXP.exec(text) ??
      ASCTIME_REGEXP.exec(text),
    now,
  );
}

/** Reads a date as programs write it, who take no care: `asctime` with a zone, a numeric zone (RFC 5322 §3.3). */
export function parseLooseDate(text: string, now: number): number | undefined {
  const match = LOOSE_REGEXP.exec(text) ?? LOOSE_ASCTIME_REGEXP.exec(text);
  const time = read(match, now);
  const { zone = "", zoneBefore = zone } = match?.groups ?? {};
  if (time === undefined) return undefined;
  const moved = time - offsetOf(zoneBefore);
  // A zone can lead to a year that no HTTP-date has.
  const isDate = parseHttpDate(formatHttpDate(moved), now) !== undefined;
  return isDate ? moved : undefined;
}

/** How far a zone is ahead of UTC, in milliseconds; names stand for UTC. */
function offsetOf(zone: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d\d)(\d\d)$/.exec(zone) ?? [];
  const offset = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000;
  return sign === "-" ? -offset : offset;
}

function read(match: RegExpExecArray | null, now: number): number | undefined {
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

/** The times of a file, in milliseconds since the epoch. */
export interface FileTimes {
  /** The time of modification, where it is known; any program can set it. */
  readonly mtime?: number | undefined;
  /** The time of the last change of data or metadata, where it is known (not 0); no program can set it. */
  readonly changed?: number | undefined;
}

/**
 * `telling`: other bytes have another time. `young`: another write could fall into the same tick
 * of the clock. `ambiguous`: a program has set the time. `unknown`: there is none.
 */
export type TimeWorth = "unknown" | "young" | "telling" | "ambiguous";

/** 1980-01-01 in UTC: the first time of ZIP archives and of FAT. */
const ZIP_EPOCH_MS = 315_532_800_000;
/** ZIP archives and FAT have local times: zones differ by quarters of an hour, up to 14 hours. */
const ZONE_STEP_MS = 900_000;
const LARGEST_ZONE_MS = 50_400_000;
/** Times that build tools write into every file they make. */
const BUILD_TIMES: ReadonlySet<number> = new Set([
  0, // OSTree, many archives
  1000, // Nix, Guix
  318_211_200_000, // Gradle: 1980-02-01
  499_162_500_000, // npm: 1985-10-26T08:15:00Z
  1_262_304_000_000, // Bazel: 2010-01-01
]);

/** Below this age another write could fall into the same tick of the clock. */
const YOUNG_MS = 1000;
/** A time without milliseconds may be from a file system that has only every second second (FAT). */
const YOUNG_COARSE_MS = 2000;
/** Kernels write times of a clock that is up to 10 ms late: a second ends later than it should. */
const LATE_MS = 20;
/** Without a time of change: no clock has written a time that is further ahead. */
const AHEAD_MS = 60_000;

/**
 * What the time of modification of a file tells (decision D2).
 *
 * Whole seconds are compared: Deno knows the time of change only to the second, and replicas must
 * agree. A change after a second is over has a later time of change, whatever its time of
 * modification says (`cp -p`, `rsync -t`, `touch -r`, `rename`).
 */
export function judgeTime(
  { mtime, changed = 0 }: FileTimes,
  now: number,
): TimeWorth {
  if (mtime === undefined) return "unknown";
  const isFromClock = changed === 0
    ? mtime <= now + AHEAD_MS
    : toSecond(changed) === toSecond(mtime);
  if (!isFromClock || isBuildTime(mtime)) return "ambiguous";
  const last = Math.max(mtime, changed);
  const young = last % 1000 < LATE_MS ? YOUNG_COARSE_MS : YOUNG_MS;
  return now - last < young ? "young" : "telling";
}

/** Whether a time is a constant of build tools, so that it tells nothing. */
export function isBuildTime(mtime: number): boolean {
  const zone = Math.abs(mtime - ZIP_EPOCH_MS);
  return BUILD_TIMES.has(mtime) ||
    zone <= LARGEST_ZONE_MS && zone % ZONE_STEP_MS === 0;
}

/** The beginning of the second: an HTTP-date has no milliseconds. */
export function toSecond(time: number): number {
  return Math.floor(time / 1000) * 1000;
}
