/**
 * Sockets on Deno: whether they can be had.
 *
 * @module
 */

import type { Handler } from "../ports/exchange.ts";
import type {
  Listener,
  ListenFailure,
  ListenOptions,
  Place,
} from "../ports/sockets.ts";
import { isGranted } from "./deno_permissions.ts";
import { serve } from "./deno_server.ts";

const ABORT_WARNING = "Deno.serve: request.signal aborts on success";

/**
 * Opens a socket and serves it.
 *
 * @param options Where to listen, and how.
 * @param handler What answers.
 * @returns The socket, or why there is none.
 */
export async function listen(
  options: ListenOptions,
  handler: Handler,
): Promise<Listener | ListenFailure> {
  const { place } = options;
  const missing = missingPermission(place);
  if (missing !== undefined) return { kind: "permission", message: missing };
  if (place.kind === "unix") {
    // What few need is not loaded by all.
    const { clearStaleSocket } = await import("./unix_socket.ts");
    const failure = await clearStaleSocket(place.path);
    if (failure !== undefined) return failure;
  }
  keepQuiet();
  return serve(options, handler);
}

/** The flags that are missing, without asking anybody. */
function missingPermission(place: Place): string | undefined {
  if (place.kind === "tcp") {
    const { hostname, port } = place;
    const host = hostname.includes(":") ? `[${hostname}]` : hostname;
    return isGranted({ name: "net", host: `${host}:${port}` })
      ? undefined
      : "--allow-net";
  }
  const { path } = place;
  const flags = [
    ...isGranted({ name: "net", host: `unix:${path}` }) ? [] : ["--allow-net"],
    ...isGranted({ name: "read", path }) ? [] : [`--allow-read=${path}`],
    ...isGranted({ name: "write", path }) ? [] : [`--allow-write=${path}`],
  ];
  return flags.length === 0 ? undefined : flags.join(" ");
}

let isQuiet = false;

/**
 * Deno tells whoever looks whether a client has left that its signal also comes after
 * success (its legacy behavior). CGI takes that into account, and listens no more by then.
 */
function keepQuiet(): void {
  if (isQuiet) return;
  isQuiet = true;
  const { warn } = console;
  // deno-lint-ignore no-console
  console.warn = (...words) => {
    if (!String(words[0]).startsWith(ABORT_WARNING)) warn(...words);
  };
}
