/**
 * Answers on their way to a connection of ours, with back-pressure: never more than a chunk waits
 * for a client that reads slowly. A head and small content leave in one write.
 *
 * @module
 */

import { clearImmediate, setImmediate } from "node:timers";
import type { Content, ContentReader } from "../../ports/content.ts";
import type { Answer } from "../../ports/message.ts";
import { discardAnswer, DROPPED_BYTES } from "../exchanges.ts";
import { nextTurn } from "../node_ports.ts";
import { createPace } from "../pace.ts";
import { toAnswer } from "../response_answer.ts";
import type { Exchange } from "./connection_exchange.ts";

const CLOSE_REGEXP = /(?:^|,)[ \t]*close[ \t]*(?:,|$)/i;
const KEEP_ALIVE_REGEXP = /(?:^|,)[ \t]*keep-alive[ \t]*(?:,|$)/i;

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

/** How much a client that reads as fast as the file comes gets until others have their turn, in bytes. */
const TURN_BYTES = 1_048_576;
const LAST_CHUNK = Buffer.from("0\r\n\r\n");

/**
 * Sends what a reader gives behind a head. Most files are over with the first write: for these
 * it gives `undefined`, and for the others whether the client was there to the end.
 */
export function sendReader(
  exchange: Exchange,
  head: string,
  reader: ContentReader,
): undefined | Promise<boolean> {
  const { connection } = exchange;
  const { scratch } = connection.serving;
  const isShort = head.length < scratch.length;
  if (!isShort) writeText(exchange, head);
  const begin = isShort ? scratch.write(head, 0, "latin1") : 0;
  try {
    const count = reader.read(scratch.subarray(begin));
    exchange.queued = count;
    connection.write(scratch, begin + count, true);
    if (begin + count < scratch.length) {
      reader.close();
      return undefined;
    }
  } catch (error) {
    reader.close();
    return Promise.reject(error);
  }
  return sendRest(exchange, reader);
}

/** By the buffer of all: what the system has not taken, the connection keeps. */
async function sendRest(
  exchange: Exchange,
  reader: ContentReader,
): Promise<boolean> {
  const { connection } = exchange;
  const { chunk } = connection.serving;
  const nextLength = createPace();
  let turn = 0;
  try {
    for (;;) {
      if (!await taken(exchange)) return false;
      const length = nextLength(exchange.queued);
      const count = reader.read(chunk.subarray(0, length));
      if (count === 0) return true;
      exchange.queued += count;
      connection.write(chunk, count, true);
      turn += count;
      if (turn < TURN_BYTES) continue;
      turn = 0;
      await nextTurn();
    }
  } finally {
    reader.close();
  }
}

/** Settles when the system has taken all, with `false` when the client has left. */
function taken({ connection }: Exchange): boolean | Promise<boolean> {
  if (connection.isClosed) return false;
  if (connection.unsentBytes === 0) return true;
  return new Promise((resolve) => connection.whenTaken(resolve));
}

interface StreamFraming {
  readonly isChunked: boolean;
  /** The length that was announced. */
  readonly length: number;
}

/** Sends a stream behind a head. It throws when the stream fails, or has another length than was announced. */
export async function sendStream(
  exchange: Exchange,
  head: string,
  stream: ReadableStream<Uint8Array>,
  { isChunked, length }: StreamFraming,
): Promise<boolean> {
  const reader = stream.getReader();
  exchange.onClose((isWhole) => {
    if (!isWhole) reader.cancel().catch(() => {});
  });
  const output = new StreamOutput(exchange, head, isChunked);
  // A head does not wait for content that comes later: it may be an event of the next hour.
  const waiting = setImmediate(() => output.writeHead());
  for (;;) {
    const { value } = await reader.read();
    clearImmediate(waiting);
    if (value === undefined) break;
    const bytes = value.subarray(0, length - exchange.queued);
    output.write(bytes);
    if (!await taken(exchange)) return false;
    if (bytes.length < value.length) throw new Error("Too much content");
  }
  if (!exchange.isOpen) return false;
  const isShort = length !== Infinity && exchange.queued < length;
  if (isShort) throw new Error("Too little content");
  output.end();
  return true;
}

class StreamOutput {
  #head: string | undefined;

  constructor(
    readonly exchange: Exchange,
    head: string,
    readonly isChunked: boolean,
  ) {
    this.#head = head;
  }

  writeHead(): void {
    const head = this.#takeHead();
    if (head !== "") writeText(this.exchange, head);
  }

  write(bytes: Uint8Array): void {
    const { connection } = this.exchange;
    if (bytes.length === 0) return this.writeHead();
    this.exchange.queued += bytes.length;
    const size = this.isChunked ? `${bytes.length.toString(16)}\r\n` : "";
    const front = this.#takeHead() + size;
    const { scratch } = connection.serving;
    if (front.length + bytes.length + 2 > scratch.length) {
      if (front !== "") writeText(this.exchange, front);
      connection.write(bytes, bytes.length);
      if (this.isChunked) writeText(this.exchange, "\r\n");
      return;
    }
    let end = front === "" ? 0 : scratch.write(front, 0, "latin1");
    scratch.set(bytes, end);
    end += bytes.length;
    if (this.isChunked) end += scratch.write("\r\n", end, "latin1");
    connection.write(scratch, end, true);
  }

  end(): void {
    this.writeHead();
    if (this.isChunked) {
      this.exchange.connection.write(LAST_CHUNK, LAST_CHUNK.length);
    }
  }

  #takeHead(): string {
    const head = this.#head ?? "";
    this.#head = undefined;
    return head;
  }
}

function writeText({ connection }: Exchange, text: string): void {
  const bytes = Buffer.from(text, "latin1");
  connection.write(bytes, bytes.length);
}
