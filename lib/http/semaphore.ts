/**
 * Semaphores and queues: how much runs at a time.
 *
 * @module
 */

import { deferred } from "../ports/timers.ts";

/** Acquires a permit and returns its release; `undefined` when none is left. */
export type Semaphore = () => (() => void) | undefined;

/** Makes a semaphore. To release a permit a second time does nothing. */
export function createSemaphore(permits: number): Semaphore {
  let acquired = 0;
  return () => {
    if (acquired >= permits) return undefined;
    acquired++;
    let isHeld = true;
    return () => {
      if (isHeld) acquired--;
      isHeld = false;
    };
  };
}

/** Runs tasks one after the other, first in, first out. */
export type Queue = <T>(task: () => Promise<T>) => Promise<T>;

/** Makes a queue that runs `before` each task. */
export function createQueue(
  before: () => Promise<void> = () => Promise.resolve(),
): Queue {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const result = last.then(before).then(task);
    last = result.catch(() => {});
    return result;
  };
}

/** Makes a queue that runs up to `width` tasks at a time, each as soon as one of the others is over. */
export function createWideQueue(width: number): Queue {
  const waiting: (() => void)[] = [];
  let free = width;
  return async (task) => {
    const { promise: turn, resolve: begin } = deferred<void>();
    if (free === 0) waiting.push(begin);
    else {
      free--;
      begin();
    }
    await turn;
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}

/** A request that waits in a queue. */
export interface Waiting {
  /** Requests with the same key share one result; `undefined` for a result of its own. */
  readonly key: string | undefined;
  /**
   * Whether a request may share a result that is being made already. Otherwise the source may
   * have changed unnoticed since then, and only those share it that asked before.
   */
  readonly isSettled: boolean;
  /** The request: where the signals of all that share a result are aborted, nothing is made. */
  readonly request: Pick<Request, "signal">;
}

/** Makes a result in its turn, one for all that share it; `undefined` when there is none. */
export type SharedQueue<T> = (
  waiting: Waiting,
  make: () => Promise<T | undefined>,
) => Promise<T | undefined>;

/** Makes a queue whose results are shared. */
export function createSharedQueue<T>(
  enqueue: Queue = createQueue(),
): SharedQueue<T> {
  const jobs = new Map<
    string,
    { signals: AbortSignal[]; result: Promise<T | undefined> }
  >();
  return ({ key, isSettled, request: { signal } }, make) => {
    const shared = key === undefined ? undefined : jobs.get(key);
    if (shared !== undefined) {
      shared.signals.push(signal);
      return shared.result;
    }
    const signals = [signal];
    const close = () => {
      if (key !== undefined && jobs.get(key) === job) jobs.delete(key);
    };
    const run = async () => {
      const isWanted = !signals.every(({ aborted }) => aborted);
      if (!isWanted || !isSettled) close();
      try {
        return isWanted ? await make() : undefined;
      } finally {
        close();
      }
    };
    const job = { signals, result: enqueue(run) };
    if (key !== undefined) jobs.set(key, job);
    return job.result;
  };
}

/** Makes a shared queue for each key: no key waits for another. */
export function createKeyedQueue<T>(
  before: () => Promise<void>,
): SharedQueue<T> {
  const queues = new Map<
    string,
    { enqueue: SharedQueue<T>; waiting: number }
  >();
  return async (waiting, make) => {
    const { key } = waiting;
    const unused = {
      enqueue: createSharedQueue<T>(createQueue(before)),
      waiting: 0,
    };
    if (key === undefined) return await unused.enqueue(waiting, make);
    const queue = queues.get(key) ?? unused;
    queues.set(key, queue);
    queue.waiting++;
    try {
      return await queue.enqueue(waiting, make);
    } finally {
      if (--queue.waiting === 0) queues.delete(key);
    }
  };
}
