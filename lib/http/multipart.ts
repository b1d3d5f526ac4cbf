/**
 * Several ranges in one answer: `multipart/byteranges` (RFC 9110 §14.6). Only the
 * framing is made here; the bytes between it are the representation's.
 *
 * @module
 */

import { piecesLength } from "../ports/content.ts";
import type { Piece, Span } from "../ports/ports.ts";
import { formatContentRange } from "./byte_range.ts";

/** The content of a multipart answer as a description. */
export interface Multipart {
  /** The media type of the answer, with the boundary. */
  readonly contentType: string;
  /** The length of the whole content in bytes. */
  readonly length: number;
  /** The framing, as bytes, and the spans that it frames. */
  readonly pieces: readonly Piece[];
}

/**
 * Frames several spans of a representation (RFC 9110 §14.6, RFC 2046 §5.1).
 *
 * @param spans The spans, in the order in which they are to be sent.
 * @param size The size of the whole representation in bytes.
 * @param contentType The media type of the representation.
 * @param boundary Text that is in no part: random, so that nobody can write it into a file beforehand.
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
 * assertEquals(pieces[1], { start: 0, end: 0 });
 * ```
 */
export function frameParts(
  spans: readonly Span[],
  size: number,
  contentType: string,
  boundary: string,
): Multipart {
  const encoder = new TextEncoder();
  const pieces = spans.flatMap((span, index): Piece[] => {
    const head = `${index === 0 ? "" : "\r\n"}--${boundary}\r\n` +
      `Content-Type: ${contentType}\r\n` +
      `Content-Range: ${formatContentRange(span, size)}\r\n\r\n`;
    return [encoder.encode(head), span];
  });
  pieces.push(encoder.encode(`\r\n--${boundary}--\r\n`));
  return {
    contentType: `multipart/byteranges; boundary=${boundary}`,
    length: piecesLength(pieces),
    pieces,
  };
}
