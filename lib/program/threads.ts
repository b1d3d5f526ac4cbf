/**
 * Threads that serve the same sockets: more cores, one port, one log, one end. The main
 * thread serves nothing itself; it writes what they log, and tells them when to end.
 *
 * @module
 */

import { keepThread, type Thread, type Time } from "./kept_thread.ts";
import type { Outputs, Task, Threads } from "./messages.ts";

/** Threads that serve, or why they cannot. */
export type StartedThreads =
  | { readonly kind: "serving"; readonly threads: Threads }
  | { readonly kind: "failed"; readonly message: string };

const REAL_TIME: Time = {
  now: () => performance.now(),
  after: (milliseconds, action) => {
    const timer = setTimeout(action, milliseconds);
    return () => clearTimeout(timer);
  },
};

/**
 * Starts threads, and waits until all of them serve. One that dies of a bug is started
 * again.
 *
 * @param count How many.
 * @param task What each is to do.
 * @param outputs Where their texts go.
 * @param open Opens one.
 * @param time The time.
 * @returns The threads, or why one of them cannot serve.
 */
export async function startThreads(
  count: number,
  task: Task,
  outputs: Outputs,
  open: () => Worker,
  time: Time = REAL_TIME,
): Promise<StartedThreads> {
  const all = Array.from(
    { length: count },
    () => keepThread(task, outputs, open, time),
  );
  const started = await Promise.all(all.map(({ serving }) => serving));
  const message = started.find((message) => message !== undefined);
  const each = <T>(action: (thread: Thread) => Promise<T>): Promise<T[]> =>
    Promise.all(all.map(action));
  const threads: Threads = {
    drain: async () => void await each((thread) => thread.drain()),
    end: async () => void await each((thread) => thread.end()),
    hangUp: () => all.forEach((thread) => thread.hangUp()),
    renew: async (keys) => {
      const failures = await each((thread) => thread.renew(keys));
      return failures.find((failure) => failure !== undefined);
    },
  };
  if (message === undefined) return { kind: "serving", threads };
  await threads.end();
  return { kind: "failed", message };
}
