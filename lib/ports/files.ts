/**
 * The file system, as the core asks a runtime for it, and its paths.
 *
 * @module
 */

import type { Content, Pieces } from "./content.ts";

/** A value, or a promise of one: a port may be synchronous. */
export type Awaitable<T> = T | Promise<T>;

/** Whose rules names of files follow. */
export type OperatingSystem = "posix" | "windows";

/** The state of an object in a file system, without opening it. */
export interface Stat {
  /** What is neither a file nor a directory is `other`: it is never opened. */
  readonly kind: "file" | "directory" | "other";
  /** The size in bytes. */
  readonly size: number;
  /** The time of modification in whole milliseconds since the epoch, where it is known. */
  readonly mtime: number | undefined;
  /** When anything about it changed, in milliseconds since the epoch; this time cannot be set back. */
  readonly changed?: number | undefined;
  /**
   * Together with `inode`, the identity of the object: it tells apart two of the same size and
   * time, and recognises directories of scripts wherever they are mounted.
   */
  readonly device?: number | undefined;
  /** See `device`. */
  readonly inode?: number | undefined;
  /** Whether any user may execute it; `undefined` where the system does not tell. */
  readonly executable?: boolean | undefined;
  /** Whether every user may read it; `undefined` where the system does not tell. */
  readonly worldReadable?: boolean | undefined;
}

/** The state of an entry; `withheld` where it may not be looked at, `undefined` where nothing is. */
export type EntryState = Stat | "withheld" | undefined;

/** An object in a file system. */
export interface Found {
  /** Its real path, free of links. */
  readonly path: string;
  /** Its state. */
  readonly stat: Stat;
}

/** An object that was found from a root. */
export interface FoundBelow extends Found {
  /** The real path of the root. */
  readonly root: string;
}

/** Finds an object; see `Files.find`. */
export interface Find {
  /** The object that names lead to from a root; `withheld` where it may not be looked at. */
  (
    root: string,
    names: readonly string[],
  ): Awaitable<FoundBelow | "withheld" | undefined>;
  /**
   * What `stat` tells, at once, and each time anew. It is there where names that are no links lead to
   * what it tells of their path, as on every disk, and to rename an entry changes the times of its
   * directory: then files in a directory whose names are known (`list`) are found by it alone. A
   * function that takes the place of another one does not have it, and is asked each time.
   */
  readonly look?: ((path: string) => Stat | undefined) | undefined;
  /**
   * Whether nothing is at a path, so that nothing would be found: one call of the system. `false`
   * also where that may not be looked at. A function that takes the place of another one does not
   * have it, either.
   */
  readonly isMissing?: (path: string) => boolean;
}

/** Opens a file; see `Files.open`. */
export interface Open {
  /** Opens a file for reading, never waiting for another process (FIFO). */
  (path: string): Awaitable<OpenFile | undefined>;
  /**
   * All bytes of what lies at a path, without a look at what that is: `stat` must show behind it.
   * `undefined` where there are more than `most`, or none can be read. A function that takes the
   * place of another one does not have it, and opens each file.
   */
  readonly whole?: (
    path: string,
    most: number,
  ) => Uint8Array<ArrayBuffer> | undefined;
}

/**
 * Tells whether names on a path were exchanged since the stamp was made: `same` is a proof;
 * `uncertain` means that their directories have changed, but the names perhaps not.
 */
export interface PathStamp {
  (): "same" | "uncertain" | "exchanged";
  /** The state of the object when the stamp was made, where it was recorded; that of a link is its own. */
  readonly stat?: Stat | undefined;
}

/** An entry of a directory; a `link` can lead to anything. */
export interface Entry {
  /** The name, without any separator. */
  readonly name: string;
  /** The kind of the object. */
  readonly kind: Stat["kind"] | "link";
}

/**
 * How urgent long work is: a request awaits it; or it is done in the background (`beside`),
 * and does not keep the process alive; or its result is not wanted any more.
 */
export type Demand = "awaited" | "beside" | "none";

/** An open file. */
export interface OpenFile {
  /** What was opened, as the open file itself says. */
  readonly stat: Stat;
  /**
   * Pieces in a row; the file is closed when they were taken. `undefined` when it has become
   * too short for them. With `rangeIgnored`, a runtime that applies Range by itself must not.
   */
  readonly content: (
    pieces: Pieces,
    rangeIgnored: boolean,
  ) => Awaitable<Content | undefined>;
  /**
   * The digest of all its bytes; `undefined` when it has become shorter, or there is no demand
   * any more. The file stays open. Other requests have their turns meanwhile. `demand` is asked
   * at each chunk; without it the digest is awaited.
   */
  readonly digest: (
    algorithm: "sha-256" | "sha-512",
    demand?: () => Demand,
  ) => Promise<Uint8Array | undefined>;
  /**
   * Its first bytes, fewer where it has no more. The file stays open. Left out where files are not
   * to be looked into: then names alone tell media types.
   */
  readonly peek?: (length: number) => Awaitable<Uint8Array>;
  /** Closes the file where `content` was not called. */
  readonly close: () => void;
}

/**
 * A file system. What does not exist, or may not be read, is `undefined`. An exception means
 * broken hardware or a bug; one with the name `ExhaustedError` means that nothing more can be
 * opened at the moment.
 */
export interface Files {
  /** Whose rules the names follow. */
  readonly os: OperatingSystem;
  /** The state of an object, following links. */
  readonly stat: (path: string) => Awaitable<Stat | undefined>;
  /**
   * A synchronous `stat`, to revalidate what is cached; left out where there is none, and then
   * nothing is cached. An object that takes these functions over and replaces `stat` or `open`
   * must replace this, too.
   */
  readonly glance?: (path: string) => Stat | undefined;
  /**
   * The states of entries of the very directory with this real path, no link followed; `undefined`
   * where names below the root are exchanged all the time. Left out where there are no links: then
   * each is `stat`. An object that replaces `stat` must replace this, too.
   */
  readonly states?: (
    path: string,
    root: string,
    names: readonly string[],
  ) => Awaitable<readonly EntryState[] | undefined>;
  /** Whether an object can be opened for reading; left out where everything can. */
  readonly isReadable?: (path: string) => boolean;
  /**
   * The path of the object itself, free of links. Where the disk ignores case it may spell names
   * as they were asked for; how a directory spells them, `list` tells.
   */
  readonly realPath: (path: string) => Awaitable<string | undefined>;
  /**
   * Finds the object that names lead to from a root: its path and its state, both of the same
   * object, even when names below the root are exchanged meanwhile. Left out where they cannot
   * be: then it is `realPath`, and `stat` of that. An object that replaces one of these must
   * replace this, too. `withheld`: something is there, but may not be looked at.
   */
  readonly find?: Find;
  /**
   * Whether something is at a path, or in a directory that may not be searched. It explains for
   * a log what `find` and `open` did not give; left out where nothing can be withheld.
   */
  readonly isWithheld?: (path: string) => Awaitable<boolean>;
  /**
   * Records the names that lead from a root to an object, for what the system does by its path
   * alone; left out where they cannot be exchanged.
   */
  readonly stamp?: (path: string, root: string) => PathStamp;
  /**
   * The entries of a directory, in any order, with the names as they are stored. With a root,
   * those of the very directory with this real path: `undefined` also when names below the root
   * are exchanged all the time.
   */
  readonly list: (
    path: string,
    root?: string,
  ) => Awaitable<readonly Entry[] | undefined>;
  /** Opens a file for reading, never waiting for another process (FIFO). */
  readonly open: Open;
  /** What receives files; left out where nothing can be written. */
  readonly receiving?: Receiving | undefined;
}

/** How files that are being received are named, beside their place: whatever a site shows, it does not show these. */
export const INCOMING_PREFIX = ".serve-incoming-";

/** The name of the error of a disk, or of a quota of the system, that is full. */
export const NO_SPACE = "NoSpaceError";

/** A file that is being received. Nobody sees it before it is published. */
export interface IncomingFile {
  /** How many bytes it has. */
  readonly size: () => number;
  /** Appends bytes; an error with the name `NoSpaceError` says that there is no space. */
  readonly append: (bytes: Uint8Array<ArrayBuffer>) => Awaitable<void>;
  /** The digest of all its bytes. Other requests have their turns meanwhile. */
  readonly digest: (
    algorithm: "sha-256" | "sha-512",
  ) => Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Flushes it to the disk and gives it a name in its directory, in one step. `taken`, where
   * something has that name and is not to be replaced: the file is still there, and another name
   * can be tried. Only files are ever replaced. `gone`, where its directory cannot be written to any
   * more, or another one has taken its place.
   */
  readonly publish: (
    name: string,
    isReplaced: boolean,
  ) => Awaitable<"published" | "taken" | "gone">;
  /** Closes it; what was received stays, to be received further. */
  readonly close: () => Awaitable<void>;
  /** Closes and removes it; behind the end, and a second time, it does nothing. */
  readonly discard: () => Awaitable<void>;
}

/**
 * What receives files. A directory is the very one that was found, even when names below the root
 * are exchanged meanwhile; it is `undefined` where it cannot be written to, or is gone.
 */
export interface Receiving {
  /**
   * Opens the incoming file of this name in a directory: a new one, which takes the place of an older
   * one, or (`resume`) the one that is there, at its end; `undefined` where none is.
   */
  readonly open: (
    directory: FoundBelow,
    name: string,
    mode: "create" | "resume",
  ) => Awaitable<IncomingFile | undefined>;
  /** The size in bytes of an incoming file, and when it was written last, in milliseconds since the epoch. */
  readonly state: (
    directory: FoundBelow,
    name: string,
  ) => Awaitable<{ size: number; mtime: number } | undefined>;
  /** Makes a directory in a directory; `taken` where something has that name. */
  readonly makeDirectory: (
    directory: FoundBelow,
    name: string,
  ) => Awaitable<"made" | "taken" | undefined>;
  /** Removes the incoming files below a directory that were written last before a time; tells how many. */
  readonly removeOlder: (
    directory: FoundBelow,
    time: number,
  ) => Awaitable<number>;
  /** How many bytes are free on the disk of a directory; `undefined` where the system does not tell. */
  readonly space: (path: string) => Awaitable<number | undefined>;
}

/** The path that names lead to, with `/`, which both systems read; the one at the end of `/` or `C:\` is not doubled. */
export function join(root: string, names: readonly string[]): string {
  if (names.length === 0) return root;
  const isEnded = root.endsWith("/") || root.endsWith("\\");
  const above = isEnded ? root.slice(0, -1) : root;
  // A listing joins a hundred thousand single names.
  return `${above}/${names.length === 1 ? names[0] : names.join("/")}`;
}

/**
 * The names that lead from one real path to another; `undefined` where that is not below it:
 * `/srv/www-secret` is not below `/srv/www`.
 */
export function segmentsBelow(
  root: string,
  path: string,
  os: OperatingSystem,
): readonly string[] | undefined {
  const [above, names] = [namesOf(root, os), namesOf(path, os)];
  const isBelow = above.every((name, index) =>
    isSameName(name, names[index], os)
  );
  const segments = names.slice(above.length);
  return isBelow && !segments.includes("..") ? segments : undefined;
}

/** The names of which a path consists. */
export function namesOf(
  path: string,
  os: OperatingSystem,
): readonly string[] {
  return path.split(os === "windows" ? /[/\\]/ : "/")
    .filter((name) => name !== "");
}

/** Windows ignores case. */
function isSameName(
  one: string,
  other: string | undefined,
  os: OperatingSystem,
): boolean {
  return one === other ||
    os === "windows" && one.toLowerCase() === other?.toLowerCase();
}

/**
 * Whether two states are those of one object, changed or not. Files that no system keeps have
 * no inodes, and are never exchanged.
 */
export function isSameObject(one: Stat, other: Stat): boolean {
  return one.kind === other.kind && one.device === other.device &&
    one.inode === other.inode;
}
