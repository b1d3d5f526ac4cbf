/**
 * Waiting.
 *
 * @module
 */

/** A promise, and what settles it. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T | PromiseLike<T>) => void;
  readonly reject: (reason?: unknown) => void;
}

/** A promise that is settled from outside. (`Promise.withResolvers` came with Node.js 22.) */
export function deferred<T>(): Deferred<T> {
  let resolve: Deferred<T>["resolve"] = () => {};
  let reject: Deferred<T>["reject"] = () => {};
  const promise = new Promise<T>((fulfil, fail) => {
    resolve = fulfil;
    reject = fail;
  });
  return { promise, resolve, reject };
}

/**
 * Waits some milliseconds. Without a number it waits for another turn of the event loop:
 * where a runtime is at hand, `Coder.nextTurn` is for that.
 */
export function sleep(milliseconds = 0): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, milliseconds));
}

/** The value of a promise, or `undefined` when it takes longer. */
export async function within<T>(
  milliseconds: number,
  promise: Promise<T>,
): Promise<T | undefined> {
  const late = deferred<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), milliseconds);
  const result = await Promise.race([promise, late.promise]);
  clearTimeout(timer);
  return result;
}

/** How often to ask whether an answer is complete, in milliseconds: Bun does not tell by itself. */
const POLL_MS = 25;

export async function untilAnswered(
  isAnswered: () => boolean,
): Promise<void> {
  while (!isAnswered()) await sleep(POLL_MS);
}
