/**
 * A search below a directory: level by level, within bounds, only where a listing could be seen.
 *
 * @module
 */

import { targetOf } from "../http/resource.ts";
import type { ListingEntry, ListingSummary } from "../pages/listing.ts";
import { matcherOf } from "../pages/listing_query.ts";
import type { Context, Name } from "./context.ts";
import { type Directory, readNames } from "./directory_names.ts";
import { entrySlices } from "./entries.ts";
import { locate } from "./locate.ts";
import { identify } from "./resolve.ts";
import type { WantedListing } from "./wanted_listing.ts";

/** What a search finds, and then why it has ended before its end. */
export interface Search {
  readonly slices: AsyncIterable<readonly ListingEntry[]>;
  readonly cut: () => ListingSummary["cut"];
}

/** How many names a search looks at. */
const MOST_NAMES = 200_000;
/** How many entries it finds. */
const MOST_FOUND = 10_000;
/** How long it works, in milliseconds; the time in which its client does not read does not count. */
const MOST_MS = 10_000;

/** How long it works before others have their turn, in milliseconds. */
const TURN_MS = 5;

export function searchBelow(wanted: WantedListing, context: Context): Search {
  let cut: ListingSummary["cut"];
  const slices = async function* () {
    cut = yield* walk(wanted, context);
  };
  return { slices: slices(), cut: () => cut };
}

async function* walk(
  wanted: WantedListing,
  context: Context,
): AsyncGenerator<readonly ListingEntry[], ListingSummary["cut"]> {
  const { directory: { segments: top }, order } = wanted;
  const { nextTurn } = context.state.listings;
  await nextTurn(); // many begin at once
  const time = createStopwatch();
  const queue: (readonly string[])[] = [top];
  let [looked, found] = [0, 0];
  for (let segments; (segments = queue.shift()) !== undefined;) {
    const directory = segments === top
      ? wanted.directory
      : await findDirectory(segments, context);
    if (directory === undefined) continue;
    const names = await readNames(directory, order, context);
    if (names === undefined) continue;
    // An index stands for the directory, and hides the names in it.
    if (segments !== top && hasIndex(names, context)) continue;
    looked += names.length;
    for await (const slice of matchesIn(directory, names, wanted, context)) {
      const left = MOST_FOUND - found;
      found += slice.length;
      time.stop();
      yield slice.slice(0, left);
      time.start();
      if (found > MOST_FOUND) return "entries";
      if (time.total() > MOST_MS) return "time";
    }
    // A link to a directory is not followed: it could lead round in a circle.
    for (const { name, kind } of names) {
      if (kind === "directory") queue.push([...segments, name]);
    }
    if (looked > MOST_NAMES) return "entries";
    if (time.total() > MOST_MS) return "time";
    await time.turn(nextTurn);
  }
  return undefined;
}

/** The directory, where it may be seen: also by a user's own `resolve`, if there is one. */
export async function findDirectory(
  segments: readonly string[],
  context: Context,
): Promise<Directory | undefined> {
  const found = context.site.resolve === undefined
    ? await locate(segments, context)
    : await identify(targetOf(segments, true), context);
  const isThere = (found.kind === "found" || found.kind === "directory") &&
    found.stat.kind === "directory";
  return isThere ? { path: found.path, segments, stat: found.stat } : undefined;
}

/** Whether one of the names is that of an index. */
export function hasIndex(
  names: readonly Name[],
  { site: { index } }: Context,
): boolean {
  return names.some(({ name, kind }) =>
    kind !== "directory" && index.includes(name)
  );
}

/** The entries of a directory that match, with their paths below the one that is searched. */
async function* matchesIn(
  directory: Directory,
  names: readonly Name[],
  { directory: { segments: top }, detail, heading: { query } }: WantedListing,
  context: Context,
): AsyncGenerator<readonly ListingEntry[]> {
  const matches = matcherOf(query.q);
  const matching = names.filter(({ name }) => matches(name));
  const below = directory.segments.slice(top.length);
  const prefix = below.map((name) => `${name}/`).join("");
  const slices = entrySlices(matching, directory, detail, context);
  for await (const slice of slices) {
    yield slice.map((entry) => ({ ...entry, name: prefix + entry.name }));
  }
}

/** Measures how long something works, in milliseconds, and when it is time for others. */
export function createStopwatch() {
  let before = 0;
  let from = performance.now();
  let turn = from;
  const total = () => before + performance.now() - from;
  return {
    total,
    stop: () => void (before = total()),
    start: () => void (turn = from = performance.now()),
    turn: async (nextTurn: () => Promise<void>) => {
      if (performance.now() - turn < TURN_MS) return;
      await nextTurn();
      turn = performance.now();
    },
  };
}
