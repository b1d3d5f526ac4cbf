/**
 * The end: no answer that was begun is lost, and nobody waits for ever.
 *
 * @module
 */

import type { Runtime } from "../ports.ts";
import type { Listening } from "./listen.ts";

/** How long answers may take after the first signal, in milliseconds. */
const GRACE_MS = 10_000;
/** How long the log may take after the last answer, in milliseconds. */
const LOG_MS = 10;

/**
 * Waits for Ctrl-C or a request to terminate, then for the answers in flight, for ten
 * seconds or until the second signal.
 *
 * @param listening The sockets.
 * @param runtime The runtime.
 */
export async function untilStopped(
  { listeners }: Listening,
  runtime: Runtime,
): Promise<void> {
  const signals = [
    Promise.withResolvers<void>(),
    Promise.withResolvers<void>(),
  ];
  let count = 0;
  runtime.onStop(() => signals[count++]?.resolve());
  await signals[0]?.promise;
  runtime.print("\nKeyboard interrupt received, exiting.\n");
  const grace = Promise.withResolvers<void>();
  const timer = setTimeout(grace.resolve, GRACE_MS);
  const drained = Promise.all(listeners.map((listener) => listener.drain()));
  await Promise.race([
    drained.then(logged),
    signals[1]?.promise,
    grace.promise,
  ]);
  clearTimeout(timer);
}

/** The log hears of an answer a moment after the socket. */
function logged(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, LOG_MS));
}
