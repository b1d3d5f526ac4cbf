/**
 * What is answered at once, without a promise: what the cache has, a file among known names, and
 * that nothing is there. Everything else is for the walk.
 *
 * @module
 */

import type { Context } from "../files/context.ts";
import { isDue } from "../files/open.ts";
import type { CacheEntry } from "../files/representation_cache.ts";
import { resolveKnown } from "../files/resolve.ts";
import { belowMount, type PathTarget } from "../http/resource.ts";
import { readTarget } from "../http/target.ts";
import type { HttpRequest } from "../ports/message.ts";
import type { AdmitContent } from "./admission.ts";
import type { Exchange, KnownFile } from "./decision.ts";
import { answerHit } from "./hit.ts";
import type { SentAnswer } from "./send.ts";
import { answerAbsent, selectAtOnce } from "./static.ts";
import { isAnnounced, isForContent } from "./walk.ts";

/** What is known at once: what the cache has for the URL, and the answer where that is in memory; or the file. */
export interface Lookup {
  readonly entry?: CacheEntry | undefined;
  readonly answer?: SentAnswer | undefined;
  readonly known?: KnownFile | undefined;
}

/** What answers at once are made of. */
interface LookupContext extends Context {
  readonly admitContent: AdmitContent;
}

const MISS: Lookup = {};

/** Looks a request up: in the cache, among the names that are known, or among what is not there. */
export function lookUp(exchange: Exchange, context: LookupContext): Lookup {
  const { request } = exchange;
  const { site, state } = context;
  const { method } = request;
  const isRead = method === "GET" || method === "HEAD";
  if (!isRead || isAnnounced(request, site)) return MISS;
  const now = site.clock.now();
  // The cache has what the rules of the host lead to, as long as they are fresh.
  if (state.hosts !== undefined && isDue(state.hosts.due, now)) return MISS;
  const cached = state.representations?.find(request, now);
  if (cached !== undefined) return answerFrom(cached, exchange, context, now);
  const target = plainTarget(request, context);
  if (target === undefined) return MISS;
  const isWhole = isForContent(request);
  const file = resolveKnown(target, isWhole, context);
  if (file === undefined) {
    return { answer: answerAbsent(target, request, context, now) };
  }
  const known = { target, file };
  const entry = selectAtOnce(known, request, context);
  return entry === undefined
    ? { known }
    : answerFrom(entry, exchange, context, now, isWhole);
}

/** The entry, and the answer where that may be sent from memory. */
function answerFrom(
  entry: CacheEntry,
  { request, peer }: Exchange,
  context: LookupContext,
  now: number,
  isWhole?: boolean,
): Lookup {
  const answer = answerHit(entry, request, context, now, isWhole);
  return {
    entry,
    answer: context.admitContent(answer?.content, peer) ? answer : undefined,
  };
}

/** The target, where no stage of the walk has a say between it and what it names. */
function plainTarget(
  request: HttpRequest,
  { site, state }: Context,
): PathTarget | undefined {
  if (site.reload !== undefined || state.hosts !== undefined) return undefined;
  const target = readTarget(request);
  return target.kind === "path" ? belowMount(target, site.mount) : undefined;
}
