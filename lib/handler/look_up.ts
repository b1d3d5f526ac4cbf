/**
 * What is answered at once, without a promise: what the cache has, a file among known names, and
 * that nothing is there. Everything else is for the walk.
 *
 * @module
 */

import type { Context } from "../files/context.ts";
import { isHostDue } from "../files/host_state.ts";
import type { CacheEntry } from "../files/representation_cache.ts";
import { resolveKnown } from "../files/resolve.ts";
import { belowMount } from "../http/resource.ts";
import { readTarget } from "../http/target.ts";
import type { PeerFinder } from "../ports/exchange.ts";
import type { HttpRequest } from "../ports/message.ts";
import type { AdmitContent } from "./admission.ts";
import type { KnownFile } from "./decision.ts";
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
export function lookUp(
  { request, peer }: {
    readonly request: HttpRequest;
    readonly peer: PeerFinder;
  },
  context: LookupContext,
): Lookup {
  const { site, state, admitContent } = context;
  const { method } = request;
  const isRead = method === "GET" || method === "HEAD";
  if (!isRead || isAnnounced(request, site)) return MISS;
  const now = site.clock.now();
  // The cache has what the rules of the host lead to, as long as they are fresh.
  if (state.hosts !== undefined && isHostDue(state.hosts, now)) return MISS;
  const cached = state.representations?.find(request, now);
  const known = cached === undefined
    ? findKnownFile(request, context)
    : undefined;
  const entry = cached ?? (known && selectAtOnce(known, request, context));
  if (entry === undefined) {
    return known === undefined
      ? { answer: answerAbsent(request, context, now) }
      : { known };
  }
  const answer = answerHit(entry, request, context, now);
  return {
    entry,
    answer: admitContent(answer?.content, peer) ? answer : undefined,
  };
}

/**
 * The short way to a file that nobody has asked for yet: its directory is known, and no stage of the
 * walk in between has a say. `undefined` where only the walk can tell.
 */
function findKnownFile(
  request: HttpRequest,
  context: Context,
): KnownFile | undefined {
  const { site, state } = context;
  if (site.reload !== undefined || state.hosts !== undefined) return undefined;
  const target = readTarget(request);
  const below = target.kind === "path"
    ? belowMount(target, site.mount)
    : undefined;
  if (below === undefined) return undefined;
  const file = resolveKnown(below, isForContent(request), context);
  return file && { target: below, file };
}
