/**
 * Credentials of the Basic scheme (RFC 7617).
 *
 * @module
 */

import { typeError } from "./type_error.ts";

/** A user and a password, not checked yet. */
export interface Credentials {
  /** The user; it has no colon. */
  readonly user: string;
  /** The password; it may have colons. */
  readonly password: string;
}

const BASIC_REGEXP = /^basic +([a-z0-9+/]+={0,2})$/i;
const CONTROL_REGEXP = /\p{Cc}/u;

/**
 * Reads an Authorization field (RFC 7617 §2): the scheme in any case, then user and
 * password in UTF-8, in Normalization Form C, as `charset="UTF-8"` asks for (§2.1).
 *
 * @param value The value of the field.
 * @returns The credentials; `undefined` for another scheme or a malformed value.
 *
 * @example Usage
 * ```ts
 * import { readCredentials } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(readCredentials("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), {
 *   user: "Aladdin",
 *   password: "open sesame",
 * });
 * assertEquals(readCredentials("Bearer x"), undefined);
 * ```
 */
export function readCredentials(value: string | null): Credentials | undefined {
  const [, code] = BASIC_REGEXP.exec(value ?? "") ?? [];
  const text = code === undefined ? undefined : decode(code);
  if (text === undefined || CONTROL_REGEXP.test(text)) return undefined;
  const colon = text.indexOf(":");
  if (colon < 0) return undefined;
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

function decode(code: string): string | undefined {
  try {
    const bytes = Uint8Array.from(atob(code), (byte) => byte.charCodeAt(0));
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    return decoder.decode(bytes).normalize("NFC");
  } catch {
    return undefined;
  }
}

/**
 * A challenge of the Basic scheme, for WWW-Authenticate (RFC 7617 §2, RFC 9110 §11.6.1).
 *
 * @param realm The name of what is protected; browsers may show it.
 * @returns The value of the field.
 * @throws {TypeError} When the realm is more than printable ASCII.
 *
 * @example Usage
 * ```ts
 * import { basicChallenge } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(basicChallenge('my "files"'), 'Basic realm="my \\"files\\"", charset="UTF-8"');
 * ```
 */
export function basicChallenge(realm: string): string {
  if (typeof realm === "string" && /^[ -~]+$/.test(realm)) {
    return `Basic realm="${
      realm.replaceAll(/["\\]/g, "\\$&")
    }", charset="UTF-8"`;
  }
  throw typeError`Cannot use ${realm} as realm: expected printable ASCII`;
}
