/**
 * Sockets on Deno.
 *
 * @module
 */

import type { Handler } from "../exchange.ts";
import type { Listener, ListenFailure, ListenOptions } from "../sockets.ts";
import { write } from "./deno_output.ts";
import { isGranted } from "./deno_permissions.ts";

const ABORT_WARNING = "Deno.serve: request.signal aborts on success";
/** How long to wait for descriptors before connections are accepted again, in milliseconds. */
const RESTART_MS = 100;

/**
 * Opens a socket and serves it.
 *
 * @param options Where to listen.
 * @param handler What answers.
 * @returns The socket, or why there is none.
 */
export function listen(
  { hostname, port, tls }: ListenOptions,
  handler: Handler,
): Listener | ListenFailure {
  const host = `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
  if (!isGranted({ name: "net", host })) {
    return { kind: "permission", message: `Requires net access to "${host}"` };
  }
  keepQuiet();
  try {
    return serve(hostname, port, tls, handler);
  } catch (error) {
    return toFailure(error);
  }
}

/**
 * Deno tells whoever looks whether a client has left that its signal also comes after
 * success (its legacy behavior). CGI takes that into account, and listens no more by then.
 */
function keepQuiet(): void {
  const { warn } = console;
  // deno-lint-ignore no-console
  console.warn = (...words) => {
    if (!String(words[0]).startsWith(ABORT_WARNING)) warn(...words);
  };
}

/**
 * Deno gives up a server when it cannot accept a connection, for want of descriptors:
 * somebody who only connects could end the program. So it is started anew.
 */
function serve(
  hostname: string,
  port: number,
  tls: ListenOptions["tls"],
  handler: Handler,
): Listener {
  const start = (port: number): Deno.HttpServer<Deno.NetAddr> =>
    Deno.serve({
      hostname,
      port,
      ...tls,
      onListen: () => {},
      // Our handler does not throw; what fails while it is sent is in the log.
      onError: () => new Response(null, { status: 500 }),
    }, (request, { remoteAddr, completed }) => {
      const socket = { port: server.addr.port };
      return handler(request, { remoteAddr, completed, server: socket });
    });
  let server = start(port);
  let draining = false;
  const { addr } = server;
  const restart = async (): Promise<typeof server> => {
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, RESTART_MS));
      // There may still be no descriptor, not even one to listen with.
      try {
        return draining ? server : start(addr.port);
      } catch {
        continue;
      }
    }
  };
  const watch = async (): Promise<void> => {
    while (await fails(server) && !draining) {
      write(
        Deno.stderr,
        "serve: a connection was refused for want of descriptors\n",
      );
      server = await restart();
    }
  };
  void watch();
  return {
    address: addr.hostname,
    port: addr.port,
    drain: () => {
      draining = true;
      return server.shutdown();
    },
  };
}

function fails({ finished }: Deno.HttpServer): Promise<boolean> {
  return finished.then(() => false, () => true);
}

function toFailure(error: unknown): ListenFailure {
  if (!(error instanceof Error)) throw error;
  const { message } = error;
  if (error instanceof Deno.errors.AddrInUse) {
    return { kind: "in-use", message };
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return { kind: "denied", message };
  }
  return { kind: "not-available", message };
}
