/**
 * The one effect: a reply becomes an answer, whose content is open. From here it is read.
 *
 * @module
 */

import { deniedReason } from "../files/absence.ts";
import type { Context } from "../files/context.ts";
import { openCoded } from "../files/encode.ts";
import { digestField } from "../files/validators.ts";
import {
  type ContentResult,
  openPieces,
  type Saturated,
  type Stale,
} from "../files/open.ts";
import type { PreparedReply } from "../files/representation_cache.ts";
import type { Body } from "../http/body.ts";
import {
  type Field,
  type Fields,
  fieldValue,
  overrideFields,
} from "../http/field.ts";
import { statusText } from "../http/registry.ts";
import type { Reply } from "../http/reply.ts";
import { notFoundReply, unavailableReply } from "../pages/failure.ts";
import { bytesContent, bytesOf, type Content } from "../ports/content.ts";
import type { Files } from "../ports/files.ts";
import {
  type Answer,
  type HeaderSection,
  headerSection,
  type HttpRequest,
} from "../ports/message.ts";
import { withCors } from "./cors.ts";
import { withErrorContent } from "./error_content.ts";

/** An answer on its way, and the reply as it was decided. */
export interface SentAnswer extends Answer {
  readonly reply: Reply;
}

/** The answer; or the file has changed since the reply was decided, or too many streams are coded. */
export type Sent = (SentAnswer & { readonly kind: "sent" }) | Stale | Saturated;

/** Sends a reply; HEAD opens nothing (RFC 9110 §9.3.2). */
export async function send(
  reply: Reply,
  request: HttpRequest,
  context: Context,
): Promise<Sent> {
  const { site } = context;
  const paged = await withErrorContent(reply, request, context);
  const readable = withCors(paged, request, site.cors);
  const digest = readable.digest === undefined
    ? NO_FIELDS
    : await digestField(readable.digest, request, context);
  if (digest.kind !== "fields") return digest;
  const opened = request.method === "HEAD"
    ? openNothing(readable.body, context)
    : await openBody(readable, request, context);
  if (opened.kind !== "content") return opened;
  const { content } = opened;
  const fields = fieldsOf(readable, content, context).concat(digest.fields);
  return {
    kind: "sent",
    ...toAnswer(readable, headerSection(fields), content, request),
    reply,
  };
}

/** Sends a reply once; it is not decided again. */
export async function sendDecided(
  reply: Reply,
  request: HttpRequest,
  context: Context,
): Promise<SentAnswer> {
  const sent = await send(reply, request, context);
  if (sent.kind === "sent") return sent;
  if (sent.kind === "changed") sent.file?.close();
  return await sendDecided(staleReply(sent, context.files), request, context);
}

/** The reply where what was decided cannot be sent, and is not decided again. */
export function staleReply(stale: Stale | Saturated, files: Files): Reply {
  switch (stale.kind) {
    case "gone":
      return notFoundReply(deniedReason(stale.path, files));
    case "unwanted": // only the log sees it, and a client whose signal is aborted already
      return unavailableReply(
        "The request was aborted before its turn came",
        { retry: false },
      );
    case "changed":
    case "saturated":
      return unavailableReply("The file changes faster than it can be read");
  }
}

const NO_FIELDS = { kind: "fields", fields: [] } as const;

/** A reason phrase (RFC 9112 §4) of characters that every client reads alike. */
const PHRASE_REGEXP = /^[\x21-\x7e][\t\x20-\x7e]{0,199}$/;

/** The length of coded content is told where it is known. */
function openNothing(body: Body, { state }: Context): ContentResult {
  if (body.kind === "stream") body.discard();
  const key = body.kind === "coded" ? body.key : undefined;
  const bytes = key === undefined ? undefined : state.encodings.get(key);
  return { kind: "content", content: bytes && bytesContent(bytes) };
}

async function openBody(
  { status, body }: Reply,
  request: HttpRequest,
  context: Context,
): Promise<ContentResult | Saturated> {
  switch (body.kind) {
    case "none":
      return { kind: "content", content: undefined };
    case "pieces": {
      const { source, pieces } = body;
      if (source.kind === "made") return orSaturated(source.open(pieces));
      const rangeIgnored = status !== 206 && request.headers.has("range");
      return await openPieces(source, pieces, context.files, rangeIgnored);
    }
    case "coded":
      return await openCoded(body, request, context);
    case "stream":
      return openStream(body, context);
  }
}

function openStream(
  { open, coding }: Body & { kind: "stream" },
  { state: { compression } }: Context,
): ContentResult | Saturated {
  if (coding === undefined) return orSaturated(open());
  const place = compression.enter();
  const content = place && open();
  if (content === undefined) place?.leave();
  return orSaturated(content && place?.code(content, coding));
}

function orSaturated(content: Content | undefined): ContentResult | Saturated {
  return content === undefined
    ? { kind: "saturated" }
    : { kind: "content", content };
}

function toAnswer(
  reply: Reply,
  headers: HeaderSection,
  content: Content | undefined,
  { method }: HttpRequest,
): Answer {
  const { status } = reply;
  const phrase = phraseOf(reply);
  return method === "HEAD"
    ? {
      status,
      phrase,
      headers,
      content: undefined,
      lengthUnknown: isOfUnknownLength(reply, content),
    }
    : { status, phrase, headers, content };
}

/** `http.server` puts the message of an error there. */
function phraseOf({ status, phrase, message = "" }: Reply): string {
  const written = [phrase ?? "", message];
  return written.find((text) => PHRASE_REGEXP.test(text)) ??
    statusText(status)[0];
}

/** Fields of every answer, those of the runtime and Date give way to those of the reply. */
function fieldsOf(
  { fields, body }: Reply,
  content: Content | undefined,
  { site, state }: Context,
): Fields {
  // Bun leaves Date out of answers without content; RFC 9110 §6.6.1 does not.
  const date: Field = ["Date", state.dateOf(site.clock.now())];
  const all = overrideFields([...site.serverFields, date], fields);
  // The length of coded content is known only now.
  const coded = body.kind === "coded" ? bytesOf(content) : undefined;
  const told: Fields = coded === undefined
    ? all
    : [...all, ["Content-Length", `${coded.length}`]];
  return overrideFields(told, site.lastFields);
}

function isOfUnknownLength(
  { body, fields }: Reply,
  content: Content | undefined,
): boolean {
  switch (body.kind) {
    case "none":
    case "pieces":
      return false;
    case "coded":
      return content === undefined;
    case "stream":
      return fieldValue(fields, "content-length") === undefined;
  }
}

/** Prepares a reply that is sent again and again; the content of a coded body is known by then. */
export function prepareReply(
  reply: Reply,
  content: Content | undefined,
  request: HttpRequest,
  context: Context,
): PreparedReply {
  const readable = withCors(reply, request, context.site.cors);
  const headers = headerSection(fieldsOf(readable, content, context));
  const { status } = reply;
  return { reply, status, phrase: phraseOf(reply), headers, content };
}

/** Sends a prepared reply, without a promise and without a new list of fields; the log may get another one. */
export function sendPrepared(
  prepared: PreparedReply,
  { method }: HttpRequest,
  { state }: Context,
  now: number,
  reply: Reply = prepared.reply,
): SentAnswer {
  prepared.headers.setDate(state.dateOf(now));
  if (method === "HEAD") return { ...prepared, reply, content: undefined };
  return reply === prepared.reply ? prepared : { ...prepared, reply };
}
