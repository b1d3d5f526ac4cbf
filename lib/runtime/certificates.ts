/**
 * Keys and certificates, by `node:crypto`, which both runtimes have; and TLS of `node:https`: the suites,
 * and certificates that change while it runs.
 *
 * @module
 */

import type { KeyObject } from "node:crypto";
import type { Server, ServerOptions } from "node:https";
import type { SecureContextOptions } from "node:tls";
import type {
  ConnectionLimits,
  KeyPairResult,
  KeyPairSource,
  Listener,
  ListenFailure,
  TlsKeys,
} from "../ports/sockets.ts";
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

/**
 * The suites of TLS 1.2 that Deno has: forward secrecy, authenticated encryption (RFC 9325
 * §4.2). Without a list Bun accepts CBC and RSA key exchange (measured with 1.4.5), Node.js DHE.
 */
export const CIPHERS = ["ECDSA", "RSA"].flatMap((key) =>
  ["AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305"]
    .map((cipher) => `ECDHE-${key}-${cipher}`)
).join(":");

function contextOptions(keys: TlsKeys): SecureContextOptions {
  return { ...keys, ciphers: CIPHERS, minVersion: "TLSv1.2" };
}

/** What a server of `node:https` gets. A handshake that takes longer than a head may, is ended. */
export function tlsOptions(
  keys: TlsKeys,
  { headerTimeout }: ConnectionLimits,
): ServerOptions {
  return {
    ...contextOptions(keys),
    ...headerTimeout > 0 ? { handshakeTimeout: headerTimeout } : {},
  };
}

/** Why keys cannot be used. The runtimes differ in what they notice, and when. */
export function keysFailure(keys: TlsKeys): ListenFailure | undefined {
  const { kind } = readKeyPair({ ...keys, password: undefined });
  return kind === "keys" ? undefined : {
    kind: "not-available",
    message: `the certificate and its key cannot be used (${kind})`,
  };
}

/** Whether a server can change its certificate while it runs: Bun's cannot (1.4.5). */
export function canExchangeKeys(server: object): server is Server {
  return "setSecureContext" in server;
}

/** Changes the certificate for new connections; none is refused meanwhile. */
export function exchangeKeys(server: Server): Required<Listener>["renew"] {
  return (keys) => {
    const failure = keysFailure(keys);
    if (failure === undefined) server.setSecureContext(contextOptions(keys));
    return Promise.resolve(failure);
  };
}
