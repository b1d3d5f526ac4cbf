/**
 * The content of a request in HTTP/1 (RFC 9112 §6, §7.1), decoded on its way to who asks for it. Nobody
 * reads of it before: a client that sends more than its share waits meanwhile.
 *
 * @module
 */

import type { Bytes } from "../../ports/content.ts";
import type { ContentFraming } from "./request_head.ts";

/** Content that comes on a connection. */
export class RequestContent {
  /** Whether it has come to its end, or is cut. */
  isOver = false;
  /** How many bytes of it were read. */
  received = 0;
  readonly #decoder: ContentDecoder;
  #stream: ReadableStream<Bytes> | undefined;
  #controller: ReadableStreamDefaultController<Bytes> | undefined;
  /** Whether somebody waits for a chunk. */
  #isAwaited = false;
  #isDropped = false;
  /** Whether nobody can say where it ends, nor cares: so it never does. */
  #isUnreadable = false;
  readonly #onDemand: (isWanted: boolean) => void;

  constructor(
    readonly framing: ContentFraming,
    onDemand: (isWanted: boolean) => void,
  ) {
    this.#decoder = createContentDecoder(framing);
    this.#onDemand = onDemand;
  }

  /** How many bytes are still to come; of chunks nobody knows. */
  get left(): number {
    const { framing } = this;
    if (this.isOver) return 0;
    return framing.kind === "length"
      ? framing.length - this.received
      : Infinity;
  }

  /** Whether the client is to send, for somebody waits for it. */
  get isAwaited(): boolean {
    return this.#isAwaited || this.#isDropped;
  }

  /** Whether nobody has asked for it. */
  get isUntouched(): boolean {
    return this.#stream === undefined;
  }

  /** The content with back-pressure. */
  toStream(): ReadableStream<Bytes> {
    return this.#stream ??= new ReadableStream<Bytes>({
      start: (controller) => {
        this.#controller = controller;
        if (this.#isDropped) controller.error(new Error(DROPPED));
        else if (this.isOver) controller.error(new Error(CUT));
      },
      pull: () => {
        this.#isAwaited = true;
        this.#onDemand(true);
      },
      cancel: () => this.drop(),
    }, { highWaterMark: 0 });
  }

  /** Takes what is wanted of bytes; gives where it has stopped, or `undefined` where they cannot be read. */
  take(bytes: Bytes, from: number): number | undefined {
    if (this.#isUnreadable) return bytes.length;
    let at = from;
    while (this.isAwaited && !this.isOver) {
      const piece = this.#decoder.next(bytes, at);
      switch (piece.kind) {
        case "more":
          return bytes.length;
        case "unreadable":
          if (!this.#isDropped) return undefined;
          this.#isUnreadable = true;
          return bytes.length;
        case "end":
          this.#end();
          return piece.end;
        case "data":
          at = piece.end;
          this.#pass(bytes, piece.start, piece.end);
      }
    }
    return at;
  }

  /** Nobody wants the rest; who waits for it all the same is told so. */
  drop(): void {
    if (this.#isDropped || this.isOver) return;
    this.#isDropped = true;
    this.#controller?.error(new Error(DROPPED));
    this.#onDemand(false);
  }

  /** The rest never comes. */
  cut(): void {
    if (this.isOver) return;
    this.isOver = true;
    if (!this.#isDropped) this.#controller?.error(new Error(CUT));
  }

  #end(): void {
    this.isOver = true;
    if (!this.#isDropped) this.#controller?.close();
  }

  #pass(bytes: Bytes, start: number, end: number): void {
    this.received += end - start;
    if (this.#isDropped) return;
    this.#isAwaited = false;
    // No Buffer, whose slice() copies nothing. Its reader may transfer it: of what stands behind
    // it, it gets a copy.
    const { buffer, byteOffset } = bytes;
    const piece = new Uint8Array(buffer, byteOffset + start, end - start);
    const isLast = end === bytes.length;
    this.#controller?.enqueue(isLast ? piece : piece.slice());
  }
}

const DROPPED = "The answer was complete before all of the content was read";
const CUT = "The client has left before all of its content was there";

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
