/**
 * The runtime that this program runs on.
 *
 * @module
 */

import type { Runtime } from "../ports/runtime.ts";
import { bunRuntime } from "./bun.ts";
import { denoRuntime } from "./deno.ts";

let current: Runtime | undefined;

/**
 * Finds out which runtime this is.
 *
 * @returns Its ports.
 */
export function currentRuntime(): Runtime {
  return current ??= "Bun" in globalThis ? bunRuntime() : denoRuntime();
}
