/**
 * Content (RFC 9110 §6.4) on its way: bytes in memory, spans of a file, counted streams; and
 * the port for content codings.
 *
 * @module
 */

import { deferred } from "./timers.ts";

/** Bytes that can be transferred. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** Bytes from `start` up to and including `end`, both counted from 0. */
export interface Span {
  /** The first byte. */
  readonly start: number;
  /** The last byte. */
  readonly end: number;
}

/** What content is put together from: bytes in memory, and spans of a file. */
export type Piece = Uint8Array<ArrayBuffer> | Span;

/** Pieces in a row, such as an array; they may be made anew each time they are read. */
export interface Pieces extends Iterable<Piece> {
  /** How many there are. */
  readonly length: number;
}

/** Reads content synchronously, into buffers of the caller: one is enough, used again after each write. */
export interface ContentReader {
  /**
   * Fills a buffer as far as there are bytes; their number, 0 behind the last. What it throws,
   * once, has ended the content too early: the connection is to be cut (RFC 9112 §8).
   */
  readonly read: (buffer: Uint8Array<ArrayBuffer>) => number;
  /** The rest is not wanted; behind the end, and a second time, it does nothing. */
  readonly close: () => void;
}

/** Content on its way. */
export interface Content {
  /** What a `Response` is made of. */
  readonly body:
    | Uint8Array<ArrayBuffer>
    | ReadableStream<Uint8Array<ArrayBuffer>>
    | Blob;
  /** Gives the same bytes in place of `body`: of both only one is to be used. Left out where there is no such way. */
  readonly reader?: ContentReader;
  /** How many bytes were taken, as far as is known; `peerLeft` when the client went away before the end. */
  readonly taken: (peerLeft: boolean) => number;
  /** Settles when the last byte was taken or the rest is not wanted; rejects when reading failed. */
  readonly ended: Promise<void>;
  /** Whether the stream was cancelled before its end; left out where that cannot be known. */
  readonly unwanted?: () => boolean;
  /** For a reader that is done with each chunk when it asks for the next: the chunk's memory is then given back at once. */
  readonly keepNothing?: () => void;
  /**
   * For a reader that has sent each chunk when it asks for the next: its memory is then written to
   * again. `keepNothing` promises less: memory that was given back is still there for who refers to it.
   */
  readonly reuseChunks?: () => void;
  /** Why the runtime could not read all of it, asked after the answer; left out where `ended` rejects instead. */
  readonly failure?: () => Error | undefined;
  /** Fields that keep the runtime from adding its own to a `Response`, where it has none of that name. */
  readonly fields?: ReadonlyArray<readonly [name: string, value: string]>;
}

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
export function piecesLength(pieces: Pieces): number {
  let sum = 0;
  for (const piece of pieces) sum += pieceLength(piece);
  return sum;
}

const DONE = Promise.resolve();

/** Content of bytes; it is over as soon as it begins. */
export function bytesContent(bytes: Bytes): Content {
  return {
    body: bytes,
    taken: (peerLeft) => peerLeft ? 0 : bytes.length,
    ended: DONE,
  };
}

/** The bytes of content that is in memory; of other content the body is not asked for. */
export function bytesOf(content: Content | undefined): Bytes | undefined {
  if (content === undefined || content.reader !== undefined) return undefined;
  return content.body instanceof Uint8Array ? content.body : undefined;
}

/** Content that nobody wants gives back what it has open. */
export function discard(content: Content | undefined): void {
  if (content === undefined) return;
  if (content.reader !== undefined) return content.reader.close();
  if (content.body instanceof ReadableStream) {
    content.body.cancel().catch(() => {});
  }
}

/** Pieces in a row, whose spans are of some bytes; a single piece is not copied. */
export function joinPieces(bytes: Bytes, pieces: Pieces): Bytes {
  const parts = Array.from(
    pieces,
    (piece) =>
      piece instanceof Uint8Array
        ? piece
        : bytes.subarray(piece.start, piece.end + 1),
  );
  const [first] = parts;
  return first !== undefined && parts.length === 1 ? first : concat(parts);
}

/** A copy of parts in a row. */
export function concat(parts: readonly Uint8Array[]): Bytes {
  const bytes = new Uint8Array(
    parts.reduce((sum, { length }) => sum + length, 0),
  );
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Gives the memory of bytes back at once that nobody reads any more; Node.js before 22 leaves it to the collector. */
export function release(
  { buffer }: {
    readonly buffer: {
      readonly byteLength: number;
      readonly transfer?: (length: number) => unknown;
    };
  },
): void {
  buffer.transfer?.(0);
}

/** Content of parts that are made as fast as they are taken; when the rest is not wanted, no more are made. */
export function generatedContent(parts: AsyncGenerator<Bytes>): Content {
  return countedContent({
    next: () => parts.next(),
    cancel: () => parts.return(undefined),
  });
}

/** Where content comes from, chunk by chunk. */
export interface Chunks {
  /** The next chunk; without a value behind the last. */
  readonly next: () => Promise<{ readonly value?: Bytes | undefined }>;
  /** Called when the rest is not wanted, also while `next` is running; the content has ended when it settles. */
  readonly cancel: (reason: unknown) => Promise<unknown>;
}

/** Content that is a stream. */
export interface StreamContent extends Content {
  readonly body: ReadableStream<Bytes>;
  readonly unwanted: () => boolean;
}

/** Content of chunks, which are counted as they are taken. */
export function countedContent({ next, cancel }: Chunks): StreamContent {
  const { promise: ended, resolve, reject } = deferred<void>();
  ended.catch(() => {}); // what logs it has a handler of its own
  let taken = 0;
  let isUnwanted = false;
  const body = new ReadableStream<Bytes>({
    async pull(controller) {
      try {
        const { value } = await next();
        if (isUnwanted) return;
        if (value === undefined) {
          resolve();
          return controller.close();
        }
        taken += value.length;
        controller.enqueue(value);
      } catch (error) {
        if (isUnwanted) return;
        reject(error);
        controller.error(error);
      }
    },
    async cancel(reason) {
      isUnwanted = true;
      try {
        await cancel(reason);
      } finally {
        resolve();
      }
    },
  }, { highWaterMark: 0 });
  return { body, taken: () => taken, ended, unwanted: () => isUnwanted };
}

/** The name of the error of a file that became shorter while it was read: an event, and no bug. */
export const SHRUNK = "ShrunkError";

/** Whether an error says that a file became shorter while it was read. */
export function isShrunk(error: unknown): boolean {
  return error instanceof Error && error.name === SHRUNK;
}

/** The name of the error of a system that can open nothing more at the moment: an event, and no bug. */
export const EXHAUSTED = "ExhaustedError";

/** Whether an error says that the system can open nothing more at the moment. */
export function isExhausted(error: unknown): boolean {
  return error instanceof Error && error.name === EXHAUSTED;
}

/** An error without a stack, which would tell nothing: it is an event, and no bug. */
export function eventError(name: string, message: string): Error {
  const error = new Error(message);
  error.name = name;
  delete error.stack;
  return error;
}

/** Codes content piece by piece; only one call is open at a time. */
export interface Encoder {
  /** Codes a piece. What comes out may be empty. */
  readonly code: (
    piece: Uint8Array<ArrayBuffer>,
  ) => Promise<Uint8Array<ArrayBuffer>>;
  /** Ends the content: the rest comes out. */
  readonly finish: () => Promise<Uint8Array<ArrayBuffer>>;
  /** Frees its memory, also before the end; a second time does nothing. */
  readonly close: () => void;
}

/** What is reported of a stream that was not read yet. */
export interface UnreadCallbacks {
  /** Its reader is done with each chunk when it asks for the next. */
  readonly keptNothing: () => void;
  /** It was not read for a second. It may still be read. */
  readonly idle: () => void;
}

/** A content coding that the server can send (RFC 9110 §8.4.1). */
export type Coding = "br" | "zstd" | "gzip";

/** The codings in the order of our preference, which decides between equal weights. */
export const CODINGS: readonly Coding[] = ["br", "zstd", "gzip"];

/** What codes content. */
export interface Coder {
  /** The codings that it has. */
  readonly codings: readonly Coding[];
  /** Codes a small content as a whole, and well. */
  readonly encode: (
    coding: Coding,
    content: Uint8Array<ArrayBuffer>,
  ) => Uint8Array<ArrayBuffer>;
  /** The same on another thread; left out where all is done by one. */
  readonly encodeBeside?: (
    coding: Coding,
    content: Uint8Array<ArrayBuffer>,
  ) => Promise<Uint8Array<ArrayBuffer>>;
  /** How many contents are coded at a time at most beside everything else; 1 without another thread. */
  readonly parallelism: number;
  /**
   * Begins to code. Content of known size, in bytes, is coded once, and well; other content is
   * coded cheaply, with a bounded window: a client can hold the encoder as long as it likes.
   */
  readonly encoder: (
    coding: Coding,
    size?: number,
  ) => Encoder;
  /** The checksum of ZIP and gzip (RFC 1952 §8) of bytes, behind those whose checksum is given. */
  readonly crc32: (bytes: Uint8Array, before?: number) => number;
  /** Settles in another turn of the event loop, behind the sockets: long work awaits it to let other requests in. */
  readonly nextTurn: () => Promise<void>;
  /**
   * Watches a stream until it is read, without keeping the process alive. The function that it
   * returns ends the watching; a second time it does nothing.
   */
  readonly watchUnread: (
    stream: ReadableStream<Uint8Array<ArrayBuffer>>,
    callbacks: UnreadCallbacks,
  ) => () => void;
}
