/**
 * Who sent a request, whatever the runtime calls it.
 *
 * @module
 */

import type { InNetworks } from "../http/address.ts";
import { forwardedClient } from "../http/forwarded.ts";
import type { Peer, PeerSource } from "../ports/exchange.ts";
import type { HttpRequest } from "../ports/message.ts";

const UNKNOWN: Peer = { address: "-" };
/** Deno's placeholder for an address that the system no longer knows; no client connects from port 0. */
const DENO_UNKNOWN = { hostname: "0.0.0.0", port: 0 } as const;
/** How a socket for IPv4 and IPv6 at once names a peer on IPv4 (RFC 4291 §2.5.5.2). */
const MAPPED_REGEXP = /^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i;

/** The client: the peer of the connection, or where that is a trusted proxy, its client. */
export function toClient(
  request: HttpRequest,
  source: PeerSource | undefined,
  isTrusted: InNetworks | undefined,
): Peer {
  const peer = findPeer(request, source);
  if (isTrusted === undefined) return peer;
  const { headers } = request;
  const client = forwardedClient(headers, peer.address, isTrusted);
  return client === undefined ? peer : { ...peer, ...client };
}

/** The peer for functions of a user. */
export function toPeer(request: HttpRequest, source?: PeerSource): Peer {
  return withCompleted(findPeer(request, source));
}

/** The same peer as functions of a user get it: with a promise. */
export function withCompleted({ whenSent, ...peer }: Peer): Peer {
  return whenSent === undefined
    ? peer
    : { ...peer, completed: promised(whenSent) };
}

/** Settles when the answer was sent; rejects when the peer went away before that. */
export function completionOf(
  { completed, whenSent }: Peer,
): Promise<void> | undefined {
  return completed ?? (whenSent && promised(whenSent));
}

function promised(whenSent: NonNullable<Peer["whenSent"]>): Promise<void> {
  const completed = new Promise<void>((resolve, reject) => {
    whenSent(
      false,
      (isSent) => isSent ? resolve() : reject(new Error("The client has left")),
    );
  });
  // A rejection that is not handled would end the program when a client leaves.
  completed.catch(() => {});
  return completed;
}

/** Reads what a runtime passes to a `fetch` function besides the request; `isUnaware` as a listener says. */
export function findPeer(
  request: HttpRequest,
  source: PeerSource | undefined,
  isUnaware = false,
): Peer {
  if (typeof source === "function") return withoutMapping(source());
  if (typeof source !== "object" || source === null) return UNKNOWN;
  if ("remoteAddr" in source) return peerOfInfo(source, isUnaware);
  // Bun's server has an `address`, too: that of its own socket.
  if ("requestIP" in source) return peerOfServer(source, request as Request);
  return typeof source.address === "string" ? withoutMapping(source) : UNKNOWN;
}

function withoutMapping(peer: Peer): Peer {
  const { address, localAddress } = peer;
  return MAPPED_REGEXP.test(address) || MAPPED_REGEXP.test(localAddress ?? "")
    ? {
      ...peer,
      address: toAddress(address),
      localAddress: localAddress && toAddress(localAddress),
    }
    : peer;
}

/** Deno tells of the client itself. */
function peerOfInfo(
  source: Extract<PeerSource, { readonly remoteAddr: unknown }>,
  isUnaware: boolean,
): Peer {
  const { remoteAddr: { hostname, port, transport }, server } = source;
  const completed = isUnaware ? undefined : source.completed;
  completed?.catch(() => {});
  const whenSent = isUnaware ? whenSentOf(source) : undefined;
  return hostname === DENO_UNKNOWN.hostname && port === DENO_UNKNOWN.port
    ? { ...UNKNOWN, gone: true, completed, whenSent, server }
    : {
      address: toAddress(hostname ?? transport),
      port,
      completed,
      whenSent,
      server,
    };
}

/** Bun gives its server with requests of its own, which knows the client as long as the answer is on its way. */
function peerOfServer(
  source: Extract<PeerSource, { readonly requestIP: unknown }>,
  request: Request,
): Peer {
  const found = source.requestIP(request);
  const server = source.port === undefined ? undefined : { port: source.port };
  if (found === null) {
    // Of a unix socket Bun never knows the peer, and such a server has no port.
    return server === undefined
      ? UNKNOWN
      : { ...UNKNOWN, gone: true, server, pending: source.pendingRequests };
  }
  return {
    address: toAddress(found.address),
    port: found.port,
    server,
    isAnswered: () => source.requestIP(request) === null,
    pending: source.pendingRequests,
  };
}

/** Deno makes the promise when somebody asks for it. */
function whenSentOf(
  source: { readonly completed: Promise<void> },
): Peer["whenSent"] {
  return (isInMemory, callback) =>
    isInMemory
      ? callback(true)
      : void source.completed.then(() => callback(true), () => callback(false));
}

function toAddress(hostname: string): string {
  return hostname.replace(MAPPED_REGEXP, "");
}
