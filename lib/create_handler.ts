/**
 * The handler, with the runtime's disk below it.
 *
 * @module
 */

import { siteDefaults } from "./defaults.ts";
import { createSiteHandler } from "./handler.ts";
import type { SiteOptions } from "./options.ts";
import type { Handler } from "./exchange.ts";
import { currentRuntime } from "./runtime/mod.ts";
import { createSite } from "./site.ts";

/**
 * Makes a handler that serves a directory. It is a function from a `Request` to a
 * `Response`, for `Deno.serve`, `Bun.serve` and every framework that speaks `fetch`.
 *
 * @param options What to serve, and how.
 * @returns The handler.
 * @throws {TypeError} When an option is not of its kind.
 *
 * @example Serving a directory
 * ```ts
 * import { createHandler } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * const handler = createHandler({ root: ".", log: false });
 * const response = await handler(new Request("http://localhost/README.md"));
 * assertEquals(response.headers.get("content-type"), "text/markdown; charset=utf-8");
 * await response.body?.cancel();
 * ```
 *
 * @example Files in memory
 * ```ts
 * import { createHandler, memoryFiles } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * const files = memoryFiles({ "/index.html": "<h1>Hello</h1>" });
 * const handler = createHandler({ root: "/", files, log: false });
 * const response = await handler(new Request("http://localhost/"));
 * assertEquals(await response.text(), "<h1>Hello</h1>");
 * ```
 */
export function createHandler(options: SiteOptions): Handler {
  return createSiteHandler(
    createSite(options, siteDefaults(currentRuntime())),
  );
}

/**
 * Ends every script that runs for a handler of this program, for before its own end: a
 * program that a signal ends takes nobody along.
 *
 * @returns Settles when they have ended, after a second at the latest.
 *
 * @example At the end of a program
 * ```ts
 * import { createHandler, endScripts } from "@x/serve";
 *
 * const handler = createHandler({ root: ".", cgi: true });
 * const server = Deno.serve({ port: 0, onListen() {} }, handler);
 * await server.shutdown();
 * await endScripts();
 * ```
 */
export async function endScripts(): Promise<void> {
  await currentRuntime().processes.endAll();
}
