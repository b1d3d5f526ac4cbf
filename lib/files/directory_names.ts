/**
 * The names of a directory that can be seen, sorted, once for each of its states.
 *
 * @module
 */

import { isHostFile } from "../hosts/host_names.ts";
import { type Collation, nearKeyOf } from "../pages/listing_order.ts";
import type { Entry, Stat } from "../ports/files.ts";
import type { Cgi } from "../site/scripts.ts";
import { isInDropBox } from "../site/upload_policy.ts";
import type { Context, Name } from "./context.ts";
import { extensionOf, isVisible } from "./locate.ts";
import { isSettled } from "./open.ts";
import { directoryDepth } from "./find_script.ts";
import { foldName } from "./spelling.ts";

/** A directory that is to be listed. */
export interface Directory {
  /** Its real path. */
  readonly path: string;
  /** The names that lead to it. */
  readonly segments: readonly string[];
  /** Its state. */
  readonly stat: Stat;
}

/** How names are ordered, and what the order is called, for caches. */
export interface NameOrder {
  readonly key: string;
  readonly collation: Collation;
  /** Whether folders come first. */
  readonly isGrouped: boolean;
}

/** How many values are sorted at once: some 25 ms for names in a random order. */
const SORTED_AT_ONCE = 8192;
/** How many keys: as long. */
const KEYS_AT_ONCE = 32_768;
/** What a cached name takes besides its characters, about. */
const NAME_BYTES = 64;

/**
 * The names of a directory that can be seen, sorted; `undefined` where it may not be read. They stay
 * in memory as long as the directory is in the same state; whoever asks meanwhile waits for them.
 */
export async function readNames(
  directory: Directory,
  order: Pick<NameOrder, "key" | "collation">,
  context: Context,
): Promise<readonly Name[] | undefined> {
  const { names, reading } = context.state.listings;
  const key = nameKey(directory, order.key, context);
  if (key === undefined) return await readSorted(directory, order, context);
  const known = names.get(key) ?? reading.get(key);
  if (known !== undefined) return await known;
  const read = readSorted(directory, order, context);
  reading.set(key, read);
  try {
    const sorted = await read;
    if (sorted !== undefined) names.set(key, sorted, costOf(key, sorted));
    return sorted;
  } finally {
    reading.delete(key);
  }
}

async function readSorted(
  directory: Directory,
  { collation }: Pick<NameOrder, "collation">,
  context: Context,
): Promise<readonly Name[] | undefined> {
  const { site, files, state: { listings } } = context;
  const root = await files.realPath(site.root);
  const entries = await files.list(directory.path, root);
  if (entries === undefined) return undefined;
  const keyed: KeyedName[] = [];
  for (const [index, entry] of entries.entries()) {
    if (index % SORTED_AT_ONCE === SORTED_AT_ONCE - 1) {
      await listings.nextTurn();
    }
    const kind = kindOf(entry, directory, context);
    if (kind === "other") continue;
    const { name } = entry;
    keyed.push({ name: { name, kind }, key: nearKeyOf(name) });
  }
  return await sortNames(keyed, collation, listings.nextTurn);
}

interface KeyedName {
  readonly name: Name;
  readonly key: string;
}

/** Twice, for a collation compares ten times as slowly: what is nearly in order, it compares once. */
async function sortNames(
  keyed: KeyedName[],
  collation: Collation,
  turn: () => Promise<void>,
): Promise<readonly Name[]> {
  const near = await sortInTurns(
    keyed,
    ({ key }, { key: other }) => key < other ? -1 : Number(key > other),
    turn,
    KEYS_AT_ONCE,
  );
  return await sortInTurns(
    near.map(({ name }) => name),
    (a, b) => collation(a.name, b.name),
    turn,
  );
}

function costOf(key: string, names: readonly Name[]): number {
  return names.reduce(
    (sum, { name }) => sum + NAME_BYTES + 2 * name.length,
    2 * key.length,
  );
}

/** The state of a directory; `undefined` where it cannot tell that names have changed. */
function nameKey(
  { path, segments, stat }: Directory,
  order: string,
  { site }: Context,
): string | undefined {
  const { mtime, changed, device, inode, size } = stat;
  if (!changed || !isSettled(stat, site.clock.now())) return undefined;
  const names = segments.join("/");
  return [mtime, changed, device, inode, size, order, path, names].join("\0");
}

/** Sorts in pieces, between which other requests have their turn. */
export async function sortInTurns<T>(
  values: T[],
  compare: (a: T, b: T) => number,
  turn: () => Promise<void>,
  atOnce: number = SORTED_AT_ONCE,
): Promise<T[]> {
  if (values.length <= atOnce) return values.sort(compare);
  const middle = values.length >> 1;
  const sort = (part: T[]) => sortInTurns(part, compare, turn, atOnce);
  const left = await sort(values.slice(0, middle));
  await turn();
  const right = await sort(values.slice(middle));
  return isInOrder(left.at(-1), right[0], compare)
    ? left.concat(right)
    : await mergeInTurns(left, right, compare, turn, atOnce);
}

async function mergeInTurns<T>(
  left: readonly T[],
  right: readonly T[],
  compare: (a: T, b: T) => number,
  turn: () => Promise<void>,
  atOnce: number,
): Promise<T[]> {
  const merged: T[] = [];
  let [at, other] = [0, 0];
  while (at < left.length || other < right.length) {
    const [a, b] = [left[at], right[other]];
    const isLeft = isInOrder(a, b, compare);
    merged.push((isLeft ? a : b) as T);
    if (isLeft) at++;
    else other++;
    if (merged.length % atOnce === 0) await turn();
  }
  return merged;
}

/** Whether the next value of the left is not behind that of the right; what has come to its end is. */
function isInOrder<T>(
  left: T | undefined,
  right: T | undefined,
  compare: (a: T, b: T) => number,
): boolean {
  return right === undefined ||
    left !== undefined && compare(left, right) <= 0;
}

/** What an entry is by its name and kind; `other` where it cannot be seen. */
function kindOf(
  { name, kind }: Entry,
  { segments }: Directory,
  { site }: Context,
): Name["kind"] | "other" {
  if (!isVisible(name, site)) return "other";
  const names = [...segments, name];
  if (isInDropBox(names, site.upload)) return "other";
  if (site.routing.hostFiles !== undefined && isHostFile(names)) return "other";
  // A name that is not in UTF-8 was read as another one, which may not exist.
  const read = name.includes("\ufffd") ? "link" : kind;
  const { cgi } = site;
  return cgi === undefined || read === "other"
    ? read
    : scriptKind(names, read, cgi);
}

function scriptKind(
  names: readonly string[],
  kind: "file" | "directory" | "link",
  cgi: Cgi,
): Name["kind"] | "other" {
  if (directoryDepth(names, cgi) !== undefined) {
    return kind === "directory" ? "scripts" : "other";
  }
  if (kind === "directory") return isLikeScripts(names, cgi) ? "link" : kind;
  const isScript = kind === "file" &&
    cgi.extensions.has(extensionOf(names.at(-1) ?? ""));
  return isScript ? "script" : kind;
}

/** Whether a disk that folds names could take a directory for one of scripts. */
export function isLikeScripts(
  segments: readonly string[],
  { directories }: Cgi,
): boolean {
  const folded = directories.map((names) => names.map(foldName));
  const depth = directoryDepth(segments.map(foldName), { directories: folded });
  return depth !== undefined;
}
