/**
 * The content of a request in HTTP/1 (RFC 9112 §6, §7.1), from the bytes of a connection.
 *
 * @module
 */

import type { ContentFraming } from "./request_head.ts";

/** What stands at a place of some bytes. */
export type Piece =
  /** Content up to `end`. */
  | { readonly kind: "data"; readonly start: number; readonly end: number }
  /** All was read, and more is to come. */
  | { readonly kind: "more" }
  /** The content is over; what stands at `end` is the next request. */
  | { readonly kind: "end"; readonly end: number }
  | { readonly kind: "unreadable" };

/** Finds content in bytes, which come in any portions. */
export interface ContentDecoder {
  /** What stands there; the next call goes on behind it. */
  readonly next: (bytes: Uint8Array, from: number) => Piece;
}

const MORE: Piece = { kind: "more" };
const UNREADABLE: Piece = { kind: "unreadable" };
/** Extensions of a chunk, and the trailers, in bytes: nobody reads them (RFC 9112 §7.1.1). */
const MOST_IGNORED_BYTES = 16_384;
/** Digits of a chunk's length; leading zeros are some. */
const MOST_DIGITS = 16;
const [CR, LF, SEMICOLON, COLON] = [0x0d, 0x0a, 0x3b, 0x3a];

/** Makes the decoder of a framing; what has no content needs none. */
export function createContentDecoder(
  framing: ContentFraming,
): ContentDecoder {
  switch (framing.kind) {
    case "length":
      return sizedDecoder(framing.length);
    case "chunked":
      return new ChunkedDecoder();
  }
}

function sizedDecoder(length: number): ContentDecoder {
  let left = length;
  return {
    next: (bytes, start) => {
      if (left === 0) return { kind: "end", end: start };
      const end = Math.min(bytes.length, start + left);
      if (end === start) return MORE;
      left -= end - start;
      return { kind: "data", start, end };
    },
  };
}

/** What the next byte belongs to. */
type Part =
  | "size"
  | "extension"
  | "size-end"
  | "data"
  | "data-cr"
  | "data-lf"
  | "line"
  | "name"
  | "value"
  | "value-end"
  | "last-lf";

class ChunkedDecoder implements ContentDecoder {
  #part: Part = "size";
  #size = 0;
  #digits = 0;
  #ignored = 0;

  next(bytes: Uint8Array, from: number): Piece {
    for (let at = from; at < bytes.length; at++) {
      if (this.#part === "data") return this.#data(bytes, at);
      const part = this.#partBehind(bytes[at] ?? 0);
      if (part === "over") return { kind: "end", end: at + 1 };
      if (part === undefined || this.#ignored > MOST_IGNORED_BYTES) {
        return UNREADABLE;
      }
      this.#part = part;
    }
    return MORE;
  }

  #data(bytes: Uint8Array, start: number): Piece {
    const end = Math.min(bytes.length, start + this.#size);
    this.#size -= end - start;
    if (this.#size === 0) this.#part = "data-cr";
    return { kind: "data", start, end };
  }

  /** What follows a byte; `undefined` where it has no place. */
  #partBehind(byte: number): Part | "over" | undefined {
    switch (this.#part) {
      case "size":
        return this.#sizeBehind(byte);
      case "extension":
        return this.#ignore(byte, "extension", "size-end");
      case "size-end":
        if (byte !== LF) return undefined;
        this.#digits = this.#ignored = 0;
        return this.#size === 0 ? "line" : "data";
      case "data-cr":
        return byte === CR ? "data-lf" : undefined;
      case "data-lf":
        return byte === LF ? "size" : undefined;
      case "line":
        return byte === CR ? "last-lf" : this.#nameBehind(byte);
      case "name":
        return byte === COLON ? "value" : this.#nameBehind(byte);
      case "value":
        return this.#ignore(byte, "value", "value-end");
      case "value-end":
        return byte === LF ? "line" : undefined;
      default:
        return byte === LF ? "over" : undefined;
    }
  }

  #sizeBehind(byte: number): Part | undefined {
    const digit = hexDigit(byte);
    if (digit >= 0) {
      this.#size = this.#size * 16 + digit;
      const fits = ++this.#digits <= MOST_DIGITS &&
        Number.isSafeInteger(this.#size);
      return fits ? "size" : undefined;
    }
    if (this.#digits === 0) return undefined;
    if (byte === SEMICOLON) return "extension";
    return byte === CR ? "size-end" : undefined;
  }

  #nameBehind(byte: number): Part | undefined {
    this.#ignored++;
    return TOKEN_REGEXP.test(String.fromCharCode(byte)) ? "name" : undefined;
  }

  #ignore(byte: number, part: Part, end: Part): Part | undefined {
    this.#ignored++;
    if (byte === CR) return end;
    const isText = byte === 0x09 || byte >= 0x20 && byte !== 0x7f;
    return isText ? part : undefined;
  }
}

const TOKEN_REGEXP = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]$/;

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
