/**
 * The disk by `node:fs`, which both runtimes have. `stat` is synchronous: the answer is in
 * memory, and a promise would cost ten times the call (measured: 4–9 µs against 40–70 µs).
 *
 * @module
 */

import * as fs from "node:fs";
import {
  type Bytes,
  bytesContent,
  type Content,
  eventError,
  isExhausted,
  pieceLength,
  type Pieces,
  piecesLength,
  SHRUNK,
} from "../ports/content.ts";
import {
  type Awaitable,
  type Entry,
  type EntryState,
  type Files,
  isSameObject,
  type Open,
  type OpenFile,
  type OperatingSystem,
  type Stat,
} from "../ports/files.ts";
import { digestFile, type FileHandle } from "./file_stream.ts";
import { createFinder, type StatCalls } from "./find.ts";
import { createReceiving } from "./receiving.ts";
import {
  codeOf,
  isNotCapable,
  orAbsent,
  orUndefined,
  toAbsent,
} from "./system.ts";

/** Those among them that mean: it is there, but not for this user. */
const DENIED_CODES: ReadonlySet<string> = new Set(["EACCES", "EPERM"]);
const REAL_PATH_TRIES = 3;

/** Sends what is too large to be read at once; closes the file. */
export type SendLarge = (
  file: OpenedFile,
  pieces: Pieces,
  rangeIgnored: boolean,
) => Content;

/** A file with its state when it was opened first. */
export interface OpenedFile extends FileHandle {
  readonly stat: Stat;
}

/** What a runtime has of its own for its disk. */
export interface DiskParts {
  readonly os: OperatingSystem;
  readonly calls: StatCalls;
  /** The number of bytes up to which content is read synchronously. */
  readonly atOnce: number;
  /** Sends more than that. */
  readonly sendLarge: SendLarge;
  /** Reads a directory, or throws; one that is large in bytes while other requests have their turns. */
  readonly readDirectory: (
    path: string,
    size: number,
  ) => Awaitable<readonly Entry[]>;
  /** Whether `/proc/self/fd` may tell the paths of descriptors. */
  readonly hasDescriptorPaths: boolean;
  /** See `Coder.nextTurn`. */
  readonly nextTurn: () => Promise<void>;
  /** Whether the system may be asked for free space; left out where it always may. */
  readonly mayAskSpace?: () => boolean;
}

export function createDisk(
  { os, calls, hasDescriptorPaths, readDirectory, ...parts }: DiskParts,
): Files {
  const finder = createFinder(calls, os, hasDescriptorPaths);
  const stat = (path: string) => orAbsent(() => calls.stat(path));
  const readAll = (path: string) => readDirectory(path, calls.stat(path).size);
  const list: Files["list"] = (path, root) =>
    orAbsent(() => {
      const entries = root === undefined
        ? readAll(path)
        : finder.read(path, root, readAll);
      return entries instanceof Promise ? entries.catch(toAbsent) : entries;
    });
  const find = (root: string, names: readonly string[]) =>
    orWithheld(() => finder.find(root, names));
  const open = (path: string) =>
    orAbsent(() => toOpenFile(openFile(path, os, calls.fstat), parts));
  return {
    os,
    stat,
    glance: stat,
    states: (path, root, names) =>
      finder.read(
        path,
        root,
        (at) => names.map((name) => stateOf(`${at}/${name}`, calls.lstat)),
      )
        .catch(toAbsent),
    isReadable: (path) => orAbsent(() => canOpen(path, os)) ?? false,
    realPath: (path) => findRealPath(path, calls.realPath),
    find: Object.assign(find, {
      look: os === "windows" ? undefined : stat,
      isMissing: (path: string) =>
        orAbsent(() => finder.isMissing(path)) ?? false,
    }),
    isWithheld: (path) => isWithheld(path, calls.lstat),
    stamp: finder.stamp,
    list,
    open: Object.assign(open, { whole: createReadWhole(os) }),
    receiving: createReceiving({ os, finder, list, ...parts }),
  };
}

/**
 * Most paths that are asked for are sidecars that are not there, and an exception costs ten
 * times the call. What is replaced in this moment Bun may not find, although it is there (2 % of
 * calls beside a loop of renames): then the call is repeated.
 */
function findRealPath(
  path: string,
  realPath: StatCalls["realPath"],
): string | undefined {
  // Deno throws where it may not read.
  const isThere = () => orAbsent(() => fs.existsSync(path));
  for (let left = REAL_PATH_TRIES; left > 0 && isThere(); left--) {
    const found = orAbsent(() => realPath(path));
    if (found !== undefined) return found;
  }
  return undefined;
}

function openFile(
  path: string,
  os: OperatingSystem,
  fstat: StatCalls["fstat"],
): OpenedFile {
  let descriptor = fs.openSync(path, openFlags(os));
  let isOpen = true;
  const stat = fstat(descriptor);
  const close = () => {
    // A number that was closed may be another file's: it must not be closed, or read, again.
    if (isOpen) fs.closeSync(descriptor);
    isOpen = false;
  };
  const reopen = () => {
    if (isOpen) return;
    descriptor = fs.openSync(path, openFlags(os));
    isOpen = true;
    const now = fstat(descriptor);
    // As with a file that stays open, what was written meanwhile is sent.
    if (isSameObject(now, stat) && now.size >= stat.size) return;
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

/** Reads small files into one buffer: how large they are is not known yet, and another call would tell. */
function createReadWhole(os: OperatingSystem): NonNullable<Open["whole"]> {
  let buffer = new Uint8Array();
  const read = (path: string, most: number) => {
    if (buffer.length <= most) buffer = new Uint8Array(most + 1);
    const descriptor = fs.openSync(path, openFlags(os));
    try {
      const length = fs.readSync(descriptor, buffer, 0, most + 1, null);
      return length <= most ? buffer.slice(0, length) : undefined;
    } finally {
      fs.closeSync(descriptor);
    }
  };
  // Who opens it in another way is told what fails.
  return (path, most) => orUndefined(() => read(path, most));
}

/**
 * Without O_NONBLOCK a FIFO that took the place of the file would block the whole program;
 * without O_NOFOLLOW a link that did could open a device.
 */
function openFlags(os: OperatingSystem): number {
  const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = fs.constants;
  return os === "windows" ? O_RDONLY : O_RDONLY | O_NONBLOCK | O_NOFOLLOW;
}

/** Opens it: `access` of Deno goes by the bits of the owner, also where root asks (2.9.6). */
function canOpen(path: string, os: OperatingSystem): true {
  fs.closeSync(fs.openSync(path, openFlags(os)));
  return true;
}

function toOpenFile(
  file: OpenedFile,
  { atOnce, sendLarge, nextTurn }: Pick<
    DiskParts,
    "atOnce" | "sendLarge" | "nextTurn"
  >,
): OpenFile {
  return {
    stat: file.stat,
    close: file.close,
    peek: (length) => readStart(file, length),
    digest: (algorithm, demand) =>
      digestFile(file, algorithm, nextTurn, demand),
    content: (pieces, rangeIgnored) =>
      piecesLength(pieces) <= atOnce
        ? readAtOnce(file, pieces)
        : sendLarge(file, pieces, rangeIgnored),
  };
}

/** What a finder fails on was there a moment before. */
function orWithheld<T>(call: () => T): T | "withheld" | undefined {
  try {
    return call();
  } catch (error) {
    return isDenied(error) ? "withheld" : toAbsent(error);
  }
}

function isDenied(error: unknown): boolean {
  return error instanceof Error &&
    (isNotCapable(error) || DENIED_CODES.has(codeOf(error)));
}

/** What fails otherwise, as a mount whose server is gone, is there, too. */
function stateOf(path: string, lstat: StatCalls["lstat"]): EntryState {
  try {
    return orWithheld(() => lstat(path));
  } catch (error) {
    if (isExhausted(error)) throw error;
    return "withheld";
  }
}

/** A system tells nobody what is in a directory that they may not search. */
function isWithheld(path: string, lstat: StatCalls["lstat"]): boolean {
  try {
    lstat(path);
    return true;
  } catch (error) {
    return isDenied(error);
  }
}

/** A file that became shorter is stale, not an error. */
function readAtOnce(
  { descriptor, path, close, isOpen }: FileHandle,
  pieces: Pieces,
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
  target: Bytes,
  position: number,
): boolean {
  return readUpTo(descriptor, target, position) === target.length;
}

/** Reads until a target is full or the file ends; the number of bytes. */
function readUpTo(
  descriptor: number,
  target: Bytes,
  position: number,
): number {
  for (let filled = 0; filled < target.length;) {
    const rest = target.length - filled;
    const at = position + filled;
    const read = fs.readSync(descriptor, target, filled, rest, at);
    if (read === 0) return filled;
    filled += read;
  }
  return target.length;
}

function readStart({ descriptor }: FileHandle, length: number): Bytes {
  const bytes = new Uint8Array(length);
  return bytes.subarray(0, readUpTo(descriptor, bytes, 0));
}
