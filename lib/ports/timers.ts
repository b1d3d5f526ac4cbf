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
