/**
 * The header block of a script as plain data (RFC 3875 §6).
 *
 * @module
 */

import {
  CONNECTION_FIELDS,
  type Field,
  type Fields,
  fieldValue,
  isToken,
  withoutFields,
} from "../http/field.ts";
import { type Bytes, concat } from "../ports/content.ts";
import type { ScriptOutput } from "./script_output.ts";

/** An answer that is for the client. */
export type ScriptDocument = ScriptResponse & { kind: "document" };

/** The answer of a script, without its content. */
export type ScriptResponse =
  | {
    /** A document, a client redirect, or both (§6.2.1, §6.2.3, §6.2.4). */
    readonly kind: "document";
    /** The status code. */
    readonly status: number;
    /** Its reason phrase, where the script has written one. */
    readonly phrase?: string | undefined;
    /** Whether the script has named it. */
    readonly statusNamed: boolean;
    /** The fields for the client. */
    readonly fields: Fields;
    /** Whether content may follow, of a type or of none, or is ignored. */
    readonly content: "allowed" | "untyped" | "ignored";
  }
  | {
    /** The answer is that to another request (§6.2.2). */
    readonly kind: "local-redirect";
    /** A path and a query. */
    readonly location: string;
    /** Set-Cookie fields: scripts send them, although §6.2.2 forbids it. */
    readonly cookies: Fields;
  }
  | { readonly kind: "malformed"; readonly reason: string };

/** The beginning of an answer. */
export interface Beginning {
  readonly kind: "beginning";
  readonly response: ScriptResponse;
  /** What of the content came along with the header block. */
  readonly first: Bytes;
}

/** The most bytes of a header block. */
const HEADER_BLOCK_BYTES = 65_536;
const OVER = { value: undefined } as const;
/** CGI fields, of which each may occur once (§6.3); and Content-Length, which frames the message. */
const SINGLE_FIELDS = ["content-type", "location", "status", "content-length"];
/** Status codes that a `Response` can have; 1xx is none. */
const STATUS_REGEXP = /^([2-5]\d\d)(?:[ \t]+(.*))?$/;
const STATUS_LINE_REGEXP = /^HTTP\/\d\.\d ([2-5]\d\d)(?: (.*))?$/i;
/** Characters that no field value has (RFC 9110 §5.5). */
// deno-lint-ignore no-control-regex
const CONTROLS_REGEXP = /[\x00-\x08\x0a-\x1f\x7f]/;
/** A local path with a query. Only the client can follow a fragment (§6.3.2). */
const LOCAL_REGEXP = /^\/[^#]*$/;

/** Reads the header block of a script (§6.1), and where there is no type, the first of its content. */
export async function readBeginning(
  output: ScriptOutput,
  nonParsed: boolean,
): Promise<Beginning> {
  let bytes: Bytes = new Uint8Array();
  for (;;) {
    const { value } = await output.read().catch(() => OVER);
    if (value === undefined) return noBeginning(prematureEnd(bytes));
    const from = bytes.length;
    bytes = from === 0 ? value : concat([bytes, value]);
    const end = headerBlockEnd(bytes, from);
    if ((end ?? bytes.length) > HEADER_BLOCK_BYTES) {
      return noBeginning(
        `its header block is over ${HEADER_BLOCK_BYTES} bytes`,
      );
    }
    if (end === undefined) continue;
    const block = latin1(bytes.subarray(0, end));
    const response = parseHeaderBlock(block, nonParsed);
    const first = bytes.subarray(end);
    return response.kind === "document" && response.content === "untyped"
      ? await untypedBeginning(response, first, output)
      : { kind: "beginning", response, first };
  }
}

/** Without content no type is missing: then the answer has the length 0. */
async function untypedBeginning(
  response: ScriptDocument,
  first: Bytes,
  output: ScriptOutput,
): Promise<Beginning> {
  if (first.length > 0) return { kind: "beginning", response, first };
  const { value } = await output.read().catch(() => OVER);
  return value === undefined
    ? {
      kind: "beginning",
      response: { ...response, content: "ignored" },
      first,
    }
    : { kind: "beginning", response, first: value };
}

function noBeginning(reason: string): Beginning {
  const response = malformed(reason);
  return { kind: "beginning", response, first: new Uint8Array() };
}

function prematureEnd(bytes: Bytes): string {
  if (bytes.length === 0) return "it wrote nothing";
  const start = JSON.stringify(latin1(bytes.subarray(0, 100)));
  return `it ended before the blank line behind its header block: ${start}`;
}

/** A character for each byte, which `TextDecoder` does not do for "latin1". */
function latin1(bytes: Bytes): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/**
 * Finds the end of a header block: content begins behind the first blank line.
 *
 * @param bytes The beginning of the output of a script.
 * @param from The index at which the search begins.
 * @returns The index of the first byte behind the header block, or `undefined`.
 *
 * @example Usage
 * ```ts
 * import { headerBlockEnd } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * const bytes = new TextEncoder().encode("Status: 204\r\n\r\n");
 * assertEquals(headerBlockEnd(bytes), 15);
 * ```
 */
export function headerBlockEnd(
  bytes: Uint8Array,
  from: number = 0,
): number | undefined {
  let at = bytes.indexOf(LF, from);
  for (; at >= 0; at = bytes.indexOf(LF, at + 1)) {
    const before = bytes[at - 1] === CR ? at - 2 : at - 1;
    if (before < 0 || bytes[before] === LF) return at + 1;
  }
  return undefined;
}

const LF = 10;
const CR = 13;

/**
 * Parses a header block (RFC 3875 §6).
 *
 * @param block The block with its blank line, a character for each byte.
 * @param nonParsed Whether the script writes the status line itself (§5).
 * @returns The answer, or what is wrong with it.
 *
 * @example Usage
 * ```ts
 * import { parseHeaderBlock } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseHeaderBlock("content-type: text/plain\n\n", false), {
 *   kind: "document",
 *   status: 200,
 *   statusNamed: false,
 *   fields: [["content-type", "text/plain"]],
 *   content: "allowed",
 * });
 * ```
 */
export function parseHeaderBlock(
  block: string,
  nonParsed: boolean,
): ScriptResponse {
  const lines = block.split(/\r?\n/).slice(0, -2);
  const statusLine = nonParsed ? lines.shift() ?? "" : undefined;
  const fields: Field[] = [];
  for (const line of lines) {
    const field = parseField(line);
    if (typeof field === "string") return malformed(field);
    if (field[1] !== "") fields.push(field); // an empty one counts as not sent (§6.3)
  }
  const reason = contradiction(fields);
  if (reason !== undefined) return malformed(reason);
  return statusLine === undefined
    ? interpret(fields)
    : interpretNonParsed(statusLine, fields);
}

function parseField(line: string): Field | string {
  const colon = line.indexOf(":");
  const name = line.slice(0, colon);
  // Neither continuation lines (§6.3) nor spaces before the colon are allowed.
  if (colon < 1 || !isToken(name)) {
    return `a line is no header field: ${JSON.stringify(line.slice(0, 100))}`;
  }
  const value = line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, "");
  return CONTROLS_REGEXP.test(value)
    ? `control characters in ${name}`
    : [name, value];
}

/** Why the fields contradict each other. */
function contradiction(fields: Fields): string | undefined {
  for (const single of SINGLE_FIELDS) {
    const lines = fields.filter(([name]) => name.toLowerCase() === single);
    if (lines.length > 1) return `${lines[0]?.[0]} occurs more than once`;
  }
  if (fieldValue(fields, "transfer-encoding") !== undefined) {
    return "Transfer-Encoding is the server's business";
  }
  const length = fieldValue(fields, "content-length");
  return length === undefined || /^\d{1,15}$/.test(length)
    ? undefined
    : `Content-Length is no number: ${length}`;
}

function interpret(fields: Fields): ScriptResponse {
  const location = fieldValue(fields, "location");
  const type = fieldValue(fields, "content-type");
  const named = fieldValue(fields, "status");
  const [, code, phrase] = STATUS_REGEXP.exec(named ?? "") ?? [];
  if (named !== undefined && code === undefined) {
    return malformed(`Status is not of the kind "404 Not Found": ${named}`);
  }
  if (code === undefined && LOCAL_REGEXP.test(location ?? "")) {
    const cookies = fields.filter(([name]) => /^set-cookie$/i.test(name));
    return { kind: "local-redirect", location: location ?? "/", cookies };
  }
  const status = Number(code ?? (location === undefined ? 200 : 302));
  const untyped = location === undefined ? "untyped" : "ignored";
  const content = type === undefined ? untyped : "allowed";
  return {
    kind: "document",
    status,
    ...phraseOf(phrase),
    statusNamed: code !== undefined,
    fields: withoutFields(forClient(fields), ["status"]),
    content: isWithoutContent(status) ? "ignored" : content,
  };
}

function interpretNonParsed(
  statusLine: string,
  fields: Fields,
): ScriptResponse {
  const [, code, phrase] = STATUS_LINE_REGEXP.exec(statusLine) ?? [];
  if (code === undefined) {
    return malformed(
      `no status line: ${JSON.stringify(statusLine.slice(0, 100))}`,
    );
  }
  const status = Number(code);
  return {
    kind: "document",
    status,
    ...phraseOf(phrase),
    statusNamed: true,
    fields: forClient(fields),
    content: isWithoutContent(status) ? "ignored" : "allowed",
  };
}

function phraseOf(phrase = ""): Pick<ScriptDocument, "phrase"> {
  return phrase === "" ? {} : { phrase };
}

/** Without fields of the connection (§6.3.4), and extensions that this server does not know (§6.3.5). */
function forClient(fields: Fields): Fields {
  return fields.filter(([name]) => {
    const lower = name.toLowerCase();
    return !CONNECTION_FIELDS.has(lower) && !lower.startsWith("x-cgi-");
  });
}

function malformed(reason: string): ScriptResponse & { kind: "malformed" } {
  return { kind: "malformed", reason };
}

/** Status codes without content, whatever the script writes (RFC 9110 §15.3.5, §15.3.6, §15.4.5). */
function isWithoutContent(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}
