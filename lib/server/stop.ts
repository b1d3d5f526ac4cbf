/**
 * The end: no answer that was begun is lost, and nobody waits for ever.
 *
 * @module
 */

import type { Runtime } from "../ports.ts";
import { drainSockets, type Listening } from "./open.ts";

/** How long answers may take after the first signal, in milliseconds. */
const GRACE_MS = 10_000;
/** How long the log may take after the last answer, in milliseconds: Bun is asked every 25. */
const LOG_MS = 40;

/** The first request to stop, and the second. */
export interface StopSignals {
  /** Settles when the program is to stop. */
  readonly first: Promise<void>;
  /** Settles when it is to stop at once. */
  readonly second: Promise<void>;
}

/**
 * Listens for Ctrl-C and requests to terminate: before anybody is told that the server
 * is there, because they may send one at once.
 *
 * @param runtime The runtime.
 * @returns The signals.
 */
export function stopSignals({ onStop }: Runtime): StopSignals {
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  const left = [first, second];
  onStop(() => left.shift()?.resolve());
  return { first: first.promise, second: second.promise };
}

/**
 * Waits for the first signal, then for the answers in flight, for ten seconds or until
 * the second signal.
 *
 * @param listening The sockets.
 * @param signals The signals.
 * @param runtime The runtime.
 */
export async function untilStopped(
  listening: Listening,
  { first, second }: StopSignals,
  { print }: Runtime,
): Promise<void> {
  await first;
  print("\nKeyboard interrupt received, exiting.\n");
  const grace = Promise.withResolvers<void>();
  const timer = setTimeout(grace.resolve, GRACE_MS);
  await Promise.race([drainAll(listening), second, grace.promise]);
  clearTimeout(timer);
}

/**
 * Accepts no more, and waits for the answers in flight and for the log, which hears of an
 * answer a moment after the socket.
 *
 * @param listening The sockets.
 */
export async function drainAll({ listeners }: Listening): Promise<void> {
  await drainSockets(listeners);
  await new Promise((resolve) => setTimeout(resolve, LOG_MS));
}
