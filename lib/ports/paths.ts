/**
 * Paths, and whether two states are those of one object. Pure.
 *
 * @module
 */

import * as posix from "@std/path/posix";
import * as windows from "@std/path/windows";
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
  const { relative, isAbsolute } = os === "windows" ? windows : posix;
  const below = relative(root, path);
  if (below === "") return [];
  const segments = below.split(os === "windows" ? /[/\\]/ : "/");
  return segments[0] === ".." || isAbsolute(below) ? undefined : segments;
}

/**
 * Whether two states are those of one object, changed or not. Files that no system keeps have
 * no inodes, and are never exchanged.
 */
export function isSameObject(one: Stat, other: Stat): boolean {
  return one.kind === other.kind && one.device === other.device &&
    one.inode === other.inode;
}
