/**
 * The head of a request in HTTP/1 (RFC 9112 §2 to §6), from the bytes of a connection, and its fields
 * (RFC 9110 §5) as a core reads them; a character of a text is a byte. Nothing here knows sockets.
 *
 * @module
 */

import type { Refusal } from "../../ports/message.ts";

/** A request line (RFC 9112 §3), as far as it can be read. */
export interface RequestLine {
  readonly method: string;
  readonly target: string;
  readonly protocol: string;
}

/** Where the content of a request ends (RFC 9112 §6.3). */
export type Framing = { readonly kind: "none" } | ContentFraming;

/** The same where there is content. */
export type ContentFraming =
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "chunked" };

/** What stands in front of the content. */
export interface RequestHead extends RequestLine {
  readonly fields: RequestFields;
  readonly framing: Framing;
  /** Why it is refused, whatever it asks for; nobody can say where the next one begins. */
  readonly refusal: Refusal | undefined;
}

/** What stands at a place of a text. */
export type ParsedHead =
  | {
    readonly kind: "head";
    readonly head: RequestHead;
    /** Where the text goes on. */
    readonly end: number;
  }
  | { readonly kind: "unreadable"; readonly head: RequestHead }
  | {
    readonly kind: "incomplete";
    /** Where it begins. */
    readonly start: number;
    /** Whether there is more than nothing of it. */
    readonly isBegun: boolean;
  };

/** The request line and the fields, in bytes, as on Deno. */
export const MOST_HEAD_BYTES = 65_536;
/** More than any client sends. */
const MOST_FIELDS = 200;
const UNKNOWN_LINE: RequestLine = {
  method: "-",
  target: "-",
  protocol: "HTTP/1.1",
};
export const NO_CONTENT: Framing = { kind: "none" };

const LINE_REGEXP = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) (\S+) (HTTP\/\d\.\d)$/;
const LINE_PREFIX_REGEXP =
  /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?: (?:[\x21-\x7e]+(?: [HTP/\d.]{0,8})?)?)?\r?$/;
const TARGET_REGEXP = /^[\x21-\x7e]+$/;
/** What a path, a URL, and `*` begin with (RFC 9112 §3.2); CONNECT alone has another form. */
const TARGET_FORM_REGEXP = /^(?:\/|\*$|[a-z][a-z\d+.-]*:\/\/)/i;
const SECTION_REGEXP =
  /^(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*\r\n)*$/;
/** What no beginning of a section has: a CR or LF alone, and other control characters. */
const BAD_SECTION_REGEXP = /[^\t\r\n\x20-\x7e\x80-\xff]|\r(?!\n|$)|(?<!\r)\n/;
const LENGTH_REGEXP = /^\d{1,16}$/;

/**
 * Reads the head at a place of a text. CRLF in front of it is skipped (RFC 9112 §2.2). What was found out
 * about the fields of a former head of the connection counts again where they are the same.
 */
export function parseHead(
  text: string,
  from: number,
  former?: RequestHead,
): ParsedHead {
  let start = from;
  while (text.startsWith("\r\n", start)) start += 2;
  const end = text.indexOf("\r\n\r\n", start);
  if (end < 0) return parseBeginning(text.slice(start), start);
  const lineEnd = text.indexOf("\r\n", start);
  const line = readLine(text.slice(start, lineEnd));
  if (line === undefined) return unreadable(400);
  const { method, target, protocol } = line;
  if (protocol !== "HTTP/1.1" && protocol !== "HTTP/1.0") {
    return unreadable(505, line);
  }
  if (end - start > MOST_HEAD_BYTES) return unreadable(431, line);
  const section = text.slice(lineEnd + 2, end + 2);
  if (!TARGET_REGEXP.test(target)) return unreadable(400, line);
  const isAgain = former?.protocol === protocol &&
    former.refusal === undefined && former.fields.recurIn(section);
  if (isAgain) {
    const { fields, framing } = former;
    const refusal = targetRefusal(line);
    const head = { method, target, protocol, fields, framing, refusal };
    return { kind: "head", head, end: end + 4 };
  }
  if (!SECTION_REGEXP.test(section)) return unreadable(400, line);
  const fields = RequestFields.parse(section, MOST_FIELDS);
  if (fields === undefined) return unreadable(431, line);
  const framing = framingOf(fields, protocol);
  const refusal = targetRefusal(line) ?? hostRefusal(fields, protocol);
  return {
    kind: "head",
    head: "status" in framing
      ? { ...line, fields, framing: NO_CONTENT, refusal: refusal ?? framing }
      : { method, target, protocol, fields, framing, refusal },
    end: end + 4,
  };
}

function readLine(text: string): RequestLine | undefined {
  const [, method, target, protocol] = LINE_REGEXP.exec(text) ?? [];
  return method && target && protocol
    ? { method, target, protocol }
    : undefined;
}

/** What cannot become a head is refused before the rest of it comes: it may never come. */
function parseBeginning(text: string, start: number): ParsedHead {
  if (text === "" || text === "\r") {
    return { kind: "incomplete", start, isBegun: text !== "" };
  }
  const lineEnd = text.indexOf("\r\n");
  if (lineEnd < 0) {
    if (!LINE_PREFIX_REGEXP.test(text)) return unreadable(400);
    if (text.length > MOST_HEAD_BYTES) return unreadable(414);
    return { kind: "incomplete", start, isBegun: true };
  }
  const line = readLine(text.slice(0, lineEnd));
  if (line === undefined) return unreadable(400);
  if (BAD_SECTION_REGEXP.test(text)) return unreadable(400, line);
  if (text.length > MOST_HEAD_BYTES) return unreadable(431, line);
  return { kind: "incomplete", start, isBegun: true };
}

/** A head of which nothing but the line is known, perhaps. */
export function refusedHead(
  refusal: Refusal,
  line: RequestLine = UNKNOWN_LINE,
): RequestHead {
  return { ...line, fields: RequestFields.none, framing: NO_CONTENT, refusal };
}

function unreadable(status: number, line?: RequestLine): ParsedHead {
  return { kind: "unreadable", head: refusedHead({ status }, line) };
}

function targetRefusal({ method, target }: RequestLine): Refusal | undefined {
  return method === "CONNECT" || TARGET_FORM_REGEXP.test(target)
    ? undefined
    : bad("Bad target");
}

function hostRefusal(
  fields: RequestFields,
  protocol: string,
): Refusal | undefined {
  if (fields.isRepeated("host")) return bad("Several Host fields");
  return protocol === "HTTP/1.1" && !fields.has("host")
    ? bad("No Host field")
    : undefined;
}

function bad(message: string): Refusal {
  return { status: 400, message };
}

/** RFC 9112 §6.1 to §6.3: two recipients must not come to two ends. */
function framingOf(fields: RequestFields, protocol: string): Framing | Refusal {
  const coding = fields.get("transfer-encoding");
  const length = fields.get("content-length");
  if (coding !== null) return codedFraming(coding, length, protocol);
  if (length === null) return NO_CONTENT;
  if (fields.isRepeated("content-length")) {
    return bad("Several Content-Length fields");
  }
  const number = LENGTH_REGEXP.test(length) ? Number(length) : NaN;
  if (!Number.isSafeInteger(number)) return bad("Bad Content-Length");
  return number === 0 ? NO_CONTENT : { kind: "length", length: number };
}

function codedFraming(
  coding: string,
  length: string | null,
  protocol: string,
): Framing | Refusal {
  if (protocol === "HTTP/1.0") return bad("Transfer-Encoding in HTTP/1.0");
  if (length !== null) return bad("Transfer-Encoding and Content-Length");
  const codings = coding.toLowerCase().split(/[ \t]*,[ \t]*/);
  if (codings.indexOf("chunked") !== codings.length - 1) {
    return bad("Bad Transfer-Encoding");
  }
  return codings.length === 1
    ? { kind: "chunked" }
    : { status: 501, message: "Unsupported transfer coding" };
}

/**
 * The fields of a request; those with one name are joined (RFC 9110 §5.3). A text, and where its
 * names and lines begin and end: of what a browser sends, a few fields are asked for.
 */
export class RequestFields implements Iterable<[string, string]> {
  static readonly none: RequestFields = new RequestFields("", []);
  readonly #section: string;
  /** The places where each name begins, where it ends, and where its line does. */
  readonly #places: readonly number[];
  /** What was asked for, where several requests have these fields. */
  #values: Map<string, string | null> | undefined;

  private constructor(section: string, places: readonly number[]) {
    this.#section = section;
    this.#places = places;
  }

  /** Reads well-formed lines; `undefined` where there are too many. */
  static parse(section: string, most: number): RequestFields | undefined {
    const places: number[] = [];
    for (let at = 0; at < section.length;) {
      if (places.length === 3 * most) return undefined;
      const colon = section.indexOf(":", at);
      const end = section.indexOf("\r\n", colon);
      places.push(at, colon, end);
      at = end + 2;
    }
    return new RequestFields(section, places);
  }

  /** Whether a request with this section has these fields, too: then what is asked for is kept. */
  recurIn(section: string): boolean {
    if (section !== this.#section) return false;
    this.#values ??= new Map();
    return true;
  }

  get(name: string): string | null {
    const values = this.#values;
    if (values === undefined) return this.#read(name);
    let value = values.get(name);
    if (value === undefined) values.set(name, value = this.#read(name));
    return value;
  }

  #read(name: string): string | null {
    let place = this.#find(name, 0);
    if (place < 0) return null;
    let value = this.#valueAt(place);
    while ((place = this.#find(name, place + 3)) >= 0) {
      const separator = name.toLowerCase() === "cookie" ? "; " : ", ";
      value += separator + this.#valueAt(place);
    }
    return value;
  }

  has(name: string): boolean {
    return this.#values === undefined
      ? this.#find(name, 0) >= 0
      : this.get(name) !== null;
  }

  /** Whether a field was there several times. */
  isRepeated(name: string): boolean {
    const first = this.#find(name, 0);
    return first >= 0 && this.#find(name, first + 3) >= 0;
  }

  *[Symbol.iterator](): Iterator<[string, string]> {
    for (let place = 0; place < this.#places.length; place += 3) {
      const name = this.#section
        .slice(this.#places[place], this.#places[place + 1]).toLowerCase();
      const isFirst = this.#find(name, 0) === place;
      if (isFirst) yield [name, this.get(name) ?? ""];
    }
  }

  /** The place of the next field of a name; a negative number where there is none. */
  #find(name: string, from: number): number {
    const places = this.#places;
    for (let place = from; place < places.length; place += 3) {
      const start = places[place] ?? 0;
      const colon = places[place + 1] ?? 0;
      if (isNamed(this.#section, start, colon, name)) return place;
    }
    return -1;
  }

  #valueAt(place: number): string {
    const colon = this.#places[place + 1] ?? 0;
    return trim(this.#section, colon + 1, this.#places[place + 2] ?? 0);
  }
}

/** Whether a part of a text is a name, in any case (RFC 9110 §5.1). */
function isNamed(
  text: string,
  start: number,
  end: number,
  name: string,
): boolean {
  if (end - start !== name.length) return false;
  for (let at = 0; at < name.length; at++) {
    const code = text.charCodeAt(start + at);
    if (lower(code) !== lower(name.charCodeAt(at))) return false;
  }
  return true;
}

function lower(code: number): number {
  return code >= 0x41 && code <= 0x5a ? code + 0x20 : code;
}

/** Without spaces and tabs around it (RFC 9110 §5.5). */
function trim(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
