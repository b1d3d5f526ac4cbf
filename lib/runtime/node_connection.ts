/**
 * Connections of `node:http`: their exchanges, one after the other.
 *
 * @module
 */

import type { Socket } from "node:net";
import type { Connection, Exchange } from "./node_exchange.ts";

/** How many requests of a connection may wait until no more are read from it. */
const MOST_WAITING = 64;

export type Connections = WeakMap<Socket, Connection>;

export function connectionOf(
  connections: Connections,
  socket: Socket,
): Connection {
  const known = connections.get(socket);
  if (known !== undefined) return known;
  const connection = newConnection();
  connections.set(socket, connection);
  return connection;
}

/** One on which nothing was asked yet. */
export function newConnection(): Connection {
  return { current: undefined, waiting: [], requests: 0, isRefused: false };
}

/**
 * Begins an exchange when those before it are over: a client may send hundreds of requests at
 * once (pipelining, RFC 9112 §9.3.2), and `node:http` hands them over all at once.
 */
export function inTurn(
  exchange: Exchange,
  begin: () => void,
): void {
  const { connection, message: { socket } } = exchange;
  const { current, waiting } = connection;
  if (waiting.length === 0 && current?.isOpen !== true) {
    connection.current = exchange;
    return begin();
  }
  waiting.push(() => {
    connection.current = exchange;
    begin();
  });
  if (waiting.length === 1) beginNextBehind(connection, socket);
  if (waiting.length === MOST_WAITING) socket.pause();
}

function beginNextBehind(connection: Connection, socket: Socket): void {
  connection.current?.onClose(() => {
    const { waiting } = connection;
    if (waiting.length === MOST_WAITING) socket.resume();
    const begin = waiting.shift();
    // Behind a last answer the socket of Node.js is ended, and not destroyed yet.
    if (begin === undefined || !socket.writable) return;
    begin();
    if (waiting.length > 0) beginNextBehind(connection, socket);
  });
}
