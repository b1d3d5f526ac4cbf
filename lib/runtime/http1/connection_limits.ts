/**
 * What connections of ours may take: time, requests, and places.
 *
 * @module
 */

import { clearInterval, setInterval } from "node:timers";
import type { ConnectionLimits } from "../../ports/sockets.ts";
import { createPlaces, FULL } from "../connection_places.ts";
import type { Channel, Limiter, Phase } from "./channel.ts";

/** How often to look at the connections, in milliseconds. */
const SWEEP_MS = 1000;
/** How long a connection may stay open after its last answer, in milliseconds. */
const LINGER_MS = 1000;
/** How long, when the client goes on sending what nobody reads (RFC 9112 §9.6). */
const LONG_LINGER_MS = 10_000;

/** What a connection was seen to do, and since when nothing of it has moved. */
interface Watch {
  phase: Phase;
  /** A number that changes when its time begins anew. */
  position: number;
  since: number;
}

/** Makes what keeps limits. A look a second at all connections costs less than a time-out for each. */
export function createLimiter(limits: ConnectionLimits): Limiter {
  const watches = new Map<Channel, Watch>();
  const places = limits.enter && createPlaces<Channel>(limits.enter);
  let timer: ReturnType<typeof setInterval> | undefined;
  const sweep = () => {
    const now = performance.now();
    for (const [connection, watch] of watches) {
      look(connection, watch, limits, now);
    }
  };
  return {
    enter: (connection) => {
      const since = performance.now();
      watches.set(connection, { phase: "head", position: 0, since });
      timer ??= setInterval(sweep, SWEEP_MS).unref();
      places?.enter(connection);
    },
    begin: (connection) =>
      places?.take(connection) === false ? FULL : undefined,
    rest: (connection) => places?.rest(connection),
    leave: (connection) => {
      watches.delete(connection);
      places?.leave(connection);
      if (watches.size > 0) return;
      clearInterval(timer);
      timer = undefined;
    },
    isLast: ({ requests }) =>
      limits.maxRequests > 0 && requests >= limits.maxRequests,
  };
}

function look(
  connection: Channel,
  watch: Watch,
  limits: ConnectionLimits,
  now: number,
): void {
  const { phase } = connection;
  const isBusy = phase === "exchange" && !connection.isClientsTurn;
  const position = phase === "exchange"
    ? connection.position
    : connection.requests;
  if (isBusy || phase !== watch.phase || position !== watch.position) {
    Object.assign(watch, { phase, position, since: now });
    return;
  }
  const timeout = timeoutOf(connection, limits);
  if (timeout > 0 && now - watch.since >= timeout) expire(connection);
}

function timeoutOf(
  { phase, hasRest }: Channel,
  { headerTimeout, idleTimeout, stallTimeout }: ConnectionLimits,
): number {
  switch (phase) {
    case "head":
      return headerTimeout;
    case "idle":
      return idleTimeout;
    case "exchange":
      return stallTimeout;
    case "ending":
      return hasRest ? LONG_LINGER_MS : LINGER_MS;
  }
}

function expire(connection: Channel): void {
  const { phase, isHeadBegun } = connection;
  if (phase === "head" && isHeadBegun) connection.refuse(408);
  else if (phase === "exchange") connection.reset();
  else connection.destroy();
}
