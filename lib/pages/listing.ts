/**
 * The page that lists a directory: a link for each name.
 *
 * @module
 */

import { percentEncode } from "../http/metadata.ts";
import type { Awaitable } from "../ports/files.ts";
import { markup, type Page, pageFrame } from "./markup.ts";

/** A line of a listing. */
export interface ListingEntry {
  /** The name. */
  readonly name: string;
  /** Whether it is a directory, or a link to one. */
  readonly directory: boolean;
}

/** A directory to list. */
export interface Listing {
  /** Its path in URLs, decoded: it begins and ends with a slash. */
  readonly path: string;
  /** Whether to link to the directory above it. */
  readonly parent: boolean;
  /** Its entries, in any order. */
  readonly entries: readonly ListingEntry[];
}

/** Characters that change the direction of text: `\u202etxt.exe` would look like `exe.txt`. */
const DIRECTION_REGEXP = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
/** Names that are the same in a URL, in a page and in a file system: nearly all. */
const PLAIN_REGEXP = /^[\w.+-]+$/;

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
  const { entries } = listing;
  const { head, tail } = listingFrame(listing);
  const rows = listingRows(sortByName(entries));
  const end = tail(entries.length === 0);
  return new TextEncoder().encode(head + rows + end);
}

const EMPTY = "<p>This directory is empty.</p>\n";

/** The parts of a listing before and after its rows; the latter says whether there were none. */
export function listingFrame(
  { path, parent }: Omit<Listing, "entries">,
): { head: string; tail: (isEmpty: boolean) => string } {
  // GDAL (`/vsicurl/`) reads listings with Apache's title alone; with a slash at its end, no names
  // that are percent-encoded.
  const { head, tail } = pageFrame(`Index of ${path.slice(0, -1) || "/"}`);
  const { text } = markup`<h1>Directory listing for ${path}</h1>
<hr>
<ul>
`;
  const up = parent ? row({ name: "..", directory: true }) : "";
  const end = (isEmpty: boolean) => `</ul>\n${isEmpty ? EMPTY : ""}<hr>${tail}`;
  return { head: head + text + up, tail: end };
}

/** The rows of entries, in their order. */
export function listingRows(entries: readonly ListingEntry[]): string {
  return entries.map(row).join("");
}

/**
 * A reference is percent-encoded, and never has a character reference of HTML: lftp and wget2 do not
 * decode `&#39;`. The colon is encoded, too, so that no name can pass for a scheme; the plus is not:
 * uscan looks for it.
 */
function row({ name, directory }: ListingEntry): string {
  const slash = directory ? "/" : "";
  if (PLAIN_REGEXP.test(name)) {
    return `<li><a href="${name}${slash}">${name}${slash}</a></li>\n`;
  }
  const reference = percentEncode(name).replaceAll("%2B", "+") + slash;
  const text = name.replace(DIRECTION_REGEXP, "\ufffd") + slash;
  return markup`<li><a href="${reference}">${text}</a></li>
`.text;
}

/** Sorts as `http.server` does: by the name in lower case, equal ones by the name. */
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
