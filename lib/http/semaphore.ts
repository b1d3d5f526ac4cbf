/**
 * A semaphore: how many at a time.
 *
 * Queues: one step after the other, and one for all who wait for the same.
 *
 * @module
 */

/** Takes a place, and returns what gives it back; `undefined` when all places are taken. */
export type Semaphore = () => (() => void) | undefined;

/**
 * Makes a semaphore.
 *
 * @param places How many places there are.
 * @returns The semaphore; to give a place back a second time does nothing.
 */
export function createSemaphore(places: number): Semaphore {
  let taken = 0;
  return () => {
    if (taken >= places) return undefined;
    taken++;
    let isTaken = true;
    return () => {
      if (isTaken) taken--;
      isTaken = false;
    };
  };
}

/** Runs steps one after the other, in the order in which they were asked for. */
export type Queue = <T>(step: () => Promise<T>) => Promise<T>;

/**
 * Makes a queue.
 *
 * @param before Runs before each step.
 * @returns The queue, empty.
 */
export function createQueue(before: () => Promise<void>): Queue {
  let last: Promise<unknown> = Promise.resolve();
  return (step) => {
    const result = last.then(before).then(step);
    last = result.catch(() => {});
    return result;
  };
}

/** Who waits in a queue, and for what. */
export interface Waiting {
  /** Whoever has the same key waits for the same; `undefined` where nobody else can. */
  readonly key: string | undefined;
  /**
   * Whether what is made is good for those too who ask while it is being made. Otherwise it
   * is for those who asked before it was begun: the source may have changed unnoticed since.
   */
  readonly isSettled: boolean;
  /** Who wants it. */
  readonly request: Pick<Request, "signal">;
}

/**
 * Makes something when its turn comes, once for all who wait for it. `undefined` when nothing
 * could be made, and when everybody has left who waited for it: then nothing is begun.
 */
export type SharedQueue<T> = (
  waiting: Waiting,
  make: () => Promise<T | undefined>,
) => Promise<T | undefined>;

/** What several wait for. */
interface Job<T> {
  readonly signals: AbortSignal[];
  readonly made: Promise<T | undefined>;
}

/**
 * Makes a queue of what several may wait for.
 *
 * @returns The queue, empty.
 */
export function createSharedQueue<T>(): SharedQueue<T> {
  const alone = createQueue(() => Promise.resolve());
  const jobs = new Map<string, Job<T>>();
  return ({ key, isSettled, request: { signal } }, make) => {
    const shared = key === undefined ? undefined : jobs.get(key);
    if (shared !== undefined) {
      shared.signals.push(signal);
      return shared.made;
    }
    const signals = [signal];
    const forget = () => {
      if (key !== undefined && jobs.get(key) === job) jobs.delete(key);
    };
    const run = async () => {
      const isWanted = !signals.every(({ aborted }) => aborted);
      if (!isWanted || !isSettled) forget();
      try {
        return isWanted ? await make() : undefined;
      } finally {
        forget();
      }
    };
    const job: Job<T> = { signals, made: alone(run) };
    if (key !== undefined) jobs.set(key, job);
    return job.made;
  };
}
