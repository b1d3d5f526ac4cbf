/**
 * The disk through `node:fs`, which both runtimes have. Looking at a file is
 * synchronous: the answer is in memory, and a promise would cost ten times the call
 * (measured: 4–9 µs against 40–70 µs).
 *
 * @module
 */

import * as fs from "node:fs";
import { bytesContent, eventError, EXHAUSTED } from "../http/content.ts";
import { pieceLength, piecesLength } from "../http/span.ts";
import type {
  Content,
  Files,
  OpenFile,
  OperatingSystem,
  Piece,
  Stat,
} from "../ports.ts";
import type { ReadDirectory } from "./directories.ts";
import type { Opened } from "./file_chunks.ts";
import { digestFile } from "./file_stream.ts";

/** How a runtime sends what is too large to be read at once; it closes the file. */
export type SendLarge = (
  file: Opened,
  pieces: readonly Piece[],
  rangeIgnored: boolean,
) => Content;

/** How a runtime looks at objects: what both tell of one object is the same. */
export interface Looks {
  /** Looks at what a path leads to, or throws. */
  readonly look: (path: string) => Stat;
  /** Looks at what is open. */
  readonly lookInto: (descriptor: number) => Stat;
}

/** What answers so is absent: nobody is told more than that. */
const ABSENT_CODES: ReadonlySet<string> = new Set([
  ..."ENOENT ENOTDIR EISDIR ENAMETOOLONG ELOOP EACCES EPERM EINVAL ENXIO"
    .split(" "),
  "ERR_INVALID_ARG_VALUE",
]);
/**
 * What answers so may be tried again: descriptors, the process's or the system's. To log
 * the stack Deno would open files itself, and then end the whole program.
 */
const EXHAUSTED_CODES: ReadonlySet<string> = new Set(
  "EMFILE ENFILE ENOMEM".split(" "),
);
/** The mode bits that let somebody execute a file. */
const ANY_EXECUTE = 0o111;
const REAL_PATH_TRIES = 3;
/**
 * As numbers, Bun has the times of the last 122 ns of a millisecond one millisecond later
 * than Deno, and the tags of replicas would differ (one file in 8000).
 */
const EXACTLY = { bigint: true } as const;
const NS_PER_US = 1000n;
const US_PER_MS = 1000;
/** To the nanosecond. */
export const EXACT_LOOKS: Looks = {
  look: (path) => toStat(fs.statSync(path, EXACTLY)),
  lookInto: (descriptor) => toStat(fs.fstatSync(descriptor, EXACTLY)),
};
/** Deno's own permission is missing for what a link leads to. */
const NOT_CAPABLE = "NotCapable";

/**
 * Makes the disk of a runtime.
 *
 * @param os Whose rules the names follow.
 * @param atOnce The number of bytes up to which content is read synchronously.
 * @param sendLarge How the runtime sends more than that.
 * @param readDirectory How the runtime reads directories.
 * @param looks How the runtime looks at objects.
 * @returns The file system.
 */
export function createDisk(
  os: OperatingSystem,
  atOnce: number,
  sendLarge: SendLarge,
  readDirectory: ReadDirectory,
  { look, lookInto }: Looks = EXACT_LOOKS,
): Files {
  const stat = (path: string) => orAbsent(() => look(path));
  const open = (path: string): OpenFile => {
    const descriptor = fs.openSync(path, openFlags(os));
    let isOpen = true;
    const close = () => {
      // A number that was closed may be another file's: it must not be closed, or read, again.
      if (isOpen) fs.closeSync(descriptor);
      isOpen = false;
    };
    const file = { descriptor, path, close, isOpen: () => isOpen };
    const stat = lookInto(descriptor);
    return {
      stat,
      close,
      digest: (algorithm, isWanted) =>
        digestFile(file, stat.size, algorithm, isWanted),
      content: (pieces, rangeIgnored) =>
        piecesLength(pieces) <= atOnce
          ? readAtOnce(file, pieces)
          : sendLarge(file, pieces, rangeIgnored),
    };
  };
  return {
    os,
    stat,
    glance: stat,
    realPath,
    list: (path) =>
      orAbsent(() => {
        const entries = readDirectory(path, look(path).size);
        return entries instanceof Promise ? entries.catch(toAbsent) : entries;
      }),
    open: (path) => orAbsent(() => open(path)),
  };
}

/**
 * Most of what is asked for is no sidecar, and an exception costs ten times the look. What
 * is replaced in this moment Bun may not find, although it is there (2 % of calls beside a
 * loop of renames): then it looks again.
 */
function realPath(path: string): string | undefined {
  // Deno throws where it may not look.
  const isThere = () => orAbsent(() => fs.existsSync(path));
  for (let left = REAL_PATH_TRIES; left > 0 && isThere(); left--) {
    const found = orAbsent(() => fs.realpathSync.native(path));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Without O_NONBLOCK a FIFO that took the place of the file would block the whole program. */
function openFlags(os: OperatingSystem): number {
  const { O_RDONLY, O_NONBLOCK } = fs.constants;
  return os === "windows" ? O_RDONLY : O_RDONLY | O_NONBLOCK;
}

function orAbsent<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    return toAbsent(error);
  }
}

function toAbsent(error: unknown): undefined {
  if (!(error instanceof Error)) throw error;
  const { code = "" } = error as Error & { readonly code?: string };
  if (error.name === NOT_CAPABLE || ABSENT_CODES.has(code)) return undefined;
  if (!EXHAUSTED_CODES.has(code)) throw error;
  throw eventError(EXHAUSTED, error.message);
}

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

/** A file that became shorter is stale, not an error. */
function readAtOnce(
  { descriptor, path, close, isOpen }: Opened,
  pieces: readonly Piece[],
): Content | undefined {
  if (!isOpen()) throw new Error(`"${path}" was closed before it was read`);
  const bytes = new Uint8Array(piecesLength(pieces));
  try {
    let filled = 0;
    for (const piece of pieces) {
      const target = bytes.subarray(filled, filled += pieceLength(piece));
      if (piece instanceof Uint8Array) target.set(piece);
      else if (!readFully(descriptor, target, piece.start)) return undefined;
    }
    return bytesContent(bytes);
  } finally {
    close();
  }
}

function readFully(
  descriptor: number,
  target: Uint8Array,
  position: number,
): boolean {
  for (let filled = 0; filled < target.length;) {
    const rest = target.length - filled;
    const read = fs.readSync(
      descriptor,
      target,
      filled,
      rest,
      position + filled,
    );
    if (read === 0) return false;
    filled += read;
  }
  return true;
}
