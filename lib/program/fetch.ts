/**
 * The handler for `deno serve`, as in `deno serve -R -E --parallel jsr:@x/serve/fetch`.
 * It is configured by environment variables that are named after the flags of the
 * program: `SERVE_DIRECTORY`, `SERVE_HEADER` (a line for each), `SERVE_CONTENT_TYPE`,
 * and `SERVE_DOTFILES=1`, `SERVE_COMPRESS=0`, `SERVE_CGI=1` and so on, for
 * every flag of the groups What, Site, Access, Upload, CGI and Log; `SERVE_CONFIG` is a file of settings. As the entry of a program it
 * reads them when it is imported, so that a mistake ends the program at its start.
 *
 * @example Usage
 * ```ts
 * import server from "@x/serve/fetch";
 * import { assertEquals } from "@std/assert";
 *
 * const response = await server.fetch(new Request("http://localhost/README.md"));
 * assertEquals(response.status, 200);
 * await response.body?.cancel();
 * ```
 *
 * @module
 */

import { createHandler } from "../handler/create_handler.ts";
import type { Handler, PeerSource } from "../ports/exchange.ts";
import { currentRuntime } from "../runtime/mod.ts";
import { configure } from "./configuration.ts";
import { HANDLER_GROUPS } from "./flag.ts";
import { prepare, siteOptions } from "./prepare.ts";

/** What `deno serve` looks for in a module. */
export interface FetchServer {
  /** Answers a request. */
  readonly fetch: Handler;
}

const handler = await configureHandler();

/** The server: what `deno serve` looks for. */
const server: FetchServer = {
  fetch: (
    request: Request,
    peer?: PeerSource,
  ): Response | Promise<Response> => handler(request, peer),
};

export default server;

async function configureHandler(): Promise<Handler> {
  const runtime = currentRuntime();
  // Without the permission nothing could be configured: throws.
  runtime.environment("SERVE_DIRECTORY");
  const configured = await configure(new Map(), runtime, HANDLER_GROUPS);
  if (configured.kind === "invalid") {
    throw cannot(configured.messages.join("; "));
  }
  const { settings } = configured;
  if (settings.reload) throw cannot("--reload is for the program alone");
  const ready = await prepare(settings, runtime);
  if (ready.kind === "failed") throw cannot(ready.message);
  if (ready.hangUp !== undefined) runtime.onHangUp(() => void ready.hangUp?.());
  return createHandler(siteOptions(settings, ready, runtime));
}

function cannot(reason: string): TypeError {
  return new TypeError(`Cannot configure the handler: ${reason}`);
}
