/**
 * A request of `node:http` as the core reads it. Only what is asked for is made: most answers
 * need a few fields, and neither content nor a signal.
 *
 * @module
 */

import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { Bytes } from "../ports/content.ts";
import type { HttpRequest, Refusal } from "../ports/message.ts";
import type { Exchange } from "./node_exchange.ts";

/** Makes the request; it is refused where its framing or its Host field cannot be trusted. */
export function toHttpRequest(
  exchange: Exchange,
  refusal: Refusal | undefined = refusalOf(exchange.message),
  target: string = exchange.message.url ?? "",
): HttpRequest {
  return new MessageRequest(exchange, refusal, target);
}

/** A class, because its getters cost nothing until they are used. */
class MessageRequest implements HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly protocol: string;
  readonly headers: MessageFields;
  readonly #exchange: Exchange;
  #body: ReadableStream<Bytes> | null | undefined;
  #signal: AbortSignal | undefined;

  constructor(
    exchange: Exchange,
    readonly refusal: Refusal | undefined,
    target: string,
  ) {
    const { method = "", httpVersion } = exchange.message;
    this.method = method;
    this.headers = new MessageFields(exchange.message);
    this.protocol = `HTTP/${httpVersion}`;
    const host = this.headers.get("host") ?? "localhost";
    this.url = target.startsWith("/")
      ? exchange.scheme + host + target
      : target;
    this.#exchange = exchange;
  }

  get body(): ReadableStream<Bytes> | null {
    return this.#body ??= hasContent(this.#exchange.message)
      ? contentOf(this.#exchange)
      : null;
  }

  get signal(): AbortSignal {
    return this.#signal ??= this.#exchange.toSignal();
  }
}

/** The fields of a request; those with one name are joined (RFC 9110 §5.3). */
class MessageFields implements Iterable<[string, string]> {
  readonly #fields: IncomingHttpHeaders;

  constructor({ headers }: IncomingMessage) {
    this.#fields = headers;
  }

  get(name: string): string | null {
    const value = this.#fields[name.toLowerCase()];
    if (value === undefined) return null;
    return typeof value === "string" ? value : value.join(", ");
  }

  has(name: string): boolean {
    return this.#fields[name.toLowerCase()] !== undefined;
  }

  *[Symbol.iterator](): Iterator<[string, string]> {
    for (const name of Object.keys(this.#fields)) {
      const value = this.get(name);
      if (value !== null) yield [name, value];
    }
  }
}

/** Above that Node.js 20 leaves fields out in silence, and 200 are more than any client sends. */
const MOST_FIELDS = 200;

/** Why a request is refused whatever it asks for (RFC 9112 §3.2, §6.1, §6.3). */
function refusalOf(message: IncomingMessage): Refusal | undefined {
  const { rawHeaders, headers, httpVersion } = message;
  if (rawHeaders.length > 2 * MOST_FIELDS) return { status: 431 };
  // Node.js 20 reads a line without a version, too, and HTTP/2.0.
  if (httpVersion === "0.9") return { status: 400, message: "No version" };
  if (!httpVersion.startsWith("1.")) return { status: 505 };
  const hosts = countNames(rawHeaders, "host");
  if (hosts > 1 || hosts === 0 && httpVersion === "1.1") {
    const message = hosts > 1 ? "Several Host fields" : "No Host field";
    return { status: 400, message };
  }
  const coding = headers["transfer-encoding"];
  if (coding !== undefined && httpVersion === "1.0") {
    return { status: 400, message: "Transfer-Encoding in HTTP/1.0" };
  }
  if (coding !== undefined && coding.toLowerCase() !== "chunked") {
    return { status: 501, message: "Unsupported transfer coding" };
  }
  // Of two that are equal Bun takes one.
  return headers["content-length"] !== undefined &&
      countNames(rawHeaders, "content-length") > 1
    ? { status: 400, message: "Several Content-Length fields" }
    : undefined;
}

function countNames(rawHeaders: readonly string[], name: string): number {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const other = rawHeaders[at];
    if (other?.length === name.length && other.toLowerCase() === name) count++;
  }
  return count;
}

/** Whether a request has content (RFC 9112 §6.3). */
export function hasContent({ headers }: IncomingMessage): boolean {
  const length = headers["content-length"];
  return headers["transfer-encoding"] !== undefined ||
    length !== undefined && Number(length) > 0;
}

/**
 * The content with back-pressure. Nobody reads of it before somebody asks: it may be left to
 * others. A client that waits for a 100 gets it then.
 */
function contentOf(exchange: Exchange): ReadableStream<Bytes> {
  const { message, response } = exchange;
  if (message.readableDidRead) throw new Error(TAKEN);
  let close: (() => void) | undefined;
  return new ReadableStream<Bytes>({
    pull: (controller) => {
      close ??= open(exchange, controller);
      if (!exchange.isContinued) response.writeContinue();
      exchange.isContinued = true;
      message.resume();
    },
    // The rest is dropped.
    cancel: () => {
      close?.();
      message.resume();
    },
  }, { highWaterMark: 0 });
}

/** Passes on what comes; gives the function that ends it. */
function open(
  exchange: Exchange,
  controller: ReadableStreamDefaultController<Bytes>,
): () => void {
  const { message } = exchange;
  const onData = (chunk: Uint8Array<ArrayBuffer>) => {
    exchange.received += chunk.length;
    controller.enqueue(chunk);
    message.pause();
  };
  const onEnd = () => controller.close();
  const fail = () => {
    if (!message.readableEnded) controller.error(new Error(CUT));
  };
  message.pause();
  message.on("data", onData).on("end", onEnd).on("error", fail)
    .on("close", fail);
  if (message.destroyed) fail();
  return () => void message.off("data", onData).off("end", onEnd);
}

const CUT = "The client has left before all of its content was there";
const TAKEN =
  "Somebody has read the content before: let this handler come before what parses content";
