/**
 * Works in the very directory that was found, although names above it may be exchanged between two
 * system calls (decision D237).
 *
 * @module
 */

import * as fs from "node:fs";
import {
  type FoundBelow,
  isSameObject,
  segmentsBelow,
  type Stat,
} from "../ports/files.ts";
import {
  descriptorPath,
  type Finder,
  isStable,
  NODE_CALLS,
  O_PATH,
} from "./find.ts";
import { orUndefined } from "./system.ts";

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
