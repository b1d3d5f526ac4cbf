/**
 * Finding an object below a root: its path and its state, both of one and the same object
 * (decision P1). Between two calls somebody may put a link in the place of a name.
 *
 * Looking at objects through `node:fs`.
 *
 * @module
 */

import * as fs from "node:fs";
import type {
  Awaitable,
  Found,
  FoundBelow,
  PathStamp,
  Stat,
} from "../ports/files.ts";
import { createPathStamp, isSameObject, namesBetween } from "./path_stamp.ts";

/** What finds objects. */
export interface Finder {
  /** See `Files.find`. Throws what the system says. */
  readonly find: (
    root: string,
    names: readonly string[],
  ) => FoundBelow | undefined;
  /** See `Files.stamp`. */
  readonly stamp: (path: string, root: string) => PathStamp;
  /** Reads what has this real path, and nothing else; `undefined` where something else lies there. */
  readonly read: <T>(
    path: string,
    root: string,
    read: (path: string) => Awaitable<T>,
  ) => Promise<T | undefined>;
}

/** Linux: a descriptor for an object that is not opened for reading, nor for anything else. */
const O_PATH = 0x200000;
/** What Linux adds to the path of what was replaced in this moment. */
const DELETED = " (deleted)";
/** How often an object may be replaced under our hands. */
const TRIES = 4;
/** After this a change of a directory is told from a later one, in milliseconds. */
const SETTLE_MS = 25;
/**
 * How often in a row directories and object must be the same where their times are too young
 * to prove it: whoever exchanges them all the time would have to hit each of twice as many
 * gaps of some microseconds.
 */
const ROUNDS = 16;

/**
 * Makes what finds objects.
 *
 * @param looks How to look.
 * @param hasDescriptorPaths Whether `/proc/self/fd` may tell the paths of descriptors.
 * @returns The finder. Where `/proc` turns out to tell nothing, it goes by names.
 */
export function createFinder(
  looks: Looks,
  hasDescriptorPaths: boolean,
): Finder {
  const { lookAtName, lookInto, realPath } = looks;
  let canTell = hasDescriptorPaths;
  const pathOf = (descriptor: number): string | undefined => {
    try {
      return fs.readlinkSync(descriptorPath(descriptor));
    } catch {
      canTell = false;
      return undefined;
    }
  };
  return {
    find: (root, names) => {
      // Most of what is asked for is no sidecar, and an exception costs ten times the look.
      if (!fs.existsSync(join(root, names))) return undefined;
      const real = realPath(root);
      const path = join(real, names);
      const found = canTell
        ? findByDescriptor(path, lookInto, pathOf)
        : undefined;
      const object = found ?? findByNames(path, real, looks);
      return object && { root: real, ...object };
    },
    stamp: (path, root) => createPathStamp(path, root, lookAtName),
    read: (path, root, read) =>
      canTell
        ? readByDescriptor(path, read, pathOf)
        : readByName(path, root, read, looks),
  };
}

/**
 * The path by which Linux opens what a descriptor stands for, whatever its name is now.
 *
 * @param descriptor The descriptor, which must stay open.
 * @returns The path.
 */
export function descriptorPath(descriptor: number): string {
  return `/proc/self/fd/${descriptor}`;
}

/** The kernel tells where the very object is that the descriptor stands for. */
function findByDescriptor(
  path: string,
  lookInto: Looks["lookInto"],
  pathOf: (descriptor: number) => string | undefined,
): Found | undefined {
  for (let left = TRIES;; left--) {
    const descriptor = fs.openSync(path, O_PATH);
    try {
      const real = pathOf(descriptor);
      if (real?.startsWith("/") !== true) return undefined;
      if (!real.endsWith(DELETED) || left === 0) {
        return { path: real, stat: lookInto(descriptor) };
      }
    } finally {
      fs.closeSync(descriptor);
    }
  }
}

/**
 * The last step is looked at without following it, so that it is what lies there. The
 * directories on the way could be exchanged between the calls: where their times cannot
 * prove that they were not, all is looked at again and again.
 */
function findByNames(
  path: string,
  root: string,
  looks: Looks,
): Found | undefined {
  let asked = path;
  for (let left = TRIES; left > 0; left--) {
    const stamp = stampOfDirectory(asked, root, looks.lookAtName);
    const real = looks.realPath(asked);
    if (real !== asked) {
      asked = real; // the stamp was of a link on the way
      continue;
    }
    const stat = looks.lookAtName(real);
    if (stamp() === "same" || isSteady(real, stat, looks)) {
      return { path: real, stat };
    }
    asked = path;
  }
  return undefined;
}

/** What lies in the root itself, or outside, has no directories on the way. */
function stampOfDirectory(
  path: string,
  root: string,
  lookAtName: Looks["lookAtName"],
): PathStamp {
  const names = namesBetween(root, path) ?? [];
  return names.length > 1
    ? createPathStamp(path.slice(0, path.lastIndexOf("/")), root, lookAtName)
    : () => "same";
}

function isSteady(
  path: string,
  seen: Stat,
  { lookAtName, realPath }: Looks,
): boolean {
  for (let left = ROUNDS; left > 0; left--) {
    if (realPath(path) !== path) return false;
    pause();
    if (!isSameObject(lookAtName(path), seen)) return false;
    pause();
  }
  return true;
}

function join(root: string, names: readonly string[]): string {
  if (names.length === 0) return root;
  return `${root.replace(/[/\\]$/, "")}/${names.join("/")}`;
}

async function readByDescriptor<T>(
  path: string,
  read: (path: string) => Awaitable<T>,
  pathOf: (descriptor: number) => string | undefined,
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
  root: string,
  read: (path: string) => Awaitable<T>,
  looks: Looks,
): Promise<T | undefined> {
  for (let left = TRIES; left > 0; left--) {
    const stamp = createPathStamp(path, root, looks.lookAtName);
    const found = await read(path);
    const verdict = stamp();
    if (verdict === "same") return found;
    const isLast = left === 1 && verdict === "uncertain";
    if (isLast && isSteady(path, looks.lookAtName(path), looks)) return found;
    // Within this time the directories settle, unless they change all the time.
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  }
  return undefined;
}

/** Some microseconds, each time others, so that no exchange keeps in step. */
function pause(): void {
  const until = performance.now() + Math.random() / 100;
  while (performance.now() < until);
}

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
