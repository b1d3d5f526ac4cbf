/**
 * Fields (RFC 9110 §5): header lines as plain data.
 *
 * @module
 */

/** A field line: its name and its value. */
export type Field = readonly [name: string, value: string];

/** The fields of a message, in order. */
export type Fields = readonly Field[];

/** `token` of RFC 9110 §5.6.2. */
const TOKEN_REGEXP = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** `field-value` of RFC 9110 §5.5, without `obs-text`, which no two recipients read alike. */
const FIELD_VALUE_REGEXP = /^(?:[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?)?$/;
/** `uri-host [":" port]` of RFC 9110 §7.2. */
const HOST_REGEXP =
  /^(?:\[[0-9A-Fa-f:.]+\]|(?:[\w\-.~!$&'()*+,;=]|%[0-9A-Fa-f]{2})*)(?::\d{0,5})?$/;

/** Fields that frame the message, belong to the connection or are computed: the server's business alone. */
const RESERVED_FIELDS: readonly string[] = [
  "connection",
  "content-encoding",
  "content-length",
  "content-range",
  "date",
  "etag",
  "keep-alive",
  "last-modified",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

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
 * Whether the value of a Host field is well formed (RFC 9110 §7.2). A runtime that
 * pastes it in front of the target makes the path the attacker's when it is not.
 *
 * @param value The field value.
 * @returns Whether it is `uri-host [":" port]`.
 *
 * @example Usage
 * ```ts
 * import { isHost } from "@x/serve";
 * import { assert } from "@std/assert";
 *
 * assert(isHost("[::1]:8000"));
 * assert(!isHost("a/b?x#"));
 * ```
 */
export function isHost(value: string): boolean {
  return HOST_REGEXP.test(value);
}

/**
 * Checks a field that a user wants to add to answers.
 *
 * @param name The field name.
 * @param value The field value.
 * @returns The field, trimmed.
 * @throws {TypeError} When it is no field, or one that frames the message (RFC 9112 §6).
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
    throw new TypeError(
      `Cannot add header ${JSON.stringify(name)}: not a field name`,
    );
  }
  if (!FIELD_VALUE_REGEXP.test(trimmed)) {
    throw new TypeError(
      `Cannot add header "${name}": its value has a character other than visible ASCII, space and tab`,
    );
  }
  if (RESERVED_FIELDS.includes(name.toLowerCase())) {
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
  return fields.find(([other]) => other.toLowerCase() === lower)?.[1];
}

/**
 * Fields with others put over them: a name that the others have is theirs. Vary is
 * added to, because what was chosen before depended on it all the same.
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
  const names = new Set(others.map(([name]) => name.toLowerCase()));
  names.delete("vary");
  return [
    ...fields.filter(([name]) => !names.has(name.toLowerCase())),
    ...others,
  ];
}

/**
 * Fields without some.
 *
 * @param fields The fields.
 * @param names The names of those to leave out, in lower case.
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
 * Reads a field value, which has a character for each byte, as UTF-8 where it is that
 * (RFC 9110 §5.5 leaves the meaning of such bytes open).
 *
 * @param value The value as it came.
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
