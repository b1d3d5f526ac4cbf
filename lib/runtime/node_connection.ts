/**
 * Connections of `node:http`: their exchanges, one after the other.
 *
 * @module
 */

import type { Socket } from "node:net";
import { setImmediate } from "node:timers";
import type { Connection, Exchange } from "./node_exchange.ts";

/** How many requests of a connection may wait until no more are read from it. */
const MOST_WAITING = 64;
/** How many begin in one turn of the event loop: other connections have theirs. */
const TURN_REQUESTS = 16;
/**
 * How many may have been read all the same: Bun 1.4.5 goes on reading for a paused socket. Who
 * sends more, and reads no answer, is cut, or it would take all memory.
 */
const MOST_READ = 32_768;

/** The connections of a server. */
export type Connections = WeakMap<Socket, Connection>;

/** The connection of a socket. */
export function connectionOf(
  connections: Connections,
  socket: Socket,
): Connection {
  let connection = connections.get(socket);
  if (connection === undefined) {
    connection = {
      current: undefined,
      waiting: new Set(),
      requests: 0,
      isRefused: false,
    };
    connections.set(socket, connection);
  }
  return connection;
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
  if (waiting.size === 0 && current?.isOpen !== true) {
    connection.current = exchange;
    return begin();
  }
  waiting.add(() => {
    connection.current = exchange;
    begin();
  });
  if (waiting.size === 1) beginNextBehind(connection, socket);
  if (waiting.size === MOST_WAITING) socket.pause();
  if (waiting.size > MOST_READ) socket.destroy();
}

function beginNextBehind(connection: Connection, socket: Socket): void {
  connection.current?.onClose(() => {
    connection.requests % TURN_REQUESTS === 0
      ? setImmediate(beginNext, connection, socket)
      : beginNext(connection, socket);
  });
}

function beginNext(connection: Connection, socket: Socket): void {
  const { waiting } = connection;
  if (waiting.size === MOST_WAITING) socket.resume();
  const [begin] = waiting;
  // Behind a last answer the socket of Node.js is ended, and not destroyed yet.
  if (begin === undefined || !socket.writable) return;
  waiting.delete(begin);
  begin();
  if (waiting.size > 0) beginNextBehind(connection, socket);
}
