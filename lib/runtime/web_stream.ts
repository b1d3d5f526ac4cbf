/**
 * Web streams of streams of Node.js, by hand: `Duplex.toWeb` does not hold back on Deno,
 * where the whole of a file would be coded into memory for a client that reads slowly.
 *
 * @module
 */

import type { Readable, Writable } from "node:stream";

type Bytes = Uint8Array<ArrayBuffer>;

/** What became of a stream that was closed before its end. */
const CUT = "The stream was closed before its end";

/**
 * What a stream of Node.js gives, as fast as it is taken.
 *
 * @param stream The stream.
 * @returns The same.
 */
export function toReadable(stream: Readable): ReadableStream<Bytes> {
  let settled = false;
  const settle = (action: () => void): void => {
    if (!settled) action();
    settled = true;
  };
  return new ReadableStream<Bytes>({
    start(controller) {
      stream.on("data", (chunk: Uint8Array) => {
        // Before the chunk is handed out: whoever takes it may pull again at once.
        stream.pause();
        if (!settled) controller.enqueue(new Uint8Array(chunk));
      });
      stream.on("end", () => settle(() => controller.close()));
      stream.on("error", (error) => settle(() => controller.error(error)));
      stream.on("close", () => settle(() => controller.error(new Error(CUT))));
      stream.pause();
    },
    pull() {
      stream.resume();
    },
    cancel() {
      settle(() => {});
      stream.destroy();
    },
  }, { highWaterMark: 0 });
}

/**
 * What a stream of Node.js takes, as fast as it takes it.
 *
 * @param stream The stream.
 * @returns The same; a write fails when nobody reads any more.
 */
export function toWritable(stream: Writable): WritableStream<Bytes> {
  return new WritableStream<Bytes>({
    write: (chunk) => write(stream, chunk),
    close: () => void stream.end(),
    abort: (reason) => void stream.destroy(reason),
  });
}

/** Settles when there is room for more, or nobody wants it. */
function write(stream: Writable, chunk: Bytes): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const settle = () => {
    stream.off("drain", settle);
    stream.off("close", settle);
    if (stream.destroyed) reject(new Error("Nobody wants the rest"));
    else resolve();
  };
  if (stream.destroyed || stream.write(chunk)) settle();
  else stream.on("drain", settle).on("close", settle);
  return promise;
}
