/**
 * Requests that the parser of `node:http` cannot read: it gives up the connection, and one answer
 * can be written there by hand.
 *
 * @module
 */

import type { Socket } from "node:net";
import type { Peer } from "../ports/exchange.ts";
import type {
  Answer,
  HttpRequest,
  Refusal,
  Responder,
} from "../ports/message.ts";
import { connectionOf, type Connections } from "./node_connection.ts";
import type { Connection } from "./node_exchange.ts";
import { builtin, codeOf } from "./system.ts";

/** A request line (RFC 9112 §3), as far as it can be read. */
export interface RequestLine {
  readonly method: string;
  readonly target: string;
  readonly protocol: string;
}

/** A request line whose parts are well formed. */
const LINE_REGEXP = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) (\S+) (HTTP\/\d\.\d)\r?$/;
const UNKNOWN_LINE: RequestLine = {
  method: "-",
  target: "-",
  protocol: "HTTP/1.1",
};
/** How long a client has to read the answer, in milliseconds. */
const LINGER_MS = 1000;

/** Answers what cannot be read, behind the answers that are still on their way, and ends the connection. */
export async function refuseSocket(
  socket: Socket,
  connections: Connections,
  responder: Responder,
  cause: Error | RequestLine,
  refusal?: Refusal,
): Promise<void> {
  const connection = connectionOf(connections, socket);
  if (connection.isRefused) return;
  connection.isRefused = true;
  // Of CONNECT Node.js hands over the socket without a listener: a reset would end the program.
  socket.on("error", () => {});
  if (!socket.writable || isOfTransport(cause)) return void socket.destroy();
  if (await isAnsweredWrongly(connection)) return void socket.destroy();
  const line = cause instanceof Error ? lineOf(cause) : cause;
  const answer = await responder.answer(
    requestOf(line, refusal ?? refusalOf(cause, line)),
    () => peerOf(socket),
  );
  if (!socket.writable || answer instanceof Response) {
    return void socket.destroy();
  }
  socket.end(toBytes(answer, line));
  socket.resume(); // to close with bytes unread would reset the connection
  setTimeout(() => socket.destroy(), LINGER_MS);
}

/**
 * Waits for the exchanges that came before. What cannot be read may be the content of the last of
 * them: then it is refused, too, unless its answer has begun.
 */
async function isAnsweredWrongly(connection: Connection): Promise<boolean> {
  for (;;) {
    const { current } = connection;
    if (current?.isOpen !== true) return false;
    const { message, response } = current;
    if (!message.complete) return response.headersSent;
    await new Promise((resolve) => response.once("close", resolve));
  }
}

function isOfTransport(cause: Error | RequestLine): boolean {
  return cause instanceof Error &&
    ["ECONNRESET", "EPIPE", "ECANCELED"].includes(codeOf(cause));
}

/**
 * The line that cannot be read, or that of the request in which something else cannot. Bun
 * does not tell where in the packet it stopped (1.4.5): so it is the last one that fits.
 */
function lineOf(error: Error): RequestLine {
  const packet = "rawPacket" in error ? String(error.rawPacket) : "";
  const lines = packet.split("\n").map((text): RequestLine => {
    const [, method, target, protocol] = LINE_REGEXP.exec(text) ?? [];
    return method && target && protocol
      ? { method, target, protocol }
      : UNKNOWN_LINE;
  });
  const fits = (line: RequestLine) =>
    line !== UNKNOWN_LINE && isAtFault(line, codeOf(error));
  return lines.findLast(fits) ?? UNKNOWN_LINE;
}

function isAtFault(
  { method, target, protocol }: RequestLine,
  code: string,
): boolean {
  switch (code) {
    case "HPE_INVALID_METHOD":
      return !builtin("node:http").METHODS.includes(method);
    case "HPE_INVALID_VERSION":
      return !/^HTTP\/1\.[01]$/.test(protocol);
    // Bun cannot read this one (1.4.5).
    case "HPE_INVALID_CONSTANT":
      return method === "OPTIONS" && target === "*";
    default:
      return true;
  }
}

function refusalOf(
  cause: Error | RequestLine,
  line: RequestLine,
): Refusal | undefined {
  const code = cause instanceof Error ? codeOf(cause) : "";
  switch (code) {
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return { status: 408 };
    case "HPE_HEADER_OVERFLOW":
      return { status: 431 };
    case "HPE_INVALID_VERSION":
      return { status: line === UNKNOWN_LINE ? 400 : 505 };
    case "HPE_INVALID_METHOD":
      return line === UNKNOWN_LINE
        ? { status: 400 }
        : { status: 501, message: `Unsupported method ('${line.method}')` };
    default:
      return line.method === "OPTIONS" && line.target === "*"
        ? undefined
        : { status: 400 };
  }
}

function requestOf(
  { method, target, protocol }: RequestLine,
  refusal: Refusal | undefined,
): HttpRequest {
  return {
    method,
    url: target,
    protocol,
    headers: new Headers(),
    body: null,
    signal: new AbortController().signal,
    refusal,
  };
}

function peerOf(
  { remoteAddress = "-", remotePort, localAddress }: Socket,
): Peer {
  return { address: remoteAddress, port: remotePort, localAddress };
}

function toBytes(
  { status, phrase, headers, content }: Answer,
  { method }: RequestLine,
): Uint8Array {
  const lines = headers.toLines();
  let head = `HTTP/1.1 ${status} ${phrase}\r\n`;
  for (let at = 0; at < lines.length; at += 2) {
    head += `${lines[at]}: ${lines[at + 1]}\r\n`;
  }
  if (headers.get("connection") === undefined) head += "Connection: close\r\n";
  const body = content?.body;
  return Buffer.concat([
    Buffer.from(`${head}\r\n`, "latin1"),
    body instanceof Uint8Array && method !== "HEAD" ? body : new Uint8Array(),
  ]);
}
