/**
 * The flags of limits.
 *
 * @module
 */

import { text, UsageError, type Values } from "./words.ts";

/** How much the user wants done at a time. */
export interface LimitSettings {
  /** The most requests that are answered at a time, where there is such a number. */
  readonly maxConnections: number | undefined;
}

/**
 * Reads the flags of limits.
 *
 * @param values The values of all flags.
 * @returns What they ask for.
 * @throws {UsageError} When a value is not of its kind.
 */
export function parseLimits(values: Values): LimitSettings {
  const value = text(values, "max-connections");
  if (value === undefined) return { maxConnections: undefined };
  const maxConnections = Number(value);
  if (
    /^\d+$/.test(value) && Number.isSafeInteger(maxConnections) &&
    maxConnections > 0
  ) {
    return { maxConnections };
  }
  throw new UsageError(
    `--max-connections needs a number, such as 100, not "${value}"`,
  );
}
