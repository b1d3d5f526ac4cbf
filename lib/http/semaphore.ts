/**
 * A semaphore: how many at a time.
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
