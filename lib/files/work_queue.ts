/**
 * A queue of long work: one piece at a time, and work that a request waits for comes before
 * work in the background.
 *
 * @module
 */

import type { Demand } from "../ports/files.ts";
import { type Deferred, deferred } from "../ports/timers.ts";

/** A piece of long work. */
export interface Work<T> {
  /** Work with the same key has the same result; `undefined` where no other request can use it. */
  readonly key: string | undefined;
  /** Whether to do it in the background, when no request waits. */
  readonly isWanted: () => boolean;
  /** Does it, and asks again and again whether a request waits. */
  readonly run: (demand: () => Demand) => Promise<T>;
}

export interface WorkQueue<T> {
  /** Adds work in the background, unless the same is there, or the queue is full. */
  readonly beside: (work: Work<T>) => void;
  /**
   * Adds work, or joins the same, and waits for it: `undefined` when the signal is aborted,
   * when it takes too long, or when the queue is full. Rejects when the work fails.
   */
  readonly wait: (
    work: Work<T>,
    signal: AbortSignal,
  ) => Promise<T | undefined>;
}

interface Job<T> {
  readonly work: Work<T>;
  readonly result: Deferred<T | undefined>;
  /** How many requests wait for it. */
  waiting: number;
  /** Whether it goes on in the background. */
  isBeside: boolean;
  isBegun: boolean;
}

/** The work by key; work without one is its own key. */
type Jobs<T> = Map<unknown, Job<T>>;

/** Makes a queue for at most so many pieces; a request waits for at most so many milliseconds, then the work goes on in the background. */
export function createWorkQueue<T>(
  most: number,
  waitMs: number,
): WorkQueue<T> {
  const jobs: Jobs<T> = new Map();
  let isWorking = false;
  const workOff = async () => {
    if (isWorking) return;
    isWorking = true;
    for (let job = nextJob(jobs); job; job = nextJob(jobs)) {
      await runJob(job, jobs);
    }
    isWorking = false;
  };
  return {
    beside: (work) => {
      const job = jobs.get(idOf(work)) ??
        (jobs.size < most ? addJob(work, jobs) : undefined);
      if (job !== undefined) job.isBeside = true;
      workOff();
    },
    wait: async (work, signal) => {
      if (signal.aborted) return undefined;
      const known = jobs.get(idOf(work));
      if (known === undefined && jobs.size >= most) giveWay(jobs);
      if (known === undefined && jobs.size >= most) return undefined;
      const result = waitFor(known ?? addJob(work, jobs), signal, waitMs);
      workOff();
      return await result;
    },
  };
}

function idOf<T>(work: Work<T>): unknown {
  return work.key ?? work;
}

function addJob<T>(work: Work<T>, jobs: Jobs<T>): Job<T> {
  const result = deferred<T | undefined>();
  result.promise.catch(() => {}); // work in the background may fail
  const job = { work, result, waiting: 0, isBeside: false, isBegun: false };
  jobs.set(idOf(work), job);
  return job;
}

/** Drops the youngest work in the background; it is added again when it is wanted again. */
function giveWay<T>(jobs: Jobs<T>): void {
  const job = [...jobs.values()].findLast((job) =>
    !isAwaited(job) && !job.isBegun
  );
  if (job !== undefined) forget(job, jobs);
}

function forget<T>(job: Job<T>, jobs: Jobs<T>): void {
  const id = idOf(job.work);
  if (jobs.get(id) === job) jobs.delete(id);
}

function nextJob<T>(jobs: Jobs<T>): Job<T> | undefined {
  const all = [...jobs.values()];
  return all.find(isAwaited) ?? all[0];
}

async function runJob<T>(job: Job<T>, jobs: Jobs<T>): Promise<void> {
  const { work, result } = job;
  job.isBegun = true;
  try {
    const isDropped = demandFor(job, jobs) === "none";
    result.resolve(
      isDropped ? undefined : await work.run(() => demandFor(job, jobs)),
    );
  } catch (error) {
    result.reject(error);
  } finally {
    forget(job, jobs);
  }
}

/** Work in the background takes no pauses while a request waits for other work. */
function demandFor<T>(job: Job<T>, jobs: Jobs<T>): Demand {
  if (isAwaited(job)) return "awaited";
  if (job.isBeside && job.work.isWanted()) {
    return [...jobs.values()].some(isAwaited) ? "awaited" : "beside";
  }
  // Given up: a request that comes now has it done anew.
  forget(job, jobs);
  return "none";
}

function isAwaited({ waiting }: { readonly waiting: number }): boolean {
  return waiting > 0;
}

/** The timer also keeps a program from ending while a request waits. */
async function waitFor<T>(
  job: Job<T>,
  signal: AbortSignal,
  waitMs: number,
): Promise<T | undefined> {
  const { promise: left, resolve: leave } = deferred<undefined>();
  const abort = () => leave(undefined);
  const timeout = setTimeout(() => {
    job.isBeside = true;
    leave(undefined);
  }, waitMs);
  signal.addEventListener("abort", abort);
  job.waiting++;
  try {
    return await Promise.race([job.result.promise, left]);
  } finally {
    job.waiting--;
    clearTimeout(timeout);
    signal.removeEventListener("abort", abort);
  }
}
