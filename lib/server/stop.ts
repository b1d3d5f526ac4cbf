/**
 * The end of the program: answers in flight are finished, for a limited time.
 *
 * @module
 */

import type { Runtime, StopSignal } from "../ports/runtime.ts";
import { deferred, sleep, within } from "../ports/timers.ts";
import { drainSockets, type Listening } from "./listeners.ts";

/** How long answers may take after the first signal, in milliseconds. */
const GRACE_MS = 10_000;
/** Answers that take less need no words, in milliseconds. */
const NOTICE_MS = 100;
/** How long a thread may take to say how many answers it has, in milliseconds: it may hang. */
const COUNT_MS = 200;
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
  const first = deferred<StopSignal>();
  const second = deferred<StopSignal>();
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
  const end = deferred<"finished" | "signal" | "late">();
  void drainAll(listening).then(() => end.resolve("finished"));
  void second.then(() => end.resolve("signal"));
  const grace = setTimeout(() => end.resolve("late"), GRACE_MS);
  let isWaiting = true;
  const notice = setTimeout(async () => {
    const count = await countInFlight(listening);
    if (count > 0 && isWaiting) print(waitingText(count, signal));
  }, NOTICE_MS);
  const outcome = await end.promise;
  isWaiting = false;
  clearTimeout(grace);
  clearTimeout(notice);
  if (outcome === "finished") return;
  const count = await countCut(listening);
  // A terminal has written ^C where the line begins.
  const start = outcome === "signal" ? "\n" : "";
  if (count > 0) print(`${start}${answersText(count, "was", "were")} cut.\n`);
}

/** The program does not wait for a thread that hangs. */
async function countCut(listening: Listening): Promise<number> {
  return await within(COUNT_MS, countInFlight(listening)) ?? 0;
}

function waitingText(count: number, signal: StopSignal): string {
  const again = signal === "SIGINT" ? "Ctrl-C again" : "another signal";
  const seconds = GRACE_MS / 1000;
  return `Waiting up to ${seconds} s for ${
    answersText(count, "in flight")
  }; ${again} ends at once.\n`;
}

function answersText(count: number, one: string, many = one): string {
  return count === 1 ? `1 answer ${one}` : `${count} answers ${many}`;
}

/** How many answers the sockets have begun and not completed. */
export async function countInFlight(
  { listeners }: Pick<Listening, "listeners">,
): Promise<number> {
  const counts = await Promise.all(listeners.map(({ inFlight }) => inFlight()));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Drains the sockets, and waits for the log, which gets an answer a moment after the socket. */
export async function drainAll({ listeners }: Listening): Promise<void> {
  await drainSockets(listeners);
  await sleep(LOG_MS);
}
