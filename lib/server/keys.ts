/**
 * The keys of an embedding program.
 *
 * @module
 */

import type { KeyPairResult, ReadKeyPair, TlsKeys } from "../ports/sockets.ts";

const KEY_FAILURES: Readonly<
  Record<Exclude<KeyPairResult["kind"], "keys">, string>
> = {
  "no-certificate": "there is no certificate in `cert`; it must be PEM",
  "bad-certificate": "a certificate in `cert` is damaged",
  "no-key": "there is no private key in `key`; it must be PEM",
  "bad-key": "the private key is damaged, or of a kind that is not known",
  "encrypted": "the private key is encrypted, and there is no password",
  "wrong-password": "the password of the private key is wrong",
  "undecipherable":
    "the password is wrong, or the encryption of the private key not known",
  "mismatch": "the private key does not match the certificate",
};

/**
 * Reads a certificate and its key, so that both runtimes get the same, whatever they are
 * written in.
 *
 * @param tls Text in PEM, and the password of the key.
 * @param readKeyPair The runtime's.
 * @returns The keys.
 * @throws {Error} When they cannot be used.
 */
export function readKeys(
  { cert, key, password }: TlsKeys & { readonly password?: string | undefined },
  readKeyPair: ReadKeyPair,
): TlsKeys {
  const result = readKeyPair({ cert, key, password });
  if (result.kind === "keys") return result.pair.keys;
  throw new Error(`Cannot listen: ${KEY_FAILURES[result.kind]}`);
}
