/**
 * Places for connections: how many there may be at a time.
 *
 * @module
 */

import type { Refusal } from "../ports/message.ts";
import type { ConnectionLimits } from "../ports/sockets.ts";

export interface Places<Connection> {
  /** Notes that a connection was opened. */
  readonly enter: (connection: Connection) => void;
  /** Whether the connection of a request has a place, or gets one. */
  readonly take: (connection: Connection) => boolean;
  /** Notes that nothing is asked on a connection. */
  readonly rest: (connection: Connection) => void;
  /** Notes that it is closed. */
  readonly leave: (connection: Connection) => void;
}

/** How many connections without a place are told so. More are closed unanswered: they cost as much. */
const MOST_REFUSED = 64;
/** What those are told. */
export const FULL: Refusal = {
  status: 503,
  message: "Too many connections at a time",
  fields: [["Retry-After", "1"]],
};

/**
 * A connection takes a place when it is opened. One that finds none may still get one when it
 * asks for something: that of the connection on which nothing has been asked for the longest time.
 */
export function createPlaces<
  Connection extends { readonly destroy: () => unknown },
>(
  enter: NonNullable<ConnectionLimits["enter"]>,
): Places<Connection> {
  const leaves = new Map<Connection, () => void>();
  const refused = new Set<Connection>();
  const idle = new Set<Connection>();
  const take = (connection: Connection): boolean => {
    const leave = enter();
    if (leave !== undefined) leaves.set(connection, leave);
    return leave !== undefined;
  };
  const leave = (connection: Connection): void => {
    leaves.get(connection)?.();
    for (const places of [leaves, refused, idle]) places.delete(connection);
  };
  const takeFromIdle = (connection: Connection): boolean => {
    const [oldest] = idle;
    if (oldest === undefined) return false;
    leave(oldest);
    oldest.destroy();
    return take(connection);
  };
  return {
    enter: (connection) => {
      if (take(connection)) return;
      refused.add(connection);
      if (refused.size > MOST_REFUSED) connection.destroy();
    },
    take: (connection) => {
      idle.delete(connection);
      const has = leaves.has(connection) || take(connection) ||
        takeFromIdle(connection);
      if (has) refused.delete(connection);
      return has;
    },
    rest: (connection) => {
      if (leaves.has(connection)) idle.add(connection);
    },
    leave,
  };
}
