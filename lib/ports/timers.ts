/**
 * Waiting.
 *
 * @module
 */

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
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), milliseconds);
  const result = await Promise.race([promise, late.promise]);
  clearTimeout(timer);
  return result;
}

/** How often to ask whether an answer is complete, in milliseconds: Bun does not tell by itself. */
const POLL_MS = 25;

/** Polls until an answer is complete. */
export async function untilAnswered(
  isAnswered: () => boolean,
): Promise<void> {
  while (!isAnswered()) await sleep(POLL_MS);
}
