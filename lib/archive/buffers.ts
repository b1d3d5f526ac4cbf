/**
 * Memory for what is read, which is used again where its reader has sent each chunk when it asks for
 * the next. On Node.js new memory for each chunk took four times the processor's time (measured).
 *
 * @module
 */

import { type Bytes, release } from "../ports/content.ts";

export interface Buffers {
  /** A buffer, whose bytes are anything. */
  readonly take: () => Bytes;
  /** Gives memory back that nobody else has seen; it may be of somebody else. */
  readonly giveBack: (chunk: Bytes) => void;
  /** Gives memory back that was sent. */
  readonly giveBackSent: (chunk: Bytes) => void;
}

const BUFFER_BYTES = 262_144;

/** What becomes of a chunk when its reader asks for the next: the reader keeps it, or its memory is given back, or used again. */
export type AfterChunk = "kept" | "released" | "reused";

export function createBuffers(afterChunk: () => AfterChunk): Buffers {
  const own = new Set<ArrayBuffer>();
  const free: ArrayBuffer[] = [];
  const giveBack = ({ buffer }: Bytes) => {
    if (own.has(buffer)) free.push(buffer);
    else release({ buffer });
  };
  return {
    take: () => {
      const buffer = free.pop() ?? new ArrayBuffer(BUFFER_BYTES);
      own.add(buffer);
      return new Uint8Array(buffer);
    },
    giveBack,
    giveBackSent: (chunk) => {
      const after = afterChunk();
      if (after === "reused") return giveBack(chunk);
      own.delete(chunk.buffer);
      if (after === "released") release(chunk);
    },
  };
}
