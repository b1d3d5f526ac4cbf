/**
 * Messages (RFC 9110 §6) between the core and the runtimes: what is read of a request, and an
 * answer as data. A `Request` is read as it is, and a `Response` is made where somebody asks for one.
 *
 * @module
 */

import type { Bytes, Content } from "./content.ts";
import type { PeerSource } from "./exchange.ts";
import type { Awaitable } from "./files.ts";

/** What is read of a request; a `Request` has it, and so has what a listener makes of one. */
export interface HttpRequest {
  /** The method. */
  readonly method: string;
  /** The URL: the target of the request line, behind the scheme and the host where they are known. */
  readonly url: string;
  /** The fields. */
  readonly headers: Pick<Headers, "get" | "has"> & Iterable<[string, string]>;
  /** The content; `null` where there is none. */
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>> | null;
  /** Aborted when the client leaves. */
  readonly signal: AbortSignal;
  /** The version, such as `HTTP/1.0`, where the runtime tells it. */
  readonly protocol?: string | undefined;
  /** Why the listener refuses it, whatever it asks for: it is answered so, and logged. */
  readonly refusal?: Refusal | undefined;
}

/** A request that cannot be read, or may not be answered. */
export interface Refusal {
  /** The status code of the answer. */
  readonly status: number;
  /** Why, in one line for people. */
  readonly message?: string | undefined;
  /** Fields of the answer. */
  readonly fields?: ReadonlyArray<readonly [name: string, value: string]>;
}

/** An answer as data. */
export interface Answer {
  /** The status code. */
  readonly status: number;
  /** The reason phrase, which HTTP/1 has. */
  readonly phrase: string;
  /** The fields. */
  readonly headers: HeaderSection;
  /** The content; none for HEAD. */
  readonly content: Content | undefined;
  /** Whether it answers HEAD, and nobody knows the length that GET would have. */
  readonly lengthUnknown?: boolean | undefined;
}

/** What answers requests with data: listeners write it without a `Response` in between. */
export interface Responder {
  /** Answers a request; with a `Response` where a function of a user has given one. */
  readonly answer: (
    request: HttpRequest,
    source?: PeerSource,
  ) => Awaitable<Answer | Response>;
}

/** Answers a request, or gives `undefined` for what it leaves to others. */
export type Attempt = (
  request: HttpRequest,
  source?: PeerSource,
) => Awaitable<Answer | Response | undefined>;

/**
 * The fields of an answer (a header section, RFC 9110 §6.3), in the form that a runtime takes;
 * each form is made once, because many answers are sent again and again.
 */
export interface HeaderSection {
  /** The value of a field that is there once, such as Content-Length; the name in lower case. */
  readonly get: (name: string) => string | undefined;
  /** Names and values in pairs. Nobody changes them. */
  readonly toPairs: () => [string, string][];
  /** For a `Response`. Nobody changes it but `setDate`. Equal names stay apart: `Headers` would join them when they are read. */
  readonly toInit: () => Headers | [string, string][];
  /** Names and values by turns, for `node:http`. Nobody changes it but `setDate`. */
  readonly toLines: () => string[];
  /** The lines of HTTP/1, each with its end (RFC 9112 §5). */
  readonly toText: () => string;
  /** Changes the Date field, which is there. */
  readonly setDate: (value: string) => void;
}

/** What no field value has (RFC 9110 §5.5), and what no byte is. */
const BAD_VALUE_REGEXP = /[^\t\x20-\x7e\x80-\xff]/;

/** Makes a header section of fields. Throws a `TypeError` for a value that a function of a user has spoilt. */
export function headerSection(
  fields: ReadonlyArray<readonly [name: string, value: string]>,
): HeaderSection {
  const fault = fieldFault(fields);
  if (fault !== undefined) throw new TypeError(`Invalid ${fault}`);
  return new Section(fields);
}

/** Which value cannot be sent, for people. */
export function fieldFault(
  fields: Iterable<readonly [name: string, value: string]>,
): string | undefined {
  for (const field of fields) {
    const value = field[1]; // JavaScriptCore takes a pair apart by an iterator
    if (!BAD_VALUE_REGEXP.test(value)) continue;
    return `header value of ${field[0]}: ${JSON.stringify(value)}`;
  }
  return undefined;
}

/** A class, because a cache has thousands: closures took half a kilobyte of each. */
class Section implements HeaderSection {
  #fields: ReadonlyArray<readonly [name: string, value: string]>;
  #isAsked = false;
  #date: string | undefined;
  #init: Headers | undefined;
  #lines: string[] | undefined;
  #text: string | undefined;

  constructor(
    fields: ReadonlyArray<readonly [name: string, value: string]>,
  ) {
    this.#fields = fields;
  }

  get(name: string): string | undefined {
    for (const field of this.#fields) {
      if (isNamed(field, name)) return field[1];
    }
    return undefined;
  }

  toPairs(): [string, string][] {
    return this.#fields as [string, string][];
  }

  toInit(): Headers | [string, string][] {
    const pairs = this.toPairs();
    // Most are asked for once: pairs will do.
    const isFirst = !this.#isAsked;
    this.#isAsked = true;
    if (isFirst || hasEqualNames(pairs)) return pairs;
    return this.#init ??= new Headers(pairs);
  }

  toLines(): string[] {
    return this.#lines ??= this.#fields.flat();
  }

  toText(): string {
    return this.#text ??= this.#fields.map((field) =>
      `${field[0]}: ${field[1]}\r\n`
    ).join("");
  }

  setDate(value: string): void {
    if (value === this.#date) return;
    this.#date = value;
    const at = this.#fields.findIndex((field) => isNamed(field, "date"));
    if (this.#fields[at]?.[1] === value) return;
    this.#fields = this.#fields.with(at, ["Date", value]);
    this.#init?.set("Date", value);
    if (this.#lines !== undefined) this.#lines[2 * at + 1] = value;
    this.#text = undefined;
  }
}

/** Whether a field has a name, which is in lower case (RFC 9110 §5.1). */
export function isNamed(
  field: readonly [name: string, value: string],
  wanted: string,
): boolean {
  const name = field[0];
  return name.length === wanted.length && name.toLowerCase() === wanted;
}

function hasEqualNames(fields: ReadonlyArray<[string, string]>): boolean {
  const names = new Set(fields.map(([name]) => name.toLowerCase()));
  return names.size < fields.length;
}

/** Makes a `Response` of an answer. */
export function toResponse(
  { status, headers: section, content, lengthUnknown }: Answer,
  headers: Headers | [string, string][] = section.toInit(),
): Response {
  const body = lengthUnknown === true ? unknownLength() : content?.body ?? null;
  const response = new Response(body, { status, headers });
  for (const [name, value] of content?.fields ?? []) {
    if (!response.headers.has(name)) response.headers.set(name, value);
  }
  return response;
}

/**
 * The body for an answer to HEAD whose length is not known. To an answer without a body the
 * runtimes add `Content-Length: 0`, which GET would not send (RFC 9110 §8.6). To one with a
 * stream they add no length; this one ends when it is read.
 */
export function unknownLength(): ReadableStream<Bytes> {
  return new ReadableStream({
    pull: (controller) => controller.close(),
  }, { highWaterMark: 0 });
}

/** Methods that no `Request` can be made with (Fetch standard, "forbidden method"). */
const FORBIDDEN_METHOD_REGEXP = /^(?:CONNECT|TRACE|TRACK)$/i;

/**
 * Makes a `Request` for functions of a user. Content of GET and HEAD, which means nothing
 * (RFC 9110 §9.3.1), is left out: no `Request` has it. Throws a `TypeError` where there is no URL.
 */
export function toRequest(request: HttpRequest): Request {
  if (request instanceof Request) return request;
  const { method, url, headers, signal } = request;
  const isForbidden = FORBIDDEN_METHOD_REGEXP.test(method);
  const isBare = isForbidden || method === "GET" || method === "HEAD";
  const made = new Request(new URL(url, "http://localhost"), {
    method: isForbidden ? "GET" : method,
    headers: [...headers],
    signal,
    ...isBare ? {} : { body: request.body, duplex: "half" },
  });
  return isForbidden
    ? Object.defineProperty(made, "method", { value: method })
    : made;
}
