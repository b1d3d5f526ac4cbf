/**
 * From a handler to sockets.
 *
 * Where to listen: from what people say to places.
 *
 * @module
 */

import { toPeer } from "../handler/client.ts";
import { lazy } from "../http/cache.ts";
import type { Handler, ServerSocket } from "../ports/exchange.ts";
import type { OperatingSystem } from "../ports/files.ts";
import type { Runtime } from "../ports/runtime.ts";
import type {
  Listener,
  ListenFailure,
  Place,
  TlsKeys,
} from "../ports/sockets.ts";
import {
  explainFailure,
  nameSocket,
  type SocketNames,
  type WantedPlace,
} from "./describe.ts";

/** A socket that was opened, and its names. */
export type OpenSocket = Listener & SocketNames;

/** What was opened. */
export interface Listening {
  /** The address of the first. */
  readonly address: string;
  /** The port of the first. */
  readonly port: number;
  /** The sockets. */
  readonly listeners: readonly OpenSocket[];
}

/** Sockets, or why there are none. */
export type ListenResult =
  | Listening & { readonly kind: "listening" }
  | {
    readonly kind: "failed";
    readonly failure: ListenFailure;
    /** Where it was to be bound. */
    readonly place: WantedPlace;
    /** What to tell people. */
    readonly message: string;
  };

type Opened = OpenSocket[] | Extract<ListenResult, { kind: "failed" }>;
type Open = (place: Place) => Promise<OpenSocket | ListenFailure>;

/**
 * Listens on some places, or on all addresses of IPv4 and IPv6: on all of what was asked
 * for, or on nothing.
 *
 * @param handler What answers.
 * @param at Where to listen.
 * @param runtime The runtime.
 * @returns The sockets, or why one could not be had.
 */
export async function openSockets(
  handler: Handler,
  at: ListenAt,
  runtime: Runtime,
): Promise<ListenResult> {
  const open: Open = (place) => openSocket(place, handler, at, runtime);
  const listeners: OpenSocket[] = [];
  for (const group of toGroups(at, runtime.files.os)) {
    const opened = await openGroup(group, at.fallback === true, open);
    if (!Array.isArray(opened)) {
      await drainSockets(listeners);
      return opened;
    }
    listeners.push(...opened);
  }
  const { address = "", port = 0 } = listeners[0] ?? {};
  return { kind: "listening", address, port, listeners };
}

/** Opens one socket, of which the handler hears with every request. */
async function openSocket(
  place: Place,
  handler: Handler,
  { tls, shared }: ListenAt,
  runtime: Runtime,
): Promise<OpenSocket | ListenFailure> {
  // Bun does not know who is at the other end of a unix socket, Deno says just this.
  const unnamed = place.kind === "unix" ? { address: "unix" } : {};
  let server: ServerSocket | undefined;
  const opened = await runtime.listen(
    { place, tls, shared },
    (request, source) =>
      handler(
        request,
        lazy(() => ({ ...toPeer(request, source), ...unnamed, server })),
      ),
  );
  if ("kind" in opened) return opened;
  const names = server = nameSocket(place, opened, tls !== undefined);
  return { ...opened, ...names };
}

/** All sockets of a group, on the first port that they can have. */
async function openGroup(
  group: Group,
  fallback: boolean,
  open: Open,
): Promise<Opened> {
  let first: Opened | undefined;
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
): Promise<Opened> {
  const listeners: OpenSocket[] = [];
  for (const name of names) {
    const shared = listeners[0]?.port ?? port;
    const place = toPlace(kind, name, shared);
    const opened = await open(place);
    if ("drain" in opened) {
      listeners.push(opened);
      continue;
    }
    // Of all addresses the first is enough; without IPv6 there is still IPv4.
    if (kind === "any" && listeners.length > 0) continue;
    if (kind === "any" && opened.kind === "not-available" && name === "::") {
      return await openAll({ kind, names: ["0.0.0.0"], port }, port, open);
    }
    await drainSockets(listeners);
    const wanted = kind === "any" ? { kind, port } : place;
    const message = explainFailure(opened, wanted);
    return { kind: "failed", failure: opened, place: wanted, message };
  }
  return listeners;
}

/**
 * Has sockets accept no more, and waits for the answers in flight.
 *
 * @param listeners The sockets.
 */
export async function drainSockets(
  listeners: readonly Pick<Listener, "drain">[],
): Promise<void> {
  await Promise.all(listeners.map(({ drain }) => drain()));
}

/** Where to listen, as people say it. */
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

/** Where to listen, and how. */
export interface ListenAt {
  /** Where; everywhere when there are none. */
  readonly binds?: readonly Bind[] | undefined;
  /** The port of those that have none of their own; 0 for any free one. */
  readonly port: number;
  /** Whether a port that is in use gives way to the next free one. */
  readonly fallback?: boolean | undefined;
  /** What makes them speak TLS. */
  readonly tls?: TlsKeys | undefined;
  /** Whether other sockets may be bound there. */
  readonly shared?: boolean | undefined;
}

/** Sockets that are to have the same port. */
export interface Group {
  /** Whether they are all addresses of the machine, some of them, or a unix socket. */
  readonly kind: "any" | "hosts" | "unix";
  /** Host names; for a unix socket its path. */
  readonly names: readonly string[];
  /** The port that is asked for; 0 for any free one. */
  readonly port: number;
}

/** How many ports behind one in use are tried. */
const FALLBACK_PORTS = 100;
/** How often a port that is free for the first of several addresses is looked for. */
const COMMON_PORT_TRIES = 10;
const MAX_PORT = 65_535;

/**
 * Those without a port of their own share one; all others stand alone.
 *
 * @param at Where to listen.
 * @param os The operating system.
 * @returns The groups.
 */
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

/**
 * The ports to try for a group, one after the other.
 *
 * @param group The group.
 * @param fallback Whether the next port will do where one is in use.
 * @returns The ports.
 */
export function candidatePorts(
  { names, port }: Group,
  fallback: boolean,
): readonly number[] {
  // What is free for one address may be in use on another.
  if (port === 0) {
    return Array(names.length > 1 ? COMMON_PORT_TRIES : 1).fill(0);
  }
  const length = fallback ? FALLBACK_PORTS + 1 : 1;
  return Array.from({ length }, (_, index) => port + index)
    .filter((port) => port <= MAX_PORT);
}

/**
 * The place of one socket of a group.
 *
 * @param kind The kind of the group.
 * @param name The host name or path.
 * @param port The port.
 * @returns The place.
 */
export function toPlace(
  kind: Group["kind"],
  name: string,
  port: number,
): Place {
  return kind === "unix"
    ? { kind, path: name }
    : { kind: "tcp", hostname: name, port };
}

/**
 * The addresses that stand for "everywhere". On Windows a socket for IPv6 does not
 * take IPv4 unless asked, and no runtime asks.
 *
 * @param os The operating system.
 * @returns One address, or two.
 */
export function anyAddresses(os: OperatingSystem): readonly string[] {
  switch (os) {
    case "posix":
      return ["::"];
    case "windows":
      return ["::", "0.0.0.0"];
  }
}
