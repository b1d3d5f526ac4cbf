/**
 * Pieces of an open file, one chunk after the other.
 *
 * @module
 */

import * as fs from "node:fs";
import { eventError, SHRUNK } from "../ports/content.ts";
import type { Piece } from "../ports/ports.ts";

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
