/**
 * Fields (RFC 9110 §5) as plain data, and the kinds of them: each list of names stands here,
 * in lower case.
 *
 * @module
 */

import { isNamed } from "../ports/message.ts";
import { typeError } from "./type_error.ts";

/** A field line: its name and its value. */
export type Field = readonly [name: string, value: string];

/** The fields of a message, in order. */
export type Fields = readonly Field[];

/** None. */
export const NO_FIELDS: Fields = [];

/** `token` of RFC 9110 §5.6.2. */
const TOKEN_REGEXP = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** `field-value` of RFC 9110 §5.5, without `obs-text`, which no two recipients read alike. */
const FIELD_VALUE_REGEXP = /^(?:[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?)?$/;

/** What depends on the codings that a client accepts says so (RFC 9110 §12.5.5). */
export const VARY_ACCEPT_ENCODING: Field = ["Vary", "Accept-Encoding"];
/** The connection ends behind this answer (RFC 9112 §9.6). */
export const CONNECTION_CLOSE: Field = ["Connection", "close"];
/** Fields that belong to one connection and go no further (RFC 9110 §7.6.1). */
export const CONNECTION_FIELDS: ReadonlySet<string> = new Set(
  "connection keep-alive proxy-connection te trailer upgrade".split(" "),
);

/** Fields that say where the content ends (RFC 9112 §6). */
const FRAMING_FIELDS: ReadonlySet<string> = new Set(
  "content-length transfer-encoding".split(" "),
);

/** Fields that tell one state of a representation from another (RFC 9110 §8.8). */
const VALIDATOR_FIELDS: ReadonlySet<string> = new Set(
  "etag last-modified".split(" "),
);

/** Fields of a request that describe its content, or announce it (RFC 9110 §8, §10.1.1). */
export const CONTENT_FIELDS: ReadonlySet<string> = new Set([
  ...FRAMING_FIELDS,
  ..."content-encoding content-language content-location".split(" "),
  ..."content-type expect".split(" "),
]);

/** Fields that the server writes, so that no user can set them. */
const RESERVED_FIELDS: ReadonlySet<string> = new Set([
  ...CONNECTION_FIELDS,
  ...FRAMING_FIELDS,
  ...VALIDATOR_FIELDS,
  ..."content-encoding content-range date".split(" "),
]);

/** Fields that no log format may have: more people read a log than may know a password. */
export const SECRET_FIELDS: ReadonlySet<string> = new Set(
  "authorization cookie proxy-authorization set-cookie".split(" "),
);

/**
 * Fields that no script gets as `HTTP_*` (RFC 3875 §4.1.18): they have a variable of their own,
 * belong to the connection, are secret, or make programs ask an attacker's proxy (`HTTP_PROXY`,
 * httpoxy).
 */
export const SCRIPT_EXCLUDED_FIELDS: ReadonlySet<string> = new Set([
  ...CONNECTION_FIELDS,
  ...FRAMING_FIELDS,
  ..."content-type proxy proxy-authenticate proxy-authorization".split(" "),
]);

/** The fields of a 200 that a 304 has, too (RFC 9110 §15.4.5); validators are added by themselves. */
export const NOT_MODIFIED_FIELDS: readonly string[] = [
  "cache-control",
  "content-location",
  "expires",
  "vary",
];

/** The fields that programs of other origins may read (CORS), besides those that they always may. */
export const EXPOSED_FIELDS =
  "Accept-Ranges, Content-Disposition, Content-Encoding, Content-Length, Content-Range, Date, ETag, Repr-Digest, Server";

/**
 * Whether a text is a token, and so can name a field or a method (RFC 9110 §5.6.2).
 *
 * @param text The text.
 * @returns Whether it is a token.
 *
 * @example Usage
 * ```ts
 * import { isToken } from "@x/serve";
 * import { assert } from "@std/assert";
 *
 * assert(isToken("X-Frame-Options"));
 * assert(!isToken("X Frame"));
 * ```
 */
export function isToken(text: string): boolean {
  return TOKEN_REGEXP.test(text);
}

/**
 * Checks a field that the user adds to answers.
 *
 * @param name The field name.
 * @param value The field value.
 * @returns The field, trimmed.
 * @throws {TypeError} When it is no field, or one that the server writes (RFC 9112 §6).
 *
 * @example Usage
 * ```ts
 * import { checkedField } from "@x/serve";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * assertEquals(checkedField("X-Robots-Tag", " noindex "), ["X-Robots-Tag", "noindex"]);
 * assertThrows(() => checkedField("X-A", "b\r\nSet-Cookie: c"), TypeError);
 * assertThrows(() => checkedField("Content-Length", "5"), TypeError);
 * ```
 */
export function checkedField(name: string, value: string): Field {
  const trimmed = String(value).trim();
  if (!isToken(name) || value === undefined) {
    throw typeError`Cannot add header ${name}: not a field name`;
  }
  if (!FIELD_VALUE_REGEXP.test(trimmed)) {
    throw new TypeError(
      `Cannot add header "${name}": its value has a character other than visible ASCII, space and tab`,
    );
  }
  if (RESERVED_FIELDS.has(name.toLowerCase())) {
    throw new TypeError(
      `Cannot add header "${name}": that field is the server's business`,
    );
  }
  return [name, trimmed];
}

/**
 * The value of the first field with a name.
 *
 * @param fields The fields.
 * @param name The name, in any case.
 * @returns The value, or `undefined`.
 *
 * @example Usage
 * ```ts
 * import { fieldValue } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(fieldValue([["ETag", '"1"']], "etag"), '"1"');
 * ```
 */
export function fieldValue(fields: Fields, name: string): string | undefined {
  const lower = name.toLowerCase();
  return fields.find((field) => isNamed(field, lower))?.[1];
}

/**
 * Replaces fields by others of the same name. Vary is added to, because the earlier choice still
 * depends on it.
 *
 * @param fields The fields.
 * @param others The fields that win.
 * @returns Both together.
 *
 * @example Usage
 * ```ts
 * import { overrideFields } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(overrideFields([["A", "1"], ["B", "2"]], [["a", "3"]]), [["B", "2"], ["a", "3"]]);
 * ```
 */
export function overrideFields(fields: Fields, others: Fields): Fields {
  if (others.length === 0) return fields;
  return fields.filter((field) => !isReplaced(field[0], others))
    .concat(others);
}

/** Vary is only ever added to (D21). */
function isReplaced(name: string, others: Fields): boolean {
  const lower = name.toLowerCase();
  if (lower === "vary") return false;
  for (const other of others) if (isNamed(other, lower)) return true;
  return false;
}

/**
 * Removes fields.
 *
 * @param fields The fields.
 * @param names The names of those to remove, in lower case.
 * @returns The others.
 *
 * @example Usage
 * ```ts
 * import { withoutFields } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(withoutFields([["A", "1"], ["B", "2"]], ["a"]), [["B", "2"]]);
 * ```
 */
export function withoutFields(
  fields: Fields,
  names: readonly string[],
): Fields {
  return fields.filter(([name]) => !names.includes(name.toLowerCase()));
}

/**
 * Decodes a field value, which has a character for each byte, as UTF-8 where it is valid
 * (RFC 9110 §5.5 leaves the meaning of such bytes open).
 *
 * @param value The value as it was received.
 * @returns The text; a value that is not UTF-8 stays as it is.
 *
 * @example Usage
 * ```ts
 * import { readUtf8 } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(readUtf8("caf\xc3\xa9"), "café");
 * assertEquals(readUtf8("caf\xe9"), "café");
 * ```
 */
export function readUtf8(value: string): string {
  if (!/[\x80-\xff]/.test(value)) return value;
  const bytes = Uint8Array.from(value, (byte) => byte.charCodeAt(0));
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(bytes);
  } catch {
    return value;
  }
}
