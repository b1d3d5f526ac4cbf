/**
 * All that the program asks of the runtime. Types only.
 *
 * @module
 */

import type { Coder } from "./content.ts";
import type { Files } from "./files.ts";
import type { OpenSpool, Permissions, Processes } from "./processes.ts";
import type { Listen, ReadKeyPair } from "./sockets.ts";
import type { Watch } from "./watch.ts";

/** The time. */
export interface Clock {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** The signals that stop the program: Ctrl-C, or a request to terminate. */
export type StopSignal = "SIGINT" | "SIGTERM";

/** The rules of a system for paths, as `node:path` has them. */
export interface Paths {
  /** Whether a path begins at a root. */
  readonly isAbsolute: (path: string) => boolean;
  /** One path of several segments, normalised. */
  readonly join: (...segments: string[]) => string;
  /** An absolute path: each segment is relative to those before it. */
  readonly resolve: (...segments: string[]) => string;
}

/** All that the program asks of the runtime. */
export interface Runtime {
  /** Its name and version, such as `Deno/2.9.6`. */
  readonly version: string;
  /** The system that it was built for, such as `linux-x64`, `linux-arm64-musl`, `macos-arm64`. */
  readonly target: string;
  /** The disk. */
  readonly files: Files;
  /** The content codings; `nextTurn` is the one way to yield to other requests. */
  readonly coder: Coder;
  /** Tells of changes on the disk. */
  readonly watch: Watch;
  /** Other programs. */
  readonly processes: Processes;
  /** Buffers for content of unknown length. */
  readonly openSpool: OpenSpool;
  /** The flags of the runtime that are missing to run one of `any` and every one of `all` programs; `undefined` for none. */
  readonly missingRunPermission: (
    any: readonly string[],
    all: readonly string[],
  ) => string | undefined;
  /** The arguments of the program. */
  readonly arguments: readonly string[];
  /** The rules of its system for paths. */
  readonly paths: Paths;
  /** The working directory, where it may be known. */
  readonly workingDirectory: () => string | undefined;
  /** The ID of this process. */
  readonly processId: number;
  /** Takes a variable out of the environment, so that no other program gets it; `undefined`, too, where it may not be read. */
  readonly takeVariable: (name: string) => string | undefined;
  /** A variable of the environment; throws a `TypeError` when it may not be read. */
  readonly environment: (name: string) => string | undefined;
  /** The variables that are set and may be read: all with a prefix, or some by their names where all may not be read. */
  readonly variables: (
    prefix: string,
    names: () => readonly string[],
  ) => ReadonlyMap<string, string>;
  /** The flag of the runtime that is missing to read a path; `undefined` for none. */
  readonly missingReadPermission: (path: string) => string | undefined;
  /** The flag of the runtime that is missing to write below a path; `undefined` for none. */
  readonly missingWritePermission: (path: string) => string | undefined;
  /** Gives back, for good, all permissions that are not needed. */
  readonly keepOnly: (needs: Permissions) => void;
  /** Writes to the standard output. */
  readonly print: (text: string) => void;
  /** Writes to the standard error output. */
  readonly printError: (text: string) => void;
  /** Calls back before more requests are read from the sockets: what is memoized per turn ends there. */
  readonly onNextTurn: (callback: () => void) => void;
  /** Ends the program, and every program that it has started. */
  readonly exit: (status: number) => never;
  /** Calls back when the program ends, also by what nobody has caught; what takes time is too late then. */
  readonly onExit: (callback: () => void) => void;
  /** Calls back at every Ctrl-C or request to terminate. */
  readonly onStop: (listener: (signal: StopSignal) => void) => void;
  /** Calls back at every SIGHUP, which then does not end the program; on Windows never. */
  readonly onHangUp: (listener: () => void) => void;
  /** Opens a file to append to, and creates it where there is none. */
  readonly openAppend: (path: string) => Appending | AppendFailure;
  /** The addresses of this machine; `undefined` when they may not be known. */
  readonly addresses: () => readonly string[] | undefined;
  /** The name of this machine; `undefined` when it may not be known. */
  readonly hostName: () => string | undefined;
  /** Whether the standard output is a terminal on which the user wants colours. */
  readonly hasColors: () => boolean;
  /** Reads a file of any kind that the program itself needs. */
  readonly readText: (path: string) => TextResult;
  /** Reads a certificate and its key. */
  readonly readKeyPair: ReadKeyPair;
  /** Opens a browser, which outlives the program; settles with why that failed, or `undefined`. */
  readonly openBrowser: (url: string) => Promise<string | undefined>;
  /** What the system tells of this process. */
  readonly processState: () => Promise<ProcessState>;
  /** How many threads can run at the same time. */
  readonly availableParallelism: () => number;
  /** Why sockets cannot be shared by threads; `undefined` when they can. */
  readonly sharingHindrance: () => string | undefined;
  /** Whether its sockets keep the limits of connections; Deno tells of none. */
  readonly keepsLimits: boolean;
  /** Binds a socket and answers its requests. */
  readonly listen: Listen;
}

/** What the system tells of a process. */
export interface ProcessState {
  /** When it was started, in seconds since the epoch. */
  readonly startTime: number;
  /** The time of the processor that it has used, in seconds. */
  readonly processorTime: number;
  /** Its resident memory, in bytes. */
  readonly residentBytes: number;
  /** How many descriptors it has open, where that is told. */
  readonly openDescriptors?: number | undefined;
  /** How many it may have open, where that is told. */
  readonly mostDescriptors?: number | undefined;
}

/** A thread, as the one that has started it sees it: what is used of a web worker. */
export type ThreadWorker = Pick<
  Worker,
  "postMessage" | "addEventListener" | "terminate"
>;

/** The thread that has started this one: what is used of the global scope of a web worker. */
export interface ThreadScope {
  /** Tells it something. */
  readonly postMessage: (message: unknown) => void;
  /** Calls back at everything that it tells. */
  readonly addEventListener: (
    type: "message",
    listener: (event: { readonly data: unknown }) => void,
  ) => void;
}

/** The text of a file, or why it cannot be read. */
export type TextResult =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "failed"; readonly message: string };

/** A file that text is appended to. */
export interface Appending {
  /** It is open. */
  readonly kind: "open";
  /** Appends lines at once and in one piece, or says what is lost of them. */
  readonly write: (lines: string) => LostLines | undefined;
  /** Opens the file of that name anew, after the old one was renamed; gives the reason when it could not. */
  readonly reopen: () => string | undefined;
}

/** Lines that could not be appended. */
export interface LostLines {
  /** How many. */
  readonly count: number;
  /** Why. */
  readonly message: string;
}

/** Why a file could not be opened. */
export interface AppendFailure {
  /** It is not open. */
  readonly kind: "failed";
  /** Why. */
  readonly message: string;
}
