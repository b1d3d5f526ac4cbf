/**
 * A directory as a page: its names, each a link.
 *
 * @module
 */

import { type Markup, markup, page } from "./markup.ts";

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
export function listingPage(
  { path, parent, entries }: Listing,
): Uint8Array<ArrayBuffer> {
  const title = `Directory listing for ${path}`;
  const up = parent ? [item("..", true)] : [];
  const items = entries.toSorted(byName).map(({ name, directory }) =>
    item(name, directory)
  );
  return page(
    title,
    markup`<h1>${title}</h1>
<hr>
<ul>
${[...up, ...items]}</ul>
<hr>`,
  );
}

/** `encodeURIComponent` also writes the colon as `%3A`, so that no name can pose as a scheme. */
function item(name: string, directory: boolean): Markup {
  const slash = directory ? "/" : "";
  const reference = encodeURIComponent(name.toWellFormed()) + slash;
  const text = name.replace(DIRECTION_REGEXP, "\ufffd") + slash;
  return markup`<li><a href="${reference}">${text}</a></li>
`;
}

/** As `http.server` sorts: by the lower-cased name; equal ones by the name itself. */
function byName(a: ListingEntry, b: ListingEntry): number {
  return compare(a.name.toLowerCase(), b.name.toLowerCase()) ||
    compare(a.name, b.name);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
