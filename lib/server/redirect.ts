/**
 * From HTTP to HTTPS.
 *
 * The sockets that send people to HTTPS.
 *
 * @module
 */

import { createReplyHandler } from "../handler/handler.ts";
import { isHost, splitAuthority } from "../http/address.ts";
import { NO_BODY } from "../http/body.ts";
import type { Reply } from "../http/reply.ts";
import { rawTarget, type TargetRequest } from "../http/target.ts";
import { errorReply } from "../pages/error_page.ts";
import type { OperatingSystem } from "../ports/files.ts";
import type { Runtime } from "../ports/runtime.ts";
import type { Listener } from "../ports/sockets.ts";
import type { Site } from "../site/site.ts";
import {
  type Bind,
  drainSockets,
  type ListenResult,
  type OpenSocket,
  openSockets,
  toGroups,
} from "./listeners.ts";

/** The port that is left out of URLs (RFC 9110 §4.2.2). */
const HTTPS_PORT = 443;
/** A path and a query in what may stand in a field; the runtimes let nothing else pass. */
const TARGET_REGEXP = /^\/[\x21-\x7e]*$/;

/**
 * The reply that sends a client to HTTPS: the same host, path and query. A 308 keeps the
 * method and the content (RFC 9110 §15.4.9). The port of the Host field is that of this
 * socket: it is never kept.
 *
 * @param request The request.
 * @param port The port of the HTTPS socket.
 * @returns A 308; a 400 where the request does not say which host is meant.
 */
export function redirectReply(
  request: TargetRequest,
  port: number,
): Reply {
  const host = request.headers.get("host") ?? "";
  const name = isHost(host) ? splitAuthority(host)?.host : undefined;
  const target = rawTarget(request);
  if (name === undefined || name === "") {
    return errorReply(400, { message: "Bad Host field" });
  }
  if (!TARGET_REGEXP.test(target) || request.method === "CONNECT") {
    return errorReply(400, { message: "Bad request target" });
  }
  const suffix = port === HTTPS_PORT ? "" : `:${port}`;
  return {
    status: 308,
    fields: [
      ["Location", `https://${name}${suffix}${target}`],
      ["Cache-Control", "no-cache"],
      ["Content-Length", "0"],
    ],
    body: NO_BODY,
  };
}

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
