/**
 * The handler, with the runtime's disk below it.
 *
 * @module
 */

import { createContext } from "../files/context.ts";
import { resolve } from "../files/resolve.ts";
import type { Reply } from "../http/reply.ts";
import type { Resolve } from "../http/resource.ts";
import { type Answer, type HttpRequest, toResponse } from "../ports/message.ts";
import { currentRuntime } from "../runtime/mod.ts";
import { checkedSiteOptions } from "../site/checked_options.ts";
import type { PassingOptions, SiteOptions } from "../site/options.ts";
import { createSite, type Site } from "../site/site.ts";
import { siteDefaults, softwareOf } from "./defaults.ts";
import {
  createPassingHandler,
  createSiteHandler,
  type PassingSiteHandler,
  type SiteHandler,
} from "./handler.ts";
import { preload } from "./preload.ts";
import { sendDecided } from "./send.ts";

/**
 * Makes a handler that serves a directory. It is a function from a `Request` to a
 * `Response`, for `Deno.serve`, `Bun.serve` and every framework that speaks `fetch`.
 *
 * @param options What to serve, and how.
 * @returns The handler.
 * @throws {TypeError} When an option is not of its kind, or there is no such option.
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
 *
 * @example Below a prefix, beside what else a program answers
 * ```ts
 * import { createHandler } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * const files = createHandler({ root: ".", urlRoot: "/static", fallthrough: true, log: false });
 * const handler = async (request: Request) => await files(request) ?? new Response("Hello");
 * const response = await handler(new Request("http://localhost/staticfoo"));
 * assertEquals(await response.text(), "Hello");
 * ```
 */
export function createHandler(
  options: PassingOptions,
): PassingSiteHandler;

/**
 * Makes a handler that answers every request.
 *
 * @param options What to serve, and how.
 * @returns The handler.
 * @throws {TypeError} When an option is not of its kind, or there is no such option.
 */
export function createHandler(options: SiteOptions): SiteHandler;

/**
 * Makes a handler that leaves to its caller what it does not have, or not.
 *
 * @param options What to serve, and how.
 * @returns The handler.
 * @throws {TypeError} When an option is not of its kind, or there is no such option.
 */
export function createHandler(
  options: Omit<SiteOptions, "fallthrough"> & { fallthrough: boolean },
): PassingSiteHandler;

export function createHandler(
  options: AnyOptions,
): SiteHandler | PassingSiteHandler {
  const site = siteOf(options);
  void preload(site); // it never fails
  return site.fallthrough
    ? createPassingHandler(site)
    : createSiteHandler(site);
}

type AnyOptions = Omit<SiteOptions, "fallthrough"> & {
  readonly fallthrough?: boolean | undefined;
};

function siteOf(options: AnyOptions): Site {
  const { fallthrough, ...rest } = checkedSiteOptions(options);
  return createSite(rest, siteDefaults(currentRuntime()), fallthrough);
}

/**
 * Makes the function that a handler finds resources with, for the `resolve` option of
 * another: `translate_path` of `http.server`. It has the policies of its own options: what
 * is hidden or outside its root is absent.
 *
 * @param options Where, and what may be seen there.
 * @returns The function.
 * @throws {TypeError} When an option is not of its kind, or there is no such option.
 *
 * @example Two directories as one
 * ```ts
 * import { createHandler, createResolve } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * const docs = createResolve({ root: "lib" });
 * const handler = createHandler({
 *   root: ".",
 *   log: false,
 *   async resolve(target, next) {
 *     const resource = await next(target);
 *     return resource.kind === "absent" ? await docs(target) : resource;
 *   },
 * });
 * const response = await handler(new Request("http://localhost/mod.ts"));
 * assertEquals(response.status, 200);
 * await response.body?.cancel();
 * ```
 */
export function createResolve(options: SiteOptions): Resolve {
  const context = createContext(siteOf(options));
  return (target) => resolve(target, context);
}

/**
 * The name and version of this package and of the runtime: what the Server field says, and
 * `version_string()` in `http.server`.
 *
 * @returns Text such as `serve/1.2.3 Deno/2.9.6`.
 *
 * @example Usage
 * ```ts
 * import { versionString } from "@x/serve";
 * import { assertMatch } from "@std/assert";
 *
 * assertMatch(versionString(), /^serve\/\S+ (?:Deno|Bun)\/\S+$/);
 * ```
 */
export function versionString(): string {
  return softwareOf(currentRuntime());
}

/** What {@linkcode send} may be told: options of a site that are not about files. */
export type SendOptions = Pick<
  SiteOptions,
  "serverVersion" | "errorPage" | "protocol"
>;

/**
 * Makes the answer that a reply describes: what `send_response()` and `wfile` are for in
 * `http.server`. The Server and Date fields are added, and for HEAD the content is left out.
 *
 * @param reply The reply, such as one of {@linkcode errorReply}.
 * @param request The request that it answers.
 * @param options The Server field, the page of errors, and the version of HTTP.
 * @returns The answer.
 * @throws {TypeError} When an option is not of its kind, or there is no such option.
 *
 * @example Usage
 * ```ts
 * import { errorReply, send } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * const request = new Request("http://localhost/");
 * const response = await send(errorReply(410, { message: "Gone fishing" }), request);
 * assertEquals(response.status, 410);
 * assertEquals((await response.text()).includes("<p>Message: Gone fishing.</p>"), true);
 * ```
 */
export async function send(
  reply: Reply,
  request: Request,
  options: SendOptions = {},
): Promise<Response> {
  return toResponse(await sendReply(reply, request, options));
}

/** The same as data. */
export async function sendReply(
  reply: Reply,
  request: HttpRequest,
  options: SendOptions = {},
): Promise<Answer> {
  const checked = checkedSiteOptions(options);
  const context = createContext(
    createSite({ ...checked, root: "." }, siteDefaults(currentRuntime())),
  );
  return await sendDecided({ ...reply, early: true }, request, context);
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
