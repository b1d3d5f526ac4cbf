/**
 * A file that is being received on the disk, until it is published: until it has, in one step, its
 * name, and never over what is not to be replaced; in the very directory that was found, although names
 * above it may be exchanged between two system calls (decision D237).
 *
 * @module
 */

import * as fs from "node:fs";
import { type Bytes, eventError, SHRUNK } from "../ports/content.ts";
import {
  type FoundBelow,
  type IncomingFile,
  isSameObject,
  type OperatingSystem,
  segmentsBelow,
  type Stat,
} from "../ports/files.ts";
import { deferred, sleep } from "../ports/timers.ts";
import { digestFile } from "./file_stream.ts";
import {
  descriptorPath,
  type Finder,
  isStable,
  NODE_CALLS,
  O_PATH,
} from "./find.ts";
import { codeOf, orUndefined, toAbsent, toEvent } from "./system.ts";

export interface IncomingParts {
  readonly os: OperatingSystem;
  readonly inPlace: InPlace;
  /** See `Coder.nextTurn`. */
  readonly nextTurn: () => Promise<void>;
}

export interface OpenedIncoming {
  readonly descriptor: number;
  readonly size: number;
  /** The mode that it is published with. */
  readonly mode: number;
  readonly directory: FoundBelow;
  readonly name: string;
}

/** Errors of file systems without hard links (vfat, exFAT, some of FUSE and of networks). */
const NO_LINKS_CODES: ReadonlySet<string> = new Set(
  "EPERM ENOTSUP EOPNOTSUPP ENOSYS EMLINK".split(" "),
);
/** Errors of a name at which something is that no file can replace. */
const TAKEN_CODES: ReadonlySet<string> = new Set(
  "EEXIST EISDIR ENOTEMPTY".split(" "),
);

/** How long a directory may take to settle in which a file is to be replaced, in milliseconds; and how often it is looked at. */
const SETTLE_MS = 2_000;
const LOOK_MS = 25;

/** Makes the incoming file of an open descriptor. Writes are of another thread: a disk that is busy holds only them up. */
export function createIncoming(
  opened: OpenedIncoming,
  parts: IncomingParts,
): IncomingFile {
  const { descriptor, directory, name } = opened;
  let { size } = opened;
  let isOpen = true;
  let working: Promise<unknown> = Promise.resolve();
  // A descriptor must not be closed under a write: its number may be another file's by then.
  const close = async () => {
    await Promise.allSettled([working]);
    if (isOpen) fs.closeSync(descriptor);
    isOpen = false;
  };
  const append = async (bytes: Bytes) => {
    if (!isOpen) throw new Error(`"${name}" was closed early`);
    try {
      await writeAll(descriptor, bytes, size);
      size += bytes.length;
    } catch (error) {
      // Deno does not tell how much was written before (2.9.6).
      size = fs.fstatSync(descriptor).size;
      throw error;
    }
  };
  return {
    size: () => size,
    append: (bytes) => {
      const appended = append(bytes);
      working = appended;
      return appended;
    },
    digest: async (algorithm) => {
      const path = `${directory.path}/${name}`;
      const stat = { size };
      const file = { descriptor, path, stat, isOpen: () => isOpen, close };
      const digest = await digestFile(file, algorithm, parts.nextTurn);
      if (digest !== undefined) return new Uint8Array(digest);
      throw eventError(SHRUNK, `"${path}" became shorter`);
    },
    publish: async (target, isReplaced) => {
      if (parts.os !== "windows") fs.fchmodSync(descriptor, opened.mode);
      await (working = flush(descriptor));
      const outcome = await publish(opened, target, isReplaced, parts.inPlace);
      if (outcome !== "published") return outcome;
      await close();
      await flushDirectory(directory.path);
      return outcome;
    },
    close,
    discard: async () => {
      if (!isOpen) return;
      await Promise.allSettled([working]);
      orUndefined(() => parts.inPlace(directory, (at) => remove(opened, at)));
      await close();
    },
  };
}

async function writeAll(
  descriptor: number,
  bytes: Bytes,
  position: number,
): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await write(descriptor, bytes.subarray(at), position + at);
  }
}

function write(
  descriptor: number,
  bytes: Bytes,
  position: number,
): Promise<number> {
  const { promise, resolve, reject } = deferred<number>();
  fs.write(descriptor, bytes, 0, bytes.length, position, (error, count) => {
    if (error === null) resolve(count);
    else reject(toEvent(error));
  });
  return promise;
}

function flush(descriptor: number): Promise<void> {
  const { promise, resolve, reject } = deferred<void>();
  fs.fsync(descriptor, (error) => {
    if (error === null) resolve();
    else reject(toEvent(error));
  });
  return promise;
}

/** The name is there already: where a directory cannot be flushed (Windows, FUSE), a crash of the system may lose it. */
async function flushDirectory(path: string): Promise<void> {
  const { O_RDONLY, O_DIRECTORY = 0, O_NONBLOCK = 0 } = fs.constants;
  const descriptor = orUndefined(() =>
    fs.openSync(path, O_RDONLY | O_DIRECTORY | O_NONBLOCK)
  );
  if (descriptor === undefined) return;
  await flush(descriptor).catch(() => {});
  fs.closeSync(descriptor);
}

function remove(opened: OpenedIncoming, place: Place): void {
  if (isThere(place, opened)) fs.unlinkSync(`${place.path}/${opened.name}`);
}

/**
 * See `IncomingFile.publish`; the file was flushed. A rename over what lies elsewhere could not be
 * undone: where the names on the way are being exchanged, nothing is replaced.
 */
async function publish(
  opened: OpenedIncoming,
  target: string,
  isReplaced: boolean,
  inPlace: InPlace,
): Promise<"published" | "taken" | "gone"> {
  try {
    for (let left = SETTLE_MS; left > 0; left -= LOOK_MS) {
      const outcome = inPlace(
        opened.directory,
        (place) => publishIn(place, opened, target, isReplaced),
      );
      if (outcome !== "uncertain") return outcome ?? "gone";
      await sleep(LOOK_MS);
    }
    return "gone";
  } catch (error) {
    return toAbsent(error) ?? "gone";
  }
}

function publishIn(
  place: Place,
  opened: OpenedIncoming,
  target: string,
  isReplaced: boolean,
): "published" | "taken" | "gone" | "uncertain" {
  const { descriptor, name } = opened;
  if (!isThere(place, opened)) return "gone";
  const [from, to] = [`${place.path}/${name}`, `${place.path}/${target}`];
  const isOver = isReplaced && lstat(to)?.kind === "file";
  if (isOver && !place.isCertain()) return "uncertain";
  const way = isOver ? replace(from, to) : take(from, to);
  if (way === "taken") return way;
  if (!place.holds(target, NODE_CALLS.fstat(descriptor))) {
    removeElsewhere(to, descriptor, way === "linked" ? 1 : 0);
    return "gone";
  }
  if (way === "linked") orUndefined(() => fs.unlinkSync(from));
  return "published";
}

/** Whether the name in its directory is still that of the open file. */
function isThere(
  { path }: Place,
  { name, descriptor }: OpenedIncoming,
): boolean {
  const there = lstat(`${path}/${name}`);
  return there !== undefined &&
    isSameObject(there, NODE_CALLS.fstat(descriptor));
}

function lstat(path: string): Stat | undefined {
  return orUndefined(() => NODE_CALLS.lstat(path));
}

type Way = "linked" | "renamed" | "taken";

function replace(from: string, to: string): Way {
  return orTaken(() => {
    fs.renameSync(from, to);
    return "renamed";
  });
}

/** A link is made only where nothing has that name. */
function take(from: string, to: string): Way {
  try {
    return orTaken(() => {
      fs.linkSync(from, to);
      return "linked";
    });
  } catch (error) {
    const code = error instanceof Error ? codeOf(error) : "";
    if (NO_LINKS_CODES.has(code)) return reserve(from, to);
    throw error;
  }
}

/**
 * Without hard links the name is taken by an empty file that nobody may read, which is replaced at
 * once: for that moment other programs see it.
 */
function reserve(from: string, to: string): Way {
  return orTaken(() => {
    fs.closeSync(fs.openSync(to, "wx", 0));
    try {
      fs.renameSync(from, to);
      return "renamed";
    } catch (error) {
      orUndefined(() => fs.unlinkSync(to));
      throw error;
    }
  });
}

function orTaken(call: () => Way): Way {
  try {
    return call();
  } catch (error) {
    const isTaken = error instanceof Error && TAKEN_CODES.has(codeOf(error));
    if (isTaken) return "taken";
    throw error;
  }
}

/** A directory, for as long as something works in it. */
export interface Place {
  /** The path by which its names are reached. */
  readonly path: string;
  /** Whether the object of this name lies in the directory: whatever was just made elsewhere is to be removed. */
  readonly holds: (name: string, stat: Stat) => boolean;
  /** Whether a name here leads nowhere else at the next call, as far as the directories on the way have been the same for a while. */
  readonly isCertain: () => boolean;
}

/** Works in a directory, synchronously; `undefined` where another object lies at its path. */
export type InPlace = <T>(
  directory: FoundBelow,
  work: (place: Place) => T,
) => T | undefined;

/**
 * Linux reaches names by the descriptor of their directory. Where that cannot be told (Deno without
 * `--allow-all`, other systems), names are reached by the path, before and after which the
 * directories on the way are compared.
 */
export function createInPlace(
  finder: Omit<Finder, "find" | "read">,
): InPlace {
  return (directory, work) => {
    const byDescriptor = finder.tellsPaths()
      ? workByDescriptor(directory, work, finder.pathOf)
      : "untold";
    return byDescriptor === "untold"
      ? workByName(directory, work, finder)
      : byDescriptor?.result;
  };
}

function workByDescriptor<T>(
  { path, stat }: FoundBelow,
  work: (place: Place) => T,
  pathOf: Finder["pathOf"],
): { readonly result: T } | "untold" | undefined {
  const { O_DIRECTORY } = fs.constants;
  const descriptor = fs.openSync(path, O_PATH | O_DIRECTORY);
  try {
    const real = pathOf(descriptor);
    if (real === undefined) return "untold";
    const isSame = isSameObject(NODE_CALLS.fstat(descriptor), stat);
    if (real !== path || !isSame) return undefined;
    const place = descriptorPath(descriptor);
    return {
      result: work({ path: place, holds: () => true, isCertain: () => true }),
    };
  } finally {
    fs.closeSync(descriptor);
  }
}

function workByName<T>(
  { root, path, stat }: FoundBelow,
  work: (place: Place) => T,
  { stamp, os }: Pick<Finder, "stamp" | "os">,
): T | undefined {
  const compare = stamp(path, root);
  // The names on the way are compared where there are some.
  const isBelow = segmentsBelow(root, path, os) !== undefined;
  const isProved = () => isBelow && compare() === "same";
  const isThere = (at: string, object: Stat) =>
    isProved()
      ? isSameObject(NODE_CALLS.lstat(at), object)
      : compare() !== "exchanged" && isStable(at, object, NODE_CALLS);
  if (!isThere(path, stat)) return undefined;
  return work({
    path,
    isCertain: isProved,
    holds: (name, object) =>
      orUndefined(() => isThere(`${path}/${name}`, object)) === true,
  });
}

/** How often a name is tried that leads elsewhere only now and then. */
const TRIES = 1000;

/**
 * Removes a file that was made elsewhere, until it has no more than some names. Where it is not
 * found any more, nothing of what it held stays.
 */
export function removeElsewhere(
  path: string,
  descriptor: number,
  names: number,
): void {
  for (let left = TRIES; left > 0; left--) {
    if (fs.fstatSync(descriptor).nlink <= names) return;
    const there = orUndefined(() => NODE_CALLS.lstat(path));
    const isIt = there !== undefined &&
      isSameObject(there, NODE_CALLS.fstat(descriptor));
    if (isIt) orUndefined(() => fs.unlinkSync(path));
  }
  fs.ftruncateSync(descriptor, 0);
}

/** Removes an empty directory that was made elsewhere. */
export function removeDirectoryElsewhere(path: string): void {
  const remove = () => {
    fs.rmdirSync(path);
    return true;
  };
  for (let left = TRIES; left > 0; left--) {
    if (orUndefined(remove) === true) return;
  }
}
