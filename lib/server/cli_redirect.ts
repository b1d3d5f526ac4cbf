/**
 * The sockets that send people to HTTPS.
 *
 * @module
 */

import { createReplyHandler } from "../handler/handler.ts";
import type { OperatingSystem, Runtime } from "../ports/ports.ts";
import type { Listener } from "../ports/sockets.ts";
import type { Site } from "../site/site.ts";
import {
  drainSockets,
  type ListenResult,
  type OpenSocket,
  openSockets,
} from "./listeners.ts";
import { redirectReply } from "./redirect.ts";
import { type Bind, toGroups } from "./where.ts";

/** Sockets that lead to the same port. */
export interface Redirects {
  /** Where they listen; everywhere when there are none. */
  readonly binds: readonly Bind[];
  /** The port that HTTPS has there. */
  readonly httpsPort: number;
}

/**
 * Finds out where to lead whom: on every host of HTTPS to the port that it has there, to
 * the first where it has several.
 *
 * @param binds Where HTTPS was to listen.
 * @param listeners The sockets of HTTPS, as they were opened for that.
 * @param os The operating system.
 * @returns The redirects, by the port that they lead to.
 */
export function redirectsOf(
  binds: readonly Bind[],
  listeners: readonly Pick<Listener, "port">[],
  os: OperatingSystem,
): readonly Redirects[] {
  const [first = { port: 0 }] = listeners;
  if (binds.length === 0) return [{ binds, httpsPort: first.port }];
  const names = toGroups({ binds, port: 0 }, os).flatMap(({ names }) => names);
  const hosts = new Map<string, number>();
  for (const [index, { port }] of listeners.entries()) {
    const name = names[index];
    if (name !== undefined && !hosts.has(name)) hosts.set(name, port);
  }
  const byPort = Map.groupBy(hosts, ([, port]) => port);
  return [...byPort].map(([httpsPort, group]) => ({
    binds: group.map(([hostname]): Bind => ({ kind: "host", hostname })),
    httpsPort,
  }));
}

/**
 * Opens the sockets that send people to HTTPS, or none.
 *
 * @param port Their port; 0 for any free one.
 * @param all Where, and where to.
 * @param site What is served, for the log.
 * @param runtime The runtime.
 * @returns The sockets, or why one could not be had.
 */
export async function openRedirects(
  port: number,
  all: readonly Redirects[],
  site: Site,
  runtime: Runtime,
): Promise<ListenResult> {
  const listeners: OpenSocket[] = [];
  for (const { binds, httpsPort } of all) {
    const handler = createReplyHandler(
      (request) => redirectReply(request, httpsPort),
      site,
    );
    const opened = await openSockets(handler, { binds, port }, runtime);
    if (opened.kind === "failed") {
      await drainSockets(listeners);
      return opened;
    }
    listeners.push(...opened.listeners);
  }
  const { address = "", port: first = 0 } = listeners[0] ?? {};
  return { kind: "listening", address, port: first, listeners };
}
