/**
 * The runtime for the program, which loads the modules of that one alone.
 *
 * @module
 */

import type { Runtime } from "../ports/runtime.ts";

/** Loads the runtime of this process, as `currentRuntime` chooses it. */
export async function loadRuntime(): Promise<Runtime> {
  if ("Bun" in globalThis) {
    const { bunRuntime, compileLater } = await import("./bun.ts");
    compileLater();
    return bunRuntime();
  }
  if ("Deno" in globalThis) return (await import("./deno.ts")).denoRuntime();
  return (await import("./node.ts")).nodeRuntime();
}
