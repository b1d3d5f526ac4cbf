/**
 * Looking at files on Deno: its own `stat` costs a third of that of `node:fs` (measured: 2 µs
 * against 6). Both tell when a file was modified to the millisecond, and when anything about
 * it changed only to the second.
 *
 * Directories by Deno's own functions: those of its `node:fs` take five times as long
 * (measured for 100,000 names: 450 ms against 90 ms).
 *
 * @module
 */

import type { Entry, Stat } from "../ports/files.ts";
import { ANY_EXECUTE, EXACT_LOOKS, type Looks } from "./find.ts";

/** By Deno. */
export const DENO_LOOKS: Looks = {
  look: (path) => toStat(Deno.statSync(path)),
  lookAtName: (path) => toStat(Deno.lstatSync(path)),
  realPath: (path) => Deno.realPathSync(path),
  lookInto: EXACT_LOOKS.lookInto,
};

function toStat(
  { isFile, isDirectory, size, mtime, ctime, dev, ino, mode }: Deno.FileInfo,
): Stat {
  return {
    kind: isFile ? "file" : isDirectory ? "directory" : "other",
    size,
    mtime: mtime?.getTime(),
    // Not known on every system.
    changed: ctime?.getTime() ?? 0,
    device: dev,
    inode: ino ?? 0,
    executable: ((mode ?? 0) & ANY_EXECUTE) !== 0,
  };
}

/**
 * From this size on, some 110,000 names and 90 ms, others have their turn meanwhile, which
 * takes three times as long: for every 75 names a thread is waited for.
 */
const IN_TURNS_BYTES = 4_194_304;

/**
 * Reads a directory on Deno.
 *
 * @param path Its path.
 * @param size Its size in bytes, as `stat` says.
 * @returns Its entries.
 */
export function readDirectory(
  path: string,
  size: number,
): readonly Entry[] | Promise<readonly Entry[]> {
  return size < IN_TURNS_BYTES
    ? Array.from(Deno.readDirSync(path), toEntry)
    : readInTurns(path);
}

/** `Array.fromAsync` would await each entry twice more. */
async function readInTurns(path: string): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for await (const entry of Deno.readDir(path)) entries.push(toEntry(entry));
  return entries;
}

function toEntry(entry: Deno.DirEntry): Entry {
  return { name: entry.name, kind: kindOf(entry) };
}

function kindOf(entry: Deno.DirEntry): Entry["kind"] {
  if (entry.isFile) return "file";
  if (entry.isDirectory) return "directory";
  return entry.isSymlink ? "link" : "other";
}
