/**
 * Sockets by `node:http`, on Bun and on Node.js.
 *
 * @module
 */

import type {
  IncomingMessage,
  Server,
  ServerOptions,
  ServerResponse,
} from "node:http";
import type { Socket } from "node:net";
import type {
  Listener,
  ListenFailure,
  ListenOptions,
  Place,
} from "../ports/sockets.ts";
import { discard } from "../ports/content.ts";
import type { Peer } from "../ports/exchange.ts";
import type { Answer, Refusal, Responder } from "../ports/message.ts";
import { sleep } from "../ports/timers.ts";
import { connectionOf, type Connections, inTurn } from "./node_connection.ts";
import { type Transfer, writeAnswer, writeResponse } from "./node_content.ts";
import { refuseSocket } from "./node_refusal.ts";
import { type Exchange, toHttpRequest } from "./node_request.ts";
import { builtin, toListenFailure } from "./system.ts";

/** What an exchange needs of its server. */
interface Serving {
  readonly responder: Responder;
  readonly connections: Connections;
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
/** How often to poll whether an answer is still in flight, in milliseconds. */
const DRAIN_POLL_MS = 20;

/** Binds a socket and answers its requests. */
export async function listen(
  { place, shared = false }: ListenOptions,
  responder: Responder,
): Promise<Listener | ListenFailure> {
  try {
    if (place.kind === "unix") {
      const { clearStaleSocket } = await import("./unix_socket.ts");
      const failure = await clearStaleSocket(place.path);
      if (failure !== undefined) return failure;
    }
    const serving: Serving = {
      responder,
      connections: new WeakMap(),
      scheme: "http://",
      isStopping: false,
      inFlight: 0,
    };
    const server = createServer(serving);
    await bind(server, place, shared);
    const listener = {
      drain: () => drain(server, serving),
      inFlight: () => serving.inFlight,
    };
    const bound = server.address();
    return typeof bound === "object" && bound !== null
      ? { address: bound.address, port: bound.port, ...listener }
      : { address: bound ?? "", port: 0, ...listener };
  } catch (error) {
    return toListenFailure(error);
  }
}

function createServer(serving: Serving): Server {
  const { responder, connections } = serving;
  const server = builtin("node:http").createServer(OPTIONS);
  const answerLater = (
    message: IncomingMessage,
    response: ServerResponse,
    isContinued: boolean,
    refusal?: Refusal,
  ) => {
    const { socket } = message;
    const { scheme } = serving;
    const exchange = { message, response, scheme, isContinued };
    const connection = connectionOf(connections, socket);
    inTurn(connection, exchange, () => answer(exchange, serving, refusal));
  };
  server.on("request", (message, response) => {
    answerLater(message, response, true);
  });
  server.on("checkContinue", (message, response) => {
    answerLater(message, response, false);
  });
  server.on("checkExpectation", (message, response) => {
    answerLater(message, response, false, { status: 417 });
  });
  server.on("connect", (message: IncomingMessage, socket: Socket) => {
    const { method = "", url = "", httpVersion } = message;
    const line = { method, target: url, protocol: `HTTP/${httpVersion}` };
    void refuseSocket(socket, connections, responder, line, { status: 501 });
  });
  server.on("clientError", (error: Error, socket: Socket) => {
    void refuseSocket(socket, connections, responder, error);
  });
  // Half-closed clients are answered; Bun could not tell them from those that have left.
  if (!("Bun" in globalThis)) {
    Object.assign(server, { httpAllowHalfOpen: true });
  }
  return server;
}

function answer(
  exchange: Exchange,
  serving: Serving,
  refusal: Refusal | undefined,
): void {
  const { message, response } = exchange;
  const transfer: Transfer = { bytes: 0 };
  serving.inFlight++;
  response.once("close", () => void serving.inFlight--);
  response.on("error", () => {}); // of a client that has left
  const peer = () => peerOf(message.socket, response, transfer);
  const answered = serving.responder.answer(
    toHttpRequest(exchange, refusal),
    peer,
  );
  const write = (answer: Answer | Response) => {
    if (response.destroyed) return discardAnswer(answer);
    return answer instanceof Response
      ? writeResponse(exchange, answer, transfer, serving.isStopping)
      : writeAnswer(exchange, answer, transfer, serving.isStopping);
  };
  if (answered instanceof Promise) {
    answered.then(write).catch(() => response.destroy());
  } else {
    write(answered);
  }
}

/** The client has left before its answer was there. */
function discardAnswer(answer: Answer | Response): void {
  if (answer instanceof Response) answer.body?.cancel().catch(() => {});
  else discard(answer.content);
}

function peerOf(
  { remoteAddress = "-", remotePort, localAddress }: Socket,
  response: ServerResponse,
  transfer: Transfer,
): Peer {
  const completed = new Promise<void>((resolve, reject) => {
    response.once("close", () => {
      if (response.writableFinished) resolve();
      else reject(new Error("The client has left"));
    });
  });
  completed.catch(() => {});
  return {
    address: remoteAddress,
    port: remotePort,
    localAddress,
    completed,
    sent: () => transfer.bytes,
  };
}

function bind(server: Server, place: Place, shared: boolean): Promise<void> {
  const at = place.kind === "unix"
    ? { path: place.path }
    : { host: place.hostname, port: place.port, reusePort: shared };
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(at, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** `close()` keeps a connection whose answer was running: so answers say that they are the last. */
async function drain(server: Server, serving: Serving): Promise<void> {
  serving.isStopping = true;
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  while (serving.inFlight > 0) await sleep(DRAIN_POLL_MS);
  // What was written last may still be on its way: to close at once could reset it.
  await Promise.race([closed, sleep(LINGER_MS)]);
  server.closeAllConnections();
}
