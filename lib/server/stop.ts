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

/** Why the program ends, and what it waits for. */
interface Stop {
  /** What people read. */
  readonly text: string;
  /** Settles when it is to end at once. */
  readonly atOnce: Promise<StopSignal>;
  /** What that takes. */
  readonly again: string;
  /** How long answers may take, in milliseconds. */
  readonly grace: number | undefined;
}

/**
 * Waits for the first signal, or for `ended`, which settles with why there is no more to do; then for the
 * answers in flight. After a signal they have the grace period, until the next signal.
 */
export async function untilStopped(
  listening: Listening,
  signals: StopSignals,
  { print }: Runtime,
  ended?: Promise<string>,
): Promise<void> {
  const { text, atOnce, again, grace } = await Promise.race([
    signals.first.then((signal) => afterSignal(signal, signals)),
    ...ended === undefined ? [] : [ended.then((why) => byItself(why, signals))],
  ]);
  print(`${text}\n`);
  const end = deferred<"finished" | "signal" | "late">();
  void drainAll(listening).then(() => end.resolve("finished"));
  void atOnce.then(() => end.resolve("signal"));
  const late = grace && setTimeout(() => end.resolve("late"), grace);
  let isWaiting = true;
  const notice = setTimeout(async () => {
    const count = await countInFlight(listening);
    if (count > 0 && isWaiting) print(waitingText(count, again, grace));
  }, NOTICE_MS);
  const outcome = await end.promise;
  isWaiting = false;
  clearTimeout(late);
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

function afterSignal(signal: StopSignal, { second }: StopSignals): Stop {
  return {
    text: `\n${SIGNAL_NAMES[signal]} received, exiting.`,
    atOnce: second,
    again: signal === "SIGINT" ? "Ctrl-C again" : "another signal",
    grace: GRACE_MS,
  };
}

function byItself(text: string, { first }: StopSignals): Stop {
  return { text, atOnce: first, again: "Ctrl-C", grace: undefined };
}

function waitingText(
  count: number,
  again: string,
  grace: number | undefined,
): string {
  const time = grace === undefined ? "" : ` up to ${grace / 1000} s`;
  const what = answersText(count, "in flight");
  return `Waiting${time} for ${what}; ${again} ends at once.\n`;
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
