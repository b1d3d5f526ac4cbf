/**
 * Byte ranges (RFC 9110 §14): from a Range field to spans, and the framing of several spans
 * as `multipart/byteranges` (§14.6).
 *
 * @module
 */

import {
  type Piece,
  type Pieces,
  piecesLength,
  type Span,
  spanLength,
} from "../ports/content.ts";

/** A range of a Range field: positions, or the number of last bytes (RFC 9110 §14.1.1). */
export type RangeSpec =
  | {
    readonly kind: "int";
    /** The first byte, counted from 0. */
    readonly first: number;
    /** The last byte; everything up to the end where it is left out. */
    readonly last: number | undefined;
  }
  | {
    readonly kind: "suffix";
    /** How many of the last bytes. */
    readonly length: number;
  };

/** Spans in a row, which may be read from the field anew each time: many take no memory. */
export interface Spans extends Iterable<Span> {
  /** How many there are; at least one. */
  readonly length: number;
}

/** What a Range field selects of a representation of a given size. */
export type RangeSelection =
  | { readonly kind: "whole" }
  | { readonly kind: "unsatisfiable" }
  | {
    readonly kind: "spans";
    /** The spans to send, in the order of the field. */
    readonly spans: Spans;
  };

/** So many may come in any order, be of any size, and overlap; further ones have to be worth it (decision D5). */
const FEW_SPANS = 16;
/** The delimiter and the fields of a part, about. */
const PART_HEAD_BYTES = 128;
const UNIT_REGEXP = /^bytes=/i;
const SPEC_REGEXP = /^(\d*)-(\d*)$/;
const WHOLE: RangeSelection = { kind: "whole" };

/**
 * Reads the value of a Range field (RFC 9110 §14.2).
 *
 * @param value The field value.
 * @returns The ranges, or `undefined` when the field is to be ignored: an unknown unit,
 * or a range that is malformed (decision D4).
 *
 * @example Usage
 * ```ts
 * import { parseRange } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseRange("bytes=0-99, -5"), [
 *   { kind: "int", first: 0, last: 99 },
 *   { kind: "suffix", length: 5 },
 * ]);
 * assertEquals(parseRange("lines=1-2"), undefined);
 * assertEquals(parseRange("bytes=9-5"), undefined);
 * ```
 */
export function parseRange(value: string): readonly RangeSpec[] | undefined {
  if (!UNIT_REGEXP.test(value)) return undefined;
  const specs: RangeSpec[] = [];
  for (const text of membersOf(value)) {
    const spec = parseSpec(text);
    if (spec === undefined) return undefined;
    specs.push(spec);
  }
  return specs.length === 0 ? undefined : specs;
}

/** The members of the list; empty ones count for nothing (RFC 9110 §5.6.1). */
function* membersOf(value: string): Generator<string> {
  for (let start = "bytes=".length; start <= value.length;) {
    const comma = value.indexOf(",", start);
    const end = comma < 0 ? value.length : comma;
    const text = value.slice(start, end).trim();
    if (text !== "") yield text;
    start = end + 1;
  }
}

function parseSpec(text: string): RangeSpec | undefined {
  const [, first = "", last = ""] = SPEC_REGEXP.exec(text) ?? [];
  if (first === "") {
    return last === "" ? undefined : { kind: "suffix", length: Number(last) };
  }
  if (last === "") {
    return { kind: "int", first: Number(first), last: undefined };
  }
  if (isLess(last, first)) return undefined;
  return { kind: "int", first: Number(first), last: Number(last) };
}

/** Compares digits, because numbers beyond 2^53 are not exact. */
function isLess(a: string, b: string): boolean {
  const [left, right] = [a.replace(/^0+/, ""), b.replace(/^0+/, "")];
  return left.length === right.length
    ? left < right
    : left.length < right.length;
}

/**
 * Selects what a Range field asks for (RFC 9110 §14.2, §17.15, decisions D4 and D5). Of up to 16
 * spans those that overlap or touch become one, and more bytes than the whole has select the whole.
 * More spans have to ascend, must not overlap, and have to outweigh the heads of their parts; else
 * they select the whole. So does every range of an empty representation: no Content-Range can say
 * "none", and caches that ask in slices ask so for any file.
 *
 * @param value The value of the Range field.
 * @param size The size of the selected representation in bytes.
 * @returns The whole, spans inside it, or that no range lies inside.
 *
 * @example Usage
 * ```ts
 * import { selectRanges } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(selectRanges("bytes=90-200", 100), {
 *   kind: "spans",
 *   spans: [{ start: 90, end: 99 }],
 * });
 * assertEquals(selectRanges("bytes=100-", 100), { kind: "unsatisfiable" });
 * assertEquals(selectRanges("bytes=x", 100), { kind: "whole" });
 * ```
 */
export function selectRanges(value: string, size: number): RangeSelection {
  const specs = parseRange(value);
  if (specs === undefined || size === 0) return WHOLE;
  const spans = specs.filter((spec) => isSatisfiable(spec, size))
    .map((spec) => toSpan(spec, size));
  if (spans.length === 0) return { kind: "unsatisfiable" };
  const bytes = spans.reduce((total, span) => total + spanLength(span), 0);
  if (spans.length <= FEW_SPANS) {
    return bytes > size ? WHOLE : { kind: "spans", spans: coalesce(spans) };
  }
  return isAscending(spans) && bytes >= spans.length * PART_HEAD_BYTES
    ? { kind: "spans", spans: spansOf(value, size, spans.length) }
    : WHOLE;
}

/** Whether each span begins behind the one before it. */
function isAscending(spans: readonly Span[]): boolean {
  return spans.every(({ start }, index) =>
    start > (spans[index - 1]?.end ?? -1)
  );
}

/** The spans of a field that was parsed before, read from its text while they are sent. */
function spansOf(value: string, size: number, length: number): Spans {
  return {
    length,
    *[Symbol.iterator]() {
      for (const text of membersOf(value)) {
        const spec = parseSpec(text);
        if (spec && isSatisfiable(spec, size)) yield toSpan(spec, size);
      }
    },
  };
}

/** RFC 9110 §14.1.2. */
function isSatisfiable(spec: RangeSpec, size: number): boolean {
  return spec.kind === "int" ? spec.first < size : spec.length > 0;
}

function toSpan(spec: RangeSpec, size: number): Span {
  switch (spec.kind) {
    case "int":
      return { start: spec.first, end: Math.min(spec.last ?? size, size - 1) };
    case "suffix":
      return { start: Math.max(size - spec.length, 0), end: size - 1 };
  }
}

/** Joins spans that overlap or touch. Quadratic, but there are few. */
function coalesce(spans: readonly Span[]): readonly Span[] {
  return spans.reduce<readonly Span[]>((joined, span) => {
    const near = joined.filter((other) => isNear(other, span));
    const [first] = near;
    if (first === undefined) return [...joined, span];
    const all = [...near, span];
    const union = {
      start: Math.min(...all.map(({ start }) => start)),
      end: Math.max(...all.map(({ end }) => end)),
    };
    return joined
      .map((other) => other === first ? union : other)
      .filter((other) => !near.includes(other));
  }, []);
}

function isNear(a: Span, b: Span): boolean {
  return a.start <= b.end + 1 && b.start <= a.end + 1;
}

/**
 * The value of a Content-Range field (RFC 9110 §14.4).
 *
 * @param span The span in the answer; `undefined` for a 416.
 * @param size The size of the whole representation in bytes.
 * @returns Text such as `bytes 0-99/100`, or `bytes *\/100`.
 *
 * @example Usage
 * ```ts
 * import { formatContentRange } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(formatContentRange({ start: 0, end: 9 }, 100), "bytes 0-9/100");
 * ```
 */
export function formatContentRange(
  span: Span | undefined,
  size: number,
): string {
  const range = span === undefined ? "*" : `${span.start}-${span.end}`;
  return `bytes ${range}/${size}`;
}

/** The content of a multipart answer. */
export interface Multipart {
  /** The media type of the answer, with the boundary. */
  readonly contentType: string;
  /** The length of the whole content in bytes. */
  readonly length: number;
  /** The framing, as bytes that are made when they are read, and the spans that it frames. */
  readonly pieces: Pieces;
}

/**
 * Frames several spans of a representation (RFC 9110 §14.6, RFC 2046 §5.1). The content begins
 * with the line break of the first delimiter, as that of nginx and Apache does: zsync reads no
 * other (RFC 2046 §5.1.1 has an empty preamble before it).
 *
 * @param spans The spans, in the order of sending.
 * @param size The size of the whole representation in bytes.
 * @param contentType The media type of the representation.
 * @param boundary Text that is in no part: random, so that no file can have it.
 * @returns The content.
 *
 * @example Usage
 * ```ts
 * import { frameParts } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * const spans = [{ start: 0, end: 0 }, { start: 5, end: 9 }];
 * const { contentType, pieces } = frameParts(spans, 10, "text/plain", "b");
 * assertEquals(contentType, "multipart/byteranges; boundary=b");
 * const [head, span] = pieces;
 * assertEquals(new TextDecoder().decode(head as Uint8Array).slice(0, 7), "\r\n--b\r\n");
 * assertEquals(span, { start: 0, end: 0 });
 * ```
 */
export function frameParts(
  spans: Spans,
  size: number,
  contentType: string,
  boundary: string,
): Multipart {
  const encoder = new TextEncoder();
  const made = {
    length: 2 * spans.length + 1,
    *[Symbol.iterator](): Generator<Piece> {
      for (const span of spans) {
        yield encoder.encode(
          `\r\n--${boundary}\r\nContent-Type: ${contentType}\r\n` +
            `Content-Range: ${formatContentRange(span, size)}\r\n\r\n`,
        );
        yield span;
      }
      yield encoder.encode(`\r\n--${boundary}--\r\n`);
    },
  };
  // A few are made once, and read several times.
  const pieces = spans.length > FEW_SPANS ? made : [...made];
  return {
    contentType: `multipart/byteranges; boundary=${boundary}`,
    length: piecesLength(pieces),
    pieces,
  };
}
