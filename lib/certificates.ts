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
