/**
 * What is decided before the walk: preflights, and whether content may come.
 *
 * @module
 */

import type { Reply } from "../http/reply.ts";
import { belowMount } from "../http/resource.ts";
import { readTarget } from "../http/target.ts";
import { errorReply } from "../pages/error_page.ts";
import type { PeerFinder } from "../ports/exchange.ts";
import type { Awaitable } from "../ports/ports.ts";
import type { Site } from "../site/site.ts";
import { preflightReply } from "./cors.ts";
import { absentReply, identify, walk } from "./walk.ts";

/**
 * Answers a request with plain data: a preflight, or the walk.
 *
 * @param request The request.
 * @param peer Who asks.
 * @param site What is served, and how.
 * @returns The reply.
 */
export function answer(
  request: Request,
  peer: PeerFinder,
  site: Site,
): Awaitable<Reply> {
  const preflight = preflightReply(request, site.cors);
  const isAnnounced = site.expectContinue !== undefined &&
    request.headers.get("expect")?.toLowerCase() === "100-continue";
  return preflight === undefined && !isAnnounced
    ? walk(request, peer, site)
    : answerAhead(preflight, request, peer, site);
}

/** Before there is content, or instead of a request. */
async function answerAhead(
  preflight: Reply | undefined,
  request: Request,
  peer: PeerFinder,
  site: Site,
): Promise<Reply> {
  if (site.fallthrough && !await isThere(request, site)) return absentReply();
  if (preflight !== undefined) return preflight;
  if (!await site.expectContinue?.(request, peer())) return errorReply(417);
  return await walk(request, peer, site);
}

/** Whether there is something to answer for: the caller may have a policy of its own. */
async function isThere(request: Request, site: Site): Promise<boolean> {
  const target = readTarget(request);
  const below = target.kind === "path" && belowMount(target, site.mount);
  return below !== undefined && below !== false &&
    (await identify(below, site)).kind !== "absent";
}
