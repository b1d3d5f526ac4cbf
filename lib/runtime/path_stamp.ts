/**
 * Whether names on a path can have been exchanged while something was done by that path.
 * Whoever renames an object changes the time of modification of its directory, and on most
 * systems the change time of the object itself.
 *
 * @module
 */

import type { PathStamp, Stat } from "../ports/files.ts";

/** Systems stamp with a clock that is late by up to a tick, of 10 ms at most. */
const TICK_MS = 20;
/** Some systems know times only to the second, or to two; Deno knows change times to the second. */
const COARSE_MS = 2000;

/**
 * Remembers the names on a path.
 *
 * @param path A path; where a link lies on it, nothing is certain.
 * @param root The directory from which on names may be exchanged.
 * @param lookAtName Looks at what a path names, without following it, or throws.
 * @returns Tells whether one was exchanged since.
 */
export function createPathStamp(
  path: string,
  root: string,
  lookAtName: (path: string) => Stat,
): PathStamp {
  const names = namesBetween(root, path) ?? [];
  const paths = [root];
  for (const name of names) paths.push(`${paths.at(-1)}/${name}`);
  const look = () => {
    try {
      return paths.map(lookAtName);
    } catch {
      return undefined; // what is not there any more was exchanged
    }
  };
  const now = Date.now();
  const before = look();
  return () => {
    const after = look();
    return before === undefined || after === undefined
      ? "exchanged"
      : compareSteps(before, after, now);
  };
}

/** The root, and each object below it with its directory. */
function compareSteps(
  before: readonly Stat[],
  after: readonly Stat[],
  now: number,
): ReturnType<PathStamp> {
  let isProved = true;
  for (const [index, seen] of after.entries()) {
    const stat = before[index];
    // A link is neither a file nor a directory.
    if (stat === undefined || seen.kind === "other") return "exchanged";
    if (!isSameObject(seen, stat)) return "exchanged";
    const isSettled = index === 0 || isOld(seen.changed, stat.changed, now) ||
      isOld(after[index - 1]?.mtime, before[index - 1]?.mtime, now);
    if (!isSettled && isRenamed(seen, stat)) return "exchanged";
    isProved &&= isSettled;
  }
  return isProved ? "same" : "uncertain";
}

/** Whether a time is as it was, and a change after `now` would show. */
function isOld(
  time: number | undefined,
  before: number | undefined,
  now: number,
): boolean {
  if (time === undefined || time === 0 || time !== before) return false;
  return now - time >= (isCoarse(time) ? COARSE_MS : TICK_MS);
}

/**
 * Whether the object itself was changed, and not its content, which changes both times. By a
 * coarse clock it may have been changed again in the same second.
 */
function isRenamed(
  { changed = 0, mtime = 0 }: Stat,
  { changed: before }: Stat,
): boolean {
  const unit = isCoarse(changed) ? 1000 : 1;
  const isOfContent = Math.floor(changed / unit) === Math.floor(mtime / unit);
  return !isOfContent && (changed !== before || isCoarse(changed));
}

/** A time in whole seconds is one of a coarse clock. */
function isCoarse(time: number): boolean {
  return time % 1000 === 0;
}

/**
 * Whether two looks have shown the same object, in whatever state.
 *
 * @param a One look.
 * @param b The other.
 * @returns Whether it is the same.
 */
export function isSameObject(a: Stat, b: Stat): boolean {
  return a.kind === b.kind && a.device === b.device && a.inode === b.inode;
}

/**
 * The names that lead from a directory to an object below it.
 *
 * @param root The real path of the directory.
 * @param path The real path of the object.
 * @returns The names; `undefined` where it is not below.
 */
export function namesBetween(
  root: string,
  path: string,
): readonly string[] | undefined {
  if (path === root) return [];
  const start = /[/\\]$/.test(root) ? root : `${root}/`;
  return path.startsWith(start)
    ? path.slice(start.length).split("/")
    : undefined;
}
