/**
 * The disk through `node:fs`, which both runtimes have. Looking at a file is
 * synchronous: the answer is in memory, and a promise would cost ten times the call
 * (measured: 4–9 µs against 40–70 µs).
 *
 * What the disk asks of a runtime to read directories. Types only.
 *
 * @module
 */

import * as fs from "node:fs";
import {
  bytesContent,
  type Content,
  eventError,
  EXHAUSTED,
  type Piece,
  pieceLength,
  piecesLength,
  SHRUNK,
} from "../ports/content.ts";
import type {
  Awaitable,
  Entry,
  Files,
  OpenFile,
  OperatingSystem,
  Stat,
} from "../ports/files.ts";
import { digestFile, type Opened } from "./file_stream.ts";
import { createFinder, type Looks } from "./find.ts";
import { isSameObject } from "./path_stamp.ts";

/** How a runtime sends what is too large to be read at once; it closes the file. */
export type SendLarge = (
  file: Opened,
  pieces: readonly Piece[],
  rangeIgnored: boolean,
) => Content;

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
const REAL_PATH_TRIES = 3;
/** Deno's own permission is missing for what a link leads to. */
const NOT_CAPABLE = "NotCapable";

/** What a runtime has of its own for its disk. */
export interface DiskParts {
  /** Whose rules the names follow. */
  readonly os: OperatingSystem;
  /** The number of bytes up to which content is read synchronously. */
  readonly atOnce: number;
  /** How the runtime sends more than that. */
  readonly sendLarge: SendLarge;
  /** How the runtime reads directories. */
  readonly readDirectory: ReadDirectory;
  /** How the runtime looks at objects. */
  readonly looks: Looks;
  /** Whether `/proc/self/fd` may tell the paths of descriptors. */
  readonly hasDescriptorPaths: boolean;
  /** Settles in another turn of the event loop, behind the sockets. */
  readonly nextTurn: () => Promise<void>;
}

/**
 * Makes the disk of a runtime.
 *
 * @param parts What the runtime has of its own.
 * @returns The file system.
 */
export function createDisk(
  { os, atOnce, sendLarge, readDirectory, looks, ...parts }: DiskParts,
): Files {
  const { look, lookInto, realPath } = looks;
  const { find, stamp, read } = createFinder(looks, parts.hasDescriptorPaths);
  const stat = (path: string) => orAbsent(() => look(path));
  const readAll = (path: string) => readDirectory(path, look(path).size);
  const open = (path: string): OpenFile => {
    const file = openFile(path, os, lookInto);
    return {
      stat: file.stat,
      close: file.close,
      digest: (algorithm, demand) =>
        digestFile(file, algorithm, parts.nextTurn, demand),
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
    realPath: (path) => toRealPath(path, realPath),
    find: (root, names) => orAbsent(() => find(root, names)),
    stamp,
    list: (path, root) =>
      orAbsent(() => {
        const entries = root === undefined
          ? readAll(path)
          : read(path, root, readAll);
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
function toRealPath(
  path: string,
  realPath: Looks["realPath"],
): string | undefined {
  // Deno throws where it may not look.
  const isThere = () => orAbsent(() => fs.existsSync(path));
  for (let left = REAL_PATH_TRIES; left > 0 && isThere(); left--) {
    const found = orAbsent(() => realPath(path));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What is open, and what it was when it was opened first. */
function openFile(
  path: string,
  os: OperatingSystem,
  lookInto: Looks["lookInto"],
): Opened & { readonly stat: Stat } {
  let descriptor = fs.openSync(path, openFlags(os));
  let isOpen = true;
  const stat = lookInto(descriptor);
  const close = () => {
    // A number that was closed may be another file's: it must not be closed, or read, again.
    if (isOpen) fs.closeSync(descriptor);
    isOpen = false;
  };
  const reopen = () => {
    if (isOpen) return;
    descriptor = fs.openSync(path, openFlags(os));
    isOpen = true;
    const seen = lookInto(descriptor);
    // As with a file that stays open, what was written meanwhile is sent.
    if (isSameObject(seen, stat) && seen.size >= stat.size) return;
    close();
    throw eventError(SHRUNK, `"${path}" was replaced before it was read`);
  };
  return {
    get descriptor() {
      return descriptor;
    },
    path,
    stat,
    isOpen: () => isOpen,
    close,
    reopen,
  };
}

/**
 * Without O_NONBLOCK a FIFO that took the place of the file would block the whole program;
 * without O_NOFOLLOW a link that did could open a device.
 */
function openFlags(os: OperatingSystem): number {
  const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = fs.constants;
  return os === "windows" ? O_RDONLY : O_RDONLY | O_NONBLOCK | O_NOFOLLOW;
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

/**
 * Reads a directory, or throws: one that is large in bytes while others have their turn.
 */
export type ReadDirectory = (
  path: string,
  size: number,
) => Awaitable<readonly Entry[]>;
