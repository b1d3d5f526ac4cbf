/**
 * The options of `listen()`.
 *
 * @module
 */

import { MAX_PORT } from "../http/address.ts";
import type { Peer } from "../ports/exchange.ts";
import type { Awaitable } from "../ports/files.ts";
import type { TlsKeys } from "../ports/sockets.ts";
import {
  checkedOptions,
  FUNCTION,
  objectOf,
  OTHER,
  SWITCH,
  TEXT,
} from "../site/checked_options.ts";
import type { Bind, LimitOptions } from "./listeners.ts";

/** The address that {@linkcode listen} listens on, and how. */
export interface ServerOptions {
  /**
   * The port; 0 for any free one.
   *
   * @default {8000}
   */
  readonly port?: number | undefined;
  /**
   * The address, or a host name. By default all addresses of IPv4 and IPv6.
   *
   * @default {"all addresses"}
   */
  readonly hostname?: string | undefined;
  /** The path of a unix socket, in place of an address and a port. */
  readonly path?: string | undefined;
  /** The certificate and key for HTTPS; with HTTP/2, where the runtime can. */
  readonly tls?: ServerTlsOptions | undefined;
  /**
   * Whether to try the next hundred ports when the port is in use.
   *
   * @default {false}
   */
  readonly portFallback?: boolean | undefined;
  /** What its connections may take, on Bun and on Node.js. */
  readonly limits?: LimitOptions | undefined;
  /**
   * Is called with what the handler throws, or why its answer cannot be sent; the client gets a
   * 500. What it throws itself is ignored.
   *
   * @default {"writes the request and the stack to the standard error output"}
   */
  readonly onError?:
    | ((error: unknown, request: Request, peer: Peer) => void)
    | undefined;
}

/** A certificate and its key. */
export interface ServerTlsOptions extends TlsKeys {
  /** The password of the key, where it is encrypted. */
  readonly password?: string | undefined;
}

/** A handler for {@linkcode listen}. */
export type ServerHandler = (
  request: Request,
  peer: Peer,
) => Awaitable<Response>;

const DEFAULT_PORT = 8000;

const TLS = objectOf<ServerTlsOptions>([
  [OTHER, "cert", "key"],
  [TEXT, "password"],
]);
const LIMITS = objectOf<LimitOptions>([
  [OTHER, "headerTimeout", "idleTimeout", "stallTimeout"],
  [OTHER, "maxRequests", "maxConnections"],
]);
const OPTIONS = objectOf<ServerOptions>([
  [SWITCH, "portFallback"],
  [FUNCTION, "onError"],
  [TLS, "tls"],
  [LIMITS, "limits"],
  [OTHER, "port", "hostname", "path"],
]);

/** Where to listen, and the options that were checked: those that were given may have other values when they are read again. */
interface Endpoint {
  readonly binds: readonly Bind[];
  readonly port: number;
  readonly checked: ServerOptions;
}

/** Checks the options: JavaScript has no compiler that does. A TypeError when one is not of its kind. */
export function checkedEndpoint(
  handler: ServerHandler,
  options: ServerOptions,
): Endpoint {
  const checked = checkedOptions(options, OPTIONS);
  const { port = DEFAULT_PORT, hostname, path, tls, limits } = checked;
  if (typeof handler !== "function") {
    throw new TypeError("Cannot listen: the handler is no function");
  }
  if (!Number.isInteger(port) || port < 0 || port > MAX_PORT) {
    throw new TypeError(`Cannot listen on port ${port}: expected 0 to 65535`);
  }
  checkName(hostname, "an address or a host name");
  checkName(path, "the path of a socket");
  if (tls !== undefined) checkTls(tls);
  if (limits !== undefined) checkLimits(limits);
  if (path === undefined) {
    return hostname === undefined
      ? { binds: [], port, checked }
      : { binds: [{ kind: "host", hostname }], port, checked };
  }
  if (hostname !== undefined) {
    throw new TypeError(`Cannot listen on "${path}" and "${hostname}" at once`);
  }
  if (tls !== undefined) {
    throw new TypeError(`Cannot listen on "${path}": a unix socket has no TLS`);
  }
  return { binds: [{ kind: "unix", path }], port, checked };
}

function checkName(name: unknown, expected: string): void {
  if (name === undefined || typeof name === "string" && name !== "") return;
  const text = typeof name === "string" ? `"${name}"` : String(name);
  throw new TypeError(`Cannot listen on ${text}: expected ${expected}`);
}

/** Options whose least value is 1: without a limit they are left out. */
const COUNTS = ["maxRequests", "maxConnections"];
/** Timers take 31 bits. */
const MOST_MS = 2_147_483_647;

function checkLimits(limits: LimitOptions): void {
  for (const [name, value] of Object.entries(limits)) {
    const [least, most] = COUNTS.includes(name)
      ? [1, Number.MAX_SAFE_INTEGER]
      : [0, MOST_MS];
    const isGood = Number.isInteger(value) && value >= least && value <= most;
    if (value === undefined || isGood) continue;
    throw new TypeError(
      `Cannot listen: \`${name}\` of \`limits\` must be a whole number from ${least} to ${most}`,
    );
  }
}

function checkTls({ cert, key }: Partial<ServerTlsOptions>): void {
  for (const [name, value] of Object.entries({ cert, key })) {
    if (typeof value === "string") continue;
    throw new TypeError(
      `Cannot listen: \`${name}\` of \`tls\` must be text in PEM`,
    );
  }
}
