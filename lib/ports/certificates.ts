/**
 * Keys and certificates, as the core asks a runtime for them. Types only.
 *
 * @module
 */

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
