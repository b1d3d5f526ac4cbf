/**
 * Streams that were not read yet: whether the runtime's server is their reader, or there is none.
 *
 * @module
 */

import { clearTimeout, setTimeout } from "node:timers";
import type { Coder } from "../ports/content.ts";

/** How long a stream holds what it has open for its first reader, in milliseconds. */
const IDLE_MS = 1000;

/** The streams of a runtime that were not read yet. */
export interface UnreadStreams {
  /** See `Coder.watchUnread`; at most one of the callbacks is called after the other. */
  readonly watch: Coder["watchUnread"];
  /**
   * Reports to its stream that an answer goes to the runtime's server, which is done with each
   * chunk when it asks for the next. The memory of each is then given back at once: otherwise
   * the collector leaves up to 64 MiB of chunks that were sent (measured). Returns the answer.
   */
  readonly keepNothing: (response: Response) => Response;
}

/** Calls back after that time, unless what it gives is called before; it keeps no process alive. */
export function whenIdle(callback: () => void): () => void {
  const timer = setTimeout(callback, IDLE_MS).unref();
  return () => clearTimeout(timer);
}

/**
 * Makes an empty set of streams. In a program that embeds the handler, an answer may never be
 * read: after a second its stream gives back what it has open, and the set forgets it.
 */
export function createUnreadStreams(): UnreadStreams {
  const unread = new Map<ReadableStream, () => void>();
  return {
    watch: (stream, { keptNothing, idle }) => {
      const stop = whenIdle(() => {
        unread.delete(stream);
        idle();
      });
      unread.set(stream, keptNothing);
      return () => {
        stop();
        unread.delete(stream);
      };
    },
    keepNothing: (response) => {
      // Deno makes a stream of content that is none when the property is read.
      if (unread.size > 0 && response.body !== null) {
        unread.get(response.body)?.();
      }
      return response;
    },
  };
}
