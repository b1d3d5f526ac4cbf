/**
 * A web server for folders: the successor of Python's `http.server`, as a program and as
 * one `fetch` handler for Deno and Bun.
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
import { currentRuntime } from "./lib/runtime/mod.ts";

export * from "./lib/mod.ts";

// No default export: Bun would start a second server for one that has `fetch`.
if (import.meta.main) {
  const runtime = currentRuntime();
  runtime.exit(await run(runtime, openThread));
}

// It stands here, because in an executable everything but a thread's module is this file:
// the path to it must be the same from both, and bundlers look for these very words.
function openThread(): Worker {
  return new Worker(new URL("./lib/program/worker.ts", import.meta.url), {
    type: "module",
  });
}
