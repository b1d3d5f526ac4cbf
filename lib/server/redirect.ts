/**
 * The redirect from HTTP to HTTPS: its reply, and the sockets that send it.
 *
 * @module
 */

import { createReplyHandler } from "../handler/handler.ts";
import { splitAuthority } from "../http/address.ts";
import { NO_BODY } from "../http/body.ts";
import type { Reply } from "../http/reply.ts";
import { isHost, rawTarget, type TargetRequest } from "../http/target.ts";
import { errorReply } from "../pages/error_page.ts";
import type { OperatingSystem } from "../ports/files.ts";
import type { Runtime } from "../ports/runtime.ts";
import type { ConnectionLimits, Listener } from "../ports/sockets.ts";
import type { Site } from "../site/site.ts";
import {
  type Bind,
  drainSockets,
  type ListenResult,
  type OpenSocket,
  openSockets,
  toGroups,
  toListening,
} from "./listeners.ts";

/** The port that is left out of URLs (RFC 9110 §4.2.2). */
const HTTPS_PORT = 443;
/** A path and a query that can stand in a field; the runtimes reject all others. */
const TARGET_REGEXP = /^\/[\x21-\x7e]*$/;

/**
 * A 308 to the same host, path and query by HTTPS: it keeps method and content (RFC 9110
 * §15.4.9). The port of the Host field is that of this socket, and is replaced. A 400 where the
 * request names no host.
 */
export function redirectReply(request: TargetRequest, port: number): Reply {
  const host = request.headers.get("host") ?? "";
  const name = isHost(host) ? splitAuthority(host)?.host : undefined;
  if (!name) return errorReply(400, { message: "Bad Host field" });
  const target = rawTarget(request);
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

/** Addresses whose redirects lead to the same port. */
export interface Redirects {
  /** The addresses of HTTP; all of the machine when there are none. */
  readonly binds: readonly Bind[];
  readonly httpsPort: number;
}

/** The redirects for the sockets of HTTPS: every host leads to its own port, the first where it has several. */
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
  const ports = new Set(hosts.values());
  return [...ports].map((httpsPort) => ({
    binds: [...hosts]
      .filter(([, port]) => port === httpsPort)
      .map(([hostname]): Bind => ({ kind: "host", hostname })),
    httpsPort,
  }));
}

/** Opens the sockets of all redirects on one port, or none at all. */
export async function openRedirects(
  port: number,
  all: readonly Redirects[],
  site: Site,
  limits: ConnectionLimits,
  runtime: Runtime,
): Promise<ListenResult> {
  const listeners: OpenSocket[] = [];
  for (const { binds, httpsPort } of all) {
    const handler = createReplyHandler(
      (request) => redirectReply(request, httpsPort),
      site,
    );
    const at = { binds, port, limits };
    const opened = await openSockets(handler, at, runtime);
    if (opened.kind === "failed") {
      await drainSockets(listeners);
      return opened;
    }
    listeners.push(...opened.listeners);
  }
  return toListening(listeners);
}
