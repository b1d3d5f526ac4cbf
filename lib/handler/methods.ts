/**
 * A handler for each method: what `do_GET()` and `do_SPAM()` are in `http.server`.
 *
 * @module
 */

import { isToken } from "../http/field.ts";
import { isRegisteredMethod } from "../http/registry.ts";
import { typeError } from "../http/type_error.ts";
import { notAllowedReply, unknownReply } from "../pages/failure.ts";
import type { Handler, Peer } from "../ports/exchange.ts";
import type { Awaitable } from "../ports/files.ts";
import { unknownLength } from "../ports/message.ts";
import { toPeer } from "./client.ts";
import { send, type SendOptions } from "./create_handler.ts";

/** Answers the requests of one method. */
export type MethodHandler = (
  request: Request,
  peer: Peer,
) => Awaitable<Response>;

/**
 * Makes a handler that dispatches on the method (RFC 9110 §9). HEAD is answered as GET is,
 * without content; OPTIONS by a 204 with Allow. Other registered methods are answered 405
 * with Allow, all others 501. Methods that are not registered reach a handler on Deno only: the
 * other runtimes cannot read them, and `listen()` answers 501.
 *
 * @param table Handlers by their methods; case matters.
 * @param options How 405 and 501 are sent.
 * @returns The handler.
 * @throws {TypeError} When a name is no method or its handler no function.
 *
 * @example Usage
 * ```ts
 * import { methods } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * const handler = methods({
 *   GET: () => new Response("Hello"),
 *   SPAM: async (request) => new Response(await request.text()),
 * });
 * const url = "http://localhost/";
 * const spam = await handler(new Request(url, { method: "SPAM", body: "eggs" }));
 * assertEquals(await spam.text(), "eggs");
 * const put = await handler(new Request(url, { method: "PUT" }));
 * assertEquals([put.status, put.headers.get("allow")], [405, "GET, HEAD, OPTIONS, SPAM"]);
 * ```
 */
export function methods(
  table: Readonly<Record<string, MethodHandler>>,
  options: SendOptions = {},
): Handler {
  const handlers = new Map(Object.entries(table));
  for (const [name, handler] of handlers) checkMethod(name, handler);
  const allowed = allowOf([...handlers.keys()]);
  return async (request, source) => {
    const { method } = request;
    const handler = handlers.get(method);
    if (handler !== undefined) {
      return await handler(request, toPeer(request, source));
    }
    const get = handlers.get("GET");
    if (method === "HEAD" && get !== undefined) {
      return withoutContent(await get(request, toPeer(request, source)));
    }
    if (method === "OPTIONS") {
      return new Response(null, { status: 204, headers: { Allow: allowed } });
    }
    const reply = isRegisteredMethod(method)
      ? notAllowedReply(allowed)
      : unknownReply(method);
    return await send(reply, request, options);
  };
}

function checkMethod(name: string, handler: unknown): void {
  // `get` is another method than GET, which nobody sends.
  const isSlip = !isRegisteredMethod(name) &&
    isRegisteredMethod(name.toUpperCase());
  if (!isToken(name) || isSlip) {
    throw typeError`Cannot answer ${name}: no method`;
  }
  if (typeof handler !== "function") {
    throw new TypeError(`Cannot answer ${name}: its handler is no function`);
  }
}

function allowOf(names: readonly string[]): string {
  const implied = names.includes("GET") ? ["HEAD", "OPTIONS"] : ["OPTIONS"];
  return [...new Set([...names, ...implied])].sort().join(", ");
}

/** What GET would say, without its content (RFC 9110 §9.3.2). */
function withoutContent(response: Response): Response {
  const { status, statusText, headers, body } = response;
  // Nobody waits for a stream that does not care.
  body?.cancel().catch(() => {});
  const hasLength = body === null || headers.has("content-length");
  return new Response(hasLength ? null : unknownLength(), {
    status,
    statusText,
    headers,
  });
}
