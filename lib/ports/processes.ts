/**
 * What the core asks of a runtime to run other programs. Types only.
 *
 * @module
 */

/** A user, with whose rights a program runs. */
export interface User {
  /** The name, or the number where it has none. */
  readonly name: string;
  /** The user ID. */
  readonly uid: number;
  /** The ID of the only group. */
  readonly gid: number;
}

/** Whose rights programs are to have: another user's, our own, or that cannot be done. */
export type UserChoice =
  | { readonly kind: "other"; readonly user: User }
  | { readonly kind: "own" }
  | { readonly kind: "refused"; readonly message: string };

/** A program to run, and its environment. */
export interface Command {
  /** An absolute path, or a name that is looked for in PATH. */
  readonly program: string;
  /** Its arguments. */
  readonly arguments: readonly string[];
  /** The working directory. */
  readonly directory: string;
  /** All of its environment. */
  readonly variables: Readonly<Record<string, string>>;
  /** Whose rights it has; `undefined` for our own. */
  readonly user: User | undefined;
  /** Whether it gets input; else it reads the end at once. */
  readonly hasInput: boolean;
}

/** How a program ended. */
export interface Exit {
  /** The exit status. */
  readonly code: number;
  /** The signal that ended it, if one did; also one of ours that it caught. */
  readonly signal: string | undefined;
}

/** A running program, in a process group of its own. */
export interface Running {
  /** Its standard input; a write fails when it does not read any more. */
  readonly input: WritableStream<Uint8Array<ArrayBuffer>> | undefined;
  /** Its standard output, with back-pressure. */
  readonly output: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Its standard error output. */
  readonly errors: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Whether both outputs are streams of bytes: then who reads chooses how much at once. */
  readonly hasByteStreams?: boolean;
  /** Settles when it has ended; never rejects. */
  readonly ended: Promise<Exit>;
  /** Sends a signal to the whole group, or none (0); tells whether the group still exists. */
  readonly signal: (name: GroupSignal) => boolean;
}

/** A signal for a process group; 0 only tells whether it exists. */
export type GroupSignal = "SIGTERM" | "SIGKILL" | 0;

/** Why a program could not be started. */
export interface StartFailure {
  /** `denied` comes from the operating system, `permission` from the runtime; `busy` is worth another try later. */
  readonly kind: "absent" | "denied" | "permission" | "busy" | "failed";
  /** For the log. */
  readonly message: string;
}

/** Other programs. */
export interface Processes {
  /** Starts a program. */
  readonly start: (command: Command) => Promise<Running | StartFailure>;
  /** The environment of every program: PATH, and what Windows cannot do without. */
  readonly environment: Readonly<Record<string, string>>;
  /** Whether every program gets the sockets that systemd has passed to this one; by default none does. */
  readonly passSockets?: boolean;
  /** Whose rights programs get: the named user's; else, for root, those of `nobody`; else our own. */
  readonly chooseUser: (name: string | undefined) => UserChoice;
  /** Sends SIGTERM to every program that runs, and SIGKILL to those that have not ended after a second. */
  readonly endAll: () => Promise<void>;
}

/** A buffer for bytes until all of them are there. */
export interface Spool {
  /** Adds bytes at the end; `false` when there is no room for more. Rejects when the disk is full. */
  readonly write: (bytes: Uint8Array<ArrayBuffer>) => Promise<boolean>;
  /** All bytes from the beginning; the file is closed at the end. */
  readonly read: () => ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Closes the file. */
  readonly close: () => void;
}

/** Opens a spool: in memory at first, then in a file without a name. */
export type OpenSpool = () => Spool;

/** What the program may do besides using the network. */
export interface Permissions {
  /** The absolute paths below which it reads; `undefined` for everything. */
  readonly read: readonly string[] | undefined;
  /** Running other programs. */
  readonly run: boolean;
  /** The paths below which it writes; `undefined` for everything. */
  readonly write: readonly string[] | undefined;
  /** Reading the variables of the environment. */
  readonly environment: boolean;
}
