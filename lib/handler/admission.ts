/**
 * How many requests are answered at a time. A runtime tells nothing of its connections, so
 * what is counted is exchanges: from the request to the last byte of its answer.
 *
 * @module
 */

import { SMALL_BYTES } from "../files/open.ts";
import { createSemaphore } from "../http/semaphore.ts";
import { bytesOf, type Content } from "../ports/content.ts";
import type { Peer, PeerFinder } from "../ports/exchange.ts";
import type { Awaitable } from "../ports/files.ts";
import { completionOf } from "./client.ts";

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

/** How many answers with a large file in memory are on their way at most. */
const LARGE_ANSWERS = 32;

/** Admits content in memory: whether it may be sent, until it has left. */
export type AdmitContent = (
  content: Content | undefined,
  peer: PeerFinder,
) => boolean;

/**
 * Makes what bounds how much memory slow readers hold: the cache may have evicted a large file that
 * they are sent, and each takes as long as it likes. Where nobody tells when an answer has left, none
 * is admitted; it is read from the disk.
 */
export function createAdmitContent(): AdmitContent {
  const enter = createSemaphore(LARGE_ANSWERS);
  return (content, peer) => {
    const { length = 0 } = bytesOf(content) ?? {};
    if (length <= SMALL_BYTES) return true;
    const completed = completionOf(peer());
    const leave = completed && enter();
    if (leave === undefined) return false;
    completed?.then(leave, leave);
    return true;
  };
}

/** Settles when an answer has left or is not wanted any more; what the runtime tells of the peer is the truth. */
export function untilComplete(
  peer: Peer,
  content: Content | undefined,
): Awaitable<void> {
  const completed = completionOf(peer);
  const isAtOnce = content === undefined || bytesOf(content) !== undefined;
  if (completed === undefined && isAtOnce) return;
  return (completed ?? content?.ended)?.catch(() => {});
}
