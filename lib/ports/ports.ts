/**
 * What the core asks of a runtime. Types only: a port is a record of functions, and a
 * fake of one is an object literal.
 *
 * @module
 */

import type { Coder } from "./coder.ts";
import type { OpenSpool, Permissions, Processes } from "./processes.ts";
import type { Listen, ReadKeyPair } from "./sockets.ts";
import type { AppendFailure, Appending, TextResult } from "./text_files.ts";

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

/** Bytes from `start` up to and including `end`, both counted from 0. */
export interface Span {
  /** The first byte. */
  readonly start: number;
  /** The last byte. */
  readonly end: number;
}

/** What content is put together from: bytes as they are, and spans of a file. */
export type Piece = Uint8Array<ArrayBuffer> | Span;

/** Content on its way. */
export interface Content {
  /** What a `Response` is made of. */
  readonly body:
    | Uint8Array<ArrayBuffer>
    | ReadableStream<Uint8Array<ArrayBuffer>>
    | Blob;
  /** How many bytes have left, as far as can be known, also when the peer went away. */
  readonly taken: (peerLeft: boolean) => number;
  /** Settles when the last byte was taken or nobody wants the rest; rejects when reading failed. */
  readonly ended: Promise<void>;
  /** Whether there was a rest that nobody wanted; left out where that cannot be known. */
  readonly unwanted?: () => boolean;
  /** To be called by whoever keeps no chunk when they ask for the next: its memory is then given back at once. */
  readonly keepNothing?: () => void;
  /**
   * What kept the runtime from reading all of it, asked once the answer is over; left out where
   * `ended` tells.
   */
  readonly failure?: () => Error | undefined;
  /** Fields that keep the runtime from adding its own, where the reply has none of that name. */
  readonly fields?: ReadonlyArray<readonly [name: string, value: string]>;
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

/** The time. */
export interface Clock {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What tells a program to stop: Ctrl-C, or a request to terminate. */
export type StopSignal = "SIGINT" | "SIGTERM";

/** Everything that a program needs of the runtime below it. */
export interface Runtime {
  /** Its name and version, such as `Deno/2.9.6`. */
  readonly version: string;
  /** The system it was made for, such as `linux-x64`, `linux-arm64-musl`, `macos-arm64`. */
  readonly target: string;
  /** The disk. */
  readonly files: Files;
  /** The same disk, for answers that go to this runtime's listener in the turn that makes them. */
  readonly listenerFiles: Files;
  /** The content codings. */
  readonly coder: Coder;
  /** Other programs. */
  readonly processes: Processes;
  /** A place for content of unknown length. */
  readonly openSpool: OpenSpool;
  /** The flags of the runtime without which it cannot run any of some programs, and all of others; `undefined` when it can. */
  readonly missingRunPermission: (
    any: readonly string[],
    all: readonly string[],
  ) => string | undefined;
  /** The arguments of the program. */
  readonly arguments: readonly string[];
  /** The working directory, where it may be known. */
  readonly workingDirectory: () => string | undefined;
  /** A variable of the environment; throws a `TypeError` when it may not be read. */
  readonly environment: (name: string) => string | undefined;
  /** The flag of the runtime without which the program may not read a path; `undefined` when it may. */
  readonly missingReadPermission: (path: string) => string | undefined;
  /** Gives back, for good, what the program is allowed and does not need. */
  readonly keepOnly: (needs: Permissions) => void;
  /** Writes to the standard output. */
  readonly print: (text: string) => void;
  /** Writes to the standard error output. */
  readonly printError: (text: string) => void;
  /** Calls back before more requests are taken from the sockets. */
  readonly onNextTurn: (callback: () => void) => void;
  /** Ends the program, and with it every program that it has started. */
  readonly exit: (status: number) => never;
  /** Calls back at every Ctrl-C or request to terminate. */
  readonly onStop: (listener: (signal: StopSignal) => void) => void;
  /** Calls back at every SIGHUP, which ends the program no more; on Windows never. */
  readonly onHangUp: (listener: () => void) => void;
  /** Opens a file to add to, and makes it where there is none. */
  readonly openAppend: (path: string) => Appending | AppendFailure;
  /** The addresses of this machine; `undefined` when they may not be known. */
  readonly addresses: () => readonly string[] | undefined;
  /** The name of this machine; `undefined` when it may not be known. */
  readonly hostName: () => string | undefined;
  /** Whether the standard output is a terminal on which the user wants colours. */
  readonly hasColors: () => boolean;
  /** Reads a file that the program itself needs, of any kind. */
  readonly readText: (path: string) => TextResult;
  /** Reads a certificate and its key. */
  readonly readKeyPair: ReadKeyPair;
  /** Opens a browser; in the end why that failed, or `undefined`. It outlives the program. */
  readonly openBrowser: (url: string) => Promise<string | undefined>;
  /** Why sockets cannot be shared by threads; `undefined` when they can. */
  readonly sharingHindrance: () => string | undefined;
  /** Opens a socket and serves it. */
  readonly listen: Listen;
}
