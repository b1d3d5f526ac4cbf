/**
 * What the main thread and the threads that serve tell each other, and what the program
 * can have them do. Types only.
 *
 * @module
 */

import type { ListenFailure, Place, TlsKeys } from "../ports/sockets.ts";
import type { Settings } from "./parse.ts";

/** What a thread is to do. */
export interface Task {
  /** What the user wants served, and how. */
  readonly settings: Settings;
  /** The sockets; none of their ports is 0. */
  readonly places: readonly Place[];
  /** What makes them speak TLS. */
  readonly tls: TlsKeys | undefined;
}

/** What the main thread tells a thread. */
export type Order =
  | { readonly kind: "serve"; readonly task: Task }
  | { readonly kind: "renew"; readonly keys: TlsKeys }
  | { readonly kind: "hang-up" }
  | { readonly kind: "drain" }
  | { readonly kind: "end" };

/** What a thread tells the main thread. */
export type Notice =
  | { readonly kind: "serving" }
  | { readonly kind: "failed"; readonly message: string }
  /** A message is why the old keys stay. */
  | { readonly kind: "renewed"; readonly message?: string | undefined }
  | { readonly kind: "error-output"; readonly text: string }
  | { readonly kind: "log"; readonly text: string }
  | { readonly kind: "drained" }
  | { readonly kind: "ended" };

/** Where the texts of all threads go. */
export interface Outputs {
  /** The standard error output. */
  readonly printError: (text: string) => void;
  /** The log. */
  readonly writeLog: (text: string) => void;
}

/** Threads that serve. */
export interface Threads {
  /** Has them accept no more; settles when every answer begun was sent. */
  readonly drain: () => Promise<void>;
  /** Ends them, and with them the scripts that they run. */
  readonly end: () => Promise<void>;
  /** Tells them that the terminal has hung up. */
  readonly hangUp: () => void;
  /** Shows another certificate to who connects from now on, or says why not. */
  readonly renew: (keys: TlsKeys) => Promise<ListenFailure | undefined>;
}
