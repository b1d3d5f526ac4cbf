/**
 * Threads that share the sockets: more cores, one port, one log, one end. The main thread
 * answers nothing; it writes the log, replaces a thread that has died, and ends them all.
 *
 * @module
 */

import type { ThreadWorker } from "../ports/runtime.ts";
import type { ListenFailure, NewPlace, TlsKeys } from "../ports/sockets.ts";
import { addSamples, type Samples } from "../log/samples.ts";
import { type Deferred, deferred } from "../ports/timers.ts";
import { programLine } from "../server/describe.ts";
import { type Failed, failed } from "./checks.ts";
import type { Settings } from "./settings.ts";
import {
  createThreadMeasures,
  type ThreadMeasures,
} from "./thread_measures.ts";

export interface Task {
  readonly settings: Settings;
  /** The sockets; none of their ports is 0. */
  readonly places: readonly NewPlace[];
  readonly tls: TlsKeys | undefined;
  /** Whether the main thread runs other programs: what a thread gives back it would lose, too. */
  readonly run: boolean;
  /** Whether the thread tells what all of them see. */
  readonly isFirst?: boolean;
}

/** What the main thread tells a thread. */
export type Order =
  | { readonly kind: "serve"; readonly task: Task }
  | { readonly kind: "renew"; readonly keys: TlsKeys }
  | { readonly kind: "configure"; readonly settings: Settings }
  | { readonly kind: "hang-up" }
  | { readonly kind: "drain" }
  | { readonly kind: "count" }
  | { readonly kind: "measure" }
  | { readonly kind: "end" };

/** What a thread tells the main thread. */
export type Notice =
  | { readonly kind: "serving" }
  | Failed
  /** A message is why the old keys stay. */
  | { readonly kind: "renewed"; readonly message?: string | undefined }
  /** A message is why the old settings stay. */
  | { readonly kind: "configured"; readonly message?: string | undefined }
  | { readonly kind: "error-output"; readonly text: string }
  | { readonly kind: "log"; readonly text: string }
  | { readonly kind: "drained" }
  | { readonly kind: "in-flight"; readonly count: number }
  | { readonly kind: "measured"; readonly samples: Samples }
  | { readonly kind: "ended" };

/** Where the texts of all threads go. */
export interface Outputs {
  readonly printError: (text: string) => void;
  readonly writeLog: (text: string) => void;
}

/** What the main thread can have its threads do. */
export interface Threads {
  /** Accepts no more; settles when every answer that was begun is sent. */
  readonly drain: () => Promise<void>;
  /** How many answers are not complete. */
  readonly inFlight: () => Promise<number>;
  /** The sums of what all have counted. */
  readonly measure: () => Promise<Samples>;
  /** Ends them, and the scripts that they run. */
  readonly end: () => Promise<void>;
  /** Passes SIGHUP on. */
  readonly hangUp: () => void;
  /** Shows new clients another certificate, or says why not. */
  readonly renew: (keys: TlsKeys) => Promise<ListenFailure | undefined>;
  /** Lets other settings hold, or says why not. */
  readonly configure: (settings: Settings) => Promise<string | undefined>;
}

/** Threads that answer, or why they cannot. */
export type StartedThreads =
  | { readonly kind: "serving"; readonly threads: Threads }
  | Failed;

const REAL_TIME: Time = {
  now: () => performance.now(),
  after: (milliseconds, action) => {
    const timer = setTimeout(action, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** Starts threads, and waits until all of them listen; one that dies of a bug is replaced. */
export async function startThreads(
  count: number,
  task: Task,
  outputs: Outputs,
  open: () => ThreadWorker,
  time: Time = REAL_TIME,
): Promise<StartedThreads> {
  const all = Array.from(
    { length: count },
    (_thread, index) =>
      superviseThread({ ...task, isFirst: index === 0 }, outputs, open, time),
  );
  const started = await Promise.all(all.map(({ started }) => started));
  const message = started.find((message) => message !== undefined);
  const each = <T>(action: (thread: Thread) => Promise<T>): Promise<T[]> =>
    Promise.all(all.map(action));
  const threads: Threads = {
    drain: async () => void await each((thread) => thread.drain()),
    inFlight: async () => {
      const counts = await each((thread) => thread.inFlight());
      return counts.reduce((sum, count) => sum + count, 0);
    },
    measure: async () => addSamples(await each((thread) => thread.measure())),
    end: async () => void await each((thread) => thread.end()),
    hangUp: () => all.forEach((thread) => thread.hangUp()),
    renew: async (keys) => {
      const failures = await each((thread) => thread.renew(keys));
      return failures.find((failure) => failure !== undefined);
    },
    configure: async (settings) => {
      const messages = await each((thread) => thread.configure(settings));
      return messages.find((message) => message !== undefined);
    },
  };
  if (message === undefined) return { kind: "serving", threads };
  await threads.end();
  return failed(message);
}

interface Thread extends Threads {
  /** Settles when it listens, or with why it cannot. */
  readonly started: Promise<string | undefined>;
}

/** The time, in milliseconds. */
export interface Time {
  /** A clock that never goes back. */
  readonly now: () => number;
  /** Does something later, unless what it gives is called before. */
  readonly after: (milliseconds: number, action: () => void) => () => void;
}

/** A thread through its life: one worker after the other. */
interface Life {
  readonly outputs: Outputs;
  readonly open: () => ThreadWorker;
  readonly time: Time;
  /** What the next worker is to do. */
  task: Task;
  /** `undefined` before a replacement starts, and at the end. */
  worker: ThreadWorker | undefined;
  /** A worker that has never listened is not replaced: another could do no better. */
  phase: "starting" | "running" | "stopping";
  /** When the worker began to listen. */
  listeningSince: number | undefined;
  /** The pause before the next replacement. */
  pause: number;
  cancel: () => void;
  /** What the worker has not answered for, the oldest first. */
  readonly changes: Change[];
  /** Who has asked for its answers in flight. */
  readonly counts: Array<(count: number) => void>;
  readonly measures: ThreadMeasures;
  readonly started: Deferred<string | undefined>;
  readonly drained: Deferred<void>;
  readonly ended: Deferred<void>;
}

/** What a worker is to do in another way. */
interface Change {
  /** How the worker answers. */
  readonly answer: "renewed" | "configured";
  /** What the next worker is told, too, when this one did not refuse it. */
  readonly task: Partial<Task>;
  /** Gets why it was refused. */
  readonly resolve: (message: string | undefined) => void;
}

/** The pause before the first replacement, in milliseconds; each further one is twice as long. */
const MIN_PAUSE_MS = 100;
/** The longest pause, in milliseconds; a worker that listens for so long is well. */
const MAX_PAUSE_MS = 5_000;
/** A worker that takes longer to end hangs, in milliseconds; scripts are given a second. */
const END_MS = 2_000;

/** Starts a thread, and replaces it when it dies after it has listened. */
function superviseThread(
  task: Task,
  outputs: Outputs,
  open: () => ThreadWorker,
  time: Time,
): Thread {
  const life: Life = {
    outputs,
    open,
    time,
    task,
    worker: undefined,
    phase: "starting",
    listeningSince: undefined,
    pause: MIN_PAUSE_MS,
    cancel: () => {},
    changes: [],
    counts: [],
    measures: createThreadMeasures(() => tell(life, { kind: "measure" })),
    started: deferred(),
    drained: deferred(),
    ended: deferred(),
  };
  begin(life);
  return {
    started: life.started.promise,
    drain: () => {
      stop(life, { kind: "drain" });
      return life.drained.promise;
    },
    inFlight: () => countAnswers(life),
    measure: life.measures.measure,
    end: async () => {
      stop(life, { kind: "end" });
      const cancel = time.after(END_MS, life.ended.resolve);
      await life.ended.promise;
      cancel();
      lose(life);
    },
    hangUp: () => tell(life, { kind: "hang-up" }),
    renew: async (keys) => {
      const order = { kind: "renew", keys } as const;
      const message = await change(life, order, "renewed", { tls: keys });
      return message === undefined
        ? undefined
        : { kind: "not-available", message };
    },
    configure: (settings) => {
      const order = { kind: "configure", settings } as const;
      return change(life, order, "configured", { settings });
    },
  };
}

function begin(life: Life): void {
  const worker = life.worker = life.open();
  worker.addEventListener("message", ({ data }: MessageEvent<Notice>) => {
    if (worker === life.worker) receive(life, data);
  });
  worker.addEventListener("error", (event) => {
    // Without this the whole program would end with it.
    event.preventDefault();
    if (worker !== life.worker) return;
    const [reason] = event.message.trim().split("\n");
    life.outputs.printError(programLine(`a thread has died: ${reason}`));
    lose(life, "a thread has died");
  });
  tell(life, { kind: "serve", task: life.task });
}

/** Gives an order; `false` where there is no worker. */
function tell({ worker }: Life, order: Order): boolean {
  worker?.postMessage(order);
  return worker !== undefined;
}

function receive(life: Life, notice: Notice): void {
  const { printError, writeLog } = life.outputs;
  switch (notice.kind) {
    case "serving":
      if (life.phase === "starting") life.phase = "running";
      life.listeningSince = life.time.now();
      return life.started.resolve(undefined);
    case "failed": {
      const { message } = notice;
      if (life.phase === "running") {
        printError(programLine(`a thread cannot be replaced yet: ${message}`));
      }
      return lose(life, message);
    }
    case "renewed":
    case "configured": {
      const at = life.changes.findIndex(({ answer }) => answer === notice.kind);
      const [change] = life.changes.splice(at, at < 0 ? 0 : 1);
      return finish(life, change, notice.message);
    }
    case "error-output":
      return printError(notice.text);
    case "log":
      return writeLog(notice.text);
    case "drained":
      return life.drained.resolve();
    case "in-flight":
      return life.counts.shift()?.(notice.count);
    case "measured":
      return life.measures.receive(notice.samples);
    case "ended":
      return life.ended.resolve();
  }
}

/** A worker that has failed may still run. Its replacement, if there is one, does what it was asked. */
function lose(life: Life, message?: string): void {
  life.worker?.terminate();
  life.worker = undefined;
  life.measures.lose();
  for (const change of life.changes.splice(0)) finish(life, change);
  for (const resolve of life.counts.splice(0)) resolve(0);
  if (life.phase === "running") return replace(life);
  life.started.resolve(message);
  life.drained.resolve();
  life.ended.resolve();
}

/** What has killed one may kill the next one, too: the pauses become longer. */
function replace(life: Life): void {
  const { time, listeningSince = Infinity } = life;
  if (time.now() - listeningSince >= MAX_PAUSE_MS) life.pause = MIN_PAUSE_MS;
  life.listeningSince = undefined;
  life.cancel = time.after(life.pause, () => begin(life));
  life.pause = Math.min(2 * life.pause, MAX_PAUSE_MS);
}

function stop(life: Life, order: Order): void {
  life.phase = "stopping";
  life.cancel();
  if (life.worker === undefined) lose(life);
  tell(life, order);
}

function countAnswers(life: Life): Promise<number> {
  if (life.worker === undefined) return Promise.resolve(0);
  const { promise, resolve } = deferred<number>();
  life.counts.push(resolve);
  tell(life, { kind: "count" });
  return promise;
}

function change(
  life: Life,
  order: Order,
  answer: Change["answer"],
  task: Partial<Task>,
): Promise<string | undefined> {
  const { promise, resolve } = deferred<string | undefined>();
  const change = { answer, task, resolve };
  if (life.worker === undefined) {
    finish(life, change);
  } else {
    life.changes.push(change);
    tell(life, order);
  }
  return promise;
}

/** What was not refused is also told the next worker. */
function finish(
  life: Life,
  change: Change | undefined,
  message?: string,
): void {
  if (change === undefined) return;
  if (message === undefined) life.task = { ...life.task, ...change.task };
  change.resolve(message);
}
