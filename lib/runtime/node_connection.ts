/**
 * Connections of `node:http`: their exchanges one after the other, and clients that leave.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** How many requests of a connection may wait until no more are read from it. */
const MOST_WAITING = 64;
/**
 * How long an answer that has not begun may take after the client has closed its side, in
 * milliseconds: nobody can tell whether it still reads (RFC 9112 §9.6), and most do not.
 */
const HALF_CLOSED_MS = 1000;

/** A request and the response to it. */
interface Pair {
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
}

/** A connection. */
export interface Connection {
  /** The exchange that was begun last. */
  current: Pair | undefined;
  /** What begins when it is over, the oldest first. */
  readonly waiting: Array<() => void>;
  /** How many exchanges were begun. */
  requests: number;
  /** Whether something came that cannot be read: its answer is the last one. */
  isRefused: boolean;
}

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
      waiting: [],
      requests: 0,
      isRefused: false,
    };
    connections.set(socket, connection);
  }
  return connection;
}

/** Whether an exchange is not over yet. */
export function isOpen({ response }: Pair): boolean {
  return !response.writableFinished && !response.destroyed;
}

/**
 * Begins an exchange when those before it are over: a client may send hundreds of requests at
 * once (pipelining, RFC 9112 §9.3.2), and `node:http` hands them over all at once.
 */
export function inTurn(
  connection: Connection,
  pair: Pair,
  begin: () => void,
): void {
  const { current, waiting } = connection;
  const isFree = current === undefined || !isOpen(current);
  if (isFree && waiting.length === 0) {
    connection.current = pair;
    return begin();
  }
  const { socket } = pair.message;
  waiting.push(() => {
    connection.current = pair;
    begin();
  });
  if (waiting.length === 1) beginNextBehind(connection, socket);
  if (waiting.length === MOST_WAITING) socket.pause();
}

function beginNextBehind(connection: Connection, socket: Socket): void {
  connection.current?.response.once("close", () => {
    const { waiting } = connection;
    if (waiting.length === MOST_WAITING) socket.resume();
    const begin = waiting.shift();
    if (begin === undefined || socket.destroyed) return;
    begin();
    if (waiting.length > 0) beginNextBehind(connection, socket);
  });
}

/** Calls back when the client leaves before the answer is complete. */
export function onLeave(
  { socket }: IncomingMessage,
  response: ServerResponse,
  callback: () => void,
): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const onHalfClosed = () => {
    timer = setTimeout(() => {
      if (!response.headersSent) callback();
    }, HALF_CLOSED_MS);
  };
  socket.once("end", onHalfClosed);
  response.once("close", () => {
    clearTimeout(timer);
    socket.off("end", onHalfClosed);
    if (!response.writableFinished) callback();
  });
}
