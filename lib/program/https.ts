/**
 * The flags of TLS.
 *
 * @module
 */

import type { FlagName } from "./flags.ts";
import { flag, text, UsageError, type Values } from "./words.ts";

/** What the user wants of TLS. */
export interface HttpsSettings {
  /** Where the keys come from: files, or nowhere. */
  readonly source: FileSource | "self-signed";
  /** The port of those who come by HTTP, where they are sent to HTTPS. */
  readonly redirectPort: number | undefined;
}

/** Files with keys. */
export interface FileSource {
  /** The certificate chain. */
  readonly cert: string;
  /** The private key; the same file by default. */
  readonly key: string;
  /** The password of the key. */
  readonly passwordFile: string | undefined;
}

const LAST_PORT = 65_535;

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
  const passwordFile = text(values, "tls-password-file");
  const selfSigned = values[flag("tls-self-signed")] === true;
  const port = text(values, "redirect-http");
  const needsCert = (name: FlagName, value: string | undefined) => {
    if (cert !== undefined || value === undefined) return;
    throw new UsageError(`--${name} requires --tls-cert to be set`);
  };
  needsCert("tls-key", key);
  needsCert("tls-password-file", passwordFile);
  if (cert !== undefined && selfSigned) {
    throw new UsageError("--tls-self-signed and --tls-cert exclude each other");
  }
  const redirectPort = port === undefined ? undefined : toPort(port);
  if (selfSigned) return { source: "self-signed", redirectPort };
  if (cert !== undefined) {
    return { source: { cert, key: key ?? cert, passwordFile }, redirectPort };
  }
  if (redirectPort === undefined) return undefined;
  throw new UsageError(
    "--redirect-http requires --tls-cert or --tls-self-signed to be set",
  );
}

function toPort(word: string): number {
  if (/^\d+$/.test(word) && +word <= LAST_PORT) return +word;
  throw new UsageError(`--redirect-http needs 0 to 65535, not "${word}"`);
}

/**
 * All files that are read.
 *
 * @param https What the user wants of TLS.
 * @returns Their paths.
 */
export function filesOf(https: HttpsSettings | undefined): readonly string[] {
  if (https === undefined || https.source === "self-signed") return [];
  const { cert, key, passwordFile } = https.source;
  return [cert, key, ...passwordFile === undefined ? [] : [passwordFile]];
}

/**
 * The files whose change means other keys.
 *
 * @param https What the user wants of TLS.
 * @returns Their paths, each once.
 */
export function keyFiles({ source }: HttpsSettings): readonly string[] {
  return source === "self-signed"
    ? []
    : [...new Set([source.cert, source.key])];
}
