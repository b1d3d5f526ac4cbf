/**
 * All that a program asks of the runtime below it. Types only.
 *
 * @module
 */

import type { Coder } from "./content.ts";
import type { Files } from "./files.ts";
import type { OpenSpool, Permissions, Processes } from "./processes.ts";
import type { Listen, ReadKeyPair } from "./sockets.ts";

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

/** The text of a file, or in words why it cannot be read. */
export type TextResult =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "failed"; readonly message: string };

/** A file that text is added to. */
export interface Appending {
  /** It is open. */
  readonly kind: "open";
  /** Adds text at once and in one piece; tells in words why it could not. */
  readonly write: (text: string) => string | undefined;
  /** Opens the file of that name anew, where the old one was renamed; tells in words why it could not. */
  readonly reopen: () => string | undefined;
}

/** Why a file could not be opened. */
export interface AppendFailure {
  /** It is not open. */
  readonly kind: "failed";
  /** Why. */
  readonly message: string;
}
