/**
 * What a socket is called: for people, for handlers and for messages.
 *
 * What the program says of itself on the error output.
 *
 * @module
 */

import { isAnyAddress, isLoopback, toUrlHost } from "../http/address.ts";
import type { ServerSocket } from "../ports/exchange.ts";
import type { Listener, ListenFailure, Place } from "../ports/sockets.ts";

/** A socket by all its names. */
export interface SocketNames extends ServerSocket {
  /** The address; the path of a unix socket. */
  readonly address: string;
  /** The name. */
  readonly name: string;
  /** A URL for this machine. */
  readonly url: string;
}

/** Where a socket was to be bound; only a port for all addresses. */
export type WantedPlace =
  | Place
  | { readonly kind: "any"; readonly port: number };

const LITERAL_REGEXP = /^[\d.]+$|:/;

/**
 * Names a socket. The name is what `http.server` calls `server_name`, without asking the
 * name service: `localhost` for loopback and for all addresses, else the host name that was
 * asked for, or the address.
 *
 * @param place Where it was to be bound.
 * @param listener Where it is bound.
 * @param secure Whether it speaks TLS.
 * @returns The names.
 */
export function nameSocket(
  place: Place,
  { address, port }: Pick<Listener, "address" | "port">,
  secure: boolean,
): SocketNames {
  if (place.kind === "unix") {
    const url = `http+unix://${encodeURIComponent(address)}/`;
    return { address, port, name: "localhost", url };
  }
  const asked = LITERAL_REGEXP.test(place.hostname) ? address : place.hostname;
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

/**
 * Says why a socket could not be had, and what to do about it.
 *
 * @param failure Why.
 * @param place Where it was to be bound; only a port for all addresses.
 * @returns One line.
 */
export function explainFailure(
  { kind, message }: ListenFailure,
  place: WantedPlace,
): string {
  const where = whereText(place);
  switch (kind) {
    case "in-use":
      return place.kind === "unix"
        ? `${where} is in use: somebody listens on it; choose another path`
        : `${where} is in use; choose another one, or 0 for any free one`;
    case "denied":
      return place.kind === "unix"
        ? `you may not listen on ${where}`
        : `you may not listen on ${where}; ports from 1024 up are free for all`;
    case "permission":
      return `no permission to listen on ${where}; start with ${message}`;
    case "not-available":
      return `cannot listen on ${where}: ${message}`;
  }
}

function whereText(place: WantedPlace): string {
  switch (place.kind) {
    case "any":
      return `port ${place.port}`;
    case "tcp":
      return `"${place.hostname}" port ${place.port}`;
    case "unix":
      return `"unix:${place.path}"`;
  }
}

/**
 * A line of the program itself. Names of files and words of the system may hold line feeds
 * and what a terminal takes for commands.
 *
 * @param text What it says.
 * @returns One line, whatever is in the text.
 */
export function programLine(text: string): string {
  return `serve: ${text.replaceAll(/[\p{C}\p{Z}]+/gu, " ")}\n`;
}
