/**
 * Spans of bytes, and pieces that are put together from them.
 *
 * @module
 */

import type { Piece, Span } from "./ports.ts";

/**
 * The number of bytes in a span.
 *
 * @param span The span.
 * @returns The number.
 *
 * @example Usage
 * ```ts
 * import { spanLength } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(spanLength({ start: 5, end: 5 }), 1);
 * ```
 */
export function spanLength({ start, end }: Span): number {
  return end - start + 1;
}

/**
 * The number of bytes that a piece comes to.
 *
 * @param piece Bytes, or a span.
 * @returns The number.
 *
 * @example Usage
 * ```ts
 * import { pieceLength } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(pieceLength(new Uint8Array(3)), 3);
 * assertEquals(pieceLength({ start: 0, end: 9 }), 10);
 * ```
 */
export function pieceLength(piece: Piece): number {
  return piece instanceof Uint8Array ? piece.length : spanLength(piece);
}

/**
 * The number of bytes that pieces come to in a row.
 *
 * @param pieces The pieces.
 * @returns The number.
 *
 * @example Usage
 * ```ts
 * import { piecesLength } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(piecesLength([new Uint8Array(3), { start: 0, end: 9 }]), 13);
 * ```
 */
export function piecesLength(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, piece) => sum + pieceLength(piece), 0);
}
