/**
 * Whether an object lies below a directory, by whatever name or mount both were found: paths
 * can differ where device and inode do not.
 *
 * @module
 */

import type { Files, OperatingSystem, Stat } from "../ports/ports.ts";
import { isSameObject } from "./open.ts";

/**
 * Whether an object is one of some directories, or a directory on the way to it is.
 *
 * @param path The real path of the object.
 * @param directories Paths of the directories, in any spelling.
 * @param files Where the files are.
 * @returns Whether it is, as far as the disk tells inodes; by path it may be all the same.
 */
export async function leadsThrough(
  path: string,
  directories: readonly string[],
  files: Files,
): Promise<boolean> {
  const grounds: Stat[] = [];
  for (const directory of directories) {
    const stat = await files.stat(directory);
    if (stat !== undefined && hasIdentity(stat)) grounds.push(stat);
  }
  if (grounds.length === 0) return false;
  for (const at of upwards(path, files.os)) {
    const stat = await files.stat(at);
    if (stat === undefined) continue;
    if (grounds.some((ground) => isSameObject(ground, stat))) return true;
  }
  return false;
}

/** Inodes above 2^53 (overlayfs, NTFS) were rounded: two directories could have the same number. */
function hasIdentity({ device, inode }: Stat): boolean {
  return device !== undefined && inode !== undefined && inode > 0 &&
    Number.isSafeInteger(inode) && Number.isSafeInteger(device);
}

/** The object, and each directory above it. */
function* upwards(path: string, os: OperatingSystem): Generator<string> {
  const last = os === "windows" ? /[/\\][^/\\]*$/ : /\/[^/]*$/;
  for (let at = path; at !== ""; at = at.replace(last, "")) {
    yield at;
    if (!last.test(at)) return;
  }
}
