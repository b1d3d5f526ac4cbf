/**
 * The model of a listing: what a directory, or a search in it, shows. Every form of it, page or
 * data, is made of this.
 *
 * @module
 */

import type { Awaitable } from "../ports/files.ts";
import type { ListingQuery } from "./listing_query.ts";
import type { Page } from "./markup.ts";

/** What an entry is. What is a `script` runs when it is asked for; `scripts` is a directory of them. */
export type EntryKind = "directory" | "file" | "script" | "scripts";

/** An entry of a listing. */
export interface ListingEntry {
  /** The name; in a recursive search the path below the directory, with slashes. */
  readonly name: string;
  /** What it is, or what a link leads to. */
  readonly kind: EntryKind;
  /** The size of a file, in bytes, where it is known. */
  readonly size?: number | undefined;
  /** The time of modification in milliseconds since the epoch, where it is known. */
  readonly modified?: number | undefined;
  /** The media type of a file whose name tells it. */
  readonly mediaType?: string | undefined;
  /** The entity tag of a file as its ETag field has it, where its state tells it. */
  readonly entityTag?: string | undefined;
  /** Whether it can be opened: what cannot is no link. */
  readonly readable: boolean;
}

/** How much is known of entries: names and kinds; their states, too; their media types and tags, too. */
export type EntryDetail = "names" | "states" | "metadata";

/** The forms of an archive, as the query names them. */
export type ArchiveFormat = "zip" | "tar" | "tar.gz" | "tar.zst";

/** What a page of a directory says of receiving files. */
export interface ListingUpload {
  /** Whether nobody sees what is there. */
  readonly only: boolean;
  /** How large a file may be, in bytes; `undefined` for any size. */
  readonly maxFile: number | undefined;
  /** What becomes of a file whose name is taken. */
  readonly onDuplicate: "rename" | "refuse" | "overwrite";
}

/** What is known of a listing before anything is read. */
export interface ListingHeading {
  /** Its path in URLs, decoded: it begins and ends with a slash. */
  readonly path: string;
  /** Whether there is a directory above it. */
  readonly parent: boolean;
  /**
   * How many directories are above it, up to the root of the site: breadcrumbs lead to these.
   *
   * @default {"as many as its path has, where it has a parent"}
   */
  readonly depth?: number | undefined;
  /** What was asked for. */
  readonly query: ListingQuery;
  /**
   * The archives in which the directory, or a selection, can be taken along.
   *
   * @default {[]}
   */
  readonly archives?: readonly ArchiveFormat[] | undefined;
  /** How the directory receives files; `undefined` where it does not. */
  readonly upload?: ListingUpload | undefined;
}

/** What is known of a listing when everything was read. */
export interface ListingSummary extends ListingHeading {
  /** How many directories all its pages have. */
  readonly directories: number;
  /** How many other entries all its pages have. */
  readonly files: number;
  /** The size of all its files in bytes; `undefined` where not all were looked at. */
  readonly size: number | undefined;
  /** How many pages it has, from 1. */
  readonly pages: number;
  /** Why a search has ended before its end. */
  readonly cut: "entries" | "time" | undefined;
}

/** A directory, or a search in it, with its entries in the order in which they are shown. */
export interface Listing extends ListingSummary {
  /** The entries of this page. */
  readonly entries: readonly ListingEntry[];
}

/** Makes the page that lists a directory. */
export type List = (listing: Listing) => Awaitable<Page>;

/**
 * A form of listings: a page, JSON, lines. Its text is put together from parts, so that a long one is
 * sent while it is read, and a short one is the same.
 */
export interface ListingForm {
  /** The media type. */
  readonly mediaType: string;
  /** Further fields. */
  readonly fields: ReadonlyArray<readonly [name: string, value: string]>;
  /** What it shows of entries: no more of them is looked at. */
  readonly detail: EntryDetail;
  /** What comes before the entries: nothing is read yet. */
  readonly head: (heading: ListingHeading) => string;
  /** The next entries; `at` is how many came before. */
  readonly rows: (
    entries: readonly ListingEntry[],
    at: number,
    heading: ListingHeading,
  ) => string;
  /** What comes behind them; `readme` is the HTML of a file that describes the directory. */
  readonly tail: (summary: ListingSummary, readme?: string) => string;
}
