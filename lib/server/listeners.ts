/**
 * From a handler to sockets.
 *
 * @module
 */

import { toPeer } from "../handler/client.ts";
import { onDemand } from "../http/cache.ts";
import type { Handler, ServerSocket } from "../ports/exchange.ts";
import type { Runtime } from "../ports/ports.ts";
import type { Listener, ListenFailure, Place } from "../ports/sockets.ts";
import {
  explainFailure,
  nameSocket,
  type SocketNames,
  type WantedPlace,
} from "./describe.ts";
import {
  candidatePorts,
  type Group,
  type ListenAt,
  toGroups,
  toPlace,
} from "./where.ts";

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
        onDemand(() => ({ ...toPeer(request, source), ...unnamed, server })),
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
