/**
 * Texts about sockets: their names and URLs, why one cannot be opened, and the lines of the
 * program on the error output.
 *
 * @module
 */

import { isAnyAddress, isLoopback, toUrlHost } from "../http/address.ts";
import type { ServerSocket } from "../ports/exchange.ts";
import type { Listener, ListenFailure, Place } from "../ports/sockets.ts";

/** The names of a socket. */
export interface SocketNames extends ServerSocket {
  /** The address; the path of a unix socket. */
  readonly address: string;
  readonly name: string;
  /** A URL for this machine. */
  readonly url: string;
}

/** What a socket was to be bound to; `any` for all addresses. */
export type Endpoint =
  | Place
  | { readonly kind: "any"; readonly port: number };

const LITERAL_REGEXP = /^[\d.]+$|:/;

/**
 * Names a socket. The name is `server_name` of `http.server`, but without a look-up of names:
 * `localhost` for loopback and for all addresses, else the host name that was asked for, or the
 * address.
 */
export function nameSocket(
  endpoint: Place,
  { address, port }: Pick<Listener, "address" | "port">,
  secure: boolean,
): SocketNames {
  if (endpoint.kind === "unix" || port === 0) {
    const url = `http+unix://${encodeURIComponent(address)}/`;
    return { address, port, name: "localhost", url };
  }
  const hostname = endpoint.kind === "tcp" ? endpoint.hostname : address;
  const asked = LITERAL_REGEXP.test(hostname) ? address : hostname;
  const isLocal = isLoopback(address) || isAnyAddress(address);
  const host = isAnyAddress(asked) ? "localhost" : toUrlHost(asked);
  const scheme = secure ? "https" : "http";
  return {
    address,
    port,
    name: isLocal ? "localhost" : asked,
    url: `${scheme}://${host}:${port}/`,
  };
}

/** Why a socket cannot be opened, and what to do about it: one line. */
export function explainFailure(
  { kind, message }: ListenFailure,
  endpoint: Endpoint,
): string {
  const name = endpointText(endpoint);
  const isUnix = endpoint.kind === "unix";
  switch (kind) {
    case "in-use":
      return isUnix
        ? `${name} is in use: somebody listens on it; choose another path`
        : `${name} is in use; choose another one, or 0 for any free one`;
    case "denied":
      return isUnix
        ? `you may not listen on ${name}`
        : `you may not listen on ${name}; ports from 1024 up are free for all`;
    case "permission":
      return `no permission to listen on ${name}; start with ${message}`;
    case "not-available":
      return `cannot listen on ${name}: ${message}`;
  }
}

function endpointText(endpoint: Endpoint): string {
  switch (endpoint.kind) {
    case "any":
      return `port ${endpoint.port}`;
    case "tcp":
      return `"${endpoint.hostname}" port ${endpoint.port}`;
    case "unix":
      return `"unix:${endpoint.path}"`;
    case "inherited":
      return `the socket that was passed as descriptor ${endpoint.descriptor}`;
  }
}

/**
 * A line of the program itself. Names of files and messages of the system may have line feeds
 * and control characters, which terminals obey.
 */
export function programLine(text: string): string {
  return `serve: ${text.replaceAll(/[\p{C}\p{Z}]+/gu, " ")}\n`;
}
