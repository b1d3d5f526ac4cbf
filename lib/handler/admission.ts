/**
 * How many requests are answered at a time. A runtime tells nobody of its connections, so
 * what is counted is exchanges: from the request to the last byte of its answer.
 *
 * @module
 */

import { createSemaphore } from "../http/semaphore.ts";
import type { Content } from "../ports/content.ts";
import type { Peer } from "../ports/exchange.ts";
import type { Awaitable } from "../ports/files.ts";
import { checkedLimit } from "../site/scripts.ts";

/** Lets a request in, and returns what is to be called when its answer is complete; `undefined` when there are too many. */
export type Admit = (peer: Peer) => (() => void) | undefined;

/**
 * Makes what admits requests.
 *
 * @param most How many may be answered at a time; `undefined` for any number.
 * @param isShared Whether the server has other handlers, whose requests the runtime counts, too.
 * @returns What admits them; `undefined` when all are.
 * @throws {RangeError} When it is not a whole number from 1 up.
 */
export function createAdmit(
  most: number | undefined,
  isShared = false,
): Admit | undefined {
  if (most === undefined) return undefined;
  const enter = createSemaphore(checkedLimit("maxConnections", most));
  // Of a file that Bun sends itself only Bun knows when it has left; beside others it counts theirs, too.
  return ({ pending = 0 }) => !isShared && pending > most ? undefined : enter();
}

/**
 * Waits until an answer has left, or nobody wants it any more.
 *
 * @param peer Who asked; what their runtime tells is the truth.
 * @param content The content, which tells it where the runtime does not.
 * @returns Settles then; at once where there is nothing to wait for.
 */
export function untilComplete(
  { completed }: Peer,
  content: Content | undefined,
): Awaitable<void> {
  const isAtOnce = content === undefined || content.body instanceof Uint8Array;
  if (completed === undefined && isAtOnce) return;
  return (completed ?? content?.ended)?.catch(() => {});
}
