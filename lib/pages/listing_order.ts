/**
 * The order of entries.
 *
 * @module
 */

import type { EntryKind, ListingEntry } from "./listing.ts";
import type { ListingQuery } from "./listing_query.ts";

export type Collation = (a: string, b: string) => number;

/** `http.server` goes by the name in lower case, equal ones by the name. */
export const plainCollation: Collation = (a, b) =>
  compare(a.toLowerCase(), b.toLowerCase()) || compare(a, b);

/** The order of a language, with numbers by their value; equal names by their characters. */
export function collationOf(language: string): Collation {
  const { compare: collate } = new Intl.Collator(language, { numeric: true });
  return (a, b) => collate(a, b) || compare(a, b);
}

/** A key that orders names nearly as most collations do: letters in any case, numbers by their length. */
export function nearKeyOf(name: string): string {
  return name.toLowerCase().replace(
    /\d+/g,
    (digits) => `${digits.length}${digits}`,
  );
}

/** A language tag of Accept-Language (RFC 9110 §12.5.4), up to two subtags. */
const LANGUAGE_REGEXP = /^\s*([a-z]{2,3}(?:-[a-z0-9]{2,8}){0,2})\s*(?:$|[,;])/i;

/** The language that a client names first, where its order of letters is at hand; else English. */
export function languageOf(accept: string | null): string {
  const [, tag] = LANGUAGE_REGEXP.exec(accept ?? "") ?? [];
  if (tag === undefined) return "en";
  try {
    return Intl.Collator.supportedLocalesOf(tag)[0] ?? "en";
  } catch {
    return "en"; // a tag that is none
  }
}

/** Compares entries: directories first, then by what the query says, then by the name. What has no size or time comes first. */
export function entryOrder(
  { sort, order }: Pick<ListingQuery, "sort" | "order">,
  collation: Collation,
): (a: ListingEntry, b: ListingEntry) => number {
  const sign = order === "asc" ? 1 : -1;
  const valueOf = ({ size, modified, kind }: ListingEntry) =>
    sort === "modified" ? modified : isFolder(kind) ? undefined : size;
  return (a, b) => {
    const folders = Number(isFolder(b.kind)) - Number(isFolder(a.kind));
    if (folders !== 0) return folders;
    if (sort === "name") return sign * collation(a.name, b.name);
    const difference = (valueOf(a) ?? -1) - (valueOf(b) ?? -1);
    // A comparison of names takes ten times as long.
    return sign * difference || collation(a.name, b.name);
  };
}

/** Whether an entry is one of the folders, which come first. */
export function isFolder(kind: EntryKind): boolean {
  return kind === "directory" || kind === "scripts";
}

/** By code points, as Python does: in UTF-16 emoji come before U+E000. */
function compare(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const difference = rankOf(a.charCodeAt(at)) - rankOf(b.charCodeAt(at));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Puts surrogates behind all other code units. */
function rankOf(unit: number): number {
  return unit < 0xd800 || unit > 0xdfff ? unit : unit + 0x10000;
}
