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

export * from "./lib/mod.ts";

// No default export: Bun would start a second server for one that has `fetch`.
// Who imports this has no need of the program.
if (import.meta.main) {
  await import("./lib/program/entry.ts");
}
