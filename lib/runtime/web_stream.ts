/**
 * Web streams of streams of Node.js, by hand: `Duplex.toWeb` does not hold back on Deno,
 * where the whole of a file would be coded into memory for a client that reads slowly.
 *
 * Streams of which nobody has read yet: who their reader is, or that there is none.
 *
 * @module
 */

import type { Readable, Writable } from "node:stream";
import { clearTimeout, setTimeout } from "node:timers";
import type { UnreadCallbacks } from "../ports/content.ts";

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

/** How long a stream keeps what it holds for its first reader, in milliseconds. */
const IDLE_MS = 1000;

/** The streams, for a second at most, and how to tell them that their reader keeps nothing. */
const unread = new Map<ReadableStream, () => void>();

/**
 * Watches a stream until somebody reads it. In a program that embeds the handler, nobody may
 * ever read an answer: what waits for its reader is then given back, and kept by nothing here.
 *
 * @param stream The stream.
 * @param callbacks What to tell it; at most one of them is called after the other.
 * @returns What ends the watching, to be called when the stream is read, or ends; a second time
 * does nothing.
 */
export function watchUnread(
  stream: ReadableStream<Bytes>,
  { keptNothing, idle }: UnreadCallbacks,
): () => void {
  const rest = () => {
    unread.delete(stream);
    idle();
  };
  const timer = setTimeout(rest, IDLE_MS).unref();
  unread.set(stream, keptNothing);
  return () => {
    clearTimeout(timer);
    unread.delete(stream);
  };
}

/**
 * Tells a stream that whoever reads it keeps no chunk when they ask for the next, as the
 * runtime's server does. The memory of each is then given back at once: otherwise the
 * collector leaves up to 64 MiB of chunks that were sent (measured).
 *
 * @param response An answer that goes to the runtime's server, and nowhere else.
 * @returns The same.
 */
export function keepNothing(response: Response): Response {
  // Deno makes a stream of content that is none when it is looked at.
  if (unread.size > 0 && response.body !== null) unread.get(response.body)?.();
  return response;
}
