/**
 * The file system, as the core asks a runtime for it. Types only.
 *
 * @module
 */

import type { Content, Piece } from "./content.ts";

/** A value, or a promise of one: ports may answer at once. */
export type Awaitable<T> = T | Promise<T>;

/** Whose rules names of files follow. */
export type OperatingSystem = "posix" | "windows";

/** What is known of an object in a file system without opening it. */
export interface Stat {
  /** Everything that is neither a file nor a directory is `other`: it is never opened. */
  readonly kind: "file" | "directory" | "other";
  /** The size in bytes. */
  readonly size: number;
  /** The time of modification in whole milliseconds since the epoch, where it is known. */
  readonly mtime: number | undefined;
  /** When anything about it changed, in milliseconds since the epoch; nobody can set it back. */
  readonly changed?: number | undefined;
  /**
   * Together with `inode`, what makes this object another than one with the same size and time, and
   * by which directories of scripts are known, wherever they are mounted.
   */
  readonly device?: number | undefined;
  /** See `device`. */
  readonly inode?: number | undefined;
  /** Whether somebody may execute it; `undefined` where the system does not say so. */
  readonly executable?: boolean | undefined;
}

/** An object in a file system. */
export interface Found {
  /** Its real path, free of links. */
  readonly path: string;
  /** What it is. */
  readonly stat: Stat;
}

/** An object that was found from a root. */
export interface FoundBelow extends Found {
  /** The real path of the root. */
  readonly root: string;
}

/**
 * Tells whether names on a path were exchanged since the stamp was made: `same` is proved;
 * `uncertain` means that their directories have changed, but nothing tells that they were.
 */
export type PathStamp = () => "same" | "uncertain" | "exchanged";

/** An entry of a directory; a `link` can stand for anything. */
export interface Entry {
  /** The name, without any separator. */
  readonly name: string;
  /** What it is. */
  readonly kind: Stat["kind"] | "link";
}

/**
 * Who wants what takes long: somebody waits for it; or it is made beside other things, and
 * does not keep the program from ending; or nobody wants it any more.
 */
export type Demand = "awaited" | "beside" | "none";

/** An open file. */
export interface OpenFile {
  /** What was opened, as the open file itself says. */
  readonly stat: Stat;
  /**
   * Pieces put together; the file is closed when they were taken. `undefined` when it
   * has become too short for them. A runtime that acts on Range by itself must be kept
   * from it where the reply ignores the field.
   */
  readonly content: (
    pieces: readonly Piece[],
    rangeIgnored: boolean,
  ) => Awaitable<Content | undefined>;
  /**
   * The digest of all its bytes, or `undefined` when it has become shorter, or nobody wants
   * it any more; the file stays open. Others have their turns meanwhile. Without `demand`
   * somebody waits for it.
   */
  readonly digest: (
    algorithm: "sha-256" | "sha-512",
    demand?: () => Demand,
  ) => Promise<Uint8Array | undefined>;
  /** Closes the file when no content is wanted. */
  readonly close: () => void;
}

/**
 * A file system. What does not exist, or may not be looked at, is `undefined`;
 * exceptions mean broken hardware or bugs, but one with the name `ExhaustedError` means
 * that nothing more can be opened at the moment.
 */
export interface Files {
  /** Whose rules the names follow. */
  readonly os: OperatingSystem;
  /** Looks at an object, following links. */
  readonly stat: (path: string) => Awaitable<Stat | undefined>;
  /**
   * Looks at an object as `stat` does, at once, for a request of which `stat` has been asked
   * before; left out where nothing can be told at once, and nothing is to be kept. Whoever
   * takes another's functions over and replaces `stat` or `open` must replace this, too.
   */
  readonly glance?: (path: string) => Stat | undefined;
  /**
   * The path of the object itself, free of links. It may spell names as they were asked for, where
   * the disk ignores case: whether a directory spells them so, `list` tells.
   */
  readonly realPath: (path: string) => Awaitable<string | undefined>;
  /**
   * Finds the object that names lead to from a root: its path and what it is, of one and the
   * same object, whoever exchanges names below the root meanwhile. Left out where nobody can:
   * then it is `realPath`, and `stat` of that. Whoever replaces one of these must replace this,
   * too.
   */
  readonly find?: (
    root: string,
    names: readonly string[],
  ) => Awaitable<FoundBelow | undefined>;
  /**
   * Remembers the names that lead from a root to an object, for what the system does by its
   * path alone; left out where nobody can exchange them.
   */
  readonly stamp?: (path: string, root: string) => PathStamp;
  /**
   * The entries of a directory, in any order, with the names as they are stored. With a root, of the very directory with this
   * real path: `undefined` also when names below the root are exchanged all the time.
   */
  readonly list: (
    path: string,
    root?: string,
  ) => Awaitable<readonly Entry[] | undefined>;
  /** Opens a file for reading, never waiting for another process (FIFO). */
  readonly open: (path: string) => Awaitable<OpenFile | undefined>;
}
