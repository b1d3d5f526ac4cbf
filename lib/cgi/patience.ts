/**
 * How long a server waits for a script, and for the content of the request: as long as
 * there is somebody who wants the answer, and no longer than the user allows.
 *
 * @module
 */

/** Why nobody waits any longer: the client has left, or the time is up. */
export type End = "left" | "late";

/** A wait. */
export interface Patience extends Disposable {
  /** Settles when nobody waits any longer. */
  readonly over: Promise<End>;
  /** Begins the time anew: something has happened. */
  readonly restart: () => void;
}

/**
 * Begins to wait.
 *
 * @param timeout How long, in milliseconds.
 * @param client Aborts when the client leaves.
 * @returns The wait.
 */
export function createPatience(timeout: number, client: AbortSignal): Patience {
  const { promise: over, resolve } = Promise.withResolvers<End>();
  let isOver = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const leave = () => resolve("left");
  const restart = () => {
    clearTimeout(timer);
    if (!isOver) timer = setTimeout(() => resolve("late"), timeout);
  };
  if (client.aborted) leave();
  client.addEventListener("abort", leave);
  restart();
  return {
    over,
    restart,
    [Symbol.dispose]: () => {
      isOver = true;
      clearTimeout(timer);
      client.removeEventListener("abort", leave);
    },
  };
}
