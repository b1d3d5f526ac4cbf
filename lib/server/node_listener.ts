/**
 * Handlers in servers of `node:http` that others have made: by themselves, in Express, Connect and Fastify.
 *
 * @module
 */

import type { NodeListener } from "../ports/exchange.ts";
import { currentRuntime } from "../runtime/mod.ts";
import { createListener } from "../runtime/node_mount.ts";
import { answerAlone, type MountedHandler, toAttempt } from "./responder.ts";

/**
 * Makes a listener of `node:http` of a handler, on Node.js, Bun and Deno. It is middleware of
 * Express and Connect, too, and a hook of Fastify: with `next`, what the handler leaves to others
 * (`fallthrough`, or `undefined` of a handler of yours) and its errors go there. Without `next`
 * they are answered 404 and 500, and an error is written to the standard error output.
 *
 * The handler sees the whole target, even where it is mounted below a path: its
 * `urlRoot` names that path. Fields that were set before stay, unless the answer has the same
 * ones; those of Vary and Set-Cookie are added.
 *
 * @param handler A handler of {@linkcode createHandler}, which answers without a `Response` in
 * between, or your own.
 * @returns The listener.
 * @throws {TypeError} When the handler is no function.
 *
 * @example In a server of node:http
 * ```ts
 * import { createHandler, toNodeListener } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 * import { createServer } from "node:http";
 *
 * const handler = createHandler({ root: ".", log: false });
 * const server = createServer(toNodeListener(handler));
 * await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
 * const { port } = server.address() as { port: number };
 * const response = await fetch(`http://127.0.0.1:${port}/README.md`);
 * assertEquals(response.headers.get("content-type"), "text/markdown; charset=utf-8");
 * await response.body?.cancel();
 * server.close();
 * server.closeAllConnections();
 * ```
 *
 * @example Before what else a program answers
 * ```ts
 * import { toNodeListener } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 * import { createServer } from "node:http";
 *
 * const hello = toNodeListener((request) =>
 *   new URL(request.url).pathname === "/hello" ? new Response("Hello") : undefined
 * );
 * const server = createServer((message, response) =>
 *   hello(message, response, () => response.end("Something else"))
 * );
 * await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
 * const { port } = server.address() as { port: number };
 * const get = async (path: string) => await (await fetch(`http://127.0.0.1:${port}${path}`)).text();
 * assertEquals([await get("/hello"), await get("/")], ["Hello", "Something else"]);
 * server.close();
 * server.closeAllConnections();
 * ```
 */
export function toNodeListener(handler: MountedHandler): NodeListener {
  if (typeof handler !== "function") {
    throw new TypeError("Cannot mount the handler: it is no function");
  }
  const attempt = toAttempt(handler);
  const alone = answerAlone(attempt, currentRuntime());
  return createListener({ attempt, ...alone });
}
