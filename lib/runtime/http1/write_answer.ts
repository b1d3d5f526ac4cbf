/**
 * Answers on their way to a connection of ours, with back-pressure: never more than a chunk waits
 * for a client that reads slowly. A head and small content leave in one write.
 *
 * @module
 */

import type { Content } from "../../ports/content.ts";
import type { Answer } from "../../ports/message.ts";
import { discardAnswer, DROPPED_BYTES } from "../exchanges.ts";
import { toAnswer } from "../response_answer.ts";
import type { Exchange } from "./connection_exchange.ts";
import { sendReader, sendStream } from "./sending.ts";

const CLOSE_REGEXP = /(?:^|,)[ \t]*close[ \t]*(?:,|$)/i;
const KEEP_ALIVE_REGEXP = /(?:^|,)[ \t]*keep-alive[ \t]*(?:,|$)/i;

/** Has an exchange answered. */
export function answer(exchange: Exchange): void {
  const { connection } = exchange;
  const { serving } = connection;
  serving.inFlight++;
  exchange.refusal = serving.limiter.begin(connection) ?? exchange.refusal;
  const answered = serving.responder.answer(exchange, () => exchange.toPeer());
  if (answered instanceof Promise) {
    answered.then((answer) => write(exchange, answer))
      .catch(() => connection.destroy());
  } else {
    void write(exchange, answered);
  }
}

/** Writes what was answered, if the client is still there. */
function write(
  exchange: Exchange,
  answer: Answer | Response,
): void | Promise<void> {
  if (!exchange.isOpen) return discardAnswer(answer);
  if (!(answer instanceof Response)) return writeAnswer(exchange, answer);
  return toAnswer(answer, exchange.method).then((answer) =>
    write(exchange, answer)
  );
}

/** How the end of content is told (RFC 9112 §6.3). */
type AnswerFraming = "none" | "length" | "chunked" | "close";

function writeAnswer(exchange: Exchange, answer: Answer): void {
  const { connection } = exchange;
  const { content } = answer;
  const framing = framingOf(exchange, answer);
  const said = answer.headers.get("connection");
  const isLast = framing === "close" || isLastOf(exchange, said) ||
    !dropRest(exchange);
  const head = headOf(exchange, answer, framing, isLast, said);
  exchange.isBegun = true;
  if (content === undefined) {
    connection.write(...encode(exchange, head), true);
    return connection.finish(isLast);
  }
  const end = () => connection.finish(isLast);
  const fail = () => connection.destroy(); // no part for the whole (RFC 9112 §8)
  if (content.reader !== undefined) {
    const sent = sendReader(exchange, head, content.reader);
    if (sent === undefined) end();
    else sent.then((isOpen) => isOpen && end(), fail);
    return;
  }
  const { body } = content;
  if (body instanceof Uint8Array) {
    writeWhole(exchange, head, body);
    return end();
  }
  exchange.onLeave(fail); // a stream may wait for ever
  content.reuseChunks?.(); // what was written the system has taken
  const stream = body instanceof Blob ? body.stream() : body;
  const length = answer.headers.get("content-length");
  sendStream(exchange, head, stream, {
    isChunked: framing === "chunked",
    length: length === undefined ? Infinity : Number(length),
  }).then((isOpen) => isOpen && end(), fail);
}

/** A head, at the beginning of the scratch, and its length. */
function encode(
  { connection }: Exchange,
  head: string,
): [bytes: Uint8Array, length: number] {
  const { scratch } = connection.serving;
  const fits = head.length <= scratch.length;
  const bytes = fits ? scratch : Buffer.alloc(head.length);
  return [bytes, bytes.write(head, 0, "latin1")];
}

function writeWhole(
  exchange: Exchange,
  head: string,
  body: Uint8Array,
): void {
  const { connection } = exchange;
  exchange.queued = body.length;
  const [bytes, length] = encode(exchange, head);
  if (length + body.length <= bytes.length) {
    bytes.set(body, length);
    connection.write(bytes, length + body.length, true);
  } else {
    connection.write(bytes, length, true);
    connection.write(body, body.length);
  }
}

function framingOf(
  { method, protocol }: Exchange,
  { status, headers, content }: Answer,
): AnswerFraming {
  if (content === undefined) {
    return method === "HEAD" || status === 204 || status === 304 ||
        headers.get("content-length") !== undefined
      ? "none"
      : "length";
  }
  if (headers.get("content-length") !== undefined) return "none";
  if (content.reader === undefined && content.body instanceof Uint8Array) {
    return "length";
  }
  return protocol === "HTTP/1.0" ? "close" : "chunked";
}

function isLastOf(
  { connection, headers, protocol, refusal }: Exchange,
  said: string | undefined,
): boolean {
  const { isStopping, limiter } = connection.serving;
  if (isStopping || refusal !== undefined || limiter.isLast(connection)) {
    return true;
  }
  const asked = headers.get("connection");
  const isKept = asked === null
    ? protocol !== "HTTP/1.0"
    : !CLOSE_REGEXP.test(asked) &&
      (protocol !== "HTTP/1.0" || KEEP_ALIVE_REGEXP.test(asked));
  return !isKept || said !== undefined && CLOSE_REGEXP.test(said);
}

/** Drops what nobody has read of the request's content; whether another request can come behind it. */
function dropRest({ content, isContinued }: Exchange): boolean {
  if (content === undefined || content.isOver) return true;
  if (!isContinued) return false; // perhaps it never comes
  if (content.isUntouched) content.drop();
  return content.left <= DROPPED_BYTES;
}

function headOf(
  request: Exchange,
  { status, phrase, headers, content }: Answer,
  framing: AnswerFraming,
  isLast: boolean,
  said: string | undefined,
): string {
  let head = `HTTP/1.1 ${status} ${phrase}\r\n${headers.toText()}`;
  if (said === undefined) {
    if (isLast) head += "Connection: close\r\n";
    else if (asksToKeep(request)) head += "Connection: keep-alive\r\n";
  }
  if (framing === "chunked") head += "Transfer-Encoding: chunked\r\n";
  if (framing === "length") head += `Content-Length: ${sizeOf(content)}\r\n`;
  return `${head}\r\n`;
}

/** Clients of HTTP/1.0 count on the answer, and some of HTTP/1.1 (RFC 9112 §9.3). */
function asksToKeep({ headers }: Exchange): boolean {
  const asked = headers.get("connection");
  return asked !== null && KEEP_ALIVE_REGEXP.test(asked);
}

function sizeOf(content: Content | undefined): number {
  return content?.body instanceof Uint8Array ? content.body.length : 0;
}
