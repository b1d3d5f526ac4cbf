/**
 * The query of a listing: how it is sorted, filtered, cut into pages, and its form.
 *
 * @module
 */

/** What entries are sorted by. */
export type SortKey = "name" | "size" | "modified";
/** The forms of a listing. */
export type ListingFormat = "html" | "json" | "ndjson" | "text";

/** What a request wants of a listing. */
export interface ListingQuery {
  /** What entries are sorted by; directories come first. */
  readonly sort: SortKey;
  /** The order. */
  readonly order: "asc" | "desc";
  /** What names must contain, in any case; empty for all. */
  readonly q: string;
  /** Whether what is below is searched, too. */
  readonly recursive: boolean;
  /** The page, counted from 1; `undefined` for all entries. */
  readonly page: number | undefined;
  /** How a page shows the entries. */
  readonly view: "list" | "grid";
  /** The form that the query names. */
  readonly format: ListingFormat | undefined;
}

/** The listing that a URL without a query has. */
export const PLAIN_QUERY: ListingQuery = {
  sort: "name",
  order: "asc",
  q: "",
  recursive: false,
  page: undefined,
  view: "list",
  format: undefined,
};

/** The longest text that is searched for, in characters. */
export const MOST_SEARCHED = 256;

/** Reads the query of a target, decoded or not; what cannot be read counts as left out. */
export function readListingQuery(query: string): ListingQuery {
  const parameters = new URLSearchParams(query);
  const one = <T extends string>(name: string, values: readonly T[]) =>
    values.find((value) => value === parameters.get(name));
  const page = Number(parameters.get("page") ?? NaN);
  const recursive = parameters.get("recursive");
  return {
    sort: one("sort", ["name", "size", "modified"]) ?? "name",
    order: one("order", ["asc", "desc"]) ?? "asc",
    q: (parameters.get("q") ?? "").slice(0, MOST_SEARCHED),
    recursive: recursive !== null && !/^(?:0|false|no)$/.test(recursive),
    page: Number.isSafeInteger(page) && page > 0 ? page : undefined,
    view: one("view", ["list", "grid"]) ?? "list",
    format: one("format", ["html", "json", "ndjson", "text"]),
  };
}

/** Whether a query asks for what is found, and not for what is there. */
export function isSearch({ q, recursive }: ListingQuery): boolean {
  return q !== "" || recursive;
}

/** A query with some of it changed, as a reference to the same directory: `./` where nothing is said. */
export function formatListingQuery(
  query: ListingQuery,
  changes: Partial<ListingQuery> = {},
): string {
  const wanted = { ...query, ...changes };
  const parameters = new URLSearchParams();
  for (const name of ["q", "sort", "order", "view", "format"] as const) {
    const value = wanted[name];
    if (value !== undefined && value !== PLAIN_QUERY[name]) {
      parameters.set(name, value);
    }
  }
  if (wanted.recursive) parameters.set("recursive", "");
  if (wanted.page !== undefined && wanted.page > 1) {
    parameters.set("page", String(wanted.page));
  }
  const text = String(parameters).replace(
    /(^|&)recursive=(&|$)/,
    "$1recursive$2",
  );
  return text === "" ? "./" : `?${text}`;
}

/** Marks of letters, as in the decomposed `é`. */
const MARKS_REGEXP = /\p{M}+/gu;
const ASCII_REGEXP = /^[\0-\x7f]*$/;

/** Whether names contain every word of a text, in any case, with or without accents. */
export function matcherOf(q: string): (name: string) => boolean {
  const words = fold(q).split(/\s+/).filter((word) => word !== "");
  if (words.length === 0) return () => true;
  return (name) => {
    const folded = fold(name);
    return words.every((word) => folded.includes(word));
  };
}

function fold(text: string): string {
  return ASCII_REGEXP.test(text)
    ? text.toLowerCase()
    : text.normalize("NFD").replace(MARKS_REGEXP, "").toLowerCase();
}
