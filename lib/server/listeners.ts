/**
 * Opens sockets: from addresses that a user names to sockets that have requests answered, and what their
 * connections may take.
 *
 * @module
 */

import { findPeer } from "../handler/client.ts";
import { ANY_IPV4, ANY_IPV6, MAX_PORT } from "../http/address.ts";
import { lazy } from "../http/cache.ts";
import { createSemaphore } from "../http/semaphore.ts";
import type { ServerSocket } from "../ports/exchange.ts";
import type { OperatingSystem } from "../ports/files.ts";
import type { Responder } from "../ports/message.ts";
import type { Runtime } from "../ports/runtime.ts";
import type {
  ConnectionLimits,
  InheritedSocket,
  Listener,
  ListenFailure,
  Place,
  TlsKeys,
} from "../ports/sockets.ts";
import {
  type Endpoint,
  explainFailure,
  nameSocket,
  type SocketNames,
} from "./describe.ts";

/** An address to listen on, as the user names it. */
export type Bind =
  | {
    readonly kind: "host";
    /** An address or a host name. */
    readonly hostname: string;
    /** A port of its own. */
    readonly port?: number | undefined;
  }
  | {
    readonly kind: "unix";
    /** The path of the socket file. */
    readonly path: string;
  };

/** The addresses to listen on, and how. */
export interface ListenAt {
  /** The addresses; all of the machine when there are none. */
  readonly binds?: ReadonlyArray<Bind | InheritedSocket> | undefined;
  /** The port of addresses without one; 0 for any free port. */
  readonly port: number;
  /** Whether to try the next ports when one is in use. */
  readonly fallback?: boolean | undefined;
  /** The keys for TLS. */
  readonly tls?: TlsKeys | undefined;
  /** Whether other sockets may be bound to the same port. */
  readonly shared?: boolean | undefined;
  /** What the connections of all these sockets together may take. */
  readonly limits?: ConnectionLimits | undefined;
}

export type OpenSocket = Listener & SocketNames;

/** Open sockets, and the address and port of the first. */
export interface Listening {
  readonly address: string;
  readonly port: number;
  readonly listeners: readonly OpenSocket[];
}

interface Failed {
  readonly kind: "failed";
  readonly failure: ListenFailure;
  readonly endpoint: Endpoint;
  /** One line for the user. */
  readonly message: string;
}

/** Open sockets, or why there are none. */
export type ListenResult =
  | Listening & { readonly kind: "listening" }
  | Failed;

type Open = (endpoint: Place) => Promise<OpenSocket | ListenFailure>;

/** How many ports after one in use are tried. */
const FALLBACK_PORTS = 100;
/** How many free ports of the first of several addresses are tried on the others. */
const COMMON_PORT_TRIES = 10;

/** Opens a socket for every address, or none at all. */
export async function openSockets(
  responder: Responder,
  at: ListenAt,
  runtime: Runtime,
): Promise<ListenResult> {
  const open: Open = (endpoint) => openSocket(endpoint, responder, at, runtime);
  const listeners: OpenSocket[] = [];
  for (const group of toGroups(at, runtime.files.os)) {
    const opened = await openGroup(group, at.fallback === true, open);
    if (!Array.isArray(opened)) {
      await drainSockets(listeners);
      return opened;
    }
    listeners.push(...opened);
  }
  return toListening(listeners);
}

/** The result for sockets that are open. */
export function toListening(
  listeners: readonly OpenSocket[],
): Listening & { readonly kind: "listening" } {
  const { address = "", port = 0 } = listeners[0] ?? {};
  return { kind: "listening", address, port, listeners };
}

/** Opens one socket; every request tells the handler which one it came by. */
async function openSocket(
  endpoint: Place,
  responder: Responder,
  { tls, shared, limits }: ListenAt,
  runtime: Runtime,
): Promise<OpenSocket | ListenFailure> {
  let server: ServerSocket | undefined;
  let isUnaware = false;
  const opened = await runtime.listen(
    { place: endpoint, tls, shared, limits },
    {
      answer: (request, source) => {
        const peer = () => {
          const found = findPeer(request, source, isUnaware);
          // Bun does not know the peer of a unix socket, Deno calls it just this.
          return server?.port === 0
            ? { ...found, address: "unix", server }
            : { ...found, server };
        };
        return responder.answer(request, lazy(peer));
      },
    },
  );
  if ("kind" in opened) return opened;
  isUnaware = opened.isUnaware === true;
  const names = server = nameSocket(endpoint, opened, tls !== undefined);
  return { ...opened, ...names };
}

/** Opens the sockets of a group on the first port that is free for all of them. */
async function openGroup(
  group: Group,
  fallback: boolean,
  open: Open,
): Promise<OpenSocket[] | Failed> {
  let first: OpenSocket[] | Failed | undefined;
  for (const port of candidatePorts(group, fallback)) {
    const opened = await openAll(group, port, open);
    if (Array.isArray(opened) || opened.failure.kind !== "in-use") {
      return opened;
    }
    first ??= opened;
  }
  return first ?? [];
}

async function openAll(
  { kind, names }: Group,
  port: number,
  open: Open,
): Promise<OpenSocket[] | Failed> {
  const listeners: OpenSocket[] = [];
  for (const name of names) {
    const common = listeners[0]?.port ?? port;
    const endpoint = toPlace(kind, name, common);
    const opened = await open(endpoint);
    if ("drain" in opened) {
      listeners.push(opened);
      continue;
    }
    // Of all addresses the first is enough; without IPv6 there is still IPv4.
    if (kind === "any" && listeners.length > 0) continue;
    if (
      kind === "any" && opened.kind === "not-available" && name === ANY_IPV6
    ) return await openAll({ kind, names: [ANY_IPV4], port }, port, open);
    await drainSockets(listeners);
    const asked = kind === "any" ? { kind, port } : endpoint;
    const message = explainFailure(opened, asked);
    return { kind: "failed", failure: opened, endpoint: asked, message };
  }
  return listeners;
}

function toPlace(kind: Group["kind"], name: string, port: number): Place {
  switch (kind) {
    case "unix":
      return { kind, path: name };
    case "inherited":
      return { kind, descriptor: Number(name) };
    case "any":
    case "hosts":
      return { kind: "tcp", hostname: name, port };
  }
}

/** Stops accepting, and waits for the answers in flight. */
export async function drainSockets(
  listeners: readonly Pick<Listener, "drain">[],
): Promise<void> {
  await Promise.all(listeners.map(({ drain }) => drain()));
}

/** Sockets that have the same port. */
export interface Group {
  /** `any`: all addresses of the machine. */
  readonly kind: "any" | "hosts" | "inherited" | "unix";
  /** Addresses or host names; the path of a unix socket; the descriptor of one that is bound already. */
  readonly names: readonly string[];
  /** The port; 0 for any free one. */
  readonly port: number;
}

/** Groups addresses: those without a port of their own share one. */
export function toGroups(
  { binds = [], port }: ListenAt,
  os: OperatingSystem,
): readonly Group[] {
  if (binds.length === 0) {
    return [{ kind: "any", names: anyAddresses(os), port }];
  }
  const groups: Group[] = [];
  const sharing: string[] = [];
  for (const bind of binds) {
    if (bind.kind === "unix") {
      groups.push({ kind: "unix", names: [bind.path], port: 0 });
    } else if (bind.kind === "inherited") {
      const { kind, descriptor } = bind;
      groups.push({ kind, names: [`${descriptor}`], port: 0 });
    } else if (bind.port !== undefined) {
      const { hostname, port } = bind;
      groups.push({ kind: "hosts", names: [hostname], port });
    } else {
      if (sharing.length === 0) {
        groups.push({ kind: "hosts", names: sharing, port });
      }
      sharing.push(bind.hostname);
    }
  }
  return groups;
}

function candidatePorts(
  { names, port }: Group,
  fallback: boolean,
): readonly number[] {
  // A port that is free on one address may be in use on another.
  if (port === 0) {
    return Array(names.length > 1 ? COMMON_PORT_TRIES : 1).fill(0);
  }
  const length = fallback ? FALLBACK_PORTS + 1 : 1;
  return Array.from({ length }, (_, index) => port + index)
    .filter((port) => port <= MAX_PORT);
}

/**
 * The addresses that stand for all of the machine. On Windows a socket for IPv6 takes IPv4 only
 * with an option that no runtime sets.
 */
export function anyAddresses(os: OperatingSystem): readonly string[] {
  return os === "windows" ? [ANY_IPV6, ANY_IPV4] : [ANY_IPV6];
}

/** What the connections of a server may take. Bun and Node.js keep these limits; Deno tells of no connection, and keeps none. */
export interface LimitOptions {
  /**
   * How long the head of a request may take, in milliseconds, and before it the TLS handshake (on
   * Bun 12 s at most); then the client gets a 408, and the connection is closed. 0 for any time.
   *
   * @default {30_000}
   */
  readonly headerTimeout?: number | undefined;
  /**
   * How long a connection may wait for its next request, in milliseconds; then it is closed, up to
   * a second later. 0 for any time.
   *
   * @default {75_000}
   */
  readonly idleTimeout?: number | undefined;
  /**
   * How long no byte may move, in milliseconds, while a client is to read an answer or to send the
   * content of its request; then the connection is closed, up to a second later. 0 for any time.
   * What the system holds for a client that reads slowly, moves in portions of up to 1.5 MiB.
   *
   * @default {300_000}
   */
  readonly stallTimeout?: number | undefined;
  /**
   * How many requests a connection may carry: the last answer closes it.
   *
   * @default {"any number"}
   */
  readonly maxRequests?: number | undefined;
  /**
   * How many connections there may be at a time. The next one takes the place of the one on which
   * nothing has been asked for the longest time; where something is asked on all, it is answered 503 with
   * Retry-After, and closed.
   *
   * @default {"any number"}
   */
  readonly maxConnections?: number | undefined;
}

/** More than the 20 to 60 s that clients in a hurry take, and less than an attack needs. */
const HEADER_TIMEOUT_MS = 30_000;
/** More than the 60 s for which proxies keep theirs: they must not send a request that comes too late. */
const IDLE_TIMEOUT_MS = 75_000;
/** Slower than 5 KiB a second is a client that does not read. */
const STALL_TIMEOUT_MS = 300_000;

/** Limits with their defaults. Connections that are counted together are of the same limits. */
export function toConnectionLimits(
  {
    headerTimeout = HEADER_TIMEOUT_MS,
    idleTimeout = IDLE_TIMEOUT_MS,
    stallTimeout = STALL_TIMEOUT_MS,
    maxRequests = 0,
    maxConnections,
  }: LimitOptions,
): ConnectionLimits {
  const enter = maxConnections === undefined
    ? undefined
    : createSemaphore(maxConnections);
  return { headerTimeout, idleTimeout, stallTimeout, maxRequests, enter };
}
