/**
 * What the times of a file tell of its bytes (RFC 9110 §8.8.2.2, decision P4).
 *
 * @module
 */

/** The times of a file, in milliseconds since the epoch. */
export interface FileTimes {
  /** When it was modified, where that is known; anybody can set it. */
  readonly mtime?: number | undefined;
  /** When anything about it changed, where that is known (not 0); nobody can set it back. */
  readonly changed?: number | undefined;
}

/**
 * What the time of modification is worth: `telling` where other bytes have another time,
 * `young` where the file could still change within the same tick of the clock,
 * `ambiguous` where somebody has set the time, `unknown` where there is none.
 */
export type TimeWorth = "unknown" | "young" | "telling" | "ambiguous";

/** 1980-01-01 in UTC: the first time of ZIP archives and of FAT. */
const ZIP_EPOCH_MS = 315_532_800_000;
/** ZIP archives and FAT have local times: zones differ by quarters of an hour, up to 14 hours. */
const ZONE_STEP_MS = 900_000;
const LARGEST_ZONE_MS = 50_400_000;
/** Times that build tools write into everything they make. */
const BUILD_TIMES: ReadonlySet<number> = new Set([
  0, // OSTree, many archives
  1000, // Nix, Guix
  318_211_200_000, // Gradle: 1980-02-01
  499_162_500_000, // npm: 1985-10-26T08:15:00Z
  1_262_304_000_000, // Bazel: 2010-01-01
]);

/** Below this age another change could fall into the same tick of the clock. */
const YOUNG_MS = 1000;
/** Times without milliseconds may be those of a file system that has only every second one (FAT). */
const YOUNG_COARSE_MS = 2000;
/** Systems stamp with a clock that is late by up to 10 ms: a second ends later than it should. */
const LATE_MS = 20;
/** Without a time of change: what is further ahead, no clock has stamped. */
const AHEAD_MS = 60_000;

/**
 * What the time of modification of a file is worth. Whole seconds are compared, because
 * Deno knows the time of change only to the second, and replicas must agree. What changes
 * after a second is over, has a time of change in a later one, whatever its time of
 * modification says (`cp -p`, `rsync -t`, `touch -r`, `rename`).
 *
 * @param times The times.
 * @param now Milliseconds since the epoch.
 * @returns What it is worth.
 */
export function judgeTime(
  { mtime, changed = 0 }: FileTimes,
  now: number,
): TimeWorth {
  if (mtime === undefined) return "unknown";
  const isStamped = changed === 0
    ? mtime <= now + AHEAD_MS
    : toSecond(changed) === toSecond(mtime);
  if (!isStamped || isBuildTime(mtime)) return "ambiguous";
  const last = Math.max(mtime, changed);
  const young = last % 1000 < LATE_MS ? YOUNG_COARSE_MS : YOUNG_MS;
  return now - last < young ? "young" : "telling";
}

/**
 * Whether a time is a constant of build tools: it says nothing, not even to people.
 *
 * @param mtime Milliseconds since the epoch.
 * @returns Whether it is.
 */
export function isBuildTime(mtime: number): boolean {
  const zone = Math.abs(mtime - ZIP_EPOCH_MS);
  return BUILD_TIMES.has(mtime) ||
    zone <= LARGEST_ZONE_MS && zone % ZONE_STEP_MS === 0;
}

/**
 * The beginning of a second: an HTTP-date has whole ones, and what is compared with one must have them, too.
 *
 * @param time Milliseconds since the epoch.
 * @returns The same, without its milliseconds.
 */
export function toSecond(time: number): number {
  return Math.floor(time / 1000) * 1000;
}
