/**
 * One server on Deno.
 *
 * @module
 */

import type { Handler } from "../ports/exchange.ts";
import type { ListenFailure, ListenOptions } from "../ports/sockets.ts";
import { reasonOf } from "./reason.ts";
import { keepNothing } from "./unread.ts";

/** A server on any kind of socket. */
export type Server = Deno.HttpServer<Deno.Addr>;

/**
 * Starts a server.
 *
 * @param options Where to listen, and how.
 * @param handler What answers.
 * @returns The server; throws what Deno throws.
 */
export function start(
  { place, tls, shared }: ListenOptions,
  handler: Handler,
): Server {
  const options = {
    onListen: () => {},
    // Our handlers do not throw; what fails while it is sent is in the log.
    onError: () => new Response(null, { status: 500 }),
  };
  const answer: Handler = (request, info) => {
    const response = handler(request, info);
    return response instanceof Promise
      ? response.then(keepNothing)
      : keepNothing(response);
  };
  switch (place.kind) {
    case "unix":
      return Deno.serve({ ...options, path: place.path }, answer);
    case "tcp": {
      const { hostname, port } = place;
      // Without --unstable-net the property alone ends the process.
      const sharing = shared === true ? { reusePort: true } : {};
      return Deno.serve(
        { ...options, hostname, port, ...sharing, ...tls },
        answer,
      );
    }
  }
}

/**
 * What was thrown, in the words of the ports.
 *
 * @param error What was thrown.
 * @returns Why there is no socket.
 */
export function toFailure(error: unknown): ListenFailure {
  if (!(error instanceof Error)) throw error;
  const message = reasonOf(error);
  if (error instanceof Deno.errors.AddrInUse) {
    return { kind: "in-use", message };
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return { kind: "denied", message };
  }
  return { kind: "not-available", message };
}
