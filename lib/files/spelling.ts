/**
 * Whether names are spelled as their directories spell them. On a disk that ignores case or
 * knows short names, one object has many names, and policies know one (attack: `/GIT~1/config`).
 *
 * @module
 */

import { createCache } from "../http/cache.ts";
import type { Files, Stat } from "../ports/files.ts";
import { isSame, isSettled } from "./open.ts";

/** What knows how directories spell names. */
export interface Spelling {
  /**
   * Whether each name stands in the listing of its directory. A directory is listed only where
   * the disk may read its names in more than one way; elsewhere one more `stat` tells.
   */
  readonly isExact: (
    directory: string,
    names: readonly string[],
  ) => Promise<boolean>;
}

/** The names of a directory, as it was listed. */
interface Listing {
  readonly stat: Stat;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** In NFC, as macOS lists decomposed names; `undefined` where it may not be listed. */
  readonly names: Promise<ReadonlySet<string> | undefined>;
}

/** How many bytes of names are kept, about. */
const LIMIT_BYTES = 8_388_608;
/** What a name takes besides its characters, about. */
const NAME_BYTES = 64;
/** How long the listing of a directory that has just changed is fresh, in milliseconds. */
const FRESH_MS = 1000;
/** Signs that make some disks read a name as another: of short names, streams, and wildcards. */
const SUSPECT_REGEXP = /[~:\\"<>|?*]|[. ]$|\p{Default_Ignorable_Code_Point}/u;
/** Such code points are no part of a name for ext4 with casefold, and for HFS+. */
const IGNORABLE_REGEXP = /\p{Default_Ignorable_Code_Point}/gu;
const NOT_ASCII_REGEXP = /[^\0-\x7f]/;
const LETTER_REGEXP = /[a-z]/gi;

/** Makes what knows how directories spell names. */
export function createSpelling(files: Files, now: () => number): Spelling {
  const list = createLister(files, now);
  const isSpelled = async (directory: string, name: string) => {
    const isPlain = !isSuspect(name);
    if (isPlain && !await hasOtherName(directory, name, files)) return true;
    const names = await list(directory || "/");
    // Where the directory may not be listed, the other name can still be tried.
    return names?.has(name.normalize("NFC")) ??
      (!isPlain && !await hasOtherName(directory, name, files));
  };
  return {
    isExact: async (directory, names) => {
      let path = directory.replace(/[/\\]$/, "");
      for (const name of names) {
        if (!await isSpelled(path, name)) return false;
        path += `/${name}`;
      }
      return true;
    },
  };
}

/** Caches listings: large directories are not listed for each request, and never twice at a time. */
function createLister(
  files: Files,
  now: () => number,
): (directory: string) => Promise<ReadonlySet<string> | undefined> {
  const listings = createCache<Listing>(LIMIT_BYTES);
  return async (directory) => {
    const stat = await files.stat(directory);
    if (stat === undefined) return undefined;
    const cached = listings.get(directory);
    if (cached !== undefined && isSame(stat, cached.stat)) {
      const isFresh = now() - cached.time < FRESH_MS;
      if (isFresh || isSettled(stat, cached.time)) return await cached.names;
    }
    const names = readNames(directory, files);
    const listing = { stat, time: now(), names };
    listings.set(directory, listing, 0);
    const read = await names.catch(() => undefined);
    listings.set(directory, listing, costOf(read ?? []));
    return await names;
  };
}

async function readNames(
  directory: string,
  files: Files,
): Promise<ReadonlySet<string> | undefined> {
  const entries = await files.list(directory);
  return entries && new Set(entries.map(({ name }) => name.normalize("NFC")));
}

function costOf(names: Iterable<string>): number {
  let bytes = 0;
  for (const { length } of names) bytes += NAME_BYTES + 2 * length;
  return bytes;
}

/** A name as a disk compares it that ignores whatever disks ignore. */
export function foldName(name: string): string {
  return name.normalize("NFKC").replaceAll(IGNORABLE_REGEXP, "")
    .replace(/[. ]+$/, "").toLowerCase();
}

/** Whether only a listing can tell; a compatible form (NFKC) can turn another sign into a dot. */
function isSuspect(name: string): boolean {
  if (SUSPECT_REGEXP.test(name)) return true;
  return NOT_ASCII_REGEXP.test(name) &&
    (name.search(LETTER_REGEXP) < 0 ||
      name.normalize("NFKC") !== name.normalize("NFC"));
}

/**
 * Whether the name in other case is there, too. Its inode does not matter: some file systems of
 * FUSE give each spelling its own. Digits are tried with a dot behind them, which vfat strips.
 */
async function hasOtherName(
  directory: string,
  name: string,
  files: Files,
): Promise<boolean> {
  const swapped = name.replaceAll(LETTER_REGEXP, swapCase);
  const other = swapped === name ? `${name}.` : swapped;
  return await files.realPath(`${directory}/${other}`) !== undefined;
}

function swapCase(letter: string): string {
  const lower = letter.toLowerCase();
  return letter === lower ? letter.toUpperCase() : lower;
}
