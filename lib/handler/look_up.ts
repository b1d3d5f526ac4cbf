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
import { answerHit, answerUnconditional } from "./hit.ts";
import type { SentAnswer } from "./send.ts";
import { answerAbsent, selectAtOnce } from "./static.ts";
import { isAnnounced, isForContent } from "./walk.ts";

/** What is known at once: the answer, where that is in memory; what the cache has for the URL; the file; nothing. */
export type Lookup =
  | { readonly kind: "answer"; readonly answer: SentAnswer }
  | { readonly kind: "entry"; readonly entry: CacheEntry }
  | { readonly kind: "file"; readonly known: KnownFile }
  | { readonly kind: "unknown" };

/** What answers at once are made of. */
interface LookupContext extends Context {
  readonly admitContent: AdmitContent;
}

const UNKNOWN: Lookup = { kind: "unknown" };

/** Looks a request up: in the cache, among the names that are known, or among what is not there. */
export function lookUp(exchange: Exchange, context: LookupContext): Lookup {
  const { request } = exchange;
  const { site, state } = context;
  const { method } = request;
  const isRead = method === "GET" || method === "HEAD";
  if (!isRead || isAnnounced(request, site)) return UNKNOWN;
  const now = site.clock.now();
  // The cache has what the rules of the host lead to, as long as they are fresh.
  if (state.hosts !== undefined && isDue(state.hosts.due, now)) return UNKNOWN;
  const cached = state.representations?.find(request, now);
  if (cached !== undefined) {
    const answer = answerHit(cached, request, context, now);
    return admitted(answer, cached, exchange, context);
  }
  const target = plainTarget(request, context);
  if (target === undefined) return UNKNOWN;
  const forContent = isForContent(request);
  const file = resolveKnown(target, forContent, context);
  if (file === undefined) {
    const answer = answerAbsent(target, request, context, now);
    return answer === undefined ? UNKNOWN : { kind: "answer", answer };
  }
  const known = { target, file };
  const entry = selectAtOnce(known, request, context);
  if (entry === undefined) return { kind: "file", known };
  const answer = forContent
    ? answerUnconditional(entry, request, context, now)
    : answerHit(entry, request, context, now);
  return admitted(answer, entry, exchange, context);
}

/** The answer, where it may be sent from memory; else what it was made of. */
function admitted(
  answer: SentAnswer | undefined,
  entry: CacheEntry,
  { peer }: Exchange,
  { admitContent }: LookupContext,
): Lookup {
  return answer !== undefined && admitContent(answer.content, peer)
    ? { kind: "answer", answer }
    : { kind: "entry", entry };
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
