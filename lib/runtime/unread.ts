/**
 * Streams of which nobody has read yet: who their reader is, or that there is none.
 *
 * @module
 */

import { clearTimeout, setTimeout } from "node:timers";
import type { UnreadCallbacks } from "../ports/coder.ts";

type Bytes = Uint8Array<ArrayBuffer>;

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
