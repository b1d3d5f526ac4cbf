/**
 * What the core asks of a runtime to run other programs. Types only.
 *
 * @module
 */

/** Whose rights a program has. */
export interface User {
  /** The name, or the number where it has none. */
  readonly name: string;
  /** The number of the user. */
  readonly uid: number;
  /** The number of the only group. */
  readonly gid: number;
}

/** Whose rights programs are to have: others' than ours, our own, or it cannot be done. */
export type UserChoice =
  | { readonly kind: "other"; readonly user: User }
  | { readonly kind: "own" }
  | { readonly kind: "refused"; readonly message: string };

/** A program to run, and in what surroundings. */
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
  /** Whether there is input for it; else it reads the end at once. */
  readonly hasInput: boolean;
}

/** How a program ended. */
export interface Exit {
  /** The exit status. */
  readonly code: number;
  /** The signal that ended it, where one did. */
  readonly signal: string | undefined;
}

/** A program that runs, in a process group of its own. */
export interface Running {
  /** What it reads; a write fails when it does not read any more. */
  readonly input: WritableStream<Uint8Array<ArrayBuffer>> | undefined;
  /** What it writes; it is held up while nobody reads. */
  readonly output: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** What it complains about. */
  readonly errors: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Settles when it has ended; never rejects. */
  readonly ended: Promise<Exit>;
  /** Sends a signal to the whole group, or none (0); says whether there still is a group. */
  readonly signal: (name: GroupSignal) => boolean;
}

/** A signal for a process group; 0 for just looking. */
export type GroupSignal = "SIGTERM" | "SIGKILL" | 0;

/** Why a program could not be started. */
export interface StartFailure {
  /** `denied` is the operating system's word, `permission` the runtime's, `busy` means later. */
  readonly kind: "absent" | "denied" | "permission" | "busy" | "failed";
  /** For the log. */
  readonly message: string;
}

/** Other programs. */
export interface Processes {
  /** Starts a program. */
  readonly start: (command: Command) => Promise<Running | StartFailure>;
  /** What every program is told of its surroundings: PATH, and what Windows cannot do without. */
  readonly environment: Readonly<Record<string, string>>;
  /** Whose rights programs get: who is named, else nobody for root, else our own. */
  readonly chooseUser: (name: string | undefined) => UserChoice;
  /** Asks every program that runs to end, and makes those that have not after a second. */
  readonly endAll: () => Promise<void>;
}

/** A place for bytes until all of them are there. */
export interface Spool {
  /** Adds bytes at the end; `false` when there is no room for more. Rejects when the disk is full. */
  readonly write: (bytes: Uint8Array<ArrayBuffer>) => Promise<boolean>;
  /** All bytes from the beginning; what holds them is given up at the end. */
  readonly read: () => ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Gives up what holds them. */
  readonly close: () => void;
}

/** Opens a place for bytes, in memory at first and then in a file without a name. */
export type OpenSpool = () => Spool;

/** What a program may be allowed besides the network. */
export interface Permissions {
  /** Below which absolute paths it reads; `undefined` for everything. */
  readonly read: readonly string[] | undefined;
  /** Running other programs. */
  readonly run: boolean;
  /** Writing files. */
  readonly write: boolean;
  /** Reading the variables of the environment. */
  readonly environment: boolean;
}
