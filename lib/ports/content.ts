/**
 * Content on its way: bytes in memory, spans of a file, and streams that are counted (RFC 9110 §6.4);
 * and the encoders that code it.
 *
 * @module
 */

/** Bytes that can be transferred. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** The name of the error of a file that became shorter while it was read: an event, and no bug. */
export const SHRUNK = "ShrunkError";

/**
 * Whether an error says that a file became shorter while it was read.
 *
 * @param error What was thrown.
 * @returns Whether it does.
 */
export function isShrunk(error: unknown): boolean {
  return error instanceof Error && error.name === SHRUNK;
}

/** The name of the error of a system that can open nothing more at the moment: an event, and no bug. */
export const EXHAUSTED = "ExhaustedError";

/**
 * Whether an error says that the system can open nothing more at the moment.
 *
 * @param error What was thrown.
 * @returns Whether it does.
 */
export function isExhausted(error: unknown): boolean {
  return error instanceof Error && error.name === EXHAUSTED;
}

/**
 * Makes an error that is an event and no bug: its stack would tell nothing.
 *
 * @param name The name of the error.
 * @param message What happened.
 * @returns The error, without a stack.
 */
export function eventError(name: string, message: string): Error {
  const error = new Error(message);
  error.name = name;
  delete error.stack;
  return error;
}

/**
 * Makes content of bytes.
 *
 * @param bytes The bytes.
 * @returns The content; it is over as soon as it begins.
 */
export function bytesContent(bytes: Uint8Array<ArrayBuffer>): Content {
  return {
    body: bytes,
    taken: (peerLeft) => peerLeft ? 0 : bytes.length,
    ended: DONE,
  };
}

const DONE = Promise.resolve();

/**
 * Puts pieces of bytes together.
 *
 * @param bytes What the spans are of.
 * @param pieces The pieces.
 * @returns Their bytes in a row; where they are all of the bytes, those.
 */
export function joinPieces(
  bytes: Uint8Array<ArrayBuffer>,
  pieces: readonly Piece[],
): Uint8Array<ArrayBuffer> {
  const parts = pieces.map((piece) =>
    piece instanceof Uint8Array
      ? piece
      : bytes.subarray(piece.start, piece.end + 1)
  );
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return first;
  const joined = new Uint8Array(piecesLength(pieces));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/**
 * The body for an answer to HEAD whose length is not known. To one without a body the
 * runtimes add `Content-Length: 0`, which GET would not send (RFC 9110 §8.6). To one with a
 * stream they add no length; it ends when somebody reads it.
 *
 * @returns A stream of nothing.
 */
export function unknownLength(): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    pull: (controller) => controller.close(),
  }, { highWaterMark: 0 });
}

/**
 * Makes content of parts that are made as fast as they are taken; when nobody wants the
 * rest, no more are made.
 *
 * @param parts Makes the parts.
 * @returns The content.
 */
export function generatedContent(parts: AsyncGenerator<Bytes>): Content {
  return countedContent({
    next: () => parts.next(),
    cancel: () => parts.return(undefined),
  });
}

/** Where content comes from, chunk by chunk. */
export interface Chunks {
  /** The next chunk; without a value behind the last. */
  readonly next: () => Promise<
    { readonly value?: Bytes | undefined }
  >;
  /** Called when nobody wants the rest. */
  readonly cancel: (reason: unknown) => Promise<unknown>;
}

/**
 * Makes content of chunks, and counts what is taken of it.
 *
 * @param chunks Where the chunks come from.
 * @returns The content.
 */
export function countedContent(
  { next, cancel }: Chunks,
): Content & { readonly body: ReadableStream<Bytes> } {
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  ended.catch(() => {}); // whoever logs it has a handler of their own
  let taken = 0;
  let isUnwanted = false;
  const body = new ReadableStream<Bytes>({
    async pull(controller) {
      try {
        const { value } = await next();
        if (value === undefined) {
          resolve();
          return controller.close();
        }
        taken += value.length;
        controller.enqueue(value);
      } catch (error) {
        reject(error);
        controller.error(error);
      }
    },
    async cancel(reason) {
      isUnwanted = true;
      resolve();
      await cancel(reason);
    },
  }, { highWaterMark: 0 });
  return { body, taken: () => taken, ended, unwanted: () => isUnwanted };
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
export function piecesLength(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, piece) => sum + pieceLength(piece), 0);
}

/** Bytes from `start` up to and including `end`, both counted from 0. */
export interface Span {
  /** The first byte. */
  readonly start: number;
  /** The last byte. */
  readonly end: number;
}

/** What content is put together from: bytes as they are, and spans of a file. */
export type Piece = Uint8Array<ArrayBuffer> | Span;

/** Content on its way. */
export interface Content {
  /** What a `Response` is made of. */
  readonly body:
    | Uint8Array<ArrayBuffer>
    | ReadableStream<Uint8Array<ArrayBuffer>>
    | Blob;
  /** How many bytes have left, as far as can be known, also when the peer went away. */
  readonly taken: (peerLeft: boolean) => number;
  /** Settles when the last byte was taken or nobody wants the rest; rejects when reading failed. */
  readonly ended: Promise<void>;
  /** Whether there was a rest that nobody wanted; left out where that cannot be known. */
  readonly unwanted?: () => boolean;
  /** To be called by whoever keeps no chunk when they ask for the next: its memory is then given back at once. */
  readonly keepNothing?: () => void;
  /**
   * What kept the runtime from reading all of it, asked once the answer is over; left out where
   * `ended` tells.
   */
  readonly failure?: () => Error | undefined;
  /** Fields that keep the runtime from adding its own, where the reply has none of that name. */
  readonly fields?: ReadonlyArray<readonly [name: string, value: string]>;
}

/** Codes content piece by piece; only one call is open at a time. */
export interface Encoder {
  /** Codes a piece. What comes out may be nothing yet. */
  readonly code: (
    piece: Uint8Array<ArrayBuffer>,
  ) => Promise<Uint8Array<ArrayBuffer>>;
  /** Ends the content: what is left comes out. */
  readonly finish: () => Promise<Uint8Array<ArrayBuffer>>;
  /** Gives the memory back, in the middle too; a second time does nothing. */
  readonly close: () => void;
}

/** What a stream is told of which nobody has read yet. */
export interface UnreadCallbacks {
  /** It goes to a reader that keeps no chunk when it asks for the next. */
  readonly keptNothing: () => void;
  /** Nobody has read of it for a second. It may still be read. */
  readonly idle: () => void;
}

/** Content codings (RFC 9110 §8.4.1). */
export interface Coder {
  /**
   * Begins to code. Content of known size is coded once, and well; other content is coded
   * cheaply, with a window that is bounded: a client can hold the encoder as long as it likes.
   */
  readonly encoder: (
    coding: "br" | "zstd" | "gzip",
    size?: number,
  ) => Encoder;
  /** Settles in another turn of the event loop, when the sockets have been looked at. */
  readonly nextTurn: () => Promise<void>;
  /**
   * Watches a stream until somebody reads it; that keeps no program from ending. Returns what
   * ends the watching; a second time does nothing.
   */
  readonly watchUnread: (
    stream: ReadableStream<Uint8Array<ArrayBuffer>>,
    callbacks: UnreadCallbacks,
  ) => () => void;
}
