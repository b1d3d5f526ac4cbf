/**
 * What somebody may have meant who asked for what is not there: near names, only among those that
 * a listing would show.
 *
 * @module
 */

import { type PathTarget, targetOf } from "../http/resource.ts";
import { plainCollation } from "../pages/listing_order.ts";
import { nearestNames } from "../pages/nearest.ts";
import type { Context } from "./context.ts";
import { readNames } from "./directory_names.ts";
import { isDirectory } from "./error_file.ts";
import { locateByName } from "./locate.ts";
import { resolve } from "./resolve.ts";

/** What is near to a target that is absent. */
export interface Near {
  /** The names of the directory in which it was not found. */
  readonly above: readonly string[];
  /** Near names in there. */
  readonly entries: ReadonlyArray<
    { readonly name: string; readonly kind: "file" | "directory" }
  >;
}

/** More are not shown. */
const MOST_ENTRIES = 3;
/** So many near names are tried at most: links can lead nowhere. */
const MOST_TRIED = 12;
/** How many names are compared at most. */
const MOST_NAMES = 2000;
/** A directory of this size has some 2,000 names: it would have to be read. */
const LONG_DIRECTORY_BYTES = 65_536;
/** No file system has longer names. */
const LONGEST_NAME = 255;

/** Walks as far as directories are there, and compares names where the next one is not. */
export async function findNear(
  { segments }: PathTarget,
  context: Context,
): Promise<Near> {
  let depth = 0;
  while (depth < segments.length) {
    if (!await isDirectory(segments.slice(0, depth + 1), context)) break;
    depth++;
  }
  const above = segments.slice(0, Math.min(depth, segments.length - 1));
  const name = segments[depth];
  const names = name === undefined || name.length > LONGEST_NAME
    ? []
    : nearestNames(name, await shownNames(above, context));
  return { above, entries: await openable(above, names, context) };
}

/** The names that a listing could have: none where an index hides it, or where the user makes it. */
async function shownNames(
  segments: readonly string[],
  context: Context,
): Promise<readonly string[]> {
  const { site } = context;
  const isOwn = site.list !== undefined || site.resolve !== undefined;
  if (isOwn || site.listing === false) return [];
  const directory = await resolve(targetOf(segments, true), context);
  const isShort = directory.kind === "directory" &&
    directory.stat.size < LONG_DIRECTORY_BYTES;
  if (!isShort) return [];
  const { path, stat } = directory;
  const order = { key: "plain", collation: plainCollation };
  const names = await readNames({ path, segments, stat }, order, context);
  return (names ?? []).slice(0, MOST_NAMES).map(({ name }) => name);
}

/** The first few that a request for them would find. */
async function openable(
  above: readonly string[],
  names: readonly string[],
  context: Context,
): Promise<Near["entries"]> {
  const entries: Array<Near["entries"][number]> = [];
  for (const name of names.slice(0, MOST_TRIED)) {
    if (entries.length === MOST_ENTRIES) break;
    const found = await locateByName([...above, name], context);
    if (found.kind === "absent" || found.stat.kind === "other") continue;
    entries.push({ name, kind: found.stat.kind });
  }
  return entries;
}
