/**
 * Directories by `node:fs`.
 *
 * @module
 */

import * as fs from "node:fs";
import type { Entry } from "../ports/ports.ts";

const WITH_KINDS = { withFileTypes: true } as const;
/** From this size on, some 2,000 names and a millisecond, a thread reads. */
const BY_THREAD_BYTES = 65_536;

/**
 * Reads a directory on Bun.
 *
 * @param path Its path.
 * @param size Its size in bytes, as `stat` says.
 * @returns Its entries.
 */
export function readDirectory(
  path: string,
  size: number,
): readonly Entry[] | Promise<readonly Entry[]> {
  return size < BY_THREAD_BYTES
    ? fs.readdirSync(path, WITH_KINDS).map(toEntry)
    : fs.promises.readdir(path, WITH_KINDS).then((all) => all.map(toEntry));
}

function toEntry(entry: fs.Dirent): Entry {
  return { name: entry.name, kind: kindOf(entry) };
}

function kindOf(entry: fs.Dirent): Entry["kind"] {
  if (entry.isSymbolicLink()) return "link";
  if (entry.isFile()) return "file";
  return entry.isDirectory() ? "directory" : "other";
}
