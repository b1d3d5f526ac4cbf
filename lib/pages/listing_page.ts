/**
 * The page that people look at: a directory as a table.
 *
 * @module
 */

import type { Listing, ListingForm } from "./listing.ts";
import { formatHead, formatTail, LISTING_POLICY } from "./listing_frame.ts";
import { PLAIN_QUERY } from "./listing_query.ts";
import { formatBareRows, formatRows } from "./listing_rows.ts";
import { pageFields } from "./markup.ts";

export type * from "./listing.ts";
export type { ListingFormat, ListingQuery, SortKey } from "./listing_query.ts";

/** The form for people. */
export const pageForm: ListingForm = {
  mediaType: "text/html; charset=utf-8",
  detail: "metadata",
  fields: pageFields(LISTING_POLICY),
  head: formatHead,
  rows: formatRows,
  tail: formatTail,
};

/** For who gets all entries at once, a program nearly always: its rows have what programs read. */
export const wholeForm: ListingForm = {
  ...pageForm,
  detail: "states",
  rows: formatBareRows,
};

/** A listing of which more than these members is not needed. */
export type ListingInit =
  & Pick<Listing, "path" | "parent" | "entries">
  & Partial<Listing>;

/**
 * The page that lists a directory: a table with names, times and sizes.
 *
 * @param listing The directory; what is left out is counted from its entries.
 * @returns The page, in UTF-8.
 *
 * @example Usage
 * ```ts
 * import { listingPage } from "@x/serve";
 * import { assertStringIncludes } from "@std/assert";
 *
 * const entries = [{ name: "100%?", kind: "file", readable: true }] as const;
 * const bytes = listingPage({ path: "/", parent: false, entries });
 * assertStringIncludes(new TextDecoder().decode(bytes), 'href="100%25%3F"');
 * ```
 */
export function listingPage(listing: ListingInit): Uint8Array<ArrayBuffer> {
  const { entries } = listing;
  const sum = (sizes: readonly number[]) => sizes.reduce((a, b) => a + b, 0);
  const directories = entries.filter(({ kind }) => kind === "directory").length;
  const summary = {
    query: PLAIN_QUERY,
    directories,
    files: entries.length - directories,
    size: sum(entries.map(({ size = 0 }) => size)),
    pages: 1,
    cut: undefined,
    ...listing,
  };
  const rows = pageForm.rows(entries, 0, summary);
  const text = pageForm.head(summary) + rows + pageForm.tail(summary);
  return new TextEncoder().encode(text);
}
