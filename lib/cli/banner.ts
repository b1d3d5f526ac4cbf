/**
 * What people see when the program starts.
 *
 * @module
 */

import type { SocketNames } from "../server/describe.ts";

/** Addresses that only this machine, or only this cable, reaches. */
const LOCAL_REGEXP = /^(?:127\.|169\.254\.|::1$|fe80:)/i;
const ANY_ADDRESSES: readonly string[] = ["::", "0.0.0.0"];

/**
 * The line that `http.server` prints first, to the letter: people parse it.
 *
 * @param socket The socket.
 * @returns The line, ended by a line feed.
 */
export function servingLine(
  { address, port, url }: SocketNames,
): string {
  const scheme = url.startsWith("https:") ? "https" : "http";
  const serving = `Serving ${scheme.toUpperCase()} on`;
  if (port === 0) return `${serving} unix:${address} ...\n`;
  return `${serving} ${address} port ${port} (${
    toUrl(address, port, scheme)
  }) ...\n`;
}

/**
 * A line for every address under which others can reach the server.
 *
 * @param address The address that was bound.
 * @param port The port that was bound.
 * @param own The addresses of this machine; `undefined` when they may not be known.
 * @returns The lines, each ended by a line feed.
 */
export function addressLines(
  address: string,
  port: number,
  own: readonly string[] | undefined,
): string {
  const bound = ANY_ADDRESSES.includes(address) ? own : [address];
  if (bound === undefined) {
    return "  To see the addresses for others, start with --allow-sys=networkInterfaces\n";
  }
  const ipv6 = address !== "0.0.0.0";
  return bound
    .filter((other) => !LOCAL_REGEXP.test(other))
    .filter((other) => ipv6 || !other.includes(":"))
    .map((other) => `  ${toUrl(other, port)}\n`)
    .join("");
}

function toUrl(address: string, port: number, scheme = "http"): string {
  return `${scheme}://${
    address.includes(":") ? `[${address}]` : address
  }:${port}/`;
}
