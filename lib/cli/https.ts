/**
 * The flags of TLS.
 *
 * @module
 */

import { parsePort } from "./where.ts";
import { text, UsageError, type Values } from "./words.ts";

/** What the user wants of TLS. */
export interface HttpsSettings {
  /** Where the keys come from. */
  readonly source: FileSource;
  /** The port of those who come by HTTP, where they are sent to HTTPS. */
  readonly redirectPort: number | undefined;
}

/** Files with keys. */
export interface FileSource {
  /** The certificate chain. */
  readonly cert: string;
  /** The private key; the same file by default. */
  readonly key: string;
}

/**
 * Reads the flags of TLS.
 *
 * @param values The values of all flags.
 * @returns What they ask for; `undefined` when there is none of them.
 * @throws {UsageError} When one is given without another that it needs.
 */
export function parseHttps(values: Values): HttpsSettings | undefined {
  const cert = text(values, "tls-cert");
  const key = text(values, "tls-key");
  const port = text(values, "redirect-http");
  const redirectPort = port === undefined ? undefined : parsePort(port);
  if (cert !== undefined) {
    return { source: { cert, key: key ?? cert }, redirectPort };
  }
  if (key !== undefined) {
    throw new UsageError("--tls-key requires --tls-cert to be set");
  }
  if (redirectPort === undefined) return undefined;
  throw new UsageError(
    "--redirect-http requires --tls-cert or --tls-self-signed to be set",
  );
}

/**
 * The files whose change means other keys.
 *
 * @param https What the user wants of TLS.
 * @returns Their paths, each once.
 */
export function keyFiles({ source }: HttpsSettings): readonly string[] {
  return [...new Set([source.cert, source.key])];
}
