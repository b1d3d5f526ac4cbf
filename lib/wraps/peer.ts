/**
 * Who sent a request, whatever the runtime calls it.
 *
 * @module
 */

import type { Peer, PeerSource } from "../exchange.ts";

const UNKNOWN: Peer = { address: "-" };
/** How a socket for IPv4 and IPv6 at once names a peer on IPv4 (RFC 4291 §2.5.5.2). */
const MAPPED_REGEXP = /^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i;

/**
 * Reads what a runtime passes to a `fetch` function besides the request.
 *
 * @param request The request.
 * @param source The second argument, where there was one.
 * @returns The peer.
 */
export function toPeer(request: Request, source?: PeerSource): Peer {
  if (typeof source !== "object" || source === null) return UNKNOWN;
  if ("remoteAddr" in source) {
    const { hostname, port, transport } = source.remoteAddr;
    const address = toAddress(hostname ?? transport);
    const { completed, server } = source;
    return { address, port, completed, server };
  }
  // Bun's server has an `address`, too: that of its own socket.
  if (!("requestIP" in source)) {
    return typeof source.address === "string" ? source : UNKNOWN;
  }
  const found = source.requestIP(request);
  if (found === null) return UNKNOWN;
  const server = source.port === undefined ? undefined : { port: source.port };
  const { pendingRequests: pending } = source;
  const address = toAddress(found.address);
  return { address, port: found.port, server, pending };
}

function toAddress(hostname: string): string {
  return hostname.replace(MAPPED_REGEXP, "");
}
