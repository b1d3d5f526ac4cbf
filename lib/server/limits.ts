/**
 * What connections may take.
 *
 * @module
 */

import { createSemaphore } from "../http/semaphore.ts";
import type { ConnectionLimits } from "../ports/sockets.ts";

/**
 * What the connections of a server may take. Bun and Node.js keep these limits; Deno tells of no
 * connection, and keeps none.
 */
export interface LimitOptions {
  /**
   * How long the head of a request may take, in milliseconds, and before it the TLS handshake (on
   * Bun 12 s at most); then the client gets a 408, and the connection is closed. 0 for any time.
   *
   * @default {30_000}
   */
  readonly headerTimeout?: number | undefined;
  /**
   * How long a connection may wait for its next request, in milliseconds; then it is closed, up to
   * a second later. 0 for any time.
   *
   * @default {75_000}
   */
  readonly idleTimeout?: number | undefined;
  /**
   * How long no byte may move, in milliseconds, while a client is to read an answer or to send the
   * content of its request; then the connection is closed, up to a second later. 0 for any time.
   * What the system holds for a client that reads slowly, moves in portions of up to 1.5 MiB.
   *
   * @default {300_000}
   */
  readonly stallTimeout?: number | undefined;
  /**
   * How many requests a connection may carry: the last answer closes it.
   *
   * @default {"any number"}
   */
  readonly maxRequests?: number | undefined;
  /**
   * How many connections there may be at a time. The next one takes the place of the one on which
   * nothing has been asked for the longest time; where something is asked on all, it is answered 503 with
   * Retry-After, and closed.
   *
   * @default {"any number"}
   */
  readonly maxConnections?: number | undefined;
}

/** More than the 20 to 60 s that clients in a hurry take, and less than an attack needs. */
const HEADER_TIMEOUT_MS = 30_000;
/** More than the 60 s for which proxies keep theirs: they must not send a request that comes too late. */
const IDLE_TIMEOUT_MS = 75_000;
/** Slower than 5 KiB a second is a client that does not read. */
const STALL_TIMEOUT_MS = 300_000;

/** Limits with their defaults. Connections that are counted together are of the same limits. */
export function toConnectionLimits(
  {
    headerTimeout = HEADER_TIMEOUT_MS,
    idleTimeout = IDLE_TIMEOUT_MS,
    stallTimeout = STALL_TIMEOUT_MS,
    maxRequests = 0,
    maxConnections,
  }: LimitOptions,
): ConnectionLimits {
  const enter = maxConnections === undefined
    ? undefined
    : createSemaphore(maxConnections);
  return { headerTimeout, idleTimeout, stallTimeout, maxRequests, enter };
}
