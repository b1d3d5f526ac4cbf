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
  /** How many threads serve; 1 for none besides the first. */
  readonly workers: number | "auto";
}

/** More would only wait for each other. */
const MAX_WORKERS = 256;

/**
 * Reads the flags of limits.
 *
 * @param values The values of all flags.
 * @returns What they ask for.
 * @throws {UsageError} When a value is not of its kind.
 */
export function parseLimits(values: Values): LimitSettings {
  const most = text(values, "max-connections");
  const workers = text(values, "workers") ?? "1";
  return {
    maxConnections: most === undefined ? undefined : toCount(
      most,
      Number.MAX_SAFE_INTEGER,
      "--max-connections",
      "1 or more",
    ),
    workers: workers === "auto" ? workers : toCount(
      workers,
      MAX_WORKERS,
      "--workers",
      `1 to ${MAX_WORKERS}, or auto`,
    ),
  };
}

function toCount(
  value: string,
  most: number,
  name: string,
  expected: string,
): number {
  const count = Number(value);
  if (/^\d+$/.test(value) && count > 0 && count <= most) return count;
  throw new UsageError(`${name} needs ${expected}, not "${value}"`);
}
