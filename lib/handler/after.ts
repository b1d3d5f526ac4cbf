/**
 * What may be there at once, and goes on at once where it is.
 *
 * @module
 */

import type { Awaitable } from "../ports/ports.ts";

/**
 * Goes on with a value. What is there already waits for nothing: a promise costs more than
 * all the rest of an answer that is prepared.
 *
 * @param value The value, or a promise of it.
 * @param next What to make of it.
 * @returns What was made, at once where the value was there.
 */
export function after<T, R>(
  value: Awaitable<T>,
  next: (value: T) => Awaitable<R>,
): Awaitable<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
