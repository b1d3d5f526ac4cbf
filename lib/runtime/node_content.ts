/**
 * Answers on their way to `node:http`, with back-pressure: never more than a chunk waits for a
 * client that reads slowly.
 *
 * @module
 */

import { clearImmediate, setImmediate } from "node:timers";
import {
  type Bytes,
  bytesContent,
  type Content,
  type ContentReader,
  discard,
} from "../ports/content.ts";
import {
  type Answer,
  type HeaderSection,
  headerSection,
} from "../ports/message.ts";
import type { Exchange } from "./node_exchange.ts";
import { nextTurn } from "./node_ports.ts";
import { hasContent } from "./node_request.ts";
import { builtin, isBun } from "./system.ts";

/** Unread content of a request up to this length, in bytes, is read to keep the connection. */
const DROPPED_BYTES = 65_536;
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

function discardAnswer(answer: Answer | Response): void {
  if (answer instanceof Response) answer.body?.cancel().catch(() => {});
  else discard(answer.content);
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
  const end = rest === "sent"
    ? () => linger(exchange)
    : () => void response.end();
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

/** Large chunks take three quarters of the processor's time of small ones (measured on Bun and Node.js). */
const LARGE_CHUNK_BYTES = 262_144;
/** A client that does not read holds one chunk: so it gets small ones, once the sockets are full. */
const SMALL_CHUNK_BYTES = 65_536;
/** What goes in large chunks at first. */
const FIRST_BYTES = 1_048_576;
/** More than the sockets of both sides hold: what goes beyond, the client has taken. */
const HELD_BYTES = 8_388_608;
/** A client that takes so many bytes a millisecond gets large chunks, however much it gets. */
const FAST_BYTES_PER_MS = 16_777;

/** Sends what a reader gives, by one buffer: it is filled again when the system has taken it. */
async function send(reader: ContentReader, exchange: Exchange): Promise<void> {
  const write = createWrite(exchange);
  const start = performance.now();
  const isFast = () =>
    exchange.sent > HELD_BYTES &&
    exchange.sent > (performance.now() - start) * FAST_BYTES_PER_MS;
  let buffer = new Uint8Array(0);
  try {
    for (;;) {
      const length = exchange.sent < FIRST_BYTES || isFast()
        ? LARGE_CHUNK_BYTES
        : SMALL_CHUNK_BYTES;
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
    if (!await write(bytes)) return;
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
  const { message: { method } } = exchange;
  const { status, statusText, headers, body } = given;
  if (method === "HEAD") body?.cancel().catch(() => {});
  const content = method === "HEAD" || STATUSES_WITHOUT_CONTENT.includes(status)
    ? undefined
    : await contentOf(body);
  const fields = fieldsOf(headers, status, content);
  if (!headers.has("date")) fields.push(["Date", new Date().toUTCString()]); // RFC 9110 §6.6.1
  const phrase = statusText ||
    (builtin("node:http").STATUS_CODES[status] ?? "");
  const answer = { status, phrase, headers: headerSection(fields), content };
  writeAnswer(exchange, answer, isLast);
}

/** No `Response` has content with them (RFC 9110 §15.3.5, §15.4.5), nor with 205, where its length is 0. */
const STATUSES_WITHOUT_CONTENT: readonly number[] = [204, 304];
/** Fields about the framing, which is ours: what `fetch` has got was framed by another server. */
const FRAMING_FIELDS: readonly string[] = [
  ...["keep-alive", "trailer", "transfer-encoding"],
];

/** The fields that can be sent. A length that is none, or not that of the content, would mix up answers (RFC 9112 §6.3). */
function fieldsOf(
  headers: Headers,
  status: number,
  content: Content | undefined,
): [string, string][] {
  const isWhole = content?.body instanceof Uint8Array;
  const length = headers.get("content-length");
  const hasLength = !isWhole && status !== 204 && // RFC 9110 §8.6
    length !== null && /^\d+$/.test(length);
  const fields = [...headers].filter(([name, value]) => {
    if (name === "content-length") return hasLength;
    if (name === "connection") return value.toLowerCase() !== "keep-alive";
    return !FRAMING_FIELDS.includes(name);
  });
  // What is whole has a length: a client of HTTP/1.0 needs it to keep the connection.
  return isWhole
    ? [...fields, ["Content-Length", `${content.body.length}`]]
    : fields;
}

/** The content of a stream: bytes, where they are all there at once. */
async function contentOf(
  stream: ReadableStream<Bytes> | null,
): Promise<Content> {
  if (stream === null) return bytesContent(new Uint8Array());
  const reader = stream.getReader();
  const first = reader.read();
  const begun = await Promise.race([first, nextTurn()]);
  if (begun?.done === true) return bytesContent(new Uint8Array());
  const reads = [first];
  if (begun !== undefined) {
    const second = reader.read();
    const ended = await Promise.race([second, nextTurn()]);
    if (ended?.done === true) return bytesContent(begun.value);
    reads.push(second);
  }
  const body = new ReadableStream<Bytes>({
    pull: async (controller) => {
      const { value } = await (reads.shift() ?? reader.read());
      if (value === undefined) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
  return { ...bytesContent(new Uint8Array()), body };
}
