/**
 * Sockets, and their keys and certificates, as the core asks a runtime for them. Types only.
 *
 * @module
 */

import type { Awaitable } from "./files.ts";
import type { Responder } from "./message.ts";

/** A socket that systemd has bound before it started the program (sd_listen_fds(3)). */
export interface InheritedSocket {
  /** It is bound already. */
  readonly kind: "inherited";
  /** Its file descriptor. */
  readonly descriptor: number;
}

/** Where a socket is. */
export type Place = NewPlace | InheritedSocket;

/** Where a socket is to be bound. */
export type NewPlace =
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
  /** Stops accepting; settles when every answer that was begun is sent. */
  readonly drain: () => Promise<void>;
  /** How many answers were begun and are not complete. */
  readonly inFlight: () => Awaitable<number>;
  /** Whether it never knows when an answer that is in memory has left. */
  readonly isUnaware?: boolean;
  /** Changes the certificate for new connections; answers in flight are finished. When it fails, the old one stays. */
  readonly renew?: (keys: TlsKeys) => Promise<ListenFailure | undefined>;
}

/** Why a socket could not be bound. */
export interface ListenFailure {
  /** The kind of failure; `permission` is the runtime's, `denied` the operating system's. */
  readonly kind: "in-use" | "not-available" | "denied" | "permission";
  /** The reason; for `permission` the flags that are missing. */
  readonly message: string;
}

/** What socket to bind. */
export interface ListenOptions<Where extends Place = Place> {
  /** Where it is. */
  readonly place: Where;
  /** Its certificate, for TLS. */
  readonly tls?: TlsKeys | undefined;
  /** Whether other sockets may be bound there, between which the system distributes connections. */
  readonly shared?: boolean | undefined;
  /** What its connections may take, where the runtime can tell them apart; nothing is bounded by default. */
  readonly limits?: ConnectionLimits | undefined;
}

/** What connections may take. Times are in milliseconds; 0 is without a limit. */
export interface ConnectionLimits {
  /** How long the head of a request may take, the TLS handshake included. */
  readonly headerTimeout: number;
  /** How long a connection may wait for its next request. */
  readonly idleTimeout: number;
  /** How long no byte of a message may move while the client is to send or to read one. */
  readonly stallTimeout: number;
  /** How many requests a connection may carry; 0 for any number. */
  readonly maxRequests: number;
  /** Takes a place for a connection, and gives what leaves it; `undefined` when there is none. */
  readonly enter?: (() => (() => void) | undefined) | undefined;
}

/** No limit at all. */
export const UNLIMITED: ConnectionLimits = {
  headerTimeout: 0,
  idleTimeout: 0,
  stallTimeout: 0,
  maxRequests: 0,
};

/** Binds a socket and answers its requests. */
export type Listen = (
  options: ListenOptions,
  responder: Responder,
) => Listener | ListenFailure | Promise<Listener | ListenFailure>;

/** What a socket needs for TLS. */
export interface TlsKeys {
  /** The certificate and its chain, in PEM. */
  readonly cert: string;
  /** The private key, decrypted, as PKCS#8 in PEM (RFC 5958). */
  readonly key: string;
}

/** A certificate and the key that belongs to it. */
export interface KeyPair {
  /** The certificate and the key, for a socket. */
  readonly keys: TlsKeys;
  /** The SHA-256 digest of the certificate, in hexadecimal with colons. */
  readonly fingerprint: string;
  /** Its subject alternative names, as the runtime writes them. */
  readonly names: string;
  /** The beginning of its validity, in milliseconds since the epoch. */
  readonly validFrom: number;
  /** The end of its validity, in milliseconds since the epoch. */
  readonly validTo: number;
}

/** A pair, or what is wrong with the certificate, with the key, or between them. */
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
  /** The password of the key, if it has one. */
  readonly password: string | undefined;
}

/** Reads a certificate and its key, and tells whether they belong together. */
export type ReadKeyPair = (source: KeyPairSource) => KeyPairResult;
