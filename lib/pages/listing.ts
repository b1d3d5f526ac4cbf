/**
 * A directory as a page: its names, each a link.
 *
 * @module
 */

import type { Awaitable } from "../ports/files.ts";
import { markup, type Page, pageFrame } from "./markup.ts";

/** A line of a listing. */
export interface ListingEntry {
  /** The name. */
  readonly name: string;
  /** Whether it is a directory, or a link to one. */
  readonly directory: boolean;
}

/** A directory, as it is to be shown. */
export interface Listing {
  /** Its path in URLs, decoded: it begins and ends with a slash. */
  readonly path: string;
  /** Whether the directory above it is served, too. */
  readonly parent: boolean;
  /** What is in it, in any order. */
  readonly entries: readonly ListingEntry[];
}

/** What would show `\u202etxt.exe` as `exe.txt`. */
const DIRECTION_REGEXP = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
/** Names that are the same in a URL, in a page and in a file system: nearly all. */
const PLAIN_REGEXP = /^[\w.-]+$/;

/**
 * The page that lists a directory: `list_directory` of `http.server`.
 *
 * @param listing The directory.
 * @returns The page, in UTF-8.
 *
 * @example Usage
 * ```ts
 * import { listingPage } from "@x/serve";
 * import { assertStringIncludes } from "@std/assert";
 *
 * const entries = [{ name: "100%?", directory: false }];
 * const bytes = listingPage({ path: "/", parent: false, entries });
 * assertStringIncludes(new TextDecoder().decode(bytes), '<a href="100%25%3F">100%?</a>');
 * ```
 */
export function listingPage(listing: Listing): Uint8Array<ArrayBuffer> {
  const { head, tail } = listingFrame(listing);
  const rows = listingRows(sortByName(listing.entries));
  return new TextEncoder().encode(head + rows + tail);
}

/**
 * What is around the rows of a listing.
 *
 * @param listing The directory, whose entries nobody looks at.
 * @returns What comes before the rows and what comes behind them.
 */
export function listingFrame(
  { path, parent }: Omit<Listing, "entries">,
): { head: string; tail: string } {
  const title = `Directory listing for ${path}`;
  const { head, tail } = pageFrame(title);
  const { text } = markup`<h1>${title}</h1>
<hr>
<ul>
`;
  const up = parent ? row({ name: "..", directory: true }) : "";
  return { head: head + text + up, tail: `</ul>\n<hr>${tail}` };
}

/**
 * Rows of a listing.
 *
 * @param entries The entries, in their order.
 * @returns The rows, as a part of a page.
 */
export function listingRows(entries: readonly ListingEntry[]): string {
  return entries.map(row).join("");
}

/** `encodeURIComponent` also writes the colon as `%3A`, so that no name can pose as a scheme. */
function row({ name, directory }: ListingEntry): string {
  const slash = directory ? "/" : "";
  if (PLAIN_REGEXP.test(name)) {
    return `<li><a href="${name}${slash}">${name}${slash}</a></li>\n`;
  }
  const reference = encodeURIComponent(name.toWellFormed()) + slash;
  const text = name.replace(DIRECTION_REGEXP, "\ufffd") + slash;
  return markup`<li><a href="${reference}">${text}</a></li>
`.text;
}

/**
 * Sorts as `http.server` does: by the lower-cased name; equal ones by the name itself.
 *
 * @param entries What has names.
 * @returns The same, sorted.
 */
export function sortByName<T extends { readonly name: string }>(
  entries: readonly T[],
): T[] {
  return entries
    .map((entry) => ({ entry, key: entry.name.toLowerCase() }))
    .sort((a, b) =>
      compare(a.key, b.key) || compare(a.entry.name, b.entry.name)
    )
    .map(({ entry }) => entry);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Makes the page that lists a directory. */
export type List = (listing: Listing) => Awaitable<Page>;
