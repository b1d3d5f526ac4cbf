/**
 * Pieces of an open file as a stream that is read as fast as it is taken.
 *
 * Pieces of an open file, one chunk after the other.
 *
 * @module
 */

import * as fs from "node:fs";
import {
  type Content,
  eventError,
  isShrunk,
  type Piece,
  piecesLength,
  SHRUNK,
} from "../ports/content.ts";
import type { Demand } from "../ports/files.ts";
import { builtin } from "./system.ts";
import { watchUnread } from "./web_stream.ts";

/**
 * Up to this length a file is read synchronously: through the pool of threads it took twice
 * the processor's time (measured), and the sockets hold most of it.
 */
const SHORT_BYTES = 1_048_576;
/** Its chunks. One of 1 MiB is hardly faster, and the log would know of nothing in between. */
const SHORT_CHUNK_BYTES = 524_288;
/** A slow reader holds three chunks: one is being written, one waits, one was read. */
const CHUNK_BYTES = 65_536;
/** With these, clients that take everything at once get half as much again (measured). */
const LARGE_CHUNK_BYTES = 262_144;
/** What is digested in one turn when somebody waits: a turn takes 1 ms at least. */
const AWAITED_CHUNK_BYTES = 1_048_576;
/** More than the sockets of both sides hold: what goes beyond, the client has taken. */
const HELD_BYTES = 8_388_608;
/**
 * Whoever takes so many bytes a millisecond (16 MiB a second) gets large chunks: there are
 * never more of those than the machine can serve so fast.
 */
const FAST_BYTES_PER_MS = 16_777;

/**
 * Streams pieces. When the file ends early the stream fails, which cuts the connection:
 * the client must not take a part for the whole (RFC 9112 §8).
 *
 * @param file The open file; it is closed at the end.
 * @param pieces The bytes to send.
 * @returns The content.
 */
export function streamPieces(
  file: Opened,
  pieces: readonly Piece[],
): Content {
  const { ended, resolve, reject } = createEnd();
  const total = piecesLength(pieces);
  const next = createReader(file, pieces, total <= SHORT_BYTES);
  let last: Bytes | undefined;
  let isKept = true;
  let taken = 0;
  let reading = false;
  let cancelled = false;
  const finish = (settle: () => void) => {
    forget();
    file.close();
    settle();
  };
  const release = () => {
    if (!isKept && last && !pieces.includes(last)) last.buffer.transfer(0);
    last = undefined;
  };
  const body = new ReadableStream<Bytes>({
    async pull(controller) {
      forget();
      release();
      try {
        reading = true;
        const chunk = next(taken);
        last = chunk instanceof Promise ? await chunk : chunk;
        reading = false;
      } catch (error) {
        reading = false;
        if (cancelled) return finish(resolve);
        finish(() => reject(error));
        return controller.error(error);
      }
      // A descriptor must not be closed under a read: its number may be another file's by then.
      if (cancelled) return finish(resolve);
      if (last === undefined) {
        finish(resolve);
        return controller.close();
      }
      taken += last.length;
      controller.enqueue(last);
    },
    cancel() {
      cancelled = true;
      if (!reading) finish(resolve);
    },
  }, { highWaterMark: 0 });
  const keepNothing = () => void (isKept = false);
  const idle = closeIdle(file);
  const forget = watchUnread(body, { keptNothing: keepNothing, idle });
  // Deno also cancels what it has all of.
  const unwanted = () => cancelled && taken < total;
  return { body, ended, taken: () => taken, unwanted, keepNothing };
}

/** Reads the next chunk, when so many bytes were taken. */
function createReader(
  file: Opened,
  pieces: readonly Piece[],
  isShort: boolean,
): (taken: number) => ReturnType<NextChunk> {
  const next = createNextChunk(file, pieces, isShort ? readNow : readLater);
  const lengthOf = isShort ? () => SHORT_CHUNK_BYTES : createPace();
  return (taken) => {
    file.reopen?.();
    return next(lengthOf(taken));
  };
}

function createEnd(): {
  ended: Promise<void>;
  resolve: () => void;
  reject: (error: unknown) => void;
} {
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  ended.catch(() => {}); // whoever logs it has a handler of their own
  return { ended, resolve, reject };
}

/** Who reads later has the file opened anew; what cannot be opened again stays open. */
function closeIdle({ reopen, close }: Opened): () => void {
  return reopen === undefined ? () => {} : close;
}

/** How long the next chunk is to be, when so many bytes were taken. */
function createPace(): (taken: number) => number {
  const start = performance.now();
  return (taken) =>
    taken > HELD_BYTES &&
      taken > (performance.now() - start) * FAST_BYTES_PER_MS
      ? LARGE_CHUNK_BYTES
      : CHUNK_BYTES;
}

/**
 * The digest of a whole file. Each chunk is digested in a turn of its own: reads alone let
 * nobody in on Deno (40 digests made others wait 0.8 s, measured).
 *
 * @param file The open file, with its size; it stays open.
 * @param algorithm The algorithm.
 * @param nextTurn Settles in another turn of the event loop.
 * @param demand Who wants the rest, asked at each chunk. What is made beside does not keep
 * the program from ending.
 * @returns The digest, or `undefined` when the file has become shorter, or nobody wants it.
 */
export async function digestFile(
  file: Opened & { readonly stat: { readonly size: number } },
  algorithm: "sha-256" | "sha-512",
  nextTurn: () => Promise<void>,
  demand: () => Demand = () => "awaited",
): Promise<Uint8Array | undefined> {
  const hash = builtin("node:crypto").createHash(algorithm.replace("-", ""));
  const { size } = file.stat;
  const pieces = size === 0 ? [] : [{ start: 0, end: size - 1 }];
  const next = createNextChunk(file, pieces, readLater);
  try {
    for (;;) {
      const wanted = demand();
      if (wanted === "none") return undefined;
      const [chunk] = await Promise.all(
        wanted === "beside"
          ? [next(LARGE_CHUNK_BYTES), idleTurn()]
          : [next(AWAITED_CHUNK_BYTES), nextTurn()],
      );
      if (chunk === undefined) return new Uint8Array(hash.digest());
      hash.update(chunk);
      chunk.buffer.transfer(0); // the collector would leave many
    }
  } catch (error) {
    if (isShrunk(error)) return undefined;
    throw error;
  }
}

/** Everything else comes first; when there is nothing else, the program may end. */
function idleTurn(): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, 0).unref());
}

/** A file that is open: its descriptor, its path, and the means to close it. */
export interface Opened {
  /** The descriptor. */
  readonly descriptor: number;
  /** The real path. */
  readonly path: string;
  /** Whether the descriptor is still this file's. */
  readonly isOpen: () => boolean;
  /** Closes the descriptor; a second time does nothing. */
  readonly close: () => void;
  /** Opens the file again where it was closed; throws when it is not what it was. */
  readonly reopen?: () => void;
}

/** Bytes that can be given away. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** The next chunk, of at most so many bytes of the file; `undefined` behind the last. */
export type NextChunk = (most: number) => Bytes | Promise<Bytes> | undefined;

/** Reads at a position: at least one byte, or the file has become shorter. */
type Read = (
  file: Opened,
  buffer: Bytes,
  position: number,
) => Bytes | Promise<Bytes>;

/**
 * Reads pieces chunk by chunk. A piece that is in memory is a chunk, whatever its length.
 *
 * @param file The open file; it stays open.
 * @param pieces The pieces.
 * @param read How to read: `readNow` or `readLater`.
 * @returns Reads the next chunk; it is called again only when that is there. When the file
 * has become shorter, or is closed, it throws or rejects.
 */
export function createNextChunk(
  file: Opened,
  pieces: readonly Piece[],
  read: Read,
): NextChunk {
  let index = 0;
  let done = 0; // bytes of the piece that is being read
  const advance = (chunk: Bytes, length: number): Bytes => {
    done += chunk.length;
    if (done < length) return chunk;
    index++;
    done = 0;
    return chunk;
  };
  return (most) => {
    const piece = pieces[index];
    if (piece === undefined) return undefined;
    if (piece instanceof Uint8Array) return advance(piece, piece.length);
    const length = piece.end + 1 - piece.start;
    // A number that was closed may be another file's.
    if (!file.isOpen()) throw new Error(`"${file.path}" was closed early`);
    const buffer = new Uint8Array(Math.min(most, length - done));
    const chunk = read(file, buffer, piece.start + done);
    return chunk instanceof Promise
      ? chunk.then((chunk) => advance(chunk, length))
      : advance(chunk, length);
  };
}

/**
 * Reads at once. While the disk is looked at nothing else happens.
 *
 * @param file The open file.
 * @param buffer Where the bytes go.
 * @param position Where they are in the file.
 * @returns What was read, at least one byte.
 */
export function readNow(
  { descriptor, path }: Opened,
  buffer: Bytes,
  position: number,
): Bytes {
  const count = fs.readSync(descriptor, buffer, 0, buffer.length, position);
  if (count === 0) throw shrunk(path);
  return buffer.subarray(0, count);
}

/**
 * Reads on another thread.
 *
 * @param file The open file.
 * @param buffer Where the bytes go.
 * @param position Where they are in the file.
 * @returns What was read, at least one byte.
 */
export function readLater(
  { descriptor, path }: Opened,
  buffer: Bytes,
  position: number,
): Promise<Bytes> {
  const { promise, resolve, reject } = Promise.withResolvers<Bytes>();
  fs.read(descriptor, buffer, 0, buffer.length, position, (error, count) => {
    if (error !== null) reject(error);
    else if (count > 0) resolve(buffer.subarray(0, count));
    else reject(shrunk(path));
  });
  return promise;
}

/** The error of a file that has become shorter. */
export function shrunk(path: string): Error {
  return eventError(SHRUNK, `"${path}" became shorter while it was read`);
}
