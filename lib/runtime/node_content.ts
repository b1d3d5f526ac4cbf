/**
 * Answers on their way to `node:http`, with back-pressure: never more than a chunk waits for a
 * client that reads slowly.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import { setImmediate } from "node:timers";
import { type Bytes, bytesContent, type Content } from "../ports/content.ts";
import {
  type Answer,
  type HeaderSection,
  headerSection,
} from "../ports/message.ts";
import { type Exchange, hasContent } from "./node_request.ts";
import { builtin } from "./system.ts";

/** How much of the content the system has taken, in bytes. */
export interface Transfer {
  bytes: number;
}

/** Unread content of a request up to this length, in bytes, is read to keep the connection. */
const DROPPED_BYTES = 65_536;
/** How long a client may go on sending what nobody reads, in milliseconds (RFC 9112 §9.6). */
const LINGER_MS = 10_000;
const CLOSE = ["Connection", "close"] as const;

/** Writes an answer. `isLast`: the connection ends behind it. */
export function writeAnswer(
  exchange: Exchange,
  { status, phrase, headers, content }: Answer,
  transfer: Transfer,
  isLast: boolean,
): void {
  const { message, response } = exchange;
  const rest = restOf(exchange);
  const isClosing = (isLast || rest !== "none") &&
    headers.get("connection") === undefined;
  const lines = headers.toLines();
  response.sendDate = false;
  response.writeHead(status, phrase, isClosing ? [...lines, ...CLOSE] : lines);
  const end = rest === "sent"
    ? () => linger(message, response)
    : () => void response.end();
  const body = content?.body;
  if (body === undefined) return end();
  if (body instanceof Uint8Array) {
    response.once("close", () => {
      if (response.writableFinished) transfer.bytes = body.length;
    });
    if (rest !== "sent") return void response.end(body);
    response.write(body);
    return end();
  }
  const stream = body instanceof Blob ? body.stream() : body;
  pump(stream, response, transfer, lengthOf(headers)).then(
    end,
    // The client must not take a part for the whole (RFC 9112 §8).
    () => response.destroy(),
  );
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
function linger(message: IncomingMessage, response: ServerResponse): void {
  const end = () => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, LINGER_MS);
  response.once("close", () => clearTimeout(timer));
  message.once("end", end);
  response.flushHeaders();
  message.resume();
}

function lengthOf(headers: HeaderSection): number | undefined {
  const length = headers.get("content-length");
  return length === undefined ? undefined : Number(length);
}

/** Writes a stream chunk by chunk. It throws when the stream fails, or has another length than was announced. */
async function pump(
  stream: ReadableStream<Uint8Array>,
  response: ServerResponse,
  transfer: Transfer,
  length = Infinity,
): Promise<void> {
  const reader = stream.getReader();
  const onClose = () => void reader.cancel().catch(() => {});
  response.once("close", onClose);
  for (;;) {
    const { value } = await reader.read();
    if (value === undefined) break;
    const bytes = value.subarray(0, length - transfer.bytes);
    await write(response, bytes);
    if (response.destroyed) return;
    transfer.bytes += bytes.length;
    if (bytes.length < value.length) throw new Error("Too much content");
  }
  response.off("close", onClose);
  const isShort = length !== Infinity && transfer.bytes < length;
  if (isShort) throw new Error("Too little content");
}

/** Settles when the system has taken the bytes, or the client has left. */
function write(response: ServerResponse, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    if (response.write(bytes) || response.destroyed) return resolve();
    // Of a client that has left no `drain` comes.
    const done = () => {
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    response.once("drain", done);
    response.once("close", done);
  });
}

/** Writes the answer that a function of a user has given. */
export async function writeResponse(
  exchange: Exchange,
  given: Response,
  transfer: Transfer,
  isLast: boolean,
): Promise<void> {
  const { message: { method } } = exchange;
  const { status, statusText, headers, body } = given;
  const fields: [string, string][] = [...headers];
  if (method === "HEAD") body?.cancel().catch(() => {});
  const content = body === null || method === "HEAD"
    ? undefined
    : await contentOf(body);
  // What is whole has a length: a client of HTTP/1.0 needs it to keep the connection.
  if (content?.body instanceof Uint8Array && !headers.has("content-length")) {
    fields.push(["Content-Length", String(content.body.length)]);
  }
  const phrase = statusText ||
    (builtin("node:http").STATUS_CODES[status] ?? "");
  const answer = { status, phrase, headers: headerSection(fields), content };
  writeAnswer(exchange, answer, transfer, isLast);
}

/** The content of a stream: bytes, where its first chunk is all there is. */
async function contentOf(stream: ReadableStream<Bytes>): Promise<Content> {
  const reader = stream.getReader();
  const { value: first } = await reader.read();
  if (first === undefined) return bytesContent(new Uint8Array());
  const next = reader.read();
  const second = await Promise.race([next, nextTurn()]);
  if (second?.done === true) return bytesContent(first);
  const body = new ReadableStream<Bytes>({
    start: (controller) => controller.enqueue(first),
    pull: async (controller) => {
      const { value } = await (isFirst ? next : reader.read());
      isFirst = false;
      if (value === undefined) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
  let isFirst = true;
  return { ...bytesContent(first), body };
}

function nextTurn(): Promise<undefined> {
  return new Promise((resolve) => void setImmediate(resolve, undefined));
}
