/**
 * Threads that serve the same sockets: more cores, one port, one log, one end. The main
 * thread serves nothing itself; it writes what they log, and tells them when to end.
 *
 * @module
 */

import type { TlsKeys } from "../certificates.ts";
import type { Notice, Order, Task } from "./messages.ts";

/** Where the texts of all threads go. */
export interface Outputs {
  /** The standard error output. */
  readonly printError: (text: string) => void;
  /** The log. */
  readonly writeLog: (text: string) => void;
}

/** Threads that serve. */
export interface Threads {
  /** Has them accept no more; settles when every answer begun was sent. */
  readonly drain: () => Promise<void>;
  /** Ends them, and with them the scripts that they run. */
  readonly end: () => Promise<void>;
  /** Tells them that the terminal has hung up. */
  readonly hangUp: () => void;
  /** Shows another certificate to who connects from now on. */
  readonly renew: (keys: TlsKeys) => Promise<undefined>;
}

/** Threads that serve, or why they cannot. */
export type StartedThreads =
  | { readonly kind: "serving"; readonly threads: Threads }
  | { readonly kind: "failed"; readonly message: string };

interface Thread extends Threads {
  /** Settles when it serves, or with why it cannot. */
  readonly serving: Promise<string | undefined>;
}

/** A thread that lives no longer than this would only die again, in milliseconds. */
const MIN_LIFE_MS = 1000;
/** One that does not end within this time hangs, in milliseconds; scripts are given a second. */
const END_MS = 2000;

/**
 * Starts threads, and waits until all of them serve. One that dies of a bug is started
 * again.
 *
 * @param count How many.
 * @param task What each is to do.
 * @param outputs Where their texts go.
 * @param open Opens one.
 * @returns The threads, or why one of them cannot serve.
 */
export async function startThreads(
  count: number,
  task: Task,
  outputs: Outputs,
  open: () => Worker,
): Promise<StartedThreads> {
  const all = Array.from(
    { length: count },
    () => startThread(task, outputs, open),
  );
  const started = await Promise.all(all.map(({ serving }) => serving));
  const message = started.find((message) => message !== undefined);
  const each = async (action: (thread: Thread) => unknown): Promise<void> => {
    await Promise.all(all.map(action));
  };
  const threads: Threads = {
    drain: () => each((thread) => thread.drain()),
    end: () => each((thread) => thread.end()),
    hangUp: () => all.forEach((thread) => thread.hangUp()),
    renew: async (keys) => void await each((thread) => thread.renew(keys)),
  };
  if (message === undefined) return { kind: "serving", threads };
  await threads.end();
  return { kind: "failed", message };
}

function startThread(
  task: Task,
  outputs: Outputs,
  open: () => Worker,
): Thread {
  const serving = Promise.withResolvers<string | undefined>();
  const drained = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  let current = task;
  let stopping = false;
  const begin = (): Worker => {
    const begun = performance.now();
    return hire(open(), current, outputs, {
      serving: () => serving.resolve(undefined),
      failed: serving.resolve,
      drained: drained.resolve,
      ended: ended.resolve,
      died: () => {
        const again = !stopping && performance.now() - begun >= MIN_LIFE_MS;
        if (again) return void (worker = begin());
        serving.resolve("a thread has died");
        drained.resolve();
        ended.resolve();
      },
    });
  };
  let worker = begin();
  const tell = (order: Order) => worker.postMessage(order);
  return {
    serving: serving.promise,
    drain: () => {
      stopping = true;
      tell({ kind: "drain" });
      return drained.promise;
    },
    end: async () => {
      stopping = true;
      tell({ kind: "end" });
      const timer = setTimeout(ended.resolve, END_MS);
      await ended.promise;
      clearTimeout(timer);
      worker.terminate();
    },
    hangUp: () => tell({ kind: "hang-up" }),
    renew: (keys) => {
      current = { ...current, tls: keys };
      tell({ kind: "renew", keys });
      return Promise.resolve(undefined);
    },
  };
}

/** What to do when a thread tells something. */
interface Listeners {
  readonly serving: () => void;
  readonly failed: (message: string) => void;
  readonly drained: () => void;
  readonly ended: () => void;
  readonly died: () => void;
}

function hire(
  worker: Worker,
  task: Task,
  { printError, writeLog }: Outputs,
  { serving, failed, drained, ended, died }: Listeners,
): Worker {
  worker.addEventListener("message", ({ data }: MessageEvent<Notice>) => {
    switch (data.kind) {
      case "serving":
        return serving();
      case "failed":
        return failed(data.message);
      case "error-output":
        return printError(data.text);
      case "log":
        return writeLog(data.text);
      case "drained":
        return drained();
      case "ended":
        return ended();
    }
  });
  worker.addEventListener("error", (event) => {
    // Else the whole program would end with it.
    event.preventDefault();
    const [reason] = event.message.trim().split("\n");
    printError(`serve: a thread has died: ${reason}\n`);
    died();
  });
  worker.postMessage({ kind: "serve", task } satisfies Order);
  return worker;
}
