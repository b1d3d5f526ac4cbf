/**
 * A span of an open file as a stream that is read as fast as it is taken.
 *
 * @module
 */

import * as fs from "node:fs";
import type { Content, Span } from "../ports.ts";
import type { Opened } from "./disk.ts";

/** Larger chunks are hardly faster (measured), and a thousand slow readers hold one each. */
const CHUNK_BYTES = 65_536;

/**
 * Streams a span. When the file ends early the stream fails, which cuts the connection:
 * the client must not take a part for the whole (RFC 9112 §8).
 *
 * @param file The open file; it is closed at the end.
 * @param span The bytes to send.
 * @returns The content.
 */
export function streamSpan(file: Opened, span: Span): Content {
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  ended.catch(() => {}); // whoever logs it has a handler of their own
  let position = span.start;
  let reading = false;
  let cancelled = false;
  const finish = (settle: () => void) => {
    file.close();
    settle();
  };
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      reading = true;
      const chunk = await read(file, position, span.end).catch((error) =>
        error
      );
      reading = false;
      // A descriptor must not be closed under a read: its number may be another file's by then.
      if (cancelled) return finish(resolve);
      if (chunk instanceof Error) {
        finish(() => reject(chunk));
        return controller.error(chunk);
      }
      position += chunk.length;
      controller.enqueue(chunk);
      if (position <= span.end) return;
      finish(resolve);
      controller.close();
    },
    cancel() {
      cancelled = true;
      if (!reading) finish(resolve);
    },
  }, { highWaterMark: 0 });
  return { body, ended, taken: () => position - span.start };
}

function read(
  { descriptor, path }: Opened,
  position: number,
  end: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const buffer = new Uint8Array(Math.min(CHUNK_BYTES, end + 1 - position));
  const { promise, resolve, reject } = Promise.withResolvers<
    Uint8Array<ArrayBuffer>
  >();
  fs.read(descriptor, buffer, 0, buffer.length, position, (error, count) => {
    if (error !== null) reject(error);
    else if (count === 0) {
      reject(new Error(`"${path}" became shorter while it was sent`));
    } else resolve(buffer.subarray(0, count));
  });
  return promise;
}
