/**
 * One port for the threads of Bun.
 *
 * @module
 */

import type { Server } from "node:http";
import { builtin } from "./system.ts";

type Listen = (this: Server, ...given: unknown[]) => unknown;

/** How many arguments stand before `reusePort`. */
const REUSE_PORT_AT = 4;

/**
 * Of Bun's servers only those of `node:cluster` share a port: `listen({ reusePort })` is ignored
 * (1.4.5). What they call for it can be called by others. Sockets of `node:net`, which do share
 * ports, take twice the processor's time for a small answer.
 */
function listenSymbol(): symbol | undefined {
  return Object.getOwnPropertySymbols(builtin("node:http").Server.prototype)
    .find(({ description }) => description === "kRealListen");
}

/** Whether this version of Bun can. */
export function canSharePort(): boolean {
  return listenSymbol() !== undefined;
}

/** Has a server share its port, before it listens. */
export function sharePort(server: Server): void {
  const symbol = listenSymbol();
  if (symbol === undefined) return;
  const listen: Listen = Reflect.get(server, symbol);
  Object.defineProperty(server, symbol, {
    value: (...given: unknown[]) =>
      listen.call(server, ...given.slice(0, REUSE_PORT_AT), true),
  });
}
