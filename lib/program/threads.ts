/**
 * Threads that serve the same sockets: more cores, one port, one log, one end. The main
 * thread serves nothing itself; it writes what they log, and tells them when to end.
 *
 * One thread that serves, and those that take its place when it has died.
 *
 * What the main thread and the threads that serve tell each other, and what the program
 * can have them do. Types only.
 *
 * @module
 */

import type { ListenFailure, Place, TlsKeys } from "../ports/sockets.ts";
import { programLine } from "../server/describe.ts";
import type { Settings } from "./parse.ts";

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

/** One thread. */
export interface Thread extends Threads {
  /** Settles when it serves, or with why it cannot. */
  readonly serving: Promise<string | undefined>;
}

/** The time, in milliseconds. */
export interface Time {
  /** How long it has been since some moment. */
  readonly now: () => number;
  /** Does something later, unless what it gives is called before. */
  readonly after: (milliseconds: number, action: () => void) => () => void;
}

/** What lives: one worker after the other. */
interface Life {
  readonly outputs: Outputs;
  readonly open: () => Worker;
  readonly time: Time;
  /** What the next worker is to do. */
  task: Task;
  /** None while the next one is waited for, and at the end. */
  worker: Worker | undefined;
  /** Only who has served is replaced: another could do no better. */
  phase: "starting" | "kept" | "stopping";
  /** Since when the worker serves. */
  servingSince: number | undefined;
  /** How long the next one is waited for. */
  pause: number;
  cancel: () => void;
  /** Keys that the worker has not answered for, the oldest first. */
  readonly renewals: Renewal[];
  readonly serving: PromiseWithResolvers<string | undefined>;
  readonly drained: PromiseWithResolvers<void>;
  readonly ended: PromiseWithResolvers<void>;
}

interface Renewal {
  readonly keys: TlsKeys;
  readonly resolve: (failure: ListenFailure | undefined) => void;
}

/** How long the first replacement is waited for, in milliseconds; each further one twice as long. */
const MIN_PAUSE_MS = 100;
/** No longer than this, in milliseconds; one that serves for so long is well. */
const MAX_PAUSE_MS = 5_000;
/** One that does not end within this time hangs, in milliseconds; scripts are given a second. */
const END_MS = 2_000;

/**
 * Starts a thread, and another one in its place when it dies after it has served.
 *
 * @param task What it is to do.
 * @param outputs Where its texts go.
 * @param open Opens one.
 * @param time The time.
 * @returns The thread.
 */
export function keepThread(
  task: Task,
  outputs: Outputs,
  open: () => Worker,
  time: Time,
): Thread {
  const life: Life = {
    outputs,
    open,
    time,
    task,
    worker: undefined,
    phase: "starting",
    servingSince: undefined,
    pause: MIN_PAUSE_MS,
    cancel: () => {},
    renewals: [],
    serving: Promise.withResolvers(),
    drained: Promise.withResolvers(),
    ended: Promise.withResolvers(),
  };
  begin(life);
  return {
    serving: life.serving.promise,
    drain: () => {
      stop(life, { kind: "drain" });
      return life.drained.promise;
    },
    end: async () => {
      stop(life, { kind: "end" });
      const cancel = time.after(END_MS, life.ended.resolve);
      await life.ended.promise;
      cancel();
      lose(life);
    },
    hangUp: () => tell(life, { kind: "hang-up" }),
    renew: (keys) => renew(life, keys),
  };
}

function begin(life: Life): void {
  const worker = life.worker = life.open();
  worker.addEventListener("message", ({ data }: MessageEvent<Notice>) => {
    if (worker === life.worker) heed(life, data);
  });
  worker.addEventListener("error", (event) => {
    // Else the whole program would end with it.
    event.preventDefault();
    if (worker !== life.worker) return;
    const [reason] = event.message.trim().split("\n");
    life.outputs.printError(programLine(`a thread has died: ${reason}`));
    lose(life, "a thread has died");
  });
  tell(life, { kind: "serve", task: life.task });
}

function tell({ worker }: Life, order: Order): void {
  worker?.postMessage(order);
}

function heed(life: Life, notice: Notice): void {
  const { printError, writeLog } = life.outputs;
  switch (notice.kind) {
    case "serving":
      if (life.phase === "starting") life.phase = "kept";
      life.servingSince = life.time.now();
      return life.serving.resolve(undefined);
    case "failed": {
      const { message } = notice;
      if (life.phase === "kept") {
        printError(programLine(`a thread cannot be replaced yet: ${message}`));
      }
      return lose(life, message);
    }
    case "renewed":
      return finish(life, life.renewals.shift(), notice.message);
    case "error-output":
      return printError(notice.text);
    case "log":
      return writeLog(notice.text);
    case "drained":
      return life.drained.resolve();
    case "ended":
      return life.ended.resolve();
  }
}

/** It may still run, if it has failed. What it was asked for its replacement does, if there is one. */
function lose(life: Life, message?: string): void {
  life.worker?.terminate();
  life.worker = undefined;
  for (const renewal of life.renewals.splice(0)) finish(life, renewal);
  if (life.phase === "kept") return replace(life);
  life.serving.resolve(message);
  life.drained.resolve();
  life.ended.resolve();
}

/** What one has died of the next one may die of, too: so they become rarer. */
function replace(life: Life): void {
  const { time, servingSince = Infinity } = life;
  if (time.now() - servingSince >= MAX_PAUSE_MS) life.pause = MIN_PAUSE_MS;
  life.servingSince = undefined;
  life.cancel = time.after(life.pause, () => begin(life));
  life.pause = Math.min(2 * life.pause, MAX_PAUSE_MS);
}

function stop(life: Life, order: Order): void {
  life.phase = "stopping";
  life.cancel();
  if (life.worker === undefined) lose(life);
  tell(life, order);
}

function renew(
  life: Life,
  keys: TlsKeys,
): Promise<ListenFailure | undefined> {
  const { promise, resolve } = Promise.withResolvers<
    ListenFailure | undefined
  >();
  const renewal = { keys, resolve };
  if (life.worker === undefined) {
    finish(life, renewal);
  } else {
    life.renewals.push(renewal);
    tell(life, { kind: "renew", keys });
  }
  return promise;
}

/** Keys that were not refused are those of the next worker, too. */
function finish(
  life: Life,
  renewal: Renewal | undefined,
  message?: string,
): void {
  if (message === undefined && renewal !== undefined) {
    life.task = { ...life.task, tls: renewal.keys };
  }
  renewal?.resolve(
    message === undefined ? undefined : {
      kind: "not-available",
      message,
    },
  );
}

/** What a thread is to do. */
export interface Task {
  /** What the user wants served, and how. */
  readonly settings: Settings;
  /** The sockets; none of their ports is 0. */
  readonly places: readonly Place[];
  /** What makes them speak TLS. */
  readonly tls: TlsKeys | undefined;
}

/** What the main thread tells a thread. */
export type Order =
  | { readonly kind: "serve"; readonly task: Task }
  | { readonly kind: "renew"; readonly keys: TlsKeys }
  | { readonly kind: "hang-up" }
  | { readonly kind: "drain" }
  | { readonly kind: "end" };

/** What a thread tells the main thread. */
export type Notice =
  | { readonly kind: "serving" }
  | { readonly kind: "failed"; readonly message: string }
  /** A message is why the old keys stay. */
  | { readonly kind: "renewed"; readonly message?: string | undefined }
  | { readonly kind: "error-output"; readonly text: string }
  | { readonly kind: "log"; readonly text: string }
  | { readonly kind: "drained" }
  | { readonly kind: "ended" };

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
  /** Shows another certificate to who connects from now on, or says why not. */
  readonly renew: (keys: TlsKeys) => Promise<ListenFailure | undefined>;
}
