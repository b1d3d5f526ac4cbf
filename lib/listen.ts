/**
 * A server around any handler: what `HTTPServer` is in `http.server`.
 *
 * @module
 */

import type { TlsKeys } from "./certificates.ts";
import { send } from "./create_handler.ts";
import type { Handler, Peer, ServerSocket } from "./exchange.ts";
import { errorReply } from "./pages/error_page.ts";
import type { Awaitable, Runtime } from "./ports.ts";
import { currentRuntime } from "./runtime/mod.ts";
import { readKeys } from "./server/keys.ts";
import { type Listening, openSockets } from "./server/open.ts";
import type { Bind } from "./server/where.ts";
import { formatLogRecord } from "./wraps/access_log.ts";
import { toPeer } from "./wraps/peer.ts";
import { rawTarget } from "./files/target.ts";

/** Where {@linkcode listen} listens, and how. */
export interface ServerOptions {
  /**
   * The port; 0 for any free one.
   *
   * @default {8000}
   */
  readonly port?: number | undefined;
  /**
   * The address, or a host name. By default all addresses of IPv4 and IPv6.
   *
   * @default {"all addresses"}
   */
  readonly hostname?: string | undefined;
  /** The path of a unix socket, in place of an address and a port. */
  readonly path?: string | undefined;
  /** What makes it speak HTTPS; HTTP/2, too, where the runtime can. */
  readonly tls?: ServerTlsOptions | undefined;
  /**
   * Whether a port that is in use gives way to the next free one, of a hundred.
   *
   * @default {false}
   */
  readonly portFallback?: boolean | undefined;
  /**
   * Hears what the handler throws, after which the client gets a 500.
   *
   * @default {"writes the request and the stack to the standard error output"}
   */
  readonly onError?:
    | ((error: unknown, request: Request, peer: Peer) => void)
    | undefined;
}

/** A certificate and its key. */
export interface ServerTlsOptions extends TlsKeys {
  /** The password of the key, where it is encrypted. */
  readonly password?: string | undefined;
}

/** A server that listens. */
export interface Server extends ServerSocket {
  /** The address it is bound to; the path of a unix socket. */
  readonly address: string;
  /** The port it is bound to; 0 for a unix socket, which has none. */
  readonly port: number;
  /** The host name that was asked for; `localhost` for loopback and for all addresses. */
  readonly name: string;
  /** A URL under which this machine reaches it. */
  readonly url: string;
  /** Settles when it has been shut down. */
  readonly finished: Promise<void>;
  /** Stops accepting; settles when every answer begun was sent. */
  readonly shutdown: () => Promise<void>;
}

/** Answers requests: what a handler of {@linkcode listen} must be able to do. */
export type ServerHandler = (
  request: Request,
  peer: Peer,
) => Awaitable<Response>;

const DEFAULT_PORT = 8000;
const MAX_PORT = 65_535;

/**
 * Listens, on Deno and on Bun, and gives every request to a handler: one of this package or
 * your own. What it throws is a 500 for its client and nothing for others.
 *
 * @param handler What answers.
 * @param options Where to listen, and how.
 * @returns The server, as soon as it accepts connections.
 * @throws {TypeError} When an option is not of its kind.
 * @throws {Error} When it cannot listen there, in the words of the program: the port is in use, …
 *
 * @example Files
 * ```ts
 * import { createHandler, listen } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * const handler = createHandler({ root: ".", log: false });
 * const server = await listen(handler, { hostname: "127.0.0.1", port: 0 });
 * assertEquals(server.name, "localhost");
 * assertEquals(server.url, `http://127.0.0.1:${server.port}/`);
 * const response = await fetch(new URL("README.md", server.url));
 * assertEquals(response.status, 200);
 * await response.body?.cancel();
 * await server.shutdown();
 * ```
 *
 * @example A handler of your own
 * ```ts
 * import { listen } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * const server = await listen(
 *   (_request, peer) => new Response(`${peer.address} ${peer.server?.name}`),
 *   { hostname: "127.0.0.1", port: 0 },
 * );
 * const response = await fetch(server.url);
 * assertEquals(await response.text(), "127.0.0.1 localhost");
 * await server.shutdown();
 * ```
 */
export async function listen(
  handler: ServerHandler,
  options: ServerOptions = {},
): Promise<Server> {
  const runtime = currentRuntime();
  const { binds, port } = checkedPlace(handler, options);
  const { tls, portFallback: fallback, onError } = options;
  const keys = tls === undefined
    ? undefined
    : readKeys(tls, runtime.readKeyPair);
  const result = await openSockets(
    guarded(handler, onError ?? writeError(runtime)),
    { binds, port, fallback, tls: keys },
    runtime,
  );
  if (result.kind === "failed") {
    throw new Error(result.message, { cause: result.failure });
  }
  return toServer(result);
}

function checkedPlace(
  handler: ServerHandler,
  { port = DEFAULT_PORT, hostname, path, tls }: ServerOptions,
): { readonly binds: readonly Bind[]; readonly port: number } {
  if (typeof handler !== "function") {
    throw new TypeError("Cannot listen: the handler is no function");
  }
  if (!Number.isInteger(port) || port < 0 || port > MAX_PORT) {
    throw new TypeError(`Cannot listen on port ${port}: expected 0 to 65535`);
  }
  if (path === undefined) {
    return hostname === undefined
      ? { binds: [], port }
      : { binds: [{ kind: "host", hostname }], port };
  }
  if (hostname !== undefined) {
    throw new TypeError(`Cannot listen on "${path}" and "${hostname}" at once`);
  }
  if (tls !== undefined) {
    throw new TypeError(`Cannot listen on "${path}": a unix socket has no TLS`);
  }
  return { binds: [{ kind: "unix", path }], port };
}

/** Whatever a handler does, its request is answered, and the others are. */
function guarded(
  handler: ServerHandler,
  onError: NonNullable<ServerOptions["onError"]>,
): Handler {
  return async (request, source) => {
    const peer = toPeer(request, source);
    try {
      const response = await handler(request, peer);
      if (response instanceof Response) return response;
      throw new TypeError("The handler has given no Response");
    } catch (error) {
      try {
        onError(error, request, peer);
      } catch {
        // Who listens to errors must not make more of them.
      }
      return await send(errorReply(500), request);
    }
  };
}

function writeError(
  { printError }: Runtime,
): NonNullable<ServerOptions["onError"]> {
  return (error, request, peer) => {
    const { method } = request;
    const target = rawTarget(request);
    const record = { peer, time: Date.now(), milliseconds: 0, method, target };
    printError(formatLogRecord({ ...record, status: 500, bytes: 0, error }));
  };
}

function toServer({ listeners }: Listening): Server {
  const [first] = listeners;
  if (first === undefined) throw new Error("Cannot listen: there is no socket");
  const { address, port, name, url } = first;
  const finished = Promise.withResolvers<void>();
  let ending: Promise<unknown> | undefined;
  const shutdown = async (): Promise<void> => {
    ending ??= Promise.all(listeners.map(({ drain }) => drain()));
    await ending;
    finished.resolve();
  };
  return { address, port, name, url, finished: finished.promise, shutdown };
}
