/**
 * The end of the program: answers in flight are finished, for a limited time.
 *
 * @module
 */

import type { Runtime, StopSignal } from "../ports/runtime.ts";
import { sleep } from "../ports/timers.ts";
import { drainSockets, type Listening } from "./listeners.ts";

/** How long answers may take after the first signal, in milliseconds. */
const GRACE_MS = 10_000;
/** How long the log may take after the last answer, in milliseconds: Bun is polled every 25. */
const LOG_MS = 40;

/** `http.server` writes the first for Ctrl-C, and nothing for SIGTERM. */
const SIGNAL_NAMES: Readonly<Record<StopSignal, string>> = {
  SIGINT: "Keyboard interrupt",
  SIGTERM: "SIGTERM",
};

/** The signals that end the program. */
export interface StopSignals {
  /** Settles when the program is to stop. */
  readonly first: Promise<StopSignal>;
  /** Settles when it is to stop at once. */
  readonly second: Promise<StopSignal>;
}

/** Waits for signals. To be called before the first line is printed: a signal may follow it at once. */
export function stopSignals({ onStop }: Runtime): StopSignals {
  const first = Promise.withResolvers<StopSignal>();
  const second = Promise.withResolvers<StopSignal>();
  const pending = [first, second];
  onStop((signal) => pending.shift()?.resolve(signal));
  return { first: first.promise, second: second.promise };
}

/** Waits for the first signal, then for the answers in flight, the grace period or the second signal. */
export async function untilStopped(
  listening: Listening,
  { first, second }: StopSignals,
  { print }: Runtime,
): Promise<void> {
  const signal = await first;
  print(`\n${SIGNAL_NAMES[signal]} received, exiting.\n`);
  const grace = Promise.withResolvers<void>();
  const timer = setTimeout(grace.resolve, GRACE_MS);
  await Promise.race([drainAll(listening), second, grace.promise]);
  clearTimeout(timer);
}

/** Drains the sockets, and waits for the log, which gets an answer a moment after the socket. */
export async function drainAll({ listeners }: Listening): Promise<void> {
  await drainSockets(listeners);
  await sleep(LOG_MS);
}
