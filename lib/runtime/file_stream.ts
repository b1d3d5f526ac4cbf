/**
 * The content and the digest of an open file, chunk by chunk.
 *
 * @module
 */

import * as fs from "node:fs";
import {
  type Bytes,
  type Coder,
  type Content,
  type ContentReader,
  countedContent,
  eventError,
  isShrunk,
  type Piece,
  pieceLength,
  type Pieces,
  piecesLength,
  release,
  SHRUNK,
  type StreamContent,
} from "../ports/content.ts";
import type { Demand } from "../ports/files.ts";
import { type Deferred, deferred } from "../ports/timers.ts";
import { builtin } from "./system.ts";
import { whenIdle } from "./unread.ts";
import { createIsFast, LARGE_CHUNK_BYTES } from "./pace.ts";

/** A file that is open, or may be opened again. */
export interface FileHandle {
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

/** Up to this length a file is sent in large chunks: the sockets hold most of it. */
const SHORT_BYTES = 1_048_576;
/** Its chunks. One of 1 MiB is hardly faster, and the log would know of nothing in between. */
const SHORT_CHUNK_BYTES = 524_288;
/**
 * Of a long file a slow reader holds four chunks: one is being written, two wait (Deno's queue takes
 * 64 KiB), one was read. Read synchronously they take less time than those of 64 KiB through the pool.
 */
const CHUNK_BYTES = 32_768;
/** Those of a disk that takes its time: they go through the pool, and each costs a turn and a wait. */
const POOLED_CHUNK_BYTES = 65_536;
/** A chunk that is in memory comes in less time, in milliseconds (measured: 0.1 for a large one). */
const AT_HAND_MS = 0.5;
/** What is digested in one turn when a request awaits it: a turn takes 1 ms at least. */
const AWAITED_CHUNK_BYTES = 1_048_576;

/**
 * Content of pieces, with back-pressure; it closes the file. When the file ends early the stream
 * fails, which cuts the connection: the client must not take a part for the whole (RFC 9112 §8).
 * With `watchUnread`, a file that can be reopened is closed while it waits for its first reader.
 */
export function streamPieces(
  file: FileHandle,
  pieces: Pieces,
  watchUnread?: Coder["watchUnread"],
): StreamContent {
  const total = piecesLength(pieces);
  const taken = () => content.taken(false);
  const chunks = total <= SHORT_BYTES
    ? readPieces(file, pieces, readSync, () => SHORT_CHUNK_BYTES)
    : readLong(file, pieces, taken);
  let last: Bytes | undefined;
  let isTransferable = false;
  let reading: Promise<unknown> = Promise.resolve();
  const close = () => {
    unwatch?.();
    file.close();
  };
  const next = async () => {
    unwatch?.();
    if (isTransferable && last !== undefined) release(last);
    last = undefined;
    try {
      file.reopen?.();
      last = (await chunks.next()).value;
    } catch (error) {
      close();
      throw error;
    }
    if (last === undefined) close();
    return { value: last };
  };
  const content = countedContent({
    next: () => reading = next(),
    cancel: async () => {
      // A descriptor must not be closed under a read: its number may be another file's by then.
      await Promise.allSettled([reading]);
      close();
    },
  });
  const keepNothing = () => void (isTransferable = true);
  const unwatch = watchUnread?.(content.body, {
    keptNothing: keepNothing,
    idle: file.reopen === undefined ? () => {} : file.close,
  });
  // Deno also cancels a stream of which it has taken everything.
  const unwanted = () => content.unwanted() && taken() < total;
  return { ...content, unwanted, keepNothing };
}

/** Content that can be read synchronously. */
export type ReadableContent = Content & Required<Pick<Content, "reader">>;

/**
 * Content of pieces that its reader takes synchronously, or as a stream, which is made when it is
 * asked for: on Node.js 20 that takes 20 µs (measured). The file is closed at the last byte.
 */
export function readablePieces(
  file: FileHandle,
  pieces: Pieces,
  watchUnread: Coder["watchUnread"],
): ReadableContent {
  const end = deferred<void>();
  end.promise.catch(() => {}); // what logs it has a handler of its own
  const stopWaiting = whenIdle(
    file.reopen === undefined ? () => {} : file.close,
  );
  const reader = createReader(file, pieces, end, stopWaiting);
  let stream: StreamContent | undefined;
  return {
    get body() {
      if (stream !== undefined) return stream.body;
      stopWaiting();
      stream = streamPieces(file, pieces, watchUnread);
      stream.ended.then(end.resolve, end.reject);
      return stream.body;
    },
    reader,
    taken: () => stream?.taken(false) ?? reader.taken(),
    ended: end.promise,
    unwanted: () => stream?.unwanted() ?? reader.unwanted(),
    keepNothing: () => stream?.keepNothing?.(),
  };
}

/** What reads pieces, and knows how many bytes were read. */
interface PiecesReader extends ContentReader {
  readonly taken: () => number;
  readonly unwanted: () => boolean;
}

/** Reads pieces; it settles `end`, and closes the file with it. */
function createReader(
  file: FileHandle,
  pieces: Pieces,
  end: Deferred<void>,
  stopWaiting: () => void,
): PiecesReader {
  const total = piecesLength(pieces);
  const fill = createFill(file, pieces);
  let taken = 0;
  let isOver = false;
  let isUnwanted = false;
  const close = () => {
    stopWaiting();
    isOver = true;
    file.close();
    end.resolve(); // without effect behind a failure
  };
  const read = (buffer: Bytes): number => {
    if (isOver) return 0;
    stopWaiting();
    try {
      file.reopen?.();
      const count = fill(buffer);
      taken += count;
      if (taken === total) close();
      return count;
    } catch (error) {
      end.reject(error);
      close();
      throw error;
    }
  };
  return {
    read,
    close: () => {
      isUnwanted ||= !isOver;
      close();
    },
    taken: () => taken,
    unwanted: () => isUnwanted,
  };
}

/** Makes a function that fills buffers with pieces in a row; it gives the number of bytes, 0 behind the last. */
function createFill(
  file: FileHandle,
  pieces: Pieces,
): (buffer: Bytes) => number {
  const others = pieces[Symbol.iterator]();
  let piece: Piece = new Uint8Array();
  let taken = 0;
  const advance = (): boolean => {
    const { value, done } = others.next();
    if (done === true) return false;
    piece = value;
    taken = 0;
    return true;
  };
  return (buffer) => {
    let filled = 0;
    while (filled < buffer.length) {
      const left = pieceLength(piece) - taken;
      if (left === 0) {
        if (advance()) continue;
        break;
      }
      const target = buffer.subarray(filled, filled + left);
      const count = take(file, piece, taken, target);
      taken += count;
      filled += count;
    }
    return filled;
  };
}

/** Fills a target with the bytes of a piece from a position on; the number of bytes. */
function take(
  file: FileHandle,
  piece: Piece,
  from: number,
  target: Bytes,
): number {
  if (!(piece instanceof Uint8Array)) {
    return readSync(file, target, piece.start + from).length;
  }
  target.set(piece.subarray(from, from + target.length));
  return target.length;
}

/**
 * Chunks of a long file; for a client that is fast they are large. They are read synchronously: a turn of
 * the pool of threads takes longer than what is in memory. When they take longer than from memory, on
 * average, others do not wait for them any more.
 */
function readLong(
  file: FileHandle,
  pieces: Pieces,
  taken: () => number,
): AsyncGenerator<Bytes, undefined> {
  const isFast = createIsFast();
  const most = 8 * AT_HAND_MS; // a single read may be late
  let allowed = most;
  const read: Read = (...parameters) => {
    if (allowed < 0) return readAsync(...parameters);
    const start = performance.now();
    const chunk = readSync(...parameters);
    allowed = Math.min(
      most,
      allowed + AT_HAND_MS - (performance.now() - start),
    );
    return chunk;
  };
  const nextLength = () => {
    if (isFast(taken())) return LARGE_CHUNK_BYTES;
    return allowed < 0 ? POOLED_CHUNK_BYTES : CHUNK_BYTES;
  };
  return readPieces(file, pieces, read, nextLength);
}

/**
 * The digest of a whole file, which stays open; `undefined` when it has become shorter, or there
 * is no demand, which is asked at each chunk. Each chunk is digested in a turn of its own: reads
 * alone let no other request in on Deno (40 digests made others wait 0.8 s, measured).
 */
export async function digestFile(
  file: FileHandle & { readonly stat: { readonly size: number } },
  algorithm: "sha-256" | "sha-512",
  nextTurn: Coder["nextTurn"],
  demand: () => Demand = () => "awaited",
): Promise<Uint8Array | undefined> {
  const hash = builtin("node:crypto").createHash(algorithm.replace("-", ""));
  const { size } = file.stat;
  const pieces = size === 0 ? [] : [{ start: 0, end: size - 1 }];
  let wanted = demand();
  const chunks = readPieces(
    file,
    pieces,
    readAsync,
    () => wanted === "beside" ? LARGE_CHUNK_BYTES : AWAITED_CHUNK_BYTES,
  );
  try {
    for (;; wanted = demand()) {
      if (wanted === "none") return undefined;
      const [{ value: chunk }] = await Promise.all([
        chunks.next(),
        wanted === "beside" ? idleTurn() : nextTurn(),
      ]);
      if (chunk === undefined) return new Uint8Array(hash.digest());
      hash.update(chunk);
      release(chunk); // the collector would leave many
    }
  } catch (error) {
    if (isShrunk(error)) return undefined;
    throw error;
  }
}

/** Another turn, behind all other work; it does not keep the process alive. */
function idleTurn(): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, 0).unref());
}

/** Reads at a position: at least one byte, or the file has become shorter. */
type Read = (
  file: FileHandle,
  buffer: Bytes,
  position: number,
) => Bytes | Promise<Bytes>;

/**
 * Reads pieces chunk by chunk, one at a time. A piece that is in memory is a chunk, whatever its
 * length. It throws when the file has become shorter, or is closed.
 */
async function* readPieces(
  file: FileHandle,
  pieces: Pieces,
  read: Read,
  chunkBytes: () => number,
): AsyncGenerator<Bytes, undefined> {
  for (const piece of pieces) {
    if (piece instanceof Uint8Array) {
      yield piece.slice(); // its reader may transfer it
      continue;
    }
    for (let at = piece.start; at <= piece.end;) {
      // A number that was closed may be another file's.
      if (!file.isOpen()) throw new Error(`"${file.path}" was closed early`);
      const length = Math.min(chunkBytes(), piece.end + 1 - at);
      const chunk = await read(file, new Uint8Array(length), at);
      at += chunk.length; // before the chunk is transferred
      yield chunk;
    }
  }
}

/** Blocks everything else while the disk works. */
function readSync(
  { descriptor, path }: FileHandle,
  buffer: Bytes,
  position: number,
): Bytes {
  const count = fs.readSync(descriptor, buffer, 0, buffer.length, position);
  if (count === 0) throw shrunk(path);
  return buffer.subarray(0, count);
}

/** On another thread. */
function readAsync(
  { descriptor, path }: FileHandle,
  buffer: Bytes,
  position: number,
): Promise<Bytes> {
  const { promise, resolve, reject } = deferred<Bytes>();
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
