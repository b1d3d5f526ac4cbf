/**
 * TLS of `node:https`: the suites, and certificates that change while it runs.
 *
 * @module
 */

import type { Server, ServerOptions } from "node:https";
import type { SecureContextOptions } from "node:tls";
import type {
  ConnectionLimits,
  Listener,
  ListenFailure,
  TlsKeys,
} from "../ports/sockets.ts";
import { readKeyPair } from "./certificates.ts";

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
