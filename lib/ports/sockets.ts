/**
 * Sockets, as the core asks a runtime for them. Types only.
 *
 * Keys and certificates, as the core asks a runtime for them. Types only.
 *
 * @module
 */

import type { Handler } from "./exchange.ts";

/** Where a socket is bound. */
export type Place =
  | {
    readonly kind: "tcp";
    /** An address or a host name. */
    readonly hostname: string;
    /** A port; 0 for any free one. */
    readonly port: number;
  }
  | {
    readonly kind: "unix";
    /** The path of the socket file. */
    readonly path: string;
  };

/** A socket that accepts connections. */
export interface Listener {
  /** The address it is bound to; the path of a unix socket. */
  readonly address: string;
  /** The port it is bound to; 0 for a unix socket, which has none. */
  readonly port: number;
  /** Stops accepting; settles when every answer begun was sent. */
  readonly drain: () => Promise<void>;
  /** Shows another certificate to who connects from now on; answers in flight are finished. Where it cannot, the old one stays. */
  readonly renew?: (keys: TlsKeys) => Promise<ListenFailure | undefined>;
}

/** Why a socket could not be had. */
export interface ListenFailure {
  /** The kind of failure; `permission` is the runtime's, `denied` the operating system's. */
  readonly kind: "in-use" | "not-available" | "denied" | "permission";
  /** The runtime's own words; for `permission` the flags that are missing. */
  readonly message: string;
}

/** What kind of socket is wanted. */
export interface ListenOptions {
  /** Where it is bound. */
  readonly place: Place;
  /** What makes it speak TLS. */
  readonly tls?: TlsKeys | undefined;
  /** Whether other sockets may be bound there, between which the system distributes connections. */
  readonly shared?: boolean | undefined;
}

/** Opens a socket and serves it. */
export type Listen = (
  options: ListenOptions,
  handler: Handler,
) => Listener | ListenFailure | Promise<Listener | ListenFailure>;

/** What a socket needs for TLS. */
export interface TlsKeys {
  /** The certificate and those it hangs on, in PEM. */
  readonly cert: string;
  /** The private key, decrypted, as PKCS#8 in PEM (RFC 5958). */
  readonly key: string;
}

/** A certificate and the key that belongs to it. */
export interface KeyPair {
  /** What a socket needs. */
  readonly keys: TlsKeys;
  /** The SHA-256 digest of the certificate, in hexadecimal with colons. */
  readonly fingerprint: string;
  /** The names it is for, as the runtime writes them. */
  readonly names: string;
  /** From when on it is valid, in milliseconds since the epoch. */
  readonly validFrom: number;
  /** Until when it is valid, in milliseconds since the epoch. */
  readonly validTo: number;
}

/** A pair, or what is wrong: with the certificate, with the key, or between them. */
export type KeyPairResult =
  | { readonly kind: "keys"; readonly pair: KeyPair }
  | {
    readonly kind:
      | "no-certificate"
      | "bad-certificate"
      | "no-key"
      | "bad-key"
      | "encrypted"
      | "wrong-password"
      | "undecipherable"
      | "mismatch";
  };

/** Where a certificate and its key come from. */
export interface KeyPairSource {
  /** Text in PEM (RFC 7468) with certificates, the server's own first. */
  readonly cert: string;
  /** Text in PEM with a key; it may be the same text. */
  readonly key: string;
  /** The password of the key, where it has one. */
  readonly password: string | undefined;
}

/** Reads a certificate and its key, and says whether they belong together. */
export type ReadKeyPair = (source: KeyPairSource) => KeyPairResult;
