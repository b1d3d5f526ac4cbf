/**
 * Sockets, as the core asks a runtime for them. Types only.
 *
 * @module
 */

import type { TlsKeys } from "./certificates.ts";
import type { Handler } from "./exchange.ts";

/** A socket that accepts connections. */
export interface Listener {
  /** The address it is bound to. */
  readonly address: string;
  /** The port it is bound to; never 0. */
  readonly port: number;
  /** Stops accepting; settles when every answer begun was sent. */
  readonly drain: () => Promise<void>;
}

/** Why a socket could not be had. */
export interface ListenFailure {
  /** The kind of failure; `permission` is the runtime's, `denied` the operating system's. */
  readonly kind: "in-use" | "not-available" | "denied" | "permission";
  /** The runtime's own words. */
  readonly message: string;
}

/** Where to listen. */
export interface ListenOptions {
  /** An address or a host name. */
  readonly hostname: string;
  /** A port; 0 for any free one. */
  readonly port: number;
  /** What it needs for TLS; `undefined` for none. */
  readonly tls?: TlsKeys | undefined;
}

/** Opens a socket and serves it. */
export type Listen = (
  options: ListenOptions,
  handler: Handler,
) => Listener | ListenFailure | Promise<Listener | ListenFailure>;
