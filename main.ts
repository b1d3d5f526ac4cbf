/**
 * A web server for folders: the successor of Python's `http.server`, as a program and as
 * one `fetch` handler for Deno, Bun and Node.js.
 *
 * As a program: `deno run --no-prompt --allow-net --allow-read=/ jsr:@x/serve [port] [directory]`.
 *
 * @example Embedding
 * ```ts
 * import { createHandler } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * const handler = createHandler({ root: "." });
 * const response = await handler(new Request("http://localhost/%2e%2e/README.md"));
 * assertEquals(response.status, 200);
 * await response.body?.cancel();
 * ```
 *
 * @module
 */

import { run } from "./lib/program/serve.ts";
import type { ThreadWorker } from "./lib/ports/runtime.ts";
import { currentRuntime } from "./lib/runtime/mod.ts";
import { openNodeThread } from "./lib/runtime/node_threads.ts";
import { isMain } from "./lib/runtime/system.ts";

export * from "./lib/mod.ts";

// No default export: Bun would start a second server for one that has `fetch`.
if (import.meta.main ?? isMain(import.meta.url)) {
  const runtime = currentRuntime();
  runtime.exit(await run(runtime, openThread));
}

// It stands here, because in an executable everything but a thread's module is this file:
// the path to it must be the same from both, and bundlers look for these very words.
function openThread(): ThreadWorker {
  return "Worker" in globalThis
    ? new Worker(new URL("./lib/program/worker.ts", import.meta.url), {
      type: "module",
    })
    : openNodeThread(new URL("./lib/program/worker.ts", import.meta.url));
}
