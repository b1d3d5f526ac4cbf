/**
 * The outcome of a script (RFC 3875 §6.2): from the beginning of its answer to a reply, or to the
 * request that a local redirect stands for. A document is coded where the user wants that, and its
 * own validators are evaluated.
 *
 * @module
 */

import type { Compression } from "../files/compression.ts";
import { NO_BODY } from "../http/body.ts";
import {
  type Coding,
  isCompressible,
  negotiateCoding,
} from "../http/content_coding.ts";
import { formatHttpDate, parseHttpDate, parseLooseDate } from "../http/date.ts";
import { scanEntityTags } from "../http/entity_tag.ts";
import {
  CONNECTION_CLOSE,
  CONTENT_FIELDS,
  type Field,
  type Fields,
  fieldValue,
  NOT_MODIFIED_FIELDS,
  overrideFields,
  readUtf8,
  VARY_ACCEPT_ENCODING,
  withoutFields,
} from "../http/field.ts";
import {
  evaluatePreconditions,
  type Validators,
} from "../http/precondition.ts";
import type { Reply } from "../http/reply.ts";
import type { Script } from "../http/resource.ts";
import { errorReply } from "../pages/error_page.ts";
import { type Bytes, bytesContent, type Content } from "../ports/content.ts";
import type { Peer } from "../ports/exchange.ts";
import type { HttpRequest } from "../ports/message.ts";
import type { Deadline } from "./request_content.ts";
import type { Beginning, ScriptDocument } from "./response.ts";
import {
  collect,
  COLLECTED_BYTES,
  collectedContent,
  receive,
  streamedContent,
} from "./response_content.ts";
import {
  invalidReply,
  leftReply,
  type ReplyOutcome,
} from "./script_failure.ts";
import type { Call, ScriptSite } from "./start.ts";
import type { Supervised } from "./supervise.ts";

export type Outcome =
  | ReplyOutcome
  | {
    readonly kind: "redirect";
    /** The request to answer instead. */
    readonly request: HttpRequest;
    /** Fields to add to its answer. */
    readonly cookies: Fields;
  };

/** A request, and the script that answers it. */
export interface Conversation extends Call {
  readonly running: Supervised;
  readonly compression: Compression;
  readonly deadline: Deadline;
}

/** Makes the outcome of the beginning of an answer. */
export async function outcomeOf(
  { response, first }: Beginning,
  conversation: Conversation,
  site: ScriptSite,
): Promise<Outcome> {
  const { request, script, running } = conversation;
  switch (response.kind) {
    case "malformed":
      running.finish();
      await running.reported(); // The log has its standard error first.
      running.abandon();
      return invalidReply(script, response.reason);
    case "local-redirect": {
      const { location, cookies } = response;
      running.finish();
      await running.gone(); // The next script may need its place.
      const redirected = redirectedRequest(request, location);
      return { kind: "redirect", request: redirected, cookies };
    }
    case "document": {
      const reply = await documentReply(response, first, conversation, site);
      return { kind: "reply", reply };
    }
  }
}

/** The request that a local redirect stands for (§6.2.2): a GET, or a HEAD for a HEAD. */
function redirectedRequest(
  request: HttpRequest,
  location: string,
): HttpRequest {
  const { method, signal, protocol } = request;
  const headers = new Headers([...request.headers]);
  for (const name of CONTENT_FIELDS) headers.delete(name);
  const [, origin = "http://localhost"] =
    /^(\w+:\/\/[^/?#]+)/.exec(request.url) ?? [];
  // Without the origin, two slashes at the beginning would be another host's name.
  return {
    method: method === "HEAD" ? "HEAD" : "GET",
    url: new URL(origin + readUtf8(location)).href,
    headers,
    body: null,
    signal,
    protocol,
  };
}

async function documentReply(
  written: ScriptDocument,
  first: Bytes,
  conversation: Conversation,
  site: ScriptSite,
): Promise<Reply> {
  const { request, script, running } = conversation;
  const now = site.clock.now();
  const document = correctedDocument(written, request, script, now);
  const variant = selectVariant(document, request, script, site);
  const { fields } = variant;
  const coded = { ...document, fields };
  const result = evaluateDocument(coded, request, script, now);
  if (document.content === "untyped") {
    running.report("content without a Content-Type");
  }
  if (result === "proceed" && document.content !== "ignored") {
    return await contentReply(document, variant, first, conversation);
  }
  running.finish();
  switch (result) {
    case "failed":
      return errorReply(412);
    case "not-modified":
      return bareReply(304, notModifiedFields(fields));
    case "proceed":
      return bareReply(document.status, fields, document.phrase);
  }
}

/** Fields whose value is one date. */
const DATE_FIELDS = ["date", "expires", "last-modified"];

/**
 * Mends what programs write without care: dates of other forms (RFC 9110 §5.6.7), and the length
 * of nothing for HEAD, whose GET has content (§8.6). What an `nph-` script writes stays (§5).
 */
function correctedDocument(
  document: ScriptDocument,
  { method }: HttpRequest,
  { nonParsed }: Script,
  now: number,
): ScriptDocument {
  const fields = nonParsed
    ? document.fields
    : document.fields.map((field) => withDate(field, now));
  const isEmptyHead = method === "HEAD" && lengthOf(fields) === 0;
  return {
    ...document,
    fields: isEmptyHead ? withoutFields(fields, ["content-length"]) : fields,
  };
}

function withDate([name, value]: Field, now: number): Field {
  if (!DATE_FIELDS.includes(name.toLowerCase())) return [name, value];
  const time = parseHttpDate(value, now) ?? parseLooseDate(value, now);
  return [name, time === undefined ? value : formatHttpDate(time)];
}

/** A document in one of its codings. */
interface Variant {
  readonly fields: Fields;
  /** The coding to apply; `undefined` for none. */
  readonly coding: Coding | undefined;
  /** The fields without the coding. */
  readonly uncoded: Fields;
}

/** The fields of a 200 that its 304 has: those of files, validators, and cookies, which are no metadata. */
const NOT_MODIFIED_DOCUMENT_FIELDS: readonly string[] = [
  ...NOT_MODIFIED_FIELDS,
  ..."date etag last-modified set-cookie".split(" "),
];
/** Fields that are wrong when the bytes are others. */
const UNCODED_FIELDS = "accept-ranges content-digest content-length repr-digest"
  .split(" ");

/** Chooses the coding of a document (RFC 9110 §12.5.3); none for what an `nph-` script writes (§5). HEAD tells the uncoded length, as for files. */
function selectVariant(
  document: ScriptDocument,
  { method, headers }: HttpRequest,
  { nonParsed }: Script,
  { cgi: { compress }, coder }: ScriptSite,
): Variant {
  const { fields } = document;
  if (!compress || nonParsed || !isCodable(document)) {
    return { fields, coding: undefined, uncoded: fields };
  }
  const uncoded = overrideFields(fields, [VARY_ACCEPT_ENCODING]);
  const coding = method === "HEAD"
    ? "identity"
    : negotiateCoding(headers.get("accept-encoding"), coder.codings);
  return coding === "identity" || coding === undefined
    ? { fields: uncoded, coding: undefined, uncoded }
    : { fields: codedFields(uncoded, coding), coding, uncoded };
}

/** An event stream would wait in the encoder. */
function isCodable({ status, fields }: ScriptDocument): boolean {
  const type = fieldValue(fields, "content-type") ?? "";
  const caching = fieldValue(fields, "cache-control") ?? "";
  const isCoded = fieldValue(fields, "content-encoding") !== undefined;
  return status === 200 && !isCoded && !/\bno-transform\b/i.test(caching) &&
    isCompressible(type);
}

/** Another representation, of the same meaning but not the same bytes (RFC 9110 §8.8.1). */
function codedFields(fields: Fields, coding: Coding): Fields {
  const tag = fieldValue(fields, "etag");
  const weak: Fields = tag?.startsWith('"') ? [["ETag", `W/${tag}`]] : [];
  return overrideFields(withoutFields(fields, UNCODED_FIELDS), [
    ...weak,
    ["Content-Encoding", coding],
  ]);
}

/**
 * Evaluates preconditions by the validators of a document (RFC 9110 §13.2). A script that answers
 * with another status than 200 has done that itself.
 */
function evaluateDocument(
  { status, fields }: ScriptDocument,
  request: HttpRequest,
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
  const tags = scanEntityTags(onlyValue(fields, "etag") ?? "");
  const date = onlyValue(fields, "last-modified");
  return {
    entityTag: tags === "*" ? undefined : tags[0],
    lastModified: date === undefined ? undefined : parseHttpDate(date, now),
  };
}

/** The value of a field that is there once: of several, nobody knows which counts. */
function onlyValue(fields: Fields, name: string): string | undefined {
  const values = fields.filter(([other]) => other.toLowerCase() === name);
  return values.length === 1 ? values[0]?.[1] : undefined;
}

function notModifiedFields(fields: Fields): Fields {
  return fields.filter(([name]) =>
    NOT_MODIFIED_DOCUMENT_FIELDS.includes(name.toLowerCase())
  );
}

function bareReply(status: number, fields: Fields, phrase?: string): Reply {
  return {
    // Deno sends a 205 without an end (RFC 9110 §15.3.6), and the client waits.
    ...status === 205 ? { status: 204 } : { status, phrase },
    fields: withoutFields(fields, ["content-length"]),
    body: NO_BODY,
  };
}

/** The content is sent as it is written, or, where that would lose its length, once it is there. */
async function contentReply(
  document: ScriptDocument,
  variant: Variant,
  first: Bytes,
  conversation: Conversation,
): Promise<Reply> {
  const { request: { method }, peer, running, compression } = conversation;
  const { coding } = variant;
  const { status, phrase } = document;
  const place = coding === undefined ? undefined : compression.enter();
  // Without a place it is sent uncoded: a script runs only once.
  const fields = place === undefined ? variant.uncoded : variant.fields;
  // Where it is coded, the client does not learn its length, but it counts.
  const length = lengthOf(document.fields);
  const isSent = place === undefined && method !== "HEAD";
  if (length !== undefined && isSent && losesLength(peer)) {
    return await collectedReply(status, fields, length, first, conversation);
  }
  const received = isSent && !losesLength(peer)
    ? await receive(first, length, running)
    : { first, isWhole: false };
  if (received.isWhole) {
    const open = () => bytesContent(received.first);
    const body = { kind: "stream", open, discard: () => {} } as const;
    return { status, phrase, fields, body };
  }
  const open = (): Content => {
    const content = streamedContent(received, length, running);
    return place === undefined || coding === undefined
      ? content
      : place.code(content, coding);
  };
  const discard = () => {
    place?.leave();
    running.finish();
  };
  const body = { kind: "stream", open, discard } as const;
  return { status, phrase, fields, body };
}

/** `Bun.serve` sends a stream in chunks, unless its buffer takes all of it at once (1.4.5); it is the runtime that has to be polled. */
function losesLength({ isAnswered }: Peer): boolean {
  return isAnswered !== undefined;
}

function lengthOf(fields: Fields): number | undefined {
  const field = fieldValue(fields, "content-length");
  return field === undefined ? undefined : Number(field);
}

/** The runtime would drop the length of a stream: so its content is collected, where it is not too much. */
async function collectedReply(
  status: number,
  fields: Fields,
  length: number,
  first: Bytes,
  { running, deadline, peer }: Conversation,
): Promise<Reply> {
  const collected = length > COLLECTED_BYTES
    ? { kind: "part", first } as const
    : await collect(first, length, running.output, deadline.over);
  if (collected.kind === "left") {
    running.abandon();
    return leftReply().reply;
  }
  const open = () =>
    collected.kind === "whole"
      ? collectedContent(collected.bytes, length, running, peer)
      : streamedContent(collected, length, running);
  const discard = () => void running.finish();
  const body = { kind: "stream", open, discard } as const;
  // A client of HTTP/1.0 takes an answer with neither length nor this field for empty.
  return collected.kind === "whole"
    ? { status, fields, body }
    : { status, fields: [...fields, CONNECTION_CLOSE], body };
}
