/**
 * The short door: a request whose answer is in memory is answered without a promise, after one
 * `stat` of each of its files.
 *
 * @module
 */

import type { Context } from "../files/context.ts";
import { selectCoding } from "../files/negotiate.ts";
import type { CacheEntry, Selected } from "../files/representation_cache.ts";
import { evaluatePreconditions } from "../http/precondition.ts";
import { notModifiedReply, wholeReply } from "../http/representation.ts";
import type { Site } from "../site/site.ts";
import { type Answer, prepareReply, sendPrepared } from "./send.ts";

/** What the cache has for a request: the entry of its URL, and the answer where that is in memory. */
export interface Lookup {
  readonly entry: CacheEntry | undefined;
  readonly answer: Answer | undefined;
}

const MISS: Lookup = { entry: undefined, answer: undefined };

/** Looks a request up in the cache. */
export function lookUp(request: Request, context: Context): Lookup {
  const { site, state } = context;
  const { method } = request;
  const isRead = method === "GET" || method === "HEAD";
  if (!isRead || isAnnounced(request, site)) return MISS;
  const entry = state.representations?.find(request, site.clock.now());
  if (entry === undefined) return MISS;
  return { entry, answer: answerHit(entry, request, context) };
}

/** Whether a client waits to hear if its content is wanted (RFC 9110 §10.1.1), and the user decides that. */
export function isAnnounced(
  { headers }: Request,
  { expectContinue }: Site,
): boolean {
  return expectContinue !== undefined &&
    headers.get("expect")?.toLowerCase() === "100-continue";
}

/** The answer from memory; `undefined` where the request wants more than that. */
function answerHit(
  entry: CacheEntry,
  request: Request,
  context: Context,
): Answer | undefined {
  if (wantsMore(request, context)) return undefined;
  const selected = selectCoding(
    entry.candidate,
    request,
    context,
    entry.codings,
  );
  if (selected.kind !== "selected") return undefined;
  const { validators } = selected.representation;
  const now = context.site.clock.now();
  // A clock that was set back would show a date in the future (RFC 9110 §8.8.2.1).
  if ((validators.lastModified ?? 0) > now) return undefined;
  switch (evaluatePreconditions(request, validators, now)) {
    case "failed":
      return undefined;
    case "not-modified":
      selected.notModified ??= prepareReply(
        notModifiedReply(selected.representation, now),
        undefined,
        request,
        context,
      );
      return sendPrepared(selected.notModified, request, context);
    case "proceed":
      return sendWhole(selected, request, context, now);
  }
}

/** `respond` answers ranges and digests; with listed origins the answer depends on Origin. */
function wantsMore({ headers }: Request, { site }: Context): boolean {
  return headers.has("range") || headers.has("want-repr-digest") ||
    site.cors.kind === "listed" && headers.has("origin");
}

function sendWhole(
  selected: Selected,
  request: Request,
  context: Context,
  now: number,
): Answer | undefined {
  const { representation, content } = selected;
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
  return sendPrepared(selected.whole, request, context);
}
