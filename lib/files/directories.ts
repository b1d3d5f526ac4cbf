/**
 * What is known of directories: their states, and the names in them with their kinds. What was
 * once seen of a directory holds as long as a `stat` shows the same state.
 *
 * @module
 */

import { type Cache, createCache } from "../http/cache.ts";
import {
  type Entry,
  type Files,
  type Find,
  type FoundBelow,
  join,
  type Stat,
} from "../ports/files.ts";
import { FRESH_MS, isDue, isSame, isSettled, SMALL_BYTES } from "./open.ts";

/**
 * The names of a directory in NFC, as macOS lists decomposed names, with their kinds; `other` also
 * where more than one object has the name.
 */
export type Kinds = ReadonlyMap<string, Entry["kind"]>;

/** A directory as it was: who watches it keeps this, and none of its names. */
export interface DirectoryState {
  /** A name that leads to it; `stat` follows its links. */
  readonly path: string;
  readonly stat: Stat;
  /** When it was seen so first, in milliseconds since the epoch. */
  readonly time: number;
  /** When to look at it again, in milliseconds since the epoch. */
  due: number;
  /** Once it has changed, it has for every entry below it. */
  hasChanged: boolean;
}

/** The directories on a way, the root first. */
export type Way = readonly DirectoryState[];

/** What is known of a directory; it is forgotten when too much is. */
interface Directory {
  readonly state: DirectoryState;
  /** How many files were looked for in it whose names were not known. */
  asked: number;
  /** How many names it had when it was listed last, in whatever state. */
  names: number;
  /** Its names; `undefined` where it was not listed yet, or where it may not be. */
  listed?: Promise<Kinds | undefined>;
  /** Those of this very directory, in this state, and what proves it. */
  kinds?: Kinds | undefined;
  proof?: Promise<Kinds | undefined> | undefined;
  /** Where it is a root: its real path. */
  real?: string | undefined;
}

/** An object that was found among known names, and what else lies in its directory. */
export interface FoundBeside extends FoundBelow {
  /** The bytes of a small file, where they were wanted. */
  readonly bytes?: Uint8Array<ArrayBuffer> | undefined;
  readonly beside: Kinds;
  /** As they were seen behind it. */
  readonly way: Way;
}

/** Watches directories: while none has changed, no link in them leads elsewhere, and no name has come or gone. */
export interface Watch {
  /** The directories as they are; `undefined` where one could change unnoticed. */
  readonly watch: (
    paths: readonly string[],
    now: number,
  ) => Way | undefined;
  /** Whether none has changed, as far as was seen within the last second. */
  readonly isUnchanged: (directories: Way, now: number) => boolean;
}

export interface Directories extends Watch {
  /** The names of a directory as it is; `undefined` where it may not be listed. */
  readonly list: (path: string) => Promise<Kinds | undefined>;
  /** Lists a small root, so that what is in it is found at once. */
  readonly learn: (root: string) => Promise<Kinds | undefined>;
  /**
   * Finds the file or the directory that names lead to, where all are known, and none is a link;
   * `undefined` where that is not sure, also where nothing is there. `reads`: the content is wanted.
   */
  readonly findKnown: (
    root: string,
    names: readonly string[],
    reads: boolean,
  ) => FoundBeside | undefined;
  /** The same; a small root, and directories that are asked often, are listed. */
  readonly find: (
    root: string,
    names: readonly string[],
    reads: boolean,
  ) => Promise<FoundBeside | undefined>;
}

/** How many bytes directories and their names take at most, about. */
const LIMIT_BYTES = 12_582_912;
/** What one takes besides its path and its names, about. */
const DIRECTORY_BYTES = 256;
/** What a name takes besides its characters, about. */
const NAME_BYTES = 64;
/** Larger directories are not listed to find files in them: some 5,000 names, or 13,000 on tmpfs. */
const LARGEST_BYTES = 262_144;
/** What a name takes in a directory on a disk, about. */
const BYTES_PER_NAME = 52;
/** As much of a directory is listed for each file that was looked for in it: it costs as much as one of them. */
const BYTES_PER_FILE = 8192;
/** What stands for the bytes of a name that are not in UTF-8: the name may be another object's. */
const REPLACED = "\ufffd";
const UNSEEN = { kind: "unseen" } as const;

type Look = NonNullable<Find["look"]>;

/** Makes what knows the directories of a file system. */
export function createDirectories(
  files: Files,
  now: () => number,
): Directories {
  const known = createCache<Directory>(LIMIT_BYTES);
  const list = (directory: Directory) => {
    const { path } = directory.state;
    directory.listed = readKinds(path, files).then((kinds) => {
      directory.names = kinds?.size ?? 0;
      if (known.get(path) !== directory) return kinds;
      keep(directory, kinds, known);
      if (known.get(path) === directory) return kinds;
      // Too many to be kept: that must be known, or they are listed for each file.
      delete directory.listed;
      keep(directory, undefined, known);
      return kinds;
    });
    directory.listed.catch(() => delete directory.listed);
    return directory.listed;
  };
  return {
    ...createWatch(files, known),
    list: async (path) => {
      const directory = await look(path, files, now, known);
      return await (directory?.listed ?? (directory && list(directory)));
    },
    ...createFind(files, now, known, list),
  };
}

function createWatch(
  { glance = () => undefined }: Files,
  known: Cache<Directory>,
): Watch {
  const isUnchanged = (directory: DirectoryState, now: number) => {
    if (isDue(directory.due, now)) {
      const seen = glance(directory.path);
      directory.hasChanged ||= seen === undefined ||
        !isSame(seen, directory.stat);
      directory.due = now + FRESH_MS;
    }
    return !directory.hasChanged;
  };
  const watch = (path: string, now: number): DirectoryState | undefined => {
    const former = known.get(path);
    const holds = former !== undefined && isLasting(former.state) &&
      isUnchanged(former.state, now);
    if (holds) return former.state;
    const stat = glance(path);
    return stat !== undefined && isSettled(stat, now)
      ? keep(seen(path, stat, now, former?.names), undefined, known).state
      : undefined;
  };
  return {
    watch: (paths, now) => {
      const watched = paths.map((path) => watch(path, now));
      return watched.every((directory) => directory !== undefined)
        ? watched
        : undefined;
    },
    isUnchanged: (directories, now) =>
      directories.every((directory) => isUnchanged(directory, now)),
  };
}

/** A directory as it is; one that has just changed, as it was within the last second. */
async function look(
  path: string,
  files: Files,
  now: () => number,
  known: Cache<Directory>,
): Promise<Directory | undefined> {
  const stat = await files.stat(path);
  if (stat === undefined) return undefined;
  const former = known.get(path);
  const holds = former !== undefined && isSame(stat, former.state.stat) &&
    (isLasting(former.state) || now() - former.state.time < FRESH_MS);
  if (holds) return former;
  return keep(seen(path, stat, now(), former?.names), undefined, known);
}

function keep(
  directory: Directory,
  kinds: Kinds | undefined,
  known: Cache<Directory>,
): Directory {
  const { path } = directory.state;
  const bytes = DIRECTORY_BYTES + 2 * path.length + costOf(kinds);
  known.set(path, directory, bytes);
  return directory;
}

/** Where known names lead. */
interface Reached {
  readonly kind: "file" | "directory";
  readonly way: Way;
  /** A name that leads there, its real path, and that of the root. */
  readonly path: string;
  readonly real: string;
  readonly top: string;
  readonly beside: Kinds;
}

/** Known names up to a directory whose own are not known, or none: the root was never looked at. */
type Followed =
  | Reached
  | typeof UNSEEN
  | { readonly kind: "unlisted"; readonly way: Way; readonly last: Directory };

/**
 * Finds by names that are known. Nothing is proved beforehand: a `stat` of each directory on the
 * way, the root last, shows behind it that no name was exchanged since it was listed.
 */
function createFind(
  files: Files,
  now: () => number,
  known: Cache<Directory>,
  list: (directory: Directory) => Promise<Kinds | undefined>,
): Pick<Directories, "learn" | "find" | "findKnown"> {
  const glance = files.find?.look;
  if (glance === undefined) {
    const nothing = () => Promise.resolve(undefined);
    return { learn: nothing, find: nothing, findKnown: () => undefined };
  }
  const kindsOf = createKindsOf(files, glance, list);
  const see = (
    followed: Followed | undefined,
    reads: boolean,
  ): FoundBeside | undefined => {
    if (followed === undefined || !("beside" in followed)) return undefined;
    const { kind, way, path, top, real, beside } = followed;
    const time = now();
    const read = reads && kind === "file"
      ? files.open.whole?.(path, SMALL_BYTES)
      : undefined;
    const stat = glance(path);
    if (stat?.kind !== kind || !isAsBefore(way, glance)) return undefined;
    // What has not changed since before it was read was read in this state.
    const bytes = isSettled(stat, time) && read?.length === stat.size
      ? read
      : undefined;
    return { root: top, path: real, stat, beside, way, bytes };
  };
  const learn = async (root: string): Promise<Kinds | undefined> => {
    const last = await look(root, files, now, known);
    if (last === undefined || !isKnowable(last)) return undefined;
    return await kindsOf({ kind: "unlisted", way: [last.state], last });
  };
  return {
    learn,
    findKnown: (root, names, reads) =>
      see(follow(root, names, known.get), reads),
    find: async (root, names, reads) => {
      for (let left = names.length; left >= 0; left--) {
        const followed = follow(root, names, known.get);
        if (followed === undefined) return undefined;
        if ("beside" in followed) return see(followed, reads);
        const next = followed.kind === "unseen"
          ? await learn(root)
          : await kindsOf(followed);
        if (next === undefined) return undefined;
      }
      return undefined;
    },
  };
}

/** Follows names as far as they are known. */
function follow(
  root: string,
  names: readonly string[],
  get: (path: string) => Directory | undefined,
): Followed | undefined {
  const above = join(root, [""]).slice(0, -1);
  const way: DirectoryState[] = [];
  let path = root;
  let top: string | undefined;
  let beside: Kinds | undefined;
  let kind: Entry["kind"] | undefined = "directory";
  for (const name of names) {
    if (kind !== "directory") return undefined;
    const directory = get(path);
    if (directory === undefined) return path === root ? UNSEEN : undefined;
    if (!isKnowable(directory)) return undefined;
    way.push(directory.state);
    if (path === root) top = directory.real;
    beside = directory.kinds;
    if (beside === undefined) return { kind: "unlisted", way, last: directory };
    kind = beside.get(name.normalize("NFC"));
    path = `${way.length === 1 ? above : path}/${name}`;
  }
  if (top === undefined || beside === undefined) return undefined;
  if (kind !== "file" && kind !== "directory") return undefined;
  const real = top === root ? path : join(top, names);
  return { kind, way, path, top, real, beside };
}

/** Lists the last directory on a way whose others are known, and proves that its names are those of this very directory. */
function createKindsOf(
  files: Files,
  look: Look,
  list: (directory: Directory) => Promise<Kinds | undefined>,
): (unlisted: Followed & { kind: "unlisted" }) => Promise<Kinds | undefined> {
  const prove = async (directory: Directory, way: Way) => {
    const { path } = directory.state;
    const real = way.length === 1 ? await files.realPath(path) : undefined;
    const kinds = await list(directory);
    if (sizeOf(directory) > LARGEST_BYTES) return undefined;
    if (!isAsBefore(way, look)) return undefined;
    directory.real = real;
    return directory.kinds = kinds;
  };
  return async ({ way, last: directory }) => {
    if (!paysToList(directory)) return undefined;
    // What fails here is tried in another way, which tells; and here, when there are descriptors again, say.
    directory.proof ??= prove(directory, way)
      .catch(() => directory.proof = undefined);
    return await directory.proof;
  };
}

function isAsBefore(way: Way, look: Look): boolean {
  for (const state of way.toReversed()) {
    const stat = look(state.path);
    if (stat !== undefined && isSame(stat, state.stat)) continue;
    state.hasChanged = true;
    return false;
  }
  return true;
}

function seen(path: string, stat: Stat, time: number, names = 0): Directory {
  const due = time + FRESH_MS;
  const state = { path, stat, time, due, hasChanged: false };
  return { state, asked: 0, names };
}

/** Whether any change since it was seen first shows. */
function isLasting({ stat, time }: DirectoryState): boolean {
  return isSettled(stat, time);
}

/** Whether what is known of it, and may be found out, holds. */
function isKnowable({ state }: Directory): boolean {
  return !state.hasChanged && isLasting(state);
}

/** Whether so much was asked that a list costs no more. */
function paysToList(directory: Directory): boolean {
  directory.asked++;
  const size = sizeOf(directory);
  return size <= LARGEST_BYTES && size <= BYTES_PER_FILE * directory.asked;
}

/** Some file systems tell no size of a directory, or its number of names: how many there were, tells then. */
function sizeOf({ state: { stat }, names }: Directory): number {
  return Math.max(stat.size, BYTES_PER_NAME * names);
}

async function readKinds(
  path: string,
  files: Files,
): Promise<Kinds | undefined> {
  const entries = await files.list(path);
  if (entries === undefined) return undefined;
  const kinds = new Map<string, Entry["kind"]>();
  for (const { name, kind } of entries) {
    const key = name.normalize("NFC");
    const isOne = !kinds.has(key) && !name.includes(REPLACED);
    kinds.set(key, isOne ? kind : "other");
  }
  return kinds;
}

function costOf(kinds: Kinds | undefined): number {
  let bytes = 0;
  for (const { length } of kinds?.keys() ?? []) {
    bytes += NAME_BYTES + 2 * length;
  }
  return bytes;
}
