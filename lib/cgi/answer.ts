/**
 * From what a script begins to write to a reply (RFC 3875 §6.2).
 *
 * What a server does with the document of a script before it goes out: it is coded where
 * the user wants that, and its own validators are evaluated. Pure.
 *
 * @module
 */

import { NO_BODY } from "../http/body.ts";
import {
  type Coding,
  CODINGS,
  isCompressible,
  negotiateCoding,
} from "../http/content_coding.ts";
import { parseHttpDate } from "../http/date.ts";
import { scanEntityTags } from "../http/entity_tag.ts";
import {
  type Fields,
  fieldValue,
  NOT_MODIFIED_FIELDS,
  overrideFields,
  withoutFields,
} from "../http/field.ts";
import {
  evaluatePreconditions,
  type Validators,
} from "../http/precondition.ts";
import type { Reply } from "../http/reply.ts";
import type { Script } from "../http/resource.ts";
import { errorReply } from "../pages/error_page.ts";
import type { Content } from "../ports/content.ts";
import type { Cgi } from "../site/scripts.ts";
import type { Conversation, Outcome, ScriptSite } from "./call.ts";
import { abandon, discard, scriptContent } from "./output.ts";
import {
  parseHeaderBlock,
  readHeaderBlock,
  type ScriptDocument,
  type ScriptResponse,
} from "./response.ts";
import { invalidReply } from "./script_failure.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** The beginning of what a script writes. */
export interface Beginning {
  /** Its header block. */
  readonly response: ScriptResponse;
  /** What of its content came along. */
  readonly first: Bytes;
}

/**
 * Reads the header block of a script, and where no content is allowed what should not
 * come behind it.
 *
 * @param conversation The request, and the script that answers it.
 * @returns The beginning.
 */
export async function readBeginning(
  { script, reader }: Conversation,
): Promise<Beginning> {
  const block = await readHeaderBlock(reader);
  if (block.kind === "none") return malformed(block.reason);
  const { text, first } = block;
  const response = parseHeaderBlock(text, script.nonParsed);
  if (response.kind !== "document" || response.content !== "forbidden") {
    return { response, first };
  }
  const hasContent = first.length > 0 ||
    await reader.read().then(hasBytes, () => false);
  return hasContent ? malformed(UNTYPED) : { response, first };
}

function hasBytes({ value }: ReadableStreamReadResult<Bytes>): boolean {
  return value !== undefined && value.length > 0;
}

const UNTYPED = "there is content, but no Content-Type field";

function malformed(reason: string): Beginning {
  return { response: { kind: "malformed", reason }, first: new Uint8Array() };
}

/**
 * What a script leads to.
 *
 * @param beginning What it begins to write.
 * @param conversation The request, and the script that answers it.
 * @param site What is served, and how.
 * @returns The reply, or the request to answer instead.
 */
export async function outcomeOf(
  { response, first }: Beginning,
  conversation: Conversation,
  site: ScriptSite,
): Promise<Outcome> {
  const { running, reader } = conversation;
  switch (response.kind) {
    case "malformed":
      return await invalid(response.reason, conversation);
    case "local-redirect": {
      const { location, cookies } = response;
      discard(reader, running);
      await running.gone(); // its place may be needed
      return { kind: "redirect", location, cookies };
    }
    case "document":
      return documentOutcome(response, first, conversation, site);
  }
}

/** A 205 Deno sends without anything that ends it (RFC 9110 §15.3.6), and the client waits. */
const RESET_CONTENT = 205;
const NO_CONTENT = 204;

async function invalid(
  reason: string,
  { script, running, reader }: Conversation,
): Promise<Outcome> {
  discard(reader, running);
  await running.silent(); // so that the log has its complaints first
  abandon(reader, running);
  return { kind: "reply", reply: invalidReply(script, reason) };
}

function documentOutcome(
  document: ScriptDocument,
  first: Bytes,
  conversation: Conversation,
  site: ScriptSite,
): Outcome {
  const { request, reader, running, script } = conversation;
  const { status } = document;
  const variant = selectVariant(document, request, script, site.cgi);
  const { fields } = variant;
  const bare = (status: number, fields: Fields): Outcome => {
    discard(reader, running);
    const bareFields = withoutFields(fields, ["content-length"]);
    const sent = status === RESET_CONTENT ? NO_CONTENT : status;
    const reply = { status: sent, fields: bareFields, body: NO_BODY };
    return { kind: "reply", reply };
  };
  const now = site.clock.now();
  switch (evaluateDocument({ ...document, fields }, request, script, now)) {
    case "failed":
      discard(reader, running);
      return { kind: "reply", reply: errorReply(412) };
    case "not-modified":
      return bare(304, notModifiedFields(fields));
    case "proceed": {
      if (document.content !== "allowed") return bare(status, fields);
      const sent = placeVariant(variant, request, site);
      const reply = streamReply(document, sent, first, conversation);
      return { kind: "reply", reply };
    }
  }
}

/** The fields of a document, and how its content is coded. */
interface Placed {
  readonly fields: Fields;
  readonly code: ((content: Content) => Content) | undefined;
  readonly leave: () => void;
}

/** Takes a place for a document that is coded. Without one it is sent as it is: a script runs only once. */
function placeVariant(
  { fields, coding, uncoded }: Variant,
  { method }: Request,
  { compression }: ScriptSite,
): Placed {
  const leave = () => {};
  if (coding === undefined || method === "HEAD") {
    return { fields, code: undefined, leave };
  }
  const place = compression.enter();
  if (place === undefined) return { fields: uncoded, code: undefined, leave };
  const code = (content: Content) => place.code(content, coding);
  return { fields, code, leave: place.leave };
}

function streamReply(
  { status }: ScriptDocument,
  { fields, code, leave }: Placed,
  first: Bytes,
  { running, reader }: Conversation,
): Reply {
  const named = fieldValue(fields, "content-length");
  const length = named === undefined ? undefined : Number(named);
  const output = { first, reader, length, isError: status >= 400 };
  const open = (): Content => {
    const content = scriptContent(output, running);
    return code === undefined ? content : code(content);
  };
  const body = {
    kind: "stream",
    open,
    discard: () => {
      leave();
      discard(reader, running);
    },
  } as const;
  return { status, fields, body };
}

/** A document in one of its codings. */
export interface Variant {
  /** Its fields. */
  readonly fields: Fields;
  /** How it is to be coded; `undefined` for not at all. */
  readonly coding: Coding | undefined;
  /** Its fields where it is not coded after all. */
  readonly uncoded: Fields;
}

/** What of a 200 its 304 has: also what for files is written anew, and cookies, which are no metadata. */
const KEPT_FIELDS: readonly string[] = [
  ...NOT_MODIFIED_FIELDS,
  ..."date etag last-modified set-cookie".split(" "),
];
/** What does not hold any more when the bytes are others. */
const CODED_AWAY = "accept-ranges content-digest content-length repr-digest"
  .split(" ");

/**
 * Chooses the coding of a document (RFC 9110 §12.5.3). What a script writes by itself
 * alone (§5) stays as it is.
 *
 * @param document The document.
 * @param request The request.
 * @param script The script.
 * @param cgi Whether documents are coded.
 * @returns The variant.
 */
export function selectVariant(
  document: ScriptDocument,
  { headers }: Request,
  { nonParsed }: Script,
  { compress }: Pick<Cgi, "compress">,
): Variant {
  const { fields } = document;
  if (!compress || nonParsed || !canBeCoded(document)) {
    return { fields, coding: undefined, uncoded: fields };
  }
  const varying = overrideFields(fields, [["Vary", "Accept-Encoding"]]);
  const coding = negotiateCoding(headers.get("accept-encoding"), CODINGS);
  return coding === "identity" || coding === undefined
    ? { fields: varying, coding: undefined, uncoded: varying }
    : { fields: codedFields(varying, coding), coding, uncoded: varying };
}

/** An event stream would wait in the coder. */
function canBeCoded({ status, fields }: ScriptDocument): boolean {
  const type = fieldValue(fields, "content-type") ?? "";
  const caching = fieldValue(fields, "cache-control") ?? "";
  const isCoded = fieldValue(fields, "content-encoding") !== undefined;
  return status === 200 && !isCoded && !/\bno-transform\b/i.test(caching) &&
    isCompressible(type) && !/^text\/event-stream\b/i.test(type);
}

/** Another representation, of the same meaning but not the same bytes (RFC 9110 §8.8.1). */
function codedFields(fields: Fields, coding: Coding): Fields {
  const tag = fieldValue(fields, "etag");
  const weak: Fields = tag?.startsWith('"') ? [["ETag", `W/${tag}`]] : [];
  return overrideFields(withoutFields(fields, CODED_AWAY), [
    ...weak,
    ["Content-Encoding", coding],
  ]);
}

/**
 * Evaluates the preconditions of a request by the validators of a script's document
 * (RFC 9110 §13.2). A script that answers otherwise than by 200 has done that itself.
 *
 * @param document The document.
 * @param request The request.
 * @param script The script.
 * @param now Milliseconds since the epoch.
 * @returns What to do.
 */
export function evaluateDocument(
  { status, fields }: ScriptDocument,
  request: Request,
  { nonParsed }: Script,
  now: number,
): ReturnType<typeof evaluatePreconditions> {
  const { method } = request;
  const validators = validatorsOf(fields, now);
  const { entityTag, lastModified } = validators;
  const isSafe = method === "GET" || method === "HEAD";
  const hasValidators = entityTag !== undefined || lastModified !== undefined;
  return isSafe && !nonParsed && status === 200 && hasValidators
    ? evaluatePreconditions(request, validators, now)
    : "proceed";
}

function validatorsOf(fields: Fields, now: number): Validators {
  const tags = scanEntityTags(fieldValue(fields, "etag") ?? "");
  const date = fieldValue(fields, "last-modified");
  return {
    entityTag: tags === "*" ? undefined : tags[0],
    lastModified: date === undefined ? undefined : parseHttpDate(date, now),
  };
}

/**
 * The fields of a 304 in place of a document.
 *
 * @param fields The fields of the document.
 * @returns Those that go out.
 */
export function notModifiedFields(fields: Fields): Fields {
  return fields.filter(([name]) => KEPT_FIELDS.includes(name.toLowerCase()));
}
