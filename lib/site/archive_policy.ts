/**
 * How directories become archives: the options of a user, checked.
 *
 * @module
 */

import type { ArchiveFormat } from "../pages/listing.ts";
import type { Coder } from "../ports/content.ts";
import type { SiteOptions } from "./options.ts";
import { checkedLimit } from "./scripts.ts";

/** How directories become archives. */
export interface ArchivePolicy {
  /** How many entries one may have. */
  readonly maxEntries: number;
  /** How many bytes of files one may have. */
  readonly maxBytes: number;
  /** How many are sent at a time. */
  readonly maxAtOnce: number;
}

const MOST_ENTRIES = 100_000;
const MOST_AT_ONCE = 4;

/** An archive tells what is in a directory: where directories are not listed, there are none. */
export function toArchivePolicy(
  { archive = true, listing, singleFile }: SiteOptions,
): ArchivePolicy | undefined {
  if (archive === false || listing === false || singleFile) return undefined;
  const { maxEntries, maxBytes, maxAtOnce } = archive === true ? {} : archive;
  const limit = (name: string, value: number | undefined, otherwise: number) =>
    value === undefined ? otherwise : checkedLimit(`archive.${name}`, value);
  return {
    maxEntries: limit("maxEntries", maxEntries, MOST_ENTRIES),
    maxBytes: limit("maxBytes", maxBytes, Infinity),
    maxAtOnce: limit("maxAtOnce", maxAtOnce, MOST_AT_ONCE),
  };
}

/** The forms of archives that there are; the runtime may have no zstd. */
export function archiveFormats(
  { archive, coder: { codings } }: {
    readonly archive: ArchivePolicy | undefined;
    readonly coder: Pick<Coder, "codings">;
  },
): readonly ArchiveFormat[] {
  if (archive === undefined) return [];
  return codings.includes("zstd")
    ? ARCHIVE_FORMATS
    : ARCHIVE_FORMATS.slice(0, -1);
}

/** Those that a page offers: on every runtime the same, so that replicas agree on the page. */
export function offeredFormats(
  { archive }: { readonly archive: ArchivePolicy | undefined },
): readonly ArchiveFormat[] {
  return archive === undefined ? [] : ARCHIVE_FORMATS.slice(0, -1);
}

/** All forms, the one that every system opens first. */
export const ARCHIVE_FORMATS: readonly ArchiveFormat[] = [
  "zip",
  "tar",
  "tar.gz",
  "tar.zst",
];
