/**
 * Keys and certificates, by `node:crypto`, which both runtimes have.
 *
 * @module
 */

import type { KeyObject } from "node:crypto";
import type { KeyPairResult, KeyPairSource } from "../ports/sockets.ts";
import { builtin, orUndefined } from "./system.ts";

/** Blocks of PEM (RFC 7468 §3). The text around them is for people; Bun fails on it. */
const CERTIFICATE_REGEXP =
  /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
/** The header of an encrypted PKCS#1 key has hyphens (RFC 1421 §4.6.1.3). */
const KEY_REGEXP =
  /-----BEGIN ((?:[A-Z0-9]+ )*)PRIVATE KEY-----[^]+?-----END \1PRIVATE KEY-----/;
const ENCRYPTED_REGEXP =
  /^-----BEGIN ENCRYPTED |^Proc-Type: *4, *ENCRYPTED\r?$/m;
/** The message of OpenSSL and of BoringSSL; a wrong password can also yield other errors, by chance. */
const BAD_DECRYPT_REGEXP = /bad.decrypt/i;

/** Reads a certificate and its key; whether the certificate is valid now, the caller checks. */
export function readKeyPair(
  { cert, key, password }: KeyPairSource,
): KeyPairResult {
  const chain = cert.match(CERTIFICATE_REGEXP) ?? [];
  const certificates = chain.map((pem) =>
    orUndefined(() => new (builtin("node:crypto").X509Certificate)(pem))
  );
  const [own] = certificates;
  if (chain.length === 0) return { kind: "no-certificate" };
  if (own === undefined || certificates.includes(undefined)) {
    return { kind: "bad-certificate" };
  }
  const privateKey = readKey(key, password);
  if (!("object" in privateKey)) return privateKey;
  const { object } = privateKey;
  if (!own.checkPrivateKey(object)) return { kind: "mismatch" };
  const pair = {
    keys: {
      cert: `${chain.join("\n")}\n`,
      key: object.export({ type: "pkcs8", format: "pem" }).toString(),
    },
    fingerprint: own.fingerprint256,
    names: own.subjectAltName ?? "",
    validFrom: Date.parse(own.validFrom),
    validTo: Date.parse(own.validTo),
  };
  return { kind: "keys", pair };
}

/** Without a password the runtimes throw different errors, so that the text is asked first. */
function readKey(
  text: string,
  password: string | undefined,
): KeyPairResult | { readonly object: KeyObject } {
  const [key] = KEY_REGEXP.exec(text) ?? [];
  if (key === undefined) return { kind: "no-key" };
  const isEncrypted = ENCRYPTED_REGEXP.test(key);
  if (isEncrypted && password === undefined) return { kind: "encrypted" };
  try {
    return {
      object: builtin("node:crypto").createPrivateKey({
        key,
        passphrase: password ?? "",
      }),
    };
  } catch (error) {
    if (!isEncrypted) return { kind: "bad-key" };
    const isClear = BAD_DECRYPT_REGEXP.test(String(error));
    return { kind: isClear ? "wrong-password" : "undecipherable" };
  }
}
