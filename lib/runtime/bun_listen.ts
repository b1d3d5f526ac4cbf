/**
 * Sockets on Bun.
 *
 * @module
 */

import { lookup } from "node:dns/promises";
import type { TlsKeys } from "../certificates.ts";
import type { Handler } from "../exchange.ts";
import type { Listener, ListenFailure, ListenOptions } from "../sockets.ts";

/** The part of Bun's types that is used here. */
declare const Bun: {
  readonly serve: (options: {
    readonly hostname: string;
    readonly port: number;
    readonly tls?: TlsKeys;
    readonly idleTimeout: number;
    readonly maxRequestBodySize: number;
    readonly fetch: (
      request: Request,
      server: BunServer,
    ) => Response | Promise<Response>;
  }) => BunServer;
};

interface BunServer {
  readonly port: number;
  readonly pendingRequests: number;
  readonly stop: (closeActiveConnections?: boolean) => Promise<void>;
  readonly requestIP: (
    request: Request,
  ) => { readonly address: string; readonly port: number } | null;
}

/** In seconds; the largest that Bun takes. Less would cut slow downloads. */
const IDLE_TIMEOUT = 255;
/** How often to look whether an answer is still in flight, in milliseconds. */
const DRAIN_POLL_MS = 20;

/**
 * Opens a socket and serves it.
 *
 * @param options Where to listen.
 * @param handler What answers.
 * @returns The socket, or why there is none.
 */
export async function listen(
  { hostname, port, tls }: ListenOptions,
  handler: Handler,
): Promise<Listener | ListenFailure> {
  try {
    const { address } = await lookup(hostname); // Bun would not tell which it took
    const server = Bun.serve({
      hostname: address,
      port,
      ...tls === undefined ? {} : { tls },
      idleTimeout: IDLE_TIMEOUT,
      // How much content may be is ours to say.
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
      fetch: handler,
    });
    return { address, port: server.port, drain: () => drain(server) };
  } catch (error) {
    return toFailure(error);
  }
}

/** Bun waits for a connection with half a request as if it were an answer. */
async function drain(server: BunServer): Promise<void> {
  const stopped = server.stop();
  while (server.pendingRequests > 0) {
    await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL_MS));
  }
  await Promise.race([stopped, server.stop(true)]);
}

function toFailure(error: unknown): ListenFailure {
  if (!(error instanceof Error)) throw error;
  const { message, code } = error as Error & { readonly code?: string };
  switch (code) {
    case "EADDRINUSE":
      return { kind: "in-use", message };
    case "EACCES":
    case "EPERM":
      return { kind: "denied", message };
    default:
      return { kind: "not-available", message };
  }
}
