/**
 * Paths, and whether two states are those of one object. Pure.
 *
 * @module
 */

import type { OperatingSystem, Stat } from "./files.ts";

/** The path that names lead to, with `/`, which both systems read; the one at the end of `/` or `C:\` is not doubled. */
export function join(root: string, names: readonly string[]): string {
  if (names.length === 0) return root;
  return `${root.replace(/[/\\]$/, "")}/${names.join("/")}`;
}

/**
 * The names that lead from one real path to another; `undefined` where that is not below it:
 * `/srv/www-secret` is not below `/srv/www`.
 */
export function segmentsBelow(
  root: string,
  path: string,
  os: OperatingSystem,
): readonly string[] | undefined {
  const start = foldPath(root, os);
  if (!foldPath(path, os).startsWith(start)) return undefined;
  const segments = path.slice(start.length)
    .split(os === "windows" ? /[/\\]/ : "/")
    .filter((segment) => segment !== "");
  return segments.includes("..") ? undefined : segments;
}

/** A path that is compared, with a separator at its end. Windows ignores case, and has two separators. */
function foldPath(path: string, os: OperatingSystem): string {
  const folded = os === "windows"
    ? path.toLowerCase().replaceAll("\\", "/")
    : path;
  return folded.endsWith("/") ? folded : `${folded}/`;
}

/**
 * Whether two states are those of one object, changed or not. Files that no system keeps have
 * no inodes, and are never exchanged.
 */
export function isSameObject(one: Stat, other: Stat): boolean {
  return one.kind === other.kind && one.device === other.device &&
    one.inode === other.inode;
}
