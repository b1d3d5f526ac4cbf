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
import { createPlaces, FULL } from "./connection_places.ts";

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
  const places = enter && createPlaces<Socket>(enter);
  if (places !== undefined) {
    const event = isSecure ? "secureConnection" : "connection";
    server.on(event, (socket: Socket) => {
      socket.once("close", () => places.leave(socket));
      places.enter(socket);
    });
  }
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
      const isIdle = exchange.connection.waiting.length === 0;
      if (isIdle && !socket.destroyed) places?.rest(socket);
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
