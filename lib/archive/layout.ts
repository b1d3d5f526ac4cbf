/**
 * Layouts of archives: parts in a row, whose lengths are known before a byte is read. So an archive
 * has a length, and any piece of it is found at once.
 *
 * @module
 */

import { sourceSize } from "../http/body.ts";
import type { Bytes } from "../ports/content.ts";
import type { ArchiveEntry } from "./archive_entry.ts";

/** A part of an archive: a record, which may tell the checksum of an entry, or the bytes of one. */
export type Part =
  | {
    readonly kind: "record";
    /** The entry whose checksum it tells. */
    readonly entry: ArchiveEntry | undefined;
    readonly make: (checksum: number) => Bytes;
  }
  | { readonly kind: "data"; readonly entry: ArchiveEntry };

/** Where a part begins, by its number. */
export type StartOf = (index: number) => number;

/** An archive that is not made yet. */
export interface Layout {
  /** How many bytes it has. */
  readonly size: number;
  /** How many parts it has. */
  readonly count: number;
  /** Where a part begins; behind the last is the size. */
  readonly startOf: StartOf;
  /** A part by its number. */
  readonly part: (index: number) => Part;
}

/** What an archive is made of. A record of the same part has the same length, whatever the checksums are. */
export interface Parts {
  readonly count: number;
  /** How many bytes a part has; where those before it begin, is known. */
  readonly lengthOf: (index: number, startOf: StartOf) => number;
  readonly part: (index: number, startOf: StartOf) => Part;
}

/** Puts parts in a row. */
export function layOut({ count, lengthOf, part }: Parts): Layout {
  const starts = new Float64Array(count + 1);
  const startOf: StartOf = (index) => starts[index] ?? 0;
  for (let index = 0; index < count; index++) {
    starts[index + 1] = startOf(index) + lengthOf(index, startOf);
  }
  return {
    size: startOf(count),
    count,
    startOf,
    part: (index) => part(index, startOf),
  };
}

/** The number of the part that a byte is in; parts without bytes have none. */
export function partAt({ count, startOf }: Layout, position: number): number {
  let [low, high] = [0, count];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (startOf(middle) <= position) low = middle;
    else high = middle;
  }
  return low;
}

/** How many bytes the data of an entry has. */
export function dataSize({ source }: ArchiveEntry): number {
  return source === undefined ? 0 : sourceSize(source);
}
