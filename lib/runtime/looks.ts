/**
 * Looking at objects through `node:fs`.
 *
 * @module
 */

import * as fs from "node:fs";
import type { Stat } from "../ports/ports.ts";

/** How a runtime looks at objects: what both tell of one object is the same. */
export interface Looks {
  /** Looks at what a path leads to, or throws. */
  readonly look: (path: string) => Stat;
  /** Looks at what a path names, which may be a link, or throws. */
  readonly lookAtName: (path: string) => Stat;
  /** The path of what a path leads to, free of links; or throws. */
  readonly realPath: (path: string) => string;
  /** Looks at what is open. */
  readonly lookInto: (descriptor: number) => Stat;
}

/** The mode bits that let somebody execute a file. */
export const ANY_EXECUTE = 0o111;
/**
 * As numbers, Bun has the times of the last 122 ns of a millisecond one millisecond later
 * than Deno, and the tags of replicas would differ (one file in 8000).
 */
const EXACTLY = { bigint: true } as const;
const NS_PER_US = 1000n;
const US_PER_MS = 1000;
/** Times of modification are cut to milliseconds, change times to microseconds. */
export const EXACT_LOOKS: Looks = {
  look: (path) => toStat(fs.statSync(path, EXACTLY)),
  lookAtName: (path) => toStat(fs.lstatSync(path, EXACTLY)),
  realPath: (path) => fs.realpathSync.native(path),
  lookInto: (descriptor) => toStat(fs.fstatSync(descriptor, EXACTLY)),
};

function toStat(stat: fs.BigIntStats): Stat {
  return {
    kind: stat.isFile() ? "file" : stat.isDirectory() ? "directory" : "other",
    size: Number(stat.size),
    mtime: Number(stat.mtimeMs),
    // Deno does not know it on every system.
    // As a number, nanoseconds could be rounded up into the next second.
    changed: Number((stat.ctimeNs ?? 0n) / NS_PER_US) / US_PER_MS,
    device: Number(stat.dev),
    inode: Number(stat.ino),
    executable: (Number(stat.mode) & ANY_EXECUTE) !== 0,
  };
}
