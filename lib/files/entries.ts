/**
 * From names of a directory to entries, with their states: exactly what can be fetched, and
 * directories of scripts (D16).
 *
 * @module
 */

import { judgeTime } from "../http/date.ts";
import { deriveEntityTag, formatEntityTag } from "../http/entity_tag.ts";
import { codedName } from "../http/metadata.ts";
import { targetOf } from "../http/resource.ts";
import type { EntryDetail, ListingEntry } from "../pages/listing.ts";
import { isFolder } from "../pages/listing_order.ts";
import { isExhausted } from "../ports/content.ts";
import {
  type Awaitable,
  type EntryState,
  type Files,
  type Found,
  join,
  segmentsBelow,
  type Stat,
} from "../ports/files.ts";
import type { Context, Name } from "./context.ts";
import type { Directory } from "./directory_names.ts";
import { extensionOf, locateByName } from "./locate.ts";
import { identifyByName } from "./resolve.ts";

/** Whether a name is among the folders. A link is looked at once more before it is shown. */
export function isFolderName(
  { name, kind }: Name,
  { path }: Directory,
  { files }: Context,
): boolean {
  return kind === "link"
    ? orBroken(() => files.glance?.(join(path, [name])))?.kind === "directory"
    : isFolder(kind);
}

/** What fails (a dead mount, a bad sector) takes nothing from the others. */
function orBroken<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (isExhausted(error)) throw error;
    return undefined;
  }
}

/** How much work is done before others have their turn: some 5 ms. */
const SLICE_COST = 8192;
/** What the state of an entry costs beside a name (measured on Deno: 2 µs). */
const STATE_COST = 4;
/** What it costs to find out where a link leads (measured on Deno: 0.2 ms). */
const LINK_COST = 512;

/** An entry, and the object that it stands for, where its state was looked at. */
export interface FoundEntry {
  readonly entry: ListingEntry;
  readonly found?: Found | undefined;
}

/**
 * The entries of names, in slices: one in a turn of the event loop for all listings and searches
 * together. They have what `detail` says.
 */
export async function* entrySlices(
  names: Iterable<Name>,
  directory: Directory,
  detail: EntryDetail,
  context: Context,
): AsyncGenerator<readonly ListingEntry[]> {
  const slices = foundSlices(names, directory, detail, context);
  for await (const slice of slices) yield slice.map(({ entry }) => entry);
}

/** The same, and what they stand for. */
export async function* foundSlices(
  names: Iterable<Name>,
  directory: Directory,
  detail: EntryDetail,
  context: Context,
): AsyncGenerator<readonly FoundEntry[]> {
  const { nextTurn } = context.state.listings;
  let slice: Name[] = [];
  let cost = 0;
  for (const name of names) {
    cost += name.kind === "link"
      ? LINK_COST
      : detail === "names"
      ? 1
      : STATE_COST;
    slice.push(name);
    if (cost < SLICE_COST) continue;
    yield await readEntries(slice, directory, detail, context);
    await nextTurn();
    slice = [];
    cost = 0;
  }
  yield await readEntries(slice, directory, detail, context);
}

async function readEntries(
  names: readonly Name[],
  directory: Directory,
  detail: EntryDetail,
  context: Context,
): Promise<readonly FoundEntry[]> {
  const { site, files } = context;
  // Names alone have neither states nor tags.
  const root = detail === "names"
    ? undefined
    : await files.realPath(site.root) ?? site.root;
  const states = root === undefined
    ? undefined
    : await readStates(names, directory, root, files);
  const entries: FoundEntry[] = [];
  for (const [index, name] of names.entries()) {
    const state = states === undefined ? "unread" : states[index];
    // One that fails (a dead mount) does not take the others along.
    try {
      const made = toEntry(name, state, directory, detail, context);
      // Nearly all are there at once, and there can be a hundred thousand.
      const entry = made instanceof Promise ? await made : made;
      if (entry !== undefined) entries.push(entry);
    } catch (error) {
      if (isExhausted(error)) throw error;
      const { kind } = name;
      if (kind === "link") continue;
      entries.push({ entry: { ...name, kind, readable: false } });
    }
  }
  return root !== undefined && isLinked(directory, root, files)
    ? entries.map(untag)
    : entries;
}

/** Whether its names lead to the directory by a link. */
function isLinked(
  { path, segments }: Directory,
  root: string,
  { os }: Files,
): boolean {
  return segmentsBelow(root, path, os)?.join("/") !== segments.join("/");
}

/** The tag of what a link leads to is made of its place, too. */
function untag({ entry, found }: FoundEntry): FoundEntry {
  return { entry: { ...entry, entityTag: undefined }, found };
}

/** The states of the entries of this very directory; `undefined` where others take its place all the time. */
async function readStates(
  names: readonly Name[],
  { path }: Directory,
  root: string,
  files: Files,
): Promise<readonly EntryState[] | undefined> {
  return files.states === undefined
    ? await Promise.all(names.map(({ name }) => files.stat(join(path, [name]))))
    : await files.states(path, root, names.map(({ name }) => name));
}

/** The entry of a name; `undefined` where nothing is there any more. */
function toEntry(
  { name, kind }: Name,
  state: EntryState | "unread",
  directory: Directory,
  detail: EntryDetail,
  context: Context,
): Awaitable<FoundEntry | undefined> {
  // A link may have taken the place of what was listed.
  const isLink = kind === "link" ||
    typeof state === "object" && state.kind === "other";
  if (isLink) return followLink(name, directory, detail, context);
  switch (state) {
    case undefined:
      return undefined;
    case "unread":
      return { entry: { name, kind, readable: kind !== "scripts" } };
    case "withheld":
      return { entry: { name, kind, readable: false } };
  }
  const found = { path: join(directory.path, [name]), stat: state };
  const entry = describeEntry(
    { name, kind },
    found,
    directory,
    detail,
    context,
  );
  const seen = { entry, found };
  return entry.readable ? seen : withIndex(seen, directory, context);
}

/** A directory that may be entered, but not read, can be opened where it has an index. */
async function withIndex(
  seen: FoundEntry,
  directory: Directory,
  context: Context,
): Promise<FoundEntry> {
  const { entry, found } = seen;
  if (entry.readable || entry.kind !== "directory") return seen;
  const segments = [...directory.segments, entry.name];
  const target = targetOf(segments, true);
  const { kind } = await identifyByName(target, context);
  const readable = kind === "file" || kind === "script";
  return { entry: { ...entry, readable }, found };
}

/** What a link leads to; `undefined` when asking for it would find nothing. */
async function followLink(
  name: string,
  directory: Directory,
  detail: EntryDetail,
  context: Context,
): Promise<FoundEntry | undefined> {
  const { cgi } = context.site;
  const located = await locateByName([...directory.segments, name], context);
  if (located.kind !== "found") return undefined;
  const { kind } = located.stat;
  if (kind === "other") return undefined;
  const isScript = kind === "file" && cgi?.extensions.has(extensionOf(name));
  const named = { name, kind: isScript ? "script" : kind } as const;
  const entry = describeEntry(named, located, directory, detail, context);
  const seen = untag({ entry, found: located });
  return await withIndex(seen, directory, context);
}

/** An entry with its state. What a script makes of itself its file does not tell. */
function describeEntry(
  { name, kind }: Pick<ListingEntry, "name" | "kind">,
  { path, stat }: Found,
  { segments }: Directory,
  detail: EntryDetail,
  { site, files }: Context,
): ListingEntry {
  const modified = stat.mtime;
  const isReadable = stat.worldReadable === true ||
    (files.isReadable?.(path) ?? true);
  const readable = kind !== "scripts" && isReadable;
  if (kind === "script" || kind === "scripts" || stat.kind !== "file") {
    return {
      name,
      kind: kind === "file" ? "directory" : kind,
      modified,
      readable,
    };
  }
  const entry = {
    name,
    kind: "file",
    size: stat.size,
    modified,
    readable,
  } as const;
  if (detail === "states") return entry;
  const place = `/${[...segments, name].join("/")}`;
  const type = site.typeOf(codedName(place, site.metadata)?.decoded ?? name);
  return {
    ...entry,
    mediaType: typeof type === "string" ? type : undefined,
    entityTag: tagOf(place, stat, site),
  };
}

/** The tag, where the state of a file tells it; where its content does, the file is not read for it. */
function tagOf(
  place: string,
  stat: Stat,
  { isUntagged, clock }: Context["site"],
): string | undefined {
  const now = clock.now();
  if (judgeTime(stat, now) !== "telling" || isUntagged(place)) return undefined;
  const tag = deriveEntityTag(stat, now);
  return tag && formatEntityTag(tag);
}
