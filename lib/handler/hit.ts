/**
 * The short door: a request whose answer is in memory is answered without a promise, after one
 * `stat` of each of its files. What was sent is stored here, too.
 *
 * @module
 */

import type { Context } from "../files/context.ts";
import { selectCoding } from "../files/negotiate.ts";
import { encodeAtOnce, readAll } from "../files/encode.ts";
import { LARGE_BYTES, openPieces, SMALL_BYTES } from "../files/open.ts";
import type { CacheEntry, Selected } from "../files/representation_cache.ts";
import { wholeBody } from "../http/body.ts";
import { evaluatePreconditions } from "../http/precondition.ts";
import {
  notModifiedReply,
  type Representation,
  wholeReply,
} from "../http/representation.ts";
import type { Reply } from "../http/reply.ts";
import { bytesContent, bytesOf, type Content } from "../ports/content.ts";
import type { PeerFinder } from "../ports/exchange.ts";
import type { HttpRequest } from "../ports/message.ts";
import { prepareReply, sendPrepared, type SentAnswer } from "./send.ts";

/** How often a larger file is read before it is kept: of more than can be kept most would be kept in vain. */
const KEPT_FROM = 4;

/** The answer from memory; `undefined` where the request wants more than that. */
export function answerHit(
  entry: CacheEntry,
  request: HttpRequest,
  context: Context,
  now: number,
): SentAnswer | undefined {
  const selected = selectHit(entry, request, context, now);
  if (selected === undefined) return undefined;
  const { representation } = selected;
  switch (evaluatePreconditions(request, representation.validators, now)) {
    case "failed":
      return undefined;
    case "not-modified":
      selected.notModified ??= prepareReply(
        notModifiedReply(representation, now),
        undefined,
        request,
        context,
      );
      return sendPrepared(selected.notModified, request, context, now);
    case "proceed":
      return sendWhole(selected, entry, request, context, now);
  }
}

/** The same for a request that is known to have no precondition. */
export function answerUnconditional(
  entry: CacheEntry,
  request: HttpRequest,
  context: Context,
  now: number,
): SentAnswer | undefined {
  const selected = selectHit(entry, request, context, now);
  return selected && sendWhole(selected, entry, request, context, now);
}

function selectHit(
  { candidate, codings }: CacheEntry,
  request: HttpRequest,
  context: Context,
  now: number,
): Selected | undefined {
  if (wantsMore(request, context)) return undefined;
  const selected = selectCoding(candidate, request, context, codings);
  return selected.kind === "selected" && !isAhead(selected.representation, now)
    ? selected
    : undefined;
}

/**
 * Whether a clock that was set back shows its date in the future: the date that is sent is that of
 * the answer, then (RFC 9110 §8.8.2.1), and the answer is none for later requests.
 */
export function isAhead(
  { validators: { lastModified = 0 } }: Representation,
  now: number,
): boolean {
  return lastModified > now;
}

/** What was decided on an entry of the cache. */
export interface Decided {
  readonly reply: Reply;
  readonly selected: Selected;
  readonly entry: CacheEntry;
}

/** Further requests find the bytes in memory; a larger file is read once more for them. */
export function storeAnswer(
  sent: SentAnswer,
  decided: Decided,
  request: HttpRequest,
  context: Context,
  peer: PeerFinder,
): void {
  storeContent(sent, decided, request, context);
  if (decided.selected.content !== undefined) return;
  // Nobody could say how many are on their way.
  const { completed, whenSent } = peer();
  if (completed === undefined && whenSent === undefined) return;
  keepLarge(decided, context).catch(() => {});
}

/** The bytes are there for parts as well, and what was sent is sent again where it was decided so. */
function storeContent(
  sent: SentAnswer,
  { reply, selected, entry }: Decided,
  request: HttpRequest,
  context: Context,
): void {
  const { content } = sent;
  const bytes = bytesOf(content);
  const { representation } = selected;
  const { body } = representation;
  const most = body.kind === "coded" ? LARGE_BYTES : SMALL_BYTES;
  if (!content || !bytes || bytes.length > most) return;
  // Coded content without a key can change with the same fingerprint.
  if (body.kind === "coded" && body.key === undefined) return;
  if (body.kind === "pieces" && body.source.kind === "file") {
    const source = { ...body.source, bytes };
    selected.representation = { ...representation, body: wholeBody(source) };
  }
  if (sent.reply === reply && !wantsMore(request, context)) {
    selected.whole ??= sent;
  }
  context.state.representations?.addContent(entry, selected, content);
}

/**
 * Reads a larger file once more, for the answers to come; parts of it are read from the disk as before.
 * What fails here fails again for somebody who is told, and is tried again.
 */
async function keepLarge(
  { selected, entry }: Decided,
  { files, state }: Context,
): Promise<void> {
  const { body, size = Infinity } = selected.representation;
  if (body.kind !== "pieces" || body.source.kind !== "file") return;
  if (size > LARGE_BYTES) return;
  selected.reads = (selected.reads ?? 0) + 1;
  if (selected.reads !== KEPT_FROM) return;
  try {
    const opened = await openPieces(body.source, body.pieces, files, true);
    if (opened.kind === "changed") opened.file?.close();
    if (opened.kind !== "content") return;
    const bytes = await readAll(opened.content);
    if (bytes?.length !== size) return;
    state.representations?.addContent(entry, selected, bytesContent(bytes));
  } finally {
    if (selected.content === undefined) selected.reads = 0;
  }
}

/** `respond` answers ranges and digests; with listed origins the answer depends on Origin. */
function wantsMore({ headers }: HttpRequest, { site }: Context): boolean {
  return headers.has("range") || headers.has("want-repr-digest") ||
    site.cors.kind === "listed" && headers.has("origin");
}

function sendWhole(
  selected: Selected,
  entry: CacheEntry,
  request: HttpRequest,
  context: Context,
  now: number,
): SentAnswer | undefined {
  const { representation } = selected;
  const content = contentOf(selected) ??
    (request.method === "GET" ? code(selected, entry, context) : undefined);
  const isComplete = content !== undefined ||
    request.method === "HEAD" && representation.size !== undefined;
  if (!isComplete) return undefined;
  selected.whole ??= prepareReply(
    wholeReply(representation, now),
    content,
    request,
    context,
  );
  selected.whole.content ??= content;
  return sendPrepared(selected.whole, request, context, now);
}

/** Its bytes; those of a file may have been read when it was found. */
function contentOf(selected: Selected): Content | undefined {
  if (selected.content !== undefined) return selected.content;
  const { body } = selected.representation;
  if (body.kind !== "pieces" || body.source.kind !== "file") return undefined;
  const { bytes } = body.source;
  if (bytes === undefined) return undefined;
  return selected.content = bytesContent(bytes);
}

/** What is coded now, where that takes no waiting; it is stored with the entry. */
function code(
  selected: Selected,
  entry: CacheEntry,
  context: Context,
): Content | undefined {
  const { body } = selected.representation;
  const bytes = body.kind === "coded" ? encodeAtOnce(body, context) : undefined;
  if (bytes === undefined) return undefined;
  const content = bytesContent(bytes);
  context.state.representations?.addContent(entry, selected, content);
  return content;
}
