/**
 * Whether names are spelled as their directories spell them. On a disk that ignores case or
 * knows short names, one object has many names, and policies know one (attack: `/GIT~1/config`).
 *
 * @module
 */

import type { Files } from "../ports/files.ts";
import type { Directories } from "./directories.ts";

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

/** Signs that make some disks read a name as another: of short names, streams, and wildcards. */
const SUSPECT_REGEXP = /[~:\\"<>|?*]|[. ]$/;
const NOT_ASCII_REGEXP = /[^\0-\x7f]/;
const LETTER_REGEXP = /[a-z]/gi;

/** Makes what knows how directories spell names. */
export function createSpelling(
  files: Files,
  { list }: Pick<Directories, "list">,
): Spelling {
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

/** A name as a disk compares it that ignores whatever disks ignore. */
export function foldName(name: string): string {
  return withoutIgnorable(name.normalize("NFKC"))
    .replace(/[. ]+$/, "").toLowerCase();
}

/**
 * Such code points are no part of a name for ext4 with casefold, and for HFS+. The expression is no
 * constant: to make a class of Unicode takes V8 0.3 ms, and most names are ASCII.
 */
function withoutIgnorable(name: string): string {
  return name.replaceAll(/\p{Default_Ignorable_Code_Point}/gu, "");
}

/** Whether only a listing can tell; a compatible form (NFKC) can turn another sign into a dot. */
function isSuspect(name: string): boolean {
  if (SUSPECT_REGEXP.test(name)) return true;
  return NOT_ASCII_REGEXP.test(name) &&
    (withoutIgnorable(name) !== name || name.search(LETTER_REGEXP) < 0 ||
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
