/**
 * What goes into an archive: what a visitor of listings could see, within bounds; and a note of what
 * could be seen, but is not in it.
 *
 * @module
 */

import type { Context, Name } from "../files/context.ts";
import { type Directory, readNames } from "../files/directory_names.ts";
import { type FoundEntry, foundSlices } from "../files/entries.ts";
import { identifyByName } from "../files/resolve.ts";
import { createStopwatch, findDirectory, hasIndex } from "../files/search.ts";
import { type Found, targetOf } from "../http/resource.ts";
import type { ArchivePolicy } from "../site/archive_policy.ts";
import { type ArchiveEntry, freeName, portableNames } from "./archive_entry.ts";

export interface ArchiveWish {
  readonly directory: Directory;
  /** The names in it that are taken along; empty for all. */
  readonly names: ReadonlySet<string>;
  /** Whether names are changed to ones that every system can have. */
  readonly isPortable: boolean;
  /** Aborted when nobody wants it any more. */
  readonly signal: AbortSignal;
}

/** What goes into an archive, or why there is none. */
export type ArchivePlan =
  | { readonly kind: "entries"; readonly entries: readonly ArchiveEntry[] }
  | { readonly kind: "unreadable" }
  | { readonly kind: "unwanted" }
  | { readonly kind: "absent"; readonly name: string }
  | { readonly kind: "too-many" }
  | { readonly kind: "too-large" };

/** The longest path that ZIP can have, in bytes. */
const PATH_BYTES = 65_535;
const NOTE_NAME = "NOT-INCLUDED.txt";
/** So that it is the same on all systems, and is the same again. */
const BY_NAME = {
  key: "archive",
  collation: (a: string, b: string) => a < b ? -1 : a > b ? 1 : 0,
} as const;

/** What a plan is made of, as far as it is. */
interface Planning extends ArchiveWish {
  readonly context: Context;
  readonly policy: ArchivePolicy;
  readonly entries: ArchiveEntry[];
  readonly notes: string[];
  bytes: number;
  readonly turn: () => Promise<void>;
}

/** Why planning has ended early. */
type Stop = Exclude<ArchivePlan["kind"], "entries" | "absent">;

/** Plans an archive. Nothing is opened. */
export async function planArchive(
  wish: ArchiveWish,
  policy: ArchivePolicy,
  context: Context,
): Promise<ArchivePlan> {
  const { nextTurn } = context.state.listings;
  await nextTurn(); // many begin at once
  const { directory, names: wanted } = wish;
  const all = await readNames(directory, BY_NAME, context);
  if (all === undefined) return { kind: "unreadable" };
  const names = wanted.size === 0
    ? all
    : all.filter(({ name }) => wanted.has(name));
  const time = createStopwatch();
  const planning: Planning = {
    ...wish,
    context,
    policy,
    entries: [],
    notes: [],
    bytes: 0,
    turn: () => time.turn(nextTurn),
  };
  const top = { directory, prefix: "", above: [directory.path] };
  const { stop, seen } = await addNames(names, top, planning);
  if (stop !== undefined) return { kind: stop };
  const absent = [...wanted].find((name) => !seen.has(name));
  return absent === undefined
    ? { kind: "entries", entries: withNote(planning) }
    : { kind: "absent", name: absent };
}

/** A directory on its way into an archive. */
interface Level {
  readonly directory: Directory;
  /** Its path in the archive. */
  readonly prefix: string;
  /** The real paths of the directories that it is in, and its own: a link must not lead back. */
  readonly above: readonly string[];
}

/** Adds names of a directory; tells which are there. */
async function addNames(
  names: readonly Name[],
  level: Level,
  planning: Planning,
): Promise<{ stop?: Stop; seen: ReadonlySet<string> }> {
  const { isPortable, context, signal } = planning;
  const changed = portableNames(
    isPortable ? names.map(({ name }) => name) : [],
  );
  const seen = new Set<string>();
  for await (
    const slice of foundSlices(names, level.directory, "states", context)
  ) {
    for (const found of slice) {
      const { name } = found.entry;
      seen.add(name);
      const path = level.prefix + (changed.get(name) ?? name);
      const stop = await add(found, path, level, planning);
      await planning.turn();
      if (stop !== undefined) return { stop, seen };
      if (signal.aborted) return { stop: "unwanted", seen };
    }
  }
  return { seen };
}

/** Adds an entry, and what is below it. */
async function add(
  { entry: { name, kind, readable }, found }: FoundEntry,
  path: string,
  level: Level,
  planning: Planning,
): Promise<Stop | undefined> {
  const { notes } = planning;
  const segments = [...level.directory.segments, name];
  if (kind === "script" || kind === "scripts") {
    notes.push(`${path}: it is run, and not sent`);
  } else if (new TextEncoder().encode(path).length >= PATH_BYTES) {
    notes.push(`${path}: its path is too long`);
  } else if (!readable || found === undefined) {
    notes.push(`${path}: no permission to read it`);
  } else if (kind === "directory") {
    return await addDirectory(segments, path, level, planning);
  } else {
    return await addFile(segments, path, found, planning);
  }
  return undefined;
}

async function addDirectory(
  segments: readonly string[],
  path: string,
  { above }: Level,
  planning: Planning,
): Promise<Stop | undefined> {
  const { context, notes } = planning;
  const directory = await findDirectory(segments, context);
  if (directory === undefined) return undefined;
  if (above.includes(directory.path)) {
    notes.push(`${path}/: it leads back to a folder that it is in`);
    return undefined;
  }
  const stop = push(path + "/", directory, undefined, planning);
  if (stop !== undefined) return stop;
  const names = await readNames(directory, BY_NAME, context);
  if (names === undefined) {
    notes.push(`${path}/: no permission to list it`);
    return undefined;
  }
  const listed = withIndexOnly(names, context);
  if (listed !== names) notes.push(`${path}/: only its index page can be seen`);
  const level = {
    directory,
    prefix: `${path}/`,
    above: [...above, directory.path],
  };
  return (await addNames(listed, level, planning)).stop;
}

/** An index stands for the directory, and hides the other names in it. */
function withIndexOnly(
  names: readonly Name[],
  context: Context,
): readonly Name[] {
  if (!hasIndex(names, context)) return names;
  const first = context.site.index
    .map((index) => names.find(({ name }) => name === index))
    .find((name) => name !== undefined);
  return first === undefined ? [] : [first];
}

/** A user's own `resolve` may put another file in its place, or none. */
async function addFile(
  segments: readonly string[],
  path: string,
  listed: Found,
  planning: Planning,
): Promise<Stop | undefined> {
  const { context } = planning;
  if (context.site.resolve === undefined) {
    return push(path, listed, listed, planning);
  }
  const resource = await identifyByName(targetOf(segments, false), context);
  return resource.kind === "file"
    ? push(path, resource, resource, planning)
    : undefined;
}

function push(
  name: string,
  { stat }: Pick<Found, "stat">,
  file: Found | undefined,
  planning: Planning,
): Stop | undefined {
  const { entries, policy } = planning;
  const { mtime, executable = false } = stat;
  const source = file &&
    { kind: "file", path: file.path, stat: file.stat } as const;
  entries.push({
    name,
    seconds: Math.floor((mtime ?? 0) / 1000),
    isExecutable: file !== undefined && executable,
    source,
  });
  planning.bytes += file?.stat.size ?? 0;
  if (entries.length > policy.maxEntries) return "too-many";
  return planning.bytes > policy.maxBytes ? "too-large" : undefined;
}

/** The entries, and a note of what is not among them. */
function withNote(
  { entries, notes, directory }: Planning,
): readonly ArchiveEntry[] {
  if (notes.length === 0) return entries;
  const taken = new Set(entries.map(({ name }) => name.split("/")[0] ?? ""));
  const lines = notes.map((note) => `${JSON.stringify(note).slice(1, -1)}\n`);
  const bytes = new TextEncoder().encode(
    `This archive does not have:\n\n${lines.join("")}`,
  );
  return [...entries, {
    name: freeName(NOTE_NAME, taken),
    seconds: Math.floor((directory.stat.mtime ?? 0) / 1000),
    isExecutable: false,
    source: { kind: "bytes", bytes },
  }];
}
