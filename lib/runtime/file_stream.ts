/**
 * Pieces of an open file as a stream that is read as fast as it is taken.
 *
 * @module
 */

import * as fs from "node:fs";
import { eventError, isShrunk, SHRUNK } from "../http/content.ts";
import { piecesLength } from "../http/span.ts";
import type { Content, Piece } from "../ports.ts";
import { builtin } from "./builtin.ts";

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
}

type Bytes = Uint8Array<ArrayBuffer>;

/** Larger chunks are hardly faster (measured), and a thousand slow readers hold one each. */
const CHUNK_BYTES = 65_536;

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
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  ended.catch(() => {}); // whoever logs it has a handler of their own
  const chunks = readChunks(file, pieces);
  let taken = 0;
  let reading = false;
  let cancelled = false;
  const finish = (settle: () => void) => {
    file.close();
    settle();
  };
  const body = new ReadableStream<Bytes>({
    async pull(controller) {
      reading = true;
      const next = await chunks.next().catch(toError);
      reading = false;
      // A descriptor must not be closed under a read: its number may be another file's by then.
      if (cancelled) return finish(resolve);
      if (next instanceof Error) {
        finish(() => reject(next));
        return controller.error(next);
      }
      if (next.done) {
        finish(resolve);
        return controller.close();
      }
      taken += next.value.length;
      controller.enqueue(next.value);
    },
    cancel() {
      cancelled = true;
      if (!reading) finish(resolve);
    },
  }, { highWaterMark: 0 });
  // Deno also cancels what it has all of.
  const unwanted = () => cancelled && taken < piecesLength(pieces);
  return { body, ended, taken: () => taken, unwanted };
}

/**
 * The digest of a whole file.
 *
 * @param file The open file; it stays open.
 * @param size Its size in bytes.
 * @param algorithm The algorithm.
 * @returns The digest, or `undefined` when the file has become shorter.
 */
export async function digestFile(
  file: Opened,
  size: number,
  algorithm: "sha-256" | "sha-512",
): Promise<Uint8Array | undefined> {
  const hash = builtin("node:crypto").createHash(algorithm.replace("-", ""));
  const pieces = size === 0 ? [] : [{ start: 0, end: size - 1 }];
  try {
    for await (const chunk of readChunks(file, pieces)) hash.update(chunk);
  } catch (error) {
    if (isShrunk(error)) return undefined;
    throw error;
  }
  return new Uint8Array(hash.digest());
}

async function* readChunks(
  file: Opened,
  pieces: readonly Piece[],
): AsyncGenerator<Bytes, void> {
  for (const piece of pieces) {
    if (piece instanceof Uint8Array) {
      yield piece;
      continue;
    }
    for (let position = piece.start; position <= piece.end;) {
      const chunk = await read(file, position, piece.end);
      position += chunk.length;
      yield chunk;
    }
  }
}

function read(
  { descriptor, path, isOpen }: Opened,
  position: number,
  end: number,
): Promise<Bytes> {
  if (!isOpen()) throw new Error(`"${path}" was closed before it was read`);
  const buffer = new Uint8Array(Math.min(CHUNK_BYTES, end + 1 - position));
  const { promise, resolve, reject } = Promise.withResolvers<Bytes>();
  fs.read(descriptor, buffer, 0, buffer.length, position, (error, count) => {
    if (error !== null) reject(error);
    else if (count > 0) resolve(buffer.subarray(0, count));
    else reject(shrunk(path));
  });
  return promise;
}

function shrunk(path: string): Error {
  return eventError(SHRUNK, `"${path}" became shorter while it was read`);
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
