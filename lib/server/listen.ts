/**
 * A server around any handler, for an embedding program: `HTTPServer` of `http.server`.
 *
 * @module
 */

import type { ServerSocket } from "../ports/exchange.ts";
import type { KeyPairResult, ReadKeyPair, TlsKeys } from "../ports/sockets.ts";
import { deferred } from "../ports/timers.ts";
import { currentRuntime } from "../runtime/mod.ts";
import {
  checkedEndpoint,
  type ServerHandler,
  type ServerOptions,
} from "./listen_options.ts";
import {
  drainSockets,
  type Listening,
  openSockets,
  toConnectionLimits,
} from "./listeners.ts";
import { reportError, toResponder } from "./responder.ts";

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
  /** The same, for `await using`. */
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

/**
 * Listens, on Deno, Bun and Node.js, and calls a handler for every request: one of this package or your
 * own. An error of the handler is a 500 for its client only.
 *
 * @param handler The handler.
 * @param options The address to listen on, and how.
 * @returns The server, as soon as it accepts connections.
 * @throws {TypeError} When an option is not of its kind, or there is no such option.
 * @throws {Error} When it cannot listen there, with the message of the program: the port is in use, …
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
  const { binds, port, checked } = checkedEndpoint(handler, options);
  const { tls, portFallback: fallback, onError, limits = {} } = checked;
  const keys = tls === undefined
    ? undefined
    : readKeys(tls, runtime.readKeyPair);
  const result = await openSockets(
    toResponder(handler, onError ?? reportError(runtime)),
    { binds, port, fallback, tls: keys, limits: toConnectionLimits(limits) },
    runtime,
  );
  if (result.kind === "failed") {
    throw new Error(result.message, { cause: result.failure });
  }
  return toServer(result);
}

function toServer({ listeners }: Listening): Server {
  const [first] = listeners;
  if (first === undefined) throw new Error("Cannot listen: there is no socket");
  const { address, port, name, url } = first;
  const finished = deferred<void>();
  let ending: Promise<void> | undefined;
  const shutdown = async (): Promise<void> => {
    ending ??= drainSockets(listeners);
    await ending;
    finished.resolve();
  };
  return {
    address,
    port,
    name,
    url,
    finished: finished.promise,
    shutdown,
    [Symbol.asyncDispose]: shutdown,
  };
}

const KEY_FAILURES: Readonly<
  Record<Exclude<KeyPairResult["kind"], "keys">, string>
> = {
  "no-certificate": "there is no certificate in `cert`; it must be PEM",
  "bad-certificate": "a certificate in `cert` is damaged",
  "no-key": "there is no private key in `key`; it must be PEM",
  "bad-key": "the private key is damaged, or of a kind that is not known",
  "encrypted": "the private key is encrypted, and there is no password",
  "wrong-password": "the password of the private key is wrong",
  "undecipherable":
    "the password is wrong, or the encryption of the private key not known",
  "mismatch": "the private key does not match the certificate",
};

/** Reads a certificate and its key, so that all runtimes get them in the same encoding. */
function readKeys(
  { cert, key, password }: TlsKeys & { readonly password?: string | undefined },
  readKeyPair: ReadKeyPair,
): TlsKeys {
  const result = readKeyPair({ cert, key, password });
  if (result.kind === "keys") return result.pair.keys;
  throw new Error(`Cannot listen: ${KEY_FAILURES[result.kind]}`);
}
