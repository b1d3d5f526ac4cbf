/**
 * Work that nobody waits for: one piece at a time.
 *
 * @module
 */

/** Takes work on, unless the same is waiting already, or too much is. */
export type Background = (key: string, work: () => Promise<unknown>) => void;

/**
 * Makes a queue. What fails in it concerns nobody: it is taken on again when it is wanted again.
 *
 * @param most How many pieces of work wait at most; more are dropped.
 * @returns The queue, empty.
 */
export function createBackground(most: number): Background {
  const waiting = new Map<string, () => Promise<unknown>>();
  let isWorking = false;
  const workOff = async () => {
    isWorking = true;
    for (const [key, work] of waiting) {
      await work().catch(() => {});
      waiting.delete(key);
    }
    isWorking = false;
  };
  return (key, work) => {
    if (waiting.has(key) || waiting.size >= most) return;
    waiting.set(key, work);
    if (!isWorking) workOff();
  };
}
