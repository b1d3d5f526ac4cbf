/**
 * The runtime that this program runs on.
 *
 * @module
 */

import type { Runtime } from "../ports/runtime.ts";
import { bunRuntime } from "./bun.ts";
import { denoRuntime } from "./deno.ts";

/** One for the process: it knows every program that was started, to end it with this one. */
const RUNTIME: Runtime | undefined = "Bun" in globalThis
  ? bunRuntime()
  : "Deno" in globalThis
  ? denoRuntime()
  : undefined;

/** The runtime of this process. */
export function currentRuntime(): Runtime {
  if (RUNTIME === undefined) throw new Error("This is neither Deno nor Bun");
  return RUNTIME;
}
