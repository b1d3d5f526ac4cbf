/**
 * Entity tags (RFC 9110 §8.8.3): deriving, writing, scanning and comparing them.
 *
 * @module
 */

import { judgeTime } from "./date.ts";

/** An entity tag (RFC 9110 §8.8.3). */
export interface EntityTag {
  /** Whether it stands for "equivalent" rather than for "the same bytes". */
  readonly weak: boolean;
  /** The text between the quotes. */
  readonly opaque: string;
}

const SEPARATORS_REGEXP = /[ \t,]*/y;
/** A comma may stand inside the quotes, so a list is scanned and never split. */
const ENTITY_TAG_REGEXP = /(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"/y;

/**
 * Derives the entity tag of a file from its size and time of modification, so that replicas agree
 * (RFC 9110 §8.8.3.1). The tag is strong, or there is none: some clients drop the `W/` of a weak
 * tag, and join ranges of different bytes.
 *
 * @param state Size in bytes; time of modification and, where it is known, of the last change of data
 * or metadata, in milliseconds since the epoch.
 * @param now Milliseconds since the epoch; a file younger than a second or two has no tag yet.
 * @returns The tag, or `undefined` when the time of modification is not known or cannot tell other
 * bytes: it is too young, was set (the time of change has another second), or is a constant of build
 * tools.
 *
 * @example Usage
 * ```ts
 * import { deriveEntityTag } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * const now = 1_700_000_000_000;
 * assertEquals(deriveEntityTag({ size: 10, mtime: now - 5000 }, now)?.weak, false);
 * assertEquals(deriveEntityTag({ size: 10, mtime: now - 5 }, now), undefined);
 * ```
 */
export function deriveEntityTag(
  state: {
    readonly size: number;
    readonly mtime?: number | undefined;
    readonly changed?: number | undefined;
  },
  now: number,
): EntityTag | undefined {
  return judgeTime(state, now) === "telling" ? stateTag(state) : undefined;
}

/** The tag of a file whose time of modification tells other bytes. */
export function stateTag(
  { size, mtime = 0 }: {
    readonly size: number;
    readonly mtime?: number | undefined;
  },
): EntityTag {
  return { weak: false, opaque: `${size.toString(16)}-${mtime.toString(16)}` };
}

/**
 * Writes an entity tag as a field value (RFC 9110 §8.8.3).
 *
 * @param tag The tag.
 * @returns Text such as `"a-18bc"` or `W/"a-18bc"`.
 *
 * @example Usage
 * ```ts
 * import { formatEntityTag } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(formatEntityTag({ weak: true, opaque: "a" }), 'W/"a"');
 * ```
 */
export function formatEntityTag(tag: EntityTag): string {
  return tag.weak ? `W/"${tag.opaque}"` : `"${tag.opaque}"`;
}

/**
 * Reads the value of If-Match or If-None-Match: `*`, or a list of entity tags
 * (RFC 9110 §13.1.1, §13.1.2). The scan ends at the first thing that is no tag;
 * what was read until then counts.
 *
 * @param text The field value.
 * @returns `"*"`, or the tags in order.
 *
 * @example Usage
 * ```ts
 * import { scanEntityTags } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(scanEntityTags('"a,b", W/"c"'), [
 *   { weak: false, opaque: "a,b" },
 *   { weak: true, opaque: "c" },
 * ]);
 * assertEquals(scanEntityTags("*"), "*");
 * ```
 */
export function scanEntityTags(text: string): "*" | readonly EntityTag[] {
  if (text.trim() === "*") return "*";
  const tags: EntityTag[] = [];
  for (let at = skipSeparators(text, 0); at < text.length;) {
    ENTITY_TAG_REGEXP.lastIndex = at;
    const match = ENTITY_TAG_REGEXP.exec(text);
    if (match === null) break;
    tags.push({ weak: match[1] !== undefined, opaque: match[2] ?? "" });
    const end = at + match[0].length;
    at = skipSeparators(text, end);
    if (at === end) break; // two tags need a comma between them
  }
  return tags;
}

function skipSeparators(text: string, from: number): number {
  SEPARATORS_REGEXP.lastIndex = from;
  return from + (SEPARATORS_REGEXP.exec(text)?.[0].length ?? 0);
}

/**
 * Strong comparison: both tags are strong and the same (RFC 9110 §8.8.3.2).
 *
 * @param a One tag.
 * @param b The other tag.
 * @returns Whether they match.
 *
 * @example Usage
 * ```ts
 * import { matchesStrongly } from "@x/serve";
 * import { assert } from "@std/assert";
 *
 * assert(!matchesStrongly({ weak: true, opaque: "1" }, { weak: true, opaque: "1" }));
 * ```
 */
export function matchesStrongly(a: EntityTag, b: EntityTag): boolean {
  return !a.weak && !b.weak && a.opaque === b.opaque;
}

/**
 * Weak comparison: the same text, whether weak or strong (RFC 9110 §8.8.3.2).
 *
 * @param a One tag.
 * @param b The other tag.
 * @returns Whether they match.
 *
 * @example Usage
 * ```ts
 * import { matchesWeakly } from "@x/serve";
 * import { assert } from "@std/assert";
 *
 * assert(matchesWeakly({ weak: true, opaque: "1" }, { weak: false, opaque: "1" }));
 * ```
 */
export function matchesWeakly(a: EntityTag, b: EntityTag): boolean {
  return a.opaque === b.opaque;
}
