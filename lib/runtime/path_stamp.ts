/**
 * Whether names on a path can have been exchanged while something was done by that path.
 * Whoever renames an object changes the time of modification of its directory, and on most
 * systems the change time of the object itself.
 *
 * @module
 */

import type { PathStamp, Stat } from "../ports.ts";

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
 * @returns Tells whether it is certain that none was exchanged since.
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
      return []; // what is not there any more was exchanged
    }
  };
  const now = Date.now();
  const before = look();
  return () => {
    const after = look();
    return before.length > 0 && before.length === after.length &&
      before.every((stat, index) => {
        const seen = after[index];
        // A link is neither a file nor a directory.
        if (stat.kind === "other") return false;
        if (seen === undefined || !isSameObject(seen, stat)) return false;
        if (index === 0 || isUnchanged(seen, stat, now)) return true;
        const [parent, parentSeen] = [before[index - 1], after[index - 1]];
        return parent !== undefined && parentSeen?.mtime === parent.mtime &&
          isOld(parent.mtime, now);
      });
  };
}

/** Whether the object itself tells that nobody has renamed it. */
function isUnchanged(seen: Stat, { changed = 0 }: Stat, now: number): boolean {
  return changed > 0 && seen.changed === changed && isOld(changed, now);
}

/** Whether a change after `now` would show: a time in whole seconds is of a coarse clock. */
function isOld(time: number | undefined, now: number): boolean {
  if (time === undefined) return false;
  return now - time >= (time % 1000 === 0 ? COARSE_MS : TICK_MS);
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
