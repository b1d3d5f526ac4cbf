/**
 * The Content-Range field of a request: a part of a representation that is sent in several
 * (RFC 9110 §14.4, §14.5).
 *
 * @module
 */

export interface ContentRange {
  /** Its first byte, counted from 0. */
  readonly first: number;
  /** Its last byte. */
  readonly last: number;
  /** How many bytes the whole has. */
  readonly total: number;
}

const CONTENT_RANGE_REGEXP = /^bytes[ \t]+(\d{1,16})-(\d{1,16})\/(\d{1,16})$/i;

/** Reads the value; `undefined` where it is none, or does not tell how much there is in all. */
export function parseContentRange(value: string): ContentRange | undefined {
  const [, first, last, total] = CONTENT_RANGE_REGEXP.exec(value.trim()) ?? [];
  const range = {
    first: Number(first),
    last: Number(last),
    total: Number(total),
  };
  const isGood = range.first <= range.last && range.last < range.total &&
    Number.isSafeInteger(range.total);
  return isGood ? range : undefined;
}
