/**
 * Requests of a server of `node:http` that others have made: what a handler does not have, and
 * its errors, go to them.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { NodeListener, NodeMessage, Peer } from "../ports/exchange.ts";
import type { Answer, Attempt, Responder } from "../ports/message.ts";
import { newConnection } from "./node_connection.ts";
import { write } from "./node_content.ts";
import { Exchange } from "./node_exchange.ts";
import { toHttpRequest } from "./node_request.ts";

/** What answers: beside others, who answer what it leaves to them, or alone. */
export interface Mounted extends Responder {
  /** Answers beside others; what it throws is for them, too. */
  readonly attempt: Attempt;
}

/** Makes a listener. A request that came at once with others waits for its turn (RFC 9112 §9.3.2). */
export function createListener(mounted: Mounted): NodeListener {
  return (given, givenResponse, next) => {
    const message = given as NodeMessage & IncomingMessage;
    const response = givenResponse as ServerResponse;
    const begin = () => answer(message, response, mounted, next);
    if (response.socket === null) response.once("socket", begin);
    else begin();
  };
}

type Next = Parameters<NodeListener>[2];

function answer(
  message: NodeMessage & IncomingMessage,
  response: ServerResponse,
  mounted: Mounted,
  next: Next,
): void {
  const exchange = toExchange(message, response);
  const request = toHttpRequest(exchange, undefined, targetOf(message));
  const source = () => toPeer(exchange);
  const send = (answer: Answer | Response | undefined) =>
    answer === undefined
      ? next?.()
      : write(exchange, answer, false)?.catch(() => response.destroy());
  const answered = next === undefined
    ? mounted.answer(request, source)
    : mounted.attempt(request, source);
  if (!(answered instanceof Promise)) return void send(answered);
  response.on("error", () => {}); // of a client that has left
  answered.then(send, (error) => next?.(toError(error)));
}

function toExchange(
  message: IncomingMessage,
  response: ServerResponse,
): Exchange {
  const isSecure = "encrypted" in message.socket && message.socket.encrypted;
  const exchange = new Exchange(
    message,
    response,
    newConnection(),
    isSecure ? "https://" : "http://",
    true,
  );
  exchange.isShared = true;
  exchange.watch();
  return exchange;
}

/**
 * The whole target. Express and Connect cut from `url` what the handler is mounted below, and
 * begin the rest with a slash: "/static?q" becomes "/?q". Others may have rewritten the rest.
 */
function targetOf(
  { url = "/", originalUrl = url, baseUrl }: NodeMessage,
): string {
  const rests = [url, url.slice(1)].map((rest) => `${baseUrl ?? ""}${rest}`);
  const isCut = baseUrl === undefined
    ? rests.some((rest) => originalUrl.endsWith(rest))
    : rests.includes(originalUrl);
  return isCut || !originalUrl.startsWith("/")
    ? originalUrl
    : rests[0] ?? originalUrl;
}

/** Of a unix socket nothing is known but the server's own path. */
function toPeer(exchange: Exchange): Peer {
  const { socket } = exchange.message;
  const peer = exchange.toPeer();
  const { localAddress, localPort = 0 } = socket;
  const bound = "server" in socket && isServer(socket.server)
    ? socket.server.address()
    : undefined;
  return typeof bound === "string"
    ? { ...peer, address: "unix", server: { address: bound, port: 0 } }
    : { ...peer, server: { address: localAddress, port: localPort } };
}

function isServer(
  value: unknown,
): value is { readonly address: () => unknown } {
  return typeof value === "object" && value !== null && "address" in value;
}

/** Express reads words such as "route" in another way, and nothing at all as no error. */
function toError(error: unknown): Error {
  return error instanceof Error
    ? error
    : new Error(String(error), { cause: error });
}
