/**
 * The runtime that this program runs on.
 *
 * @module
 */

import type { Runtime } from "../ports/runtime.ts";
import { bunRuntime } from "./bun.ts";
import { denoRuntime } from "./deno.ts";

/**
 * The only state at module level: a process has one runtime, which listens to the end of the
 * process and knows every program that it has started.
 */
let current: Runtime | undefined;

/** The runtime of this process, made at the first call. */
export function currentRuntime(): Runtime {
  return current ??= "Bun" in globalThis ? bunRuntime() : denoRuntime();
}
