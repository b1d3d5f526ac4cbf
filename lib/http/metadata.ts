/**
 * The fields that describe a representation (RFC 9110 §8), by the rules of the user; and
 * Content-Disposition (RFC 6266).
 *
 * @module
 */

import { type Coding, CODING_EXTENSIONS, CODINGS } from "./content_coding.ts";
import {
  checkedField,
  type Field,
  type Fields,
  fieldValue,
  overrideFields,
  withoutFields,
} from "./field.ts";
import type { Glob } from "./glob.ts";

/** Fields for the paths that a glob matches. */
export interface FieldRule {
  /** Whether the rule is for a path. */
  readonly matches: Glob;
  /** The fields; they replace those of earlier rules with the same name. */
  readonly fields: Fields;
}

/** What happens to the fields of an answer, by a file of the site. */
export type FieldChange =
  | {
    readonly kind: "set";
    /** The field; one with the same name that was set before is joined to it. */
    readonly field: Field;
  }
  | {
    readonly kind: "remove";
    /** The name in lower case. */
    readonly name: string;
  };

/** Paths of files whose bytes are in a coding. */
export interface CodingRule {
  /** Whether the rule is for a path. */
  readonly matches: Glob;
  /** The coding, whose extension the path ends in. */
  readonly coding: Coding;
}

/** What the name of a file says whose bytes are in a coding. */
export interface CodedName {
  /** The coding. */
  readonly coding: Coding;
  /** The name without it, of what the bytes decode to. */
  readonly decoded: string;
}

/** How representations are described. */
export interface MetadataRules {
  /** The paths of directories whose hashed names never change; each ends with a slash. */
  readonly immutable: readonly string[];
  /** Fields by path: the last rule that matches counts, and more than our own fields. */
  readonly fields: readonly FieldRule[];
  /** Which files are coded, besides `.svgz`. */
  readonly codings: readonly CodingRule[];
}

const IMMUTABLE: Field = [
  "Cache-Control",
  "public, max-age=31536000, immutable",
];
const NO_CACHE: Field = ["Cache-Control", "no-cache"];
/** Hexadecimal, at the start of a name or behind a separator: `app.3f2a9c1b.js`. */
const HEXADECIMAL_REGEXP = /(?:^|[.\-_])([0-9a-f]{8,})(?=\.)/g;
/** base64url, eight characters right before the extension: `index-BxYz12_a.css`. */
const BASE64URL_REGEXP = /[.\-]([\w-]{8})\.[a-z0-9]+(?:\.map)?$/;
/** Words with a number: `iPhone12`, `Version3`. */
const WORDS_REGEXP = /^[A-Za-z][a-z]*(?:[A-Z][a-z]+)*[\d_-]*$/;

/**
 * Whether a name carries a hash of the content, as bundlers write it. Browsers cache a wrong "yes"
 * for a year, so names that could be words, dates or versions do not count.
 *
 * @param name The name of a file.
 * @returns Whether it seems to.
 *
 * @example Usage
 * ```ts
 * import { hasContentHash } from "@x/serve";
 * import { assert } from "@std/assert";
 *
 * assert(hasContentHash("app.3f2a9c1b.js"));
 * assert(!hasContentHash("report-2024-final.pdf"));
 * ```
 */
export function hasContentHash(name: string): boolean {
  const hexadecimal = [...name.matchAll(HEXADECIMAL_REGEXP)]
    .some(([, part = ""]) => isMixed(part));
  const [, part = ""] = BASE64URL_REGEXP.exec(name) ?? [];
  return hexadecimal ||
    /\d/.test(part) && /[a-z]/.test(part) && /[A-Z]/.test(part) &&
      !WORDS_REGEXP.test(part);
}

/** Letters and digits change places at least three times, unlike in `cafe2024`. */
function isMixed(part: string): boolean {
  return (part.match(/\d+|[a-f]+/g)?.length ?? 0) >= 4;
}

/**
 * Checks a field for the paths of a glob. Content-Encoding can only say what the names of all these
 * files say already: other bytes would be unreadable.
 */
export function checkedFieldFor(
  glob: string,
  name: string,
  value: string,
): Field {
  if (name.toLowerCase() !== "content-encoding") {
    return checkedField(name, value);
  }
  const coding = CODINGS.find((coding) => coding === value.trim());
  const extension = coding && CODING_EXTENSIONS[coding];
  if (extension && glob.toLowerCase().endsWith(extension)) {
    return [name, coding];
  }
  throw new TypeError(
    `Cannot add header "${name}" to "${glob}": only names that end in ${ENDINGS} can have it, as in "**/*.js.gz=Content-Encoding: gzip"`,
  );
}

const ENDINGS = CODINGS.map((coding) =>
  `${CODING_EXTENSIONS[coding]} (${coding})`
).join(", ");

/** The rules among those for fields that tell a coding. */
export function codingRules(rules: readonly FieldRule[]): CodingRule[] {
  return rules.flatMap(({ matches, fields }) => {
    const value = fieldValue(fields, "content-encoding");
    const coding = CODINGS.find((coding) => coding === value);
    return coding === undefined ? [] : [{ matches, coding }];
  });
}

/** What the name of a file says of the coding of its bytes: `.svgz` is SVG in gzip (SVG 1.1 §1.2). */
export function codedName(
  path: string,
  { codings }: MetadataRules,
): CodedName | undefined {
  const isSvgz = /[^/]\.svgz$/i.test(path);
  const coding = isSvgz
    ? "gzip"
    : codings.find(({ matches }) => matches(path))?.coding;
  if (coding === undefined) return undefined;
  const name = path.slice(path.lastIndexOf("/") + 1);
  const end = isSvgz ? 1 : CODING_EXTENSIONS[coding].length;
  return { coding, decoded: name.slice(0, -end) };
}

/** Content-Encoding, where the name of a file tells the coding of its bytes. */
export function codingField(coded: CodedName | undefined): Fields {
  return coded === undefined ? [] : [["Content-Encoding", coded.coding]];
}

/** The metadata of a representation: its own fields, what a file of the site changes, then those of the rules. */
export function describe(
  path: string,
  own: Fields,
  rules: MetadataRules,
  changes?: readonly FieldChange[],
): Fields {
  let fields: Fields = own.concat([cacheControl(path, rules)]);
  if (changes !== undefined) fields = changeFields(fields, changes);
  for (const rule of rules.fields) {
    if (rule.matches(path)) fields = overrideFields(fields, rule.fields);
  }
  return fields;
}

/** Makes changes in order: the first field with a name replaces ours, further ones are joined to it. */
export function changeFields(
  fields: Fields,
  changes: readonly FieldChange[],
): Fields {
  const set = new Set<string>();
  return changes.reduce((changed, change) => {
    if (change.kind === "remove") return withoutFields(changed, [change.name]);
    const [name, value] = change.field;
    const lower = name.toLowerCase();
    const former = set.has(lower) ? fieldValue(changed, lower) : undefined;
    set.add(lower);
    const joined = former === undefined ? value : `${former}, ${value}`;
    // Vary is only ever added to.
    return overrideFields(changed, [[name, lower === "vary" ? value : joined]]);
  }, fields);
}

function cacheControl(path: string, { immutable }: MetadataRules): Field {
  return immutable.some((directory) => path.startsWith(directory)) &&
      hasContentHash(path.slice(path.lastIndexOf("/") + 1))
    ? IMMUTABLE
    : NO_CACHE;
}

/** Content-Disposition, where the query has `download`: the browser saves the file. */
export function downloadField(query: string, name: string): Fields {
  return /^\?(?:.*&)?download(?:[=&]|$)/.test(query)
    ? [["Content-Disposition", formatAttachment(name)]]
    : [];
}

/**
 * The value of Content-Disposition with which a browser saves content under a name (RFC 6266 §4,
 * RFC 8187 §3.2).
 *
 * @param name The name of the file.
 * @returns The value, with the name in ASCII for old clients and in UTF-8 for all others.
 *
 * @example Usage
 * ```ts
 * import { formatAttachment } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(formatAttachment("a b.txt"), 'attachment; filename="a b.txt"');
 * assertEquals(
 *   formatAttachment("é.txt"),
 *   "attachment; filename=\"_.txt\"; filename*=UTF-8''%C3%A9.txt",
 * );
 * ```
 */
export function formatAttachment(name: string): string {
  const ascii = name.replace(/[^\x20-\x7e]|["\\%]/gu, "_");
  const plain = `attachment; filename="${ascii}"`;
  return ascii === name
    ? plain
    : `${plain}; filename*=UTF-8''${percentEncode(name)}`;
}

/** Percent-encodes all but unreserved characters (RFC 3986 §2.3): `encodeURIComponent` leaves more as they are. */
export function percentEncode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
