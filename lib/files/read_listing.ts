/**
 * Reads what a listing shows: the entries of a directory, or what a search below it finds, in
 * slices, and then what there is to say about all of them.
 *
 * @module
 */

import type { ListingEntry, ListingSummary } from "../pages/listing.ts";
import { entryOrder, isFolder } from "../pages/listing_order.ts";
import { matcherOf } from "../pages/listing_query.ts";
import type { Context, Name } from "./context.ts";
import { readNames, sortInTurns } from "./directory_names.ts";
import { entrySlices, isFolderName } from "./entries.ts";
import { searchBelow } from "./search.ts";
import type { WantedListing } from "./wanted_listing.ts";

/** A listing that is being read. */
export interface Reading {
  /** The entries that are shown, in order. */
  readonly slices: AsyncIterable<readonly ListingEntry[]>;
  /** What is known when all of them were read. */
  readonly summary: () => ListingSummary;
  /** The names in the directory itself, where they were read. */
  readonly names: readonly Name[];
}

type Slices = AsyncIterable<readonly ListingEntry[]>;

/** How many entries a page has. */
const PAGE_ENTRIES = 1000;

/** Begins to read; `undefined` where the directory may not be read. */
export async function readListing(
  wanted: WantedListing,
  context: Context,
): Promise<Reading | undefined> {
  const { directory, order, heading: { query } } = wanted;
  if (query.recursive) {
    const search = searchBelow(wanted, context);
    return readInOrder(search.slices, wanted, context, search.cut);
  }
  const read = await readNames(directory, order, context);
  if (read === undefined) return undefined;
  const { folders, others } = matching(read, wanted, context);
  const names = [...folders, ...others];
  const isPart = query.sort === "name" && query.page !== undefined &&
    names.length > PAGE_ENTRIES;
  const shown = isPart ? pageOf(names, query.page) : names;
  const slices = entrySlices(
    shown,
    directory,
    wanted.detail,
    context,
  );
  if (!isPart) return { ...readInOrder(slices, wanted, context), names: read };
  const summary = {
    ...wanted.heading,
    directories: folders.length,
    files: others.length,
    size: undefined, // not all were looked at
    pages: pagesOf(names.length),
    cut: undefined,
  };
  return { slices, summary: () => summary, names: read };
}

/** The names that match, sorted, folders apart; where links lead is looked at again before they are shown. */
function matching(
  names: readonly Name[],
  { directory, order, heading: { query } }: WantedListing,
  context: Context,
): { readonly folders: readonly Name[]; readonly others: readonly Name[] } {
  const matches = matcherOf(query.q);
  const found = names.filter(({ name }) => matches(name));
  if (query.order === "desc") found.reverse();
  const isFirst = (name: Name) =>
    order.isGrouped && isFolderName(name, directory, context);
  const folders: Name[] = [];
  const others: Name[] = [];
  for (const name of found) (isFirst(name) ? folders : others).push(name);
  return { folders, others };
}

/** Reads all, counts them, and shows them in the order that is wanted, or one page of them. */
function readInOrder(
  slices: Slices,
  { heading, order, detail }: WantedListing,
  { state: { listings: { nextTurn } } }: Context,
  cut: () => ListingSummary["cut"] = () => undefined,
): Reading {
  const { query } = heading;
  const sums = { directories: 0, files: 0, size: 0 };
  const count = ({ kind, size = 0 }: ListingEntry) => {
    sums[isFolder(kind) ? "directories" : "files"]++;
    sums.size += size;
  };
  const pages = () =>
    query.page === undefined ? 1 : pagesOf(sums.directories + sums.files);
  const read = async function* (): AsyncGenerator<readonly ListingEntry[]> {
    const isKept = query.sort !== "name" || query.page !== undefined;
    const all: ListingEntry[] = [];
    for await (const slice of slices) {
      slice.forEach(count);
      if (!isKept) yield slice;
      else for (const entry of slice) all.push(entry);
    }
    if (!isKept) return;
    // They come in the order of their names.
    const sorted = query.sort === "name"
      ? all
      : await sortInTurns(all, entryOrder(query, order.collation), nextTurn);
    const shown = query.page === undefined
      ? sorted
      : pageOf(sorted, query.page);
    for (let at = 0; at < shown.length; at += PAGE_ENTRIES) {
      yield shown.slice(at, at + PAGE_ENTRIES);
    }
  };
  const size = () => detail === "names" ? undefined : sums.size;
  return {
    slices: read(),
    names: [],
    summary: () => ({
      ...heading,
      ...sums,
      size: size(),
      pages: pages(),
      cut: cut(),
    }),
  };
}

function pageOf<T>(entries: readonly T[], page = 1): readonly T[] {
  return entries.slice((page - 1) * PAGE_ENTRIES, page * PAGE_ENTRIES);
}

function pagesOf(count: number): number {
  return Math.max(1, Math.ceil(count / PAGE_ENTRIES));
}
