/**
 * What connections of `node:http` may take: time, requests, and places.
 *
 * @module
 */

import type { Server } from "node:http";
import type { Socket } from "node:net";
import type { Refusal } from "../ports/message.ts";
import type { ConnectionLimits } from "../ports/sockets.ts";
import type { Exchange } from "./node_exchange.ts";

/** Keeps the limits of the connections of a server. */
export interface Limiter {
  /** Notes that an exchange begins; gives a refusal where its connection has no place. */
  readonly begin: (exchange: Exchange) => Refusal | undefined;
  /** Notes that it is over. */
  readonly end: (exchange: Exchange) => void;
  /** Whether the answer is the last that its connection may carry. */
  readonly isLast: (exchange: Exchange) => boolean;
}

/** How often to look for slow heads and for connections that stall, in milliseconds. */
const SWEEP_MS = 1000;
/** How many connections without a place are told so. More are closed unanswered: they cost as much. */
const MOST_REFUSED = 64;
const FULL: Refusal = {
  status: 503,
  message: "Too many connections at a time",
  fields: [["Retry-After", "1"]],
};

/** Has a server keep its limits. */
export function keepLimits(
  server: Server,
  isSecure: boolean,
  limits: ConnectionLimits,
): Limiter {
  const { headerTimeout, idleTimeout, stallTimeout, maxRequests, enter } =
    limits;
  // `requestTimeout` would end long uploads, `server.timeout` scripts that think.
  Object.assign(server, {
    headersTimeout: headerTimeout,
    requestTimeout: 0,
    keepAliveTimeout: idleTimeout,
    connectionsCheckingInterval: SWEEP_MS,
  });
  const stalls = createStallWatch(stallTimeout);
  if (stallTimeout > 0) {
    const timer = setInterval(stalls.sweep, SWEEP_MS);
    timer.unref();
    server.once("close", () => clearInterval(timer));
  }
  const places = enter && createPlaces(server, isSecure, enter);
  return {
    begin: (exchange) => {
      const { socket } = exchange.message;
      exchange.connection.requests++;
      stalls.add(exchange);
      return places?.take(socket) === false ? FULL : undefined;
    },
    end: (exchange) => {
      const { socket } = exchange.message;
      stalls.remove(exchange);
      if (exchange.connection.waiting.length === 0) places?.rest(socket);
    },
    isLast: ({ connection }) =>
      maxRequests > 0 && connection.requests >= maxRequests,
  };
}

/** An exchange, and when something of it was seen to move. */
interface Watch {
  /** A number that changes with every byte. */
  position: number;
  since: number;
}

interface StallWatch {
  readonly add: (exchange: Exchange) => void;
  readonly remove: (exchange: Exchange) => void;
  /** Ends the connections that have stalled. */
  readonly sweep: () => void;
}

/** Neither Bun nor Node.js has a time-out that spares scripts which think: so it is looked at what the client owes. */
function createStallWatch(stallTimeout: number): StallWatch {
  const watches = new Map<Exchange, Watch>();
  return {
    add: (exchange) => {
      if (stallTimeout === 0) return;
      watches.set(exchange, { position: NaN, since: 0 });
    },
    remove: (exchange) => void watches.delete(exchange),
    sweep: () => {
      const now = performance.now();
      for (const [exchange, watch] of watches) {
        const position = positionOf(exchange);
        if (!isClientsTurn(exchange) || position !== watch.position) {
          Object.assign(watch, { position, since: now });
        } else if (now - watch.since >= stallTimeout) {
          exchange.message.socket.destroy();
        }
      }
    },
  };
}

function positionOf({ response, received, sent }: Exchange): number {
  return sent + received - response.writableLength;
}

/** Whether the client has to read what was written, or to send what is being read. */
function isClientsTurn({ message, response }: Exchange): boolean {
  return response.writableLength > 0 || response.writableEnded ||
    !message.complete && message.readableFlowing === true;
}

interface Places {
  /** Whether the connection of a request has a place, or gets one. */
  readonly take: (socket: Socket) => boolean;
  /** Notes that nothing is asked on a connection. */
  readonly rest: (socket: Socket) => void;
}

/**
 * A connection takes a place when it is opened. One that finds none may still get one when it
 * asks for something: that of the connection on which nothing has been asked for the longest time.
 */
function createPlaces(
  server: Server,
  isSecure: boolean,
  enter: NonNullable<ConnectionLimits["enter"]>,
): Places {
  const leaves = new Map<Socket, () => void>();
  const refused = new Set<Socket>();
  const idle = new Set<Socket>();
  const take = (socket: Socket): boolean => {
    const leave = enter();
    if (leave !== undefined) leaves.set(socket, leave);
    return leave !== undefined;
  };
  const forget = (socket: Socket): void => {
    leaves.get(socket)?.();
    for (const places of [leaves, refused, idle]) places.delete(socket);
  };
  const takeFromIdle = (socket: Socket): boolean => {
    const [oldest] = idle;
    if (oldest === undefined) return false;
    forget(oldest);
    oldest.destroy();
    return take(socket);
  };
  server.on(isSecure ? "secureConnection" : "connection", (socket: Socket) => {
    socket.once("close", () => forget(socket));
    if (take(socket)) return;
    refused.add(socket);
    if (refused.size > MOST_REFUSED) socket.destroy();
  });
  return {
    take: (socket) => {
      idle.delete(socket);
      const has = leaves.has(socket) || take(socket) || takeFromIdle(socket);
      if (has) refused.delete(socket);
      return has;
    },
    rest: (socket) => {
      if (leaves.has(socket) && !socket.destroyed) idle.add(socket);
    },
  };
}
