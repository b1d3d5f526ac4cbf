/**
 * How many requests are answered at a time. A runtime tells nothing of its connections, so
 * what is counted is exchanges: from the request to the last byte of its answer.
 *
 * @module
 */

import { createSemaphore } from "../http/semaphore.ts";
import { bytesOf, type Content } from "../ports/content.ts";
import type { Peer } from "../ports/exchange.ts";
import type { Awaitable } from "../ports/files.ts";

/** Admits a request, and returns what is to be called when its answer is complete; `undefined` when there are too many. */
export type Admit = (peer: Peer) => (() => void) | undefined;

/** Makes what admits requests; `isShared` when the runtime counts those of other handlers, too. */
export function createAdmit(
  most: number | undefined,
  isShared = false,
): Admit | undefined {
  if (most === undefined) return undefined;
  const enter = createSemaphore(most);
  // Only Bun knows when a file that it sends itself has left; but it counts the requests of all handlers.
  return ({ pending = 0 }) => !isShared && pending > most ? undefined : enter();
}

/** Settles when an answer has left or is not wanted any more; what the runtime tells of the peer is the truth. */
export function untilComplete(
  { completed }: Peer,
  content: Content | undefined,
): Awaitable<void> {
  const isAtOnce = content === undefined || bytesOf(content) !== undefined;
  if (completed === undefined && isAtOnce) return;
  return (completed ?? content?.ended)?.catch(() => {});
}
