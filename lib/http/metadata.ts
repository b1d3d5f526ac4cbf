/**
 * The fields that describe a representation (RFC 9110 §8), by the rules of the user.
 *
 * @module
 */

import { formatAttachment } from "./disposition.ts";
import { type Field, type Fields, overrideFields } from "./field.ts";
import type { Glob } from "./glob.ts";

/** Fields for the paths that a glob matches. */
export interface FieldRule {
  /** Which paths; all of them where there is none. */
  readonly matches: Glob | undefined;
  /** The field. */
  readonly field: Field;
}

/** How representations are described. */
export interface MetadataRules {
  /** Directories whose hashed names never change, as globs. */
  readonly immutable: readonly Glob[];
  /** Cache-Control by path; the last that matches counts. */
  readonly cacheControl: readonly FieldRule[];
  /** Fields to add; they win over ours. */
  readonly fields: readonly FieldRule[];
}

const IMMUTABLE = "public, max-age=31536000, immutable";
/** A part of a name that could be a hash, in hexadecimal or base64url. */
const HASH_REGEXP = /[.\-_]([0-9A-Za-z_-]{8,})(?=\.)/g;

/**
 * Whether a name carries a hash of the content, as bundlers write it: `app.3f2a9c1b.js`,
 * `index-BxYz12_a.css`. A part counts that has at least eight characters, and both
 * letters and digits or letters of both cases.
 *
 * @param name The name of a file.
 * @returns Whether it seems to.
 */
export function hasContentHash(name: string): boolean {
  return [...name.matchAll(HASH_REGEXP)].some(([, part = ""]) =>
    part.split(/[-_]/).concat(part).some(isHash)
  );
}

function isHash(part: string): boolean {
  if (part.length < 8 || !/[A-Za-z]/.test(part)) return false;
  return /\d/.test(part) || /[a-z].*[A-Z]/.test(part);
}

/**
 * The metadata of a representation.
 *
 * @param path The path below the root, decoded, beginning with a slash.
 * @param own What is known of it by itself.
 * @param rules What the user wants.
 * @returns The fields.
 */
export function describe(
  path: string,
  own: Fields,
  rules: MetadataRules,
): Fields {
  const fields = [
    ...own,
    ["Cache-Control", cacheControl(path, rules)] as const,
  ];
  return overrideFields(fields, matching(rules.fields, path));
}

function cacheControl(path: string, rules: MetadataRules): string {
  const chosen = matching(rules.cacheControl, path).at(-1);
  if (chosen !== undefined) return chosen[1];
  const name = path.slice(path.lastIndexOf("/") + 1);
  const immutable = hasContentHash(name) &&
    rules.immutable.some((matches) => matches(path));
  return immutable ? IMMUTABLE : "no-cache";
}

function matching(rules: readonly FieldRule[], path: string): Fields {
  return rules
    .filter(({ matches }) => matches === undefined || matches(path))
    .map(({ field }) => field);
}

/**
 * The field that has a browser keep a file, where the query asks for that.
 *
 * @param query The query with its question mark.
 * @param name The name of the file.
 * @returns One field, or none.
 */
export function downloadField(query: string, name: string): Fields {
  return /^\?(?:.*&)?download(?:[=&]|$)/.test(query)
    ? [["Content-Disposition", formatAttachment(name)]]
    : [];
}
