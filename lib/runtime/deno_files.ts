/**
 * Looking at files on Deno: its own `stat` costs a third of that of `node:fs` (measured: 2 µs
 * against 6). Both tell when a file was modified to the millisecond, and when anything about
 * it changed only to the second.
 *
 * @module
 */

import type { Stat } from "../ports/ports.ts";
import { ANY_EXECUTE, EXACT_LOOKS, type Looks } from "./looks.ts";

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
