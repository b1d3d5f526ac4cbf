/**
 * The handler for `deno serve`, as in `deno serve -R -E --parallel jsr:@x/serve/fetch`.
 * It is configured by environment variables that are named after the flags of the
 * program: `SERVE_DIRECTORY`, `SERVE_HEADER` (a line for each), `SERVE_CONTENT_TYPE`,
 * and `SERVE_DOTFILES=1`, `SERVE_FOLLOW_SYMLINKS=1`, `SERVE_QUIET=1`. They are read at
 * the first request.
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

import { parseCommandLine } from "./cli/parse.ts";
import { environmentWords } from "./cli/environment.ts";
import { siteOptions } from "./cli/settings.ts";
import { createHandler } from "./create_handler.ts";
import type { Handler, PeerSource } from "./ports.ts";
import { currentRuntime } from "./runtime/mod.ts";

/** What `deno serve` looks for in a module. */
export interface FetchServer {
  /** Answers a request. */
  readonly fetch: Handler;
}

let handler: Handler | undefined;

/** The server: what `deno serve` looks for. */
const server: FetchServer = {
  fetch: (request: Request, peer?: PeerSource): Promise<Response> => {
    handler ??= configure();
    return handler(request, peer);
  },
};

export default server;

function configure(): Handler {
  const { environment } = currentRuntime();
  const line = parseCommandLine(environmentWords(environment));
  if (line.kind !== "serve") {
    throw new TypeError(
      `Cannot configure the handler: ${
        line.kind === "invalid" ? line.message : `SERVE_${line.kind} is set`
      }`,
    );
  }
  return createHandler(siteOptions(line.settings, line.settings.directory));
}
