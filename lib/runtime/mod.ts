/**
 * The runtime that this program runs on.
 *
 * @module
 */

import type { Runtime } from "../ports/runtime.ts";
import { bunRuntime } from "./bun.ts";
import { denoRuntime } from "./deno.ts";
import { nodeRuntime } from "./node.ts";

/** One for the process: it knows every program that was started, to end it with this one. */
const RUNTIME: Runtime | undefined = chooseRuntime();

/** Deno and Bun, too, have the `process` of Node.js. */
function chooseRuntime(): Runtime | undefined {
  if ("Bun" in globalThis) return bunRuntime();
  if ("Deno" in globalThis) return denoRuntime();
  return "process" in globalThis ? nodeRuntime() : undefined;
}

export function currentRuntime(): Runtime {
  if (RUNTIME === undefined) {
    throw new Error("This is neither Deno, Bun nor Node.js");
  }
  return RUNTIME;
}
