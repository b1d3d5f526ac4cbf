/**
 * Sockets of Bun: our connections of HTTP/1 above `Bun.listen`.
 *
 * @module
 */

import type { Responder } from "../ports/message.ts";
import {
  type Listener,
  type ListenFailure,
  type ListenOptions,
  type NewPlace,
  type TlsKeys,
  UNLIMITED,
} from "../ports/sockets.ts";
import { sleep } from "../ports/timers.ts";
import type { Serving, Transport } from "./http1/channel.ts";
import { Connection } from "./http1/connection.ts";
import { createLimiter } from "./http1/connection_limits.ts";
import { CIPHERS, keysFailure } from "./certificates.ts";
import { LARGE_CHUNK_BYTES } from "./pace.ts";
import { resolvePlace } from "./resolve_place.ts";
import { toListenFailure } from "./system.ts";

/** A socket, with what we keep beside it. */
interface BunSocket extends Transport {
  data: Connection;
}

/** The part of Bun's types that is used here. */
interface SocketListener {
  readonly hostname?: string;
  readonly port?: number;
  readonly stop: (closeActiveConnections: boolean) => void;
}

declare const Bun: {
  readonly listen: (options: {
    readonly hostname?: string;
    readonly port?: number;
    readonly unix?: string;
    readonly allowHalfOpen: boolean;
    readonly reusePort?: boolean;
    readonly tls?: object | undefined;
    readonly socket: {
      readonly open: (socket: BunSocket) => void;
      readonly handshake: () => void;
      readonly data: (socket: BunSocket, bytes: Buffer<ArrayBuffer>) => void;
      readonly end: (socket: BunSocket) => void;
      readonly close: (socket: BunSocket) => void;
      readonly error: (socket: BunSocket) => void;
      readonly drain: (socket: BunSocket) => void;
    };
  }) => SocketListener;
};

/** What the event loop is at. */
export interface Turn {
  /** Whether what a socket has brought is being answered. */
  isReading: boolean;
}

/** Sockets that listen, and what answers there. */
interface Server {
  readonly serving: Serving;
  readonly listener: SocketListener;
}

/** Where a head and small content are put together, in bytes. */
const SCRATCH_BYTES = 65_536;
/** The protocols of TLS, each behind its length (RFC 7301 §3.1). */
const ALPN = "\x08http/1.1";
/** How long a connection may stay open after its last answer, in milliseconds. */
const LINGER_MS = 250;
/** How often to poll whether an answer is still in flight, or the port free, in milliseconds. */
const POLL_MS = 20;

/** Binds a socket and answers its requests. */
export async function listen(
  options: ListenOptions,
  responder: Responder,
  turn: Turn,
): Promise<Listener | ListenFailure> {
  const { place: asked, tls } = options;
  // Bun ignores descriptors that were passed (1.4.5).
  if (asked.kind === "inherited") {
    const { listen } = await import("./node_server.ts");
    return await listen(options, responder);
  }
  try {
    const place = await resolvePlace(asked);
    if (place.kind !== "tcp" && place.kind !== "unix") return place;
    const failure = tls && keysFailure(tls);
    if (failure !== undefined) return failure;
    const first = open(place, options, responder, turn, tls);
    if (place.kind === "unix") {
      return { address: place.path, port: 0, ...alone(first) };
    }
    const { hostname: address = "", port = 0 } = first.listener;
    if (tls === undefined) return { address, port, ...alone(first) };
    const again: NewPlace = { kind: "tcp", hostname: address, port };
    const openNext = (keys: TlsKeys) =>
      open(again, options, responder, turn, keys);
    return { address, port, ...renewable(first, openNext) };
  } catch (error) {
    return toListenFailure(error);
  }
}

function open(
  place: NewPlace,
  { shared = false, limits = UNLIMITED }: ListenOptions,
  responder: Responder,
  turn: Turn,
  keys: TlsKeys | undefined,
): Server {
  const serving: Serving = {
    responder,
    limiter: createLimiter(limits),
    scheme: keys === undefined ? "http://" : "https://",
    connections: new Set(),
    scratch: Buffer.allocUnsafeSlow(SCRATCH_BYTES),
    chunk: new Uint8Array(LARGE_CHUNK_BYTES),
    isStopping: false,
    inFlight: 0,
  };
  const listener = Bun.listen({
    ...place.kind === "unix"
      ? { unix: place.path }
      : { hostname: place.hostname, port: place.port, reusePort: shared },
    allowHalfOpen: true,
    tls: keys && { ...keys, ciphers: CIPHERS, ALPNProtocols: ALPN },
    socket: {
      open: (socket) => {
        socket.data = new Connection(socket, serving);
        socket.data.receiveOpen();
      },
      // Without it Bun tells of a connection only when its handshake is over (1.4.5).
      handshake: () => {},
      data: ({ data }, bytes) => {
        turn.isReading = true;
        try {
          data.receive(bytes);
        } finally {
          turn.isReading = false;
        }
      },
      end: ({ data }) => data.receiveEnd(),
      close: ({ data }) => data.receiveClose(),
      error: ({ data }) => data.destroy(),
      drain: ({ data }) => data.receiveRoom(),
    },
  });
  return { serving, listener };
}

type Functions = Required<Pick<Listener, "drain" | "inFlight">>;

/** The functions of a server that no other one takes over from. */
function alone(server: Server): Functions {
  return {
    drain: () => drain(server),
    inFlight: () => server.serving.inFlight,
  };
}

/**
 * A socket of Bun keeps its certificate (1.4.5): so another one takes over the port, which is free
 * at once, while the old one finishes its answers.
 */
function renewable(
  first: Server,
  openNext: (keys: TlsKeys) => Server,
): Functions & Required<Pick<Listener, "renew">> {
  let current = first;
  let isDraining = false;
  const retired = new Map<Server, Promise<void>>();
  const retire = (): void => {
    const old = current;
    retired.set(old, drain(old).then(() => void retired.delete(old)));
  };
  const renew = async (keys: TlsKeys): Promise<ListenFailure | undefined> => {
    const failure = keysFailure(keys);
    if (failure !== undefined || isDraining) return failure;
    retire();
    // What can fail now passes: there is no descriptor, or another process has the port.
    for (;;) {
      try {
        current = openNext(keys);
        return undefined;
      } catch {
        await sleep(POLL_MS);
        if (isDraining) return undefined;
      }
    }
  };
  return {
    renew,
    drain: async () => {
      isDraining = true;
      retire();
      await Promise.all(retired.values());
    },
    inFlight: () =>
      [...new Set([current, ...retired.keys()])]
        .reduce((sum, { serving }) => sum + serving.inFlight, 0),
  };
}

/** Stops accepting; the answers that were begun are the last of their connections. */
async function drain({ serving, listener }: Server): Promise<void> {
  const { connections } = serving;
  serving.isStopping = true;
  listener.stop(false);
  for (const connection of connections) {
    if (connection.phase === "idle" || connection.phase === "head") {
      connection.destroy();
    }
  }
  while (serving.inFlight > 0) await sleep(POLL_MS);
  // What was written last may still be on its way: to close at once could reset it.
  const end = performance.now() + LINGER_MS;
  while (connections.size > 0 && performance.now() < end) await sleep(POLL_MS);
  for (const connection of connections) connection.destroy();
}
