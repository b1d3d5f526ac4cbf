/**
 * How many at a time.
 *
 * @module
 */

/** Lets one in, and returns what is to be called when it leaves; `undefined` when all places are taken. */
export type Gate = () => (() => void) | undefined;

/**
 * Makes a gate.
 *
 * @param places How many may be inside at a time.
 * @returns The gate.
 */
export function createGate(places: number): Gate {
  let inside = 0;
  return () => {
    if (inside >= places) return undefined;
    inside++;
    let left = false;
    return () => {
      if (!left) inside--;
      left = true;
    };
  };
}
