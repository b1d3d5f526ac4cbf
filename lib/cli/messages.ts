/**
 * What the main thread and the threads that serve tell each other. Types only.
 *
 * @module
 */

import type { TlsKeys } from "../certificates.ts";
import type { Place } from "../sockets.ts";
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
  | { readonly kind: "error-output"; readonly text: string }
  | { readonly kind: "log"; readonly text: string }
  | { readonly kind: "drained" }
  | { readonly kind: "ended" };
