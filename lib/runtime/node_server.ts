/**
 * Sockets by `node:http`: on Bun and on Node.js, and on Deno those that systemd passes.
 *
 * @module
 */

import type {
  IncomingMessage,
  Server,
  ServerOptions,
  ServerResponse,
} from "node:http";
import type {
  ListenOptions as BindOptions,
  Server as Acceptor,
  Socket,
} from "node:net";
import type { Server as TlsServer } from "node:https";
import {
  type InheritedSocket,
  type Listener,
  type ListenFailure,
  type ListenOptions,
  type NewPlace,
  type TlsKeys,
  UNLIMITED,
} from "../ports/sockets.ts";
import type { Refusal, Responder } from "../ports/message.ts";
import { sleep } from "../ports/timers.ts";
import { connectionOf, type Connections, inTurn } from "./node_connection.ts";
import { keepLimits, type Limiter } from "./node_limits.ts";
import { write } from "./node_content.ts";
import { refuseSocket } from "./node_refusal.ts";
import { Exchange } from "./node_exchange.ts";
import { toHttpRequest } from "./node_request.ts";
import { canExchangeKeys, exchangeKeys, tlsOptions } from "./certificates.ts";
import { resolvePlace } from "./resolve_place.ts";
import { builtin, isBun, toListenFailure } from "./system.ts";

/** What an exchange needs of its server. */
interface Serving {
  readonly server: Server;
  /** What listens: the server itself, or one that hands its connections over. */
  acceptor: Acceptor;
  readonly responder: Responder;
  readonly connections: Connections;
  readonly limiter: Limiter;
  readonly scheme: Exchange["scheme"];
  /** Whether the server stops: then every answer is the last of its connection. */
  isStopping: boolean;
  /** How many answers were begun and are not complete. */
  inFlight: number;
}

/** The request line and the fields, in bytes, as on Deno. */
const MOST_HEAD_BYTES = 65_536;
const OPTIONS: ServerOptions = {
  maxHeaderSize: MOST_HEAD_BYTES,
  requireHostHeader: false, // it is answered with a page of ours
  joinDuplicateHeaders: true,
};
/** How long a connection may stay open after its last answer, in milliseconds. */
const LINGER_MS = 250;
/** How often to poll whether an answer is still in flight, or the port free, in milliseconds. */
const POLL_MS = 20;

/** Binds a socket and answers its requests. */
export async function listen(
  options: ListenOptions,
  responder: Responder,
): Promise<Listener | ListenFailure> {
  try {
    if (options.place.kind === "inherited") {
      return await listenInherited(options.place, options, responder);
    }
    const place = await resolvePlace(options.place);
    if (place.kind !== "tcp" && place.kind !== "unix") return place;
    const first = createServing(options, responder, options.tls);
    const { server } = first;
    await bindNew(server, place, options);
    const bound = server.address();
    if (typeof bound !== "object" || bound === null) {
      return { address: bound ?? "", port: 0, ...alone(first) };
    }
    const { address, port } = bound;
    if (options.tls === undefined) return { address, port, ...alone(first) };
    const renew = exchangeKeys(server as Server & TlsServer);
    return { address, port, ...alone(first), renew };
  } catch (error) {
    return toListenFailure(error);
  }
}

/** No other server can take such a socket over: closed once, it is gone. So the one that has it gets new keys. */
async function listenInherited(
  { descriptor }: InheritedSocket,
  { limits = UNLIMITED, tls }: ListenOptions,
  responder: Responder,
): Promise<Listener | ListenFailure> {
  const { addressOf, handOver } = await import("./inherited.ts");
  const serving = createServing({ limits }, responder, tls, isBun());
  if (isBun()) serving.acceptor = handOver(serving, tls, limits);
  const { acceptor } = serving;
  await bind(acceptor, { fd: descriptor });
  const listener = { ...addressOf(acceptor, descriptor), ...alone(serving) };
  if (tls !== undefined && listener.port === 0) {
    await listener.drain();
    return { kind: "not-available", message: "a unix socket has no TLS" };
  }
  return tls !== undefined && canExchangeKeys(acceptor)
    ? { ...listener, renew: exchangeKeys(acceptor) }
    : listener;
}

type Functions = Required<Pick<Listener, "drain" | "inFlight">>;

/** The functions of a server that no other one takes over from. */
function alone(serving: Serving): Functions {
  return { drain: () => drain(serving), inFlight: () => serving.inFlight };
}

/** `isHandedOver`: its connections come from another server, which has decrypted them. */
function createServing(
  { limits = UNLIMITED }: Pick<ListenOptions, "limits">,
  responder: Responder,
  keys: TlsKeys | undefined,
  isHandedOver = false,
): Serving {
  const connections: Connections = new WeakMap();
  const isPlain = keys === undefined || isHandedOver;
  const server = isPlain
    ? builtin("node:http").createServer(OPTIONS)
    : builtin("node:https")
      .createServer({ ...OPTIONS, ...tlsOptions(keys, limits) });
  const serving: Serving = {
    server,
    acceptor: server,
    responder,
    connections,
    limiter: keepLimits(server, !isPlain, limits),
    scheme: keys === undefined ? "http://" : "https://",
    isStopping: false,
    inFlight: 0,
  };
  answerRequests(serving);
  return serving;
}

function answerRequests(serving: Serving): void {
  const { server, responder, connections } = serving;
  const answering =
    (isContinued: boolean, refusal?: Refusal) =>
    (message: IncomingMessage, response: ServerResponse) => {
      const exchange = new Exchange(
        message,
        response,
        connectionOf(connections, message.socket),
        serving.scheme,
        isContinued,
      );
      inTurn(exchange, () => answer(exchange, serving, refusal));
    };
  server.on("request", answering(true));
  server.on("checkContinue", answering(false));
  server.on("checkExpectation", answering(false, { status: 417 }));
  server.on("connect", (message: IncomingMessage, socket: Socket) => {
    const { method = "", url = "", httpVersion } = message;
    const line = { method, target: url, protocol: `HTTP/${httpVersion}` };
    void refuseSocket(socket, connections, responder, line, { status: 501 });
  });
  server.on("clientError", (error: Error, socket: Socket) => {
    void refuseSocket(socket, connections, responder, error);
  });
  // Half-closed clients are answered; Bun could not tell them from those that have left.
  if (!isBun()) Object.assign(server, { httpAllowHalfOpen: true });
}

function answer(
  exchange: Exchange,
  serving: Serving,
  refusal: Refusal | undefined,
): void {
  const { response } = exchange;
  const { responder, limiter } = serving;
  serving.inFlight++;
  const full = limiter.begin(exchange);
  exchange.watch();
  exchange.onClose(() => {
    serving.inFlight--;
    limiter.end(exchange);
  });
  const answered = responder.answer(
    toHttpRequest(exchange, full ?? refusal),
    () => exchange.toPeer(),
  );
  const isLast = () => serving.isStopping || limiter.isLast(exchange);
  if (!(answered instanceof Promise)) {
    return void write(exchange, answered, isLast());
  }
  response.on("error", () => {}); // of a client that has left
  answered.then((answer) => write(exchange, answer, isLast()))
    .catch(() => response.destroy());
}

async function bindNew(
  server: Server,
  place: NewPlace,
  { shared = false }: ListenOptions,
): Promise<void> {
  await bind(
    server,
    place.kind === "unix"
      ? { path: place.path }
      : { host: place.hostname, port: place.port, reusePort: shared },
  );
}

function bind(
  server: Acceptor,
  at: BindOptions | { readonly fd: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(at, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** `close()` keeps a connection whose answer was running: so answers say that they are the last. */
async function drain(serving: Serving): Promise<void> {
  const { server, acceptor } = serving;
  serving.isStopping = true;
  const closed = new Promise<void>((resolve) => {
    acceptor.close(() => resolve());
  });
  server.closeIdleConnections();
  // A connection may ask for more when its last answer had begun before the end.
  do {
    while (serving.inFlight > 0) await sleep(POLL_MS);
    // What was written last may still be on its way: to close at once could reset it.
    await Promise.race([closed, sleep(LINGER_MS)]);
  } while (serving.inFlight > 0);
  server.closeAllConnections();
}
