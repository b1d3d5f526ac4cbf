/**
 * The end: no answer that was begun is lost, and nobody waits for ever.
 *
 * @module
 */

import type { Runtime, StopSignal } from "../ports/runtime.ts";
import { drainSockets, type Listening } from "./listeners.ts";

/** How long answers may take after the first signal, in milliseconds. */
const GRACE_MS = 10_000;
/** How long the log may take after the last answer, in milliseconds: Bun is asked every 25. */
const LOG_MS = 40;

/** What `http.server` says to Ctrl-C; to SIGTERM it says nothing. */
const STOP_WORDS: Readonly<Record<StopSignal, string>> = {
  SIGINT: "Keyboard interrupt",
  SIGTERM: "SIGTERM",
};

/** The first request to stop, and the second. */
export interface StopSignals {
  /** Settles when the program is to stop. */
  readonly first: Promise<StopSignal>;
  /** Settles when it is to stop at once. */
  readonly second: Promise<StopSignal>;
}

/**
 * Listens for Ctrl-C and requests to terminate: before anybody is told that the server
 * is there, because they may send one at once.
 *
 * @param runtime The runtime.
 * @returns The signals.
 */
export function stopSignals({ onStop }: Runtime): StopSignals {
  const first = Promise.withResolvers<StopSignal>();
  const second = Promise.withResolvers<StopSignal>();
  const left = [first, second];
  onStop((signal) => left.shift()?.resolve(signal));
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
  const signal = await first;
  print(`\n${STOP_WORDS[signal]} received, exiting.\n`);
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
