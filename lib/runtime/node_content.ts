/**
 * Answers on their way to `node:http`, with back-pressure: never more than a chunk waits for a
 * client that reads slowly.
 *
 * @module
 */

import { clearImmediate, setImmediate } from "node:timers";
import type { ContentReader } from "../ports/content.ts";
import type { Answer, HeaderSection } from "../ports/message.ts";
import { discardAnswer, DROPPED_BYTES } from "./exchanges.ts";
import type { Exchange } from "./node_exchange.ts";
import { hasContent } from "./node_request.ts";
import { createPace } from "./pace.ts";
import { toAnswer } from "./response_answer.ts";
import { isBun } from "./system.ts";

/** How long a client may go on sending what nobody reads, in milliseconds (RFC 9112 §9.6). */
const LINGER_MS = 10_000;
const CLOSE = ["Connection", "close"] as const;
const EMPTY = ["Content-Length", "0"] as const;

/** Writes what was answered, if the client is still there. `isLast`: the connection ends behind it. */
export function write(
  exchange: Exchange,
  answer: Answer | Response,
  isLast: boolean,
): void | Promise<void> {
  const { response } = exchange;
  if (response.destroyed || response.headersSent || exchange.isRefused) {
    return discardAnswer(answer);
  }
  return answer instanceof Response
    ? writeResponse(exchange, answer, isLast)
    : writeAnswer(exchange, answer, isLast);
}

function writeAnswer(
  exchange: Exchange,
  { status, phrase, headers, content }: Answer,
  isLast: boolean,
): void {
  const { response } = exchange;
  const rest = restOf(exchange);
  const isClosing = (isLast || rest !== "none") &&
    headers.get("connection") === undefined;
  const end = () => {
    // An end behind its client would make a cut answer a whole one.
    if (!exchange.isOpen) return;
    if (rest === "sent") linger(exchange);
    else response.end();
  };
  const given = headers.toLines();
  const lines = isClosing ? [...given, ...CLOSE] : given;
  if (content === undefined) {
    const isEmpty = wantsLength(exchange, status, headers);
    writeHead(exchange, status, phrase, isEmpty ? [...lines, ...EMPTY] : lines);
    return end();
  }
  writeHead(exchange, status, phrase, lines);
  const fail = () => void response.destroy(); // no part for the whole (RFC 9112 §8)
  if (content.reader !== undefined) {
    send(content.reader, exchange).then(end, fail);
    return;
  }
  const { body } = content;
  if (body instanceof Uint8Array) {
    exchange.ending = body.length;
    if (rest !== "sent") return void response.end(body);
    response.write(body);
    return end();
  }
  exchange.onLeave(fail); // a stream may wait for ever
  content.reuseChunks?.(); // what was written the system has taken
  const stream = body instanceof Blob ? body.stream() : body;
  pump(stream, exchange, lengthOf(headers)).then(end, fail);
}

/** Whether an answer without content must say so: else `node:http` sends chunks, and to HTTP/1.0 the end of the connection (RFC 9110 §8.6). */
function wantsLength(
  { message: { method } }: Exchange,
  status: number,
  headers: HeaderSection,
): boolean {
  return method !== "HEAD" && status !== 204 && status !== 304 &&
    headers.get("content-length") === undefined;
}

/** Fields that tell of others, too: what has been set before stays. */
const ADDED_FIELDS: readonly string[] = ["set-cookie", "vary"];

function writeHead(
  { response, isShared }: Exchange,
  status: number,
  phrase: string,
  lines: readonly string[],
): void {
  response.sendDate = false;
  if (!isShared) {
    return void response.writeHead(status, phrase, lines as string[]);
  }
  // What others put over `writeHead` may know no list of fields (on-headers 1.0).
  const names = new Set(ADDED_FIELDS);
  for (let at = 0; at < lines.length; at += 2) {
    const [name = "", value = ""] = lines.slice(at, at + 2);
    const key = name.toLowerCase();
    if (names.has(key)) response.appendHeader(name, value);
    else response.setHeader(name, value);
    names.add(key);
  }
  response.writeHead(status, phrase);
}

/** What comes of the content of a request that nobody has read to its end: none, or nobody has asked for it, or the client sends it. */
function restOf(
  { message, isContinued }: Exchange,
): "none" | "announced" | "sent" {
  if (message.complete || !hasContent(message)) return "none";
  if (!isContinued) return "announced";
  const length = message.headers["content-length"];
  return Number(length) <= DROPPED_BYTES ? "none" : "sent";
}

/** To close at once would reset the connection, and the client might lose the answer. */
function linger(exchange: Exchange): void {
  const { message, response } = exchange;
  const end = () => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, LINGER_MS);
  exchange.onClose(() => clearTimeout(timer));
  message.once("end", end);
  writeHeadOnly(exchange);
  message.resume();
}

/**
 * Hands the head over, without content. `flushHeaders()` of Node.js would write it as UTF-8, and
 * Bun keeps the end of it back behind an empty `write()` (1.4.5).
 */
function writeHeadOnly({ isOpen, response }: Exchange): void {
  if (!isOpen) return;
  if (isBun()) response.flushHeaders();
  else response.write(new Uint8Array());
}

function lengthOf(headers: HeaderSection): number | undefined {
  const length = headers.get("content-length");
  return length === undefined ? undefined : Number(length);
}

/** Sends what a reader gives, by one buffer: it is filled again when the system has taken it. */
async function send(reader: ContentReader, exchange: Exchange): Promise<void> {
  const write = createWrite(exchange);
  const nextLength = createPace();
  let buffer = new Uint8Array(0);
  try {
    for (;;) {
      const length = nextLength(exchange.sent);
      if (buffer.length !== length) buffer = new Uint8Array(length);
      const count = reader.read(buffer);
      if (count === 0) return;
      if (!await write(buffer.subarray(0, count))) return;
    }
  } finally {
    reader.close();
  }
}

/** Sends a stream. It throws when the stream fails, or has another length than was announced. */
async function pump(
  stream: ReadableStream<Uint8Array>,
  exchange: Exchange,
  length = Infinity,
): Promise<void> {
  const write = createWrite(exchange);
  const reader = stream.getReader();
  exchange.onClose((isWhole) => {
    if (!isWhole) reader.cancel().catch(() => {});
  });
  // A head does not wait for content that comes later: it may be an event of the next hour.
  const waiting = setImmediate(() => writeHeadOnly(exchange));
  for (;;) {
    const { value } = await reader.read();
    clearImmediate(waiting);
    if (value === undefined) break;
    const bytes = value.subarray(0, length - exchange.sent);
    if (!await write(bytes)) return void reader.cancel().catch(() => {});
    if (bytes.length < value.length) throw new Error("Too much content");
  }
  const isShort = length !== Infinity && exchange.sent < length;
  if (isShort) throw new Error("Too little content");
}

/** Writes bytes; settles when the system has taken them, with `false` when the client has left. */
type Write = (bytes: Uint8Array) => Promise<boolean>;

function createWrite(exchange: Exchange): Write {
  const { response } = exchange;
  let wake = () => {};
  // What others put over `write` may forget to call back, as `compression` 1.8 does.
  const isCovered = exchange.isShared && Object.hasOwn(response, "write");
  // Of a client that has left Node.js 20 does not call back.
  exchange.onClose(() => wake());
  return async (bytes) => {
    if (!exchange.isOpen) return false;
    await new Promise<void>((resolve) => {
      wake = resolve;
      if (!isCovered) response.write(bytes, () => resolve());
      else if (response.write(bytes.slice())) resolve();
      else response.once("drain", resolve);
    });
    if (!exchange.isOpen) return false;
    exchange.sent += bytes.length;
    return true;
  };
}

/** Writes the answer that a function of a user has given. */
async function writeResponse(
  exchange: Exchange,
  given: Response,
  isLast: boolean,
): Promise<void> {
  const { message: { method = "" } } = exchange;
  writeAnswer(exchange, await toAnswer(given, method), isLast);
}
