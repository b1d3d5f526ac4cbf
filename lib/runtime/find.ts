/**
 * Finds an object below a root: its path and its state, both of the same object (decision D105),
 * although between two system calls a link may take the place of a name.
 *
 * @module
 */

import * as fs from "node:fs";
import {
  type Awaitable,
  type Found,
  type FoundBelow,
  isSameObject,
  join,
  type OperatingSystem,
  type PathStamp,
  segmentsBelow,
  type Stat,
} from "../ports/files.ts";
import { sleep } from "../ports/timers.ts";
import { orUndefined } from "./system.ts";

/** The path of the object of an open descriptor; `undefined` where that cannot be told. */
export type PathOf = (descriptor: number) => string | undefined;

/** Finds objects; each function throws what the system says. */
export interface Finder {
  readonly os: OperatingSystem;
  /** Whether paths of descriptors can be told. */
  readonly tellsPaths: () => boolean;
  readonly pathOf: PathOf;
  /** See `Files.find`. */
  readonly find: (
    root: string,
    names: readonly string[],
  ) => FoundBelow | undefined;
  /** See `Find.isMissing`. */
  readonly isMissing: (path: string) => boolean;
  /** See `Files.stamp`. */
  readonly stamp: (path: string, root: string) => PathStamp;
  /** Reads the object with this real path, and no other; `undefined` where another lies there. */
  readonly read: <T>(
    path: string,
    root: string,
    read: (path: string) => Awaitable<T>,
  ) => Promise<T | undefined>;
}

/** Linux: a descriptor for an object that is not opened for reading, nor for anything else. */
export const O_PATH = 0x200000;
/** What Linux adds to the path of an object that was replaced in this moment. */
const DELETED = " (deleted)";
/** How often an object may be replaced while it is looked for. */
const TRIES = 4;
/** After this a change of a directory is told from a later one, in milliseconds. */
const SETTLE_MS = 25;
/**
 * How often in a row directories and object must be the same where their times are too young
 * for a proof: an attacker that exchanges them all the time would have to hit each of twice as
 * many gaps of some microseconds.
 */
const ROUNDS = 16;

/**
 * Makes a finder. With `hasDescriptorPaths` it goes by descriptors, whose paths `/proc/self/fd`
 * tells; where that turns out to tell nothing, it goes by names.
 */
export function createFinder(
  calls: StatCalls,
  os: OperatingSystem,
  hasDescriptorPaths: boolean,
): Finder {
  let canTell = hasDescriptorPaths;
  const pathOf: PathOf = (descriptor) => {
    try {
      return fs.readlinkSync(descriptorPath(descriptor));
    } catch {
      canTell = false;
      return undefined;
    }
  };
  const stamp = (path: string, root: string) =>
    snapshotNames(root, namesBelow(root, path, os), calls.lstat);
  // Most paths that are asked for are not there, and an exception costs ten times the call.
  const isMissing = (path: string) => !fs.existsSync(path);
  return {
    os,
    tellsPaths: () => canTell,
    pathOf,
    isMissing,
    find: (root, names) => {
      if (isMissing(join(root, names))) return undefined;
      const real = calls.realPath(root);
      const path = join(real, names);
      const found = canTell
        ? findByDescriptor(path, calls.fstat, pathOf)
        : undefined;
      const object = found ?? findByNames(path, real, os, calls);
      return object && { root: real, ...object };
    },
    stamp,
    read: (path, root, read) =>
      canTell
        ? readByDescriptor(path, read, pathOf)
        : readByName(path, read, () => stamp(path, root), calls),
  };
}

/** The path by which Linux opens the object of an open descriptor, whatever its name is now. */
export function descriptorPath(descriptor: number): string {
  return `/proc/self/fd/${descriptor}`;
}

/** The kernel tells where the object of the descriptor is. */
function findByDescriptor(
  path: string,
  fstat: StatCalls["fstat"],
  pathOf: PathOf,
): Found | undefined {
  for (let left = TRIES;; left--) {
    const descriptor = fs.openSync(path, O_PATH);
    try {
      const real = pathOf(descriptor);
      if (real?.startsWith("/") !== true) return undefined;
      if (!real.endsWith(DELETED) || left === 0) {
        return { path: real, stat: fstat(descriptor) };
      }
    } finally {
      fs.closeSync(descriptor);
    }
  }
}

/**
 * `lstat` does not follow a link in the last place, so that its state is that of the object
 * there. The directories on the way could be exchanged between the calls: where their times
 * cannot prove that they were not, the calls are repeated.
 */
function findByNames(
  path: string,
  root: string,
  os: OperatingSystem,
  { lstat, realPath }: StatCalls,
): Found | undefined {
  let asked = path;
  for (let left = TRIES; left > 0; left--) {
    const directories = namesBelow(root, asked, os).slice(0, -1);
    // An object in the root itself, or outside, has no directories on the way.
    const compare = directories.length > 0
      ? snapshotNames(root, directories, lstat)
      : undefined;
    const real = realPath(asked);
    if (real !== asked) {
      asked = real; // the snapshot was of a link on the way
      continue;
    }
    const stat = lstat(real);
    const isProved = compare === undefined || compare() === "same";
    if (isProved || isStable(real, stat, { lstat, realPath })) {
      return { path: real, stat };
    }
    asked = path;
  }
  return undefined;
}

async function readByDescriptor<T>(
  path: string,
  read: (path: string) => Awaitable<T>,
  pathOf: PathOf,
): Promise<T | undefined> {
  const descriptor = fs.openSync(path, O_PATH);
  try {
    return pathOf(descriptor) === path
      ? await read(descriptorPath(descriptor))
      : undefined;
  } finally {
    fs.closeSync(descriptor);
  }
}

async function readByName<T>(
  path: string,
  read: (path: string) => Awaitable<T>,
  snapshot: () => PathStamp,
  calls: StatCalls,
): Promise<T | undefined> {
  for (let left = TRIES; left > 0; left--) {
    const compare = snapshot();
    const content = await read(path);
    const verdict = compare();
    if (verdict === "same") return content;
    const isLast = left === 1 && verdict === "uncertain";
    if (isLast && isStable(path, calls.lstat(path), calls)) return content;
    // Within this time the directories settle, unless they change all the time.
    await sleep(SETTLE_MS);
  }
  return undefined;
}

/**
 * Whether a path is free of links, and of an object, again and again: an attacker that exchanges
 * names all the time would have to hit each gap between the calls.
 */
export function isStable(
  path: string,
  stat: Stat,
  { lstat, realPath }: Pick<StatCalls, "lstat" | "realPath">,
): boolean {
  for (let left = ROUNDS; left > 0; left--) {
    if (realPath(path) !== path) return false;
    spin();
    if (!isSameObject(lstat(path), stat)) return false;
    spin();
  }
  return true;
}

/** Spins for a random time of up to 10 µs: no loop of exchanges stays in step with it. */
function spin(): void {
  const until = performance.now() + Math.random() / 100;
  while (performance.now() < until);
}

/** On Windows there are none: what their times prove was not tested there. */
function namesBelow(
  root: string,
  path: string,
  os: OperatingSystem,
): readonly string[] {
  return os === "windows" ? [] : segmentsBelow(root, path, os) ?? [];
}

/** Systems take times from a clock that is late by up to a tick, of 10 ms at most. */
const TICK_MS = 20;
/** Some systems know times only to the second, or to two; Deno knows change times to the second. */
const COARSE_MS = 2000;

/**
 * Records the states of a root and of the objects that names lead to below it, to compare them
 * later: to rename an object changes the time of modification of its directory, and on most
 * systems the change time of the object itself. A link among them makes nothing certain.
 */
export function snapshotNames(
  root: string,
  names: readonly string[],
  lstat: StatCalls["lstat"],
): PathStamp {
  const paths = [root];
  for (const name of names) paths.push(`${paths.at(-1)}/${name}`);
  // An object that is not there any more was exchanged.
  const take = () => orUndefined(() => paths.map(lstat));
  const now = Date.now();
  const before = take();
  const compare = () => {
    const after = take();
    return before === undefined || after === undefined
      ? "exchanged"
      : compareStates(before, after, now);
  };
  const stat = names.length === 0 ? undefined : before?.at(-1);
  return Object.assign(compare, { stat });
}

/** The root, and each object below it with its directory. */
function compareStates(
  before: readonly Stat[],
  after: readonly Stat[],
  now: number,
): ReturnType<PathStamp> {
  let isProved = true;
  for (const [index, stat] of after.entries()) {
    const earlier = before[index];
    // A link is neither a file nor a directory.
    if (earlier === undefined || stat.kind === "other") return "exchanged";
    if (!isSameObject(stat, earlier)) return "exchanged";
    const isSettled = index === 0 ||
      isOld(stat.changed, earlier.changed, now) ||
      isOld(after[index - 1]?.mtime, before[index - 1]?.mtime, now);
    if (!isSettled && isRenamed(stat, earlier)) return "exchanged";
    isProved &&= isSettled;
  }
  return isProved ? "same" : "uncertain";
}

/** Whether a time is as it was, and a change after `now` would show. */
function isOld(
  time: number | undefined,
  before: number | undefined,
  now: number,
): boolean {
  if (time === undefined || time === 0 || time !== before) return false;
  return now - time >= (isCoarse(time) ? COARSE_MS : TICK_MS);
}

/**
 * Whether the object itself was changed, and not its content, which changes both times. By a
 * coarse clock it may have been changed again in the same second.
 */
function isRenamed(
  { changed = 0, mtime = 0 }: Stat,
  { changed: before }: Stat,
): boolean {
  const unit = isCoarse(changed) ? 1000 : 1;
  const isOfContent = Math.floor(changed / unit) === Math.floor(mtime / unit);
  return !isOfContent && (changed !== before || isCoarse(changed));
}

/** A time in whole seconds is one of a coarse clock. */
function isCoarse(time: number): boolean {
  return time % 1000 === 0;
}

/** How a runtime tells the state of objects; each throws what the system says. */
export interface StatCalls {
  /** Follows links. */
  readonly stat: (path: string) => Stat;
  /** Does not follow a link in the last place. */
  readonly lstat: (path: string) => Stat;
  /** Of an open descriptor. */
  readonly fstat: (descriptor: number) => Stat;
  readonly realPath: (path: string) => string;
}

/**
 * As numbers, Bun has the times of the last 122 ns of a millisecond one millisecond later
 * than Deno, and the tags of replicas would differ (one file in 8000).
 */
const EXACTLY = { bigint: true } as const;

const NS_PER_US = 1000n;

const US_PER_MS = 1000;

const ANY_EXECUTE = 0o111;

const ALL_READ = 0o444;

/** By `node:fs`. Times of modification are cut to milliseconds, change times to microseconds. */
export const NODE_CALLS: StatCalls = {
  stat: (path) => toStat(fs.statSync(path, EXACTLY)),
  lstat: (path) => toStat(fs.lstatSync(path, EXACTLY)),
  fstat: (descriptor) => toStat(fs.fstatSync(descriptor, EXACTLY)),
  realPath: (path) => fs.realpathSync.native(path),
};

function toStat(stat: fs.BigIntStats): Stat {
  return {
    kind: kindOf(stat.isFile(), stat.isDirectory()),
    size: Number(stat.size),
    mtime: Number(stat.mtimeMs),
    // Deno does not know it on every system.
    // As a number, nanoseconds could be rounded up into the next second.
    changed: Number((stat.ctimeNs ?? 0n) / NS_PER_US) / US_PER_MS,
    device: Number(stat.dev),
    inode: Number(stat.ino),
    executable: isExecutable(Number(stat.mode)),
    worldReadable: isWorldReadable(Number(stat.mode)),
  };
}

/** The kind of an object that is no link. */
export function kindOf(isFile: boolean, isDirectory: boolean): Stat["kind"] {
  if (isFile) return "file";
  return isDirectory ? "directory" : "other";
}

/** Whether a mode lets every user read the object. */
export function isWorldReadable(mode: number): boolean {
  return (mode & ALL_READ) === ALL_READ;
}

/** Whether a mode lets any user execute the object. */
export function isExecutable(mode: number): boolean {
  return (mode & ANY_EXECUTE) !== 0;
}
