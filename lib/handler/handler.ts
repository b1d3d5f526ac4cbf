/**
 * The handler: the walk decides, `send` performs, and what was sent is logged.
 *
 * What is decided before the walk: preflights, and whether content may come.
 *
 * @module
 */

import { lazy } from "../http/cache.ts";
import type { Reply } from "../http/reply.ts";
import { belowMount, isElsewhere } from "../http/resource.ts";
import { readTarget } from "../http/target.ts";
import { errorReply } from "../pages/error_page.ts";
import { failureReply, overloadReply } from "../pages/failure.ts";
import type {
  Handler,
  PassingHandler,
  PeerFinder,
  PeerSource,
} from "../ports/exchange.ts";
import type { Awaitable } from "../ports/files.ts";
import type { Site } from "../site/site.ts";
import { untilComplete } from "./admission.ts";
import { toClient } from "./client.ts";
import { preflightReply } from "./cors.ts";
import { authenticate, type Authentication } from "./login.ts";
import { observe } from "./observe.ts";
import { type Answer, perform, performFirst } from "./perform.ts";
import { after } from "./send.ts";
import { absentReply, identify, walk } from "./walk.ts";

/** A request on its way. */
interface Exchange extends Authentication {
  readonly request: Request;
  /** When it came, in milliseconds since the epoch. */
  readonly time: number;
}

/**
 * Makes the handler of a site.
 *
 * @param site What is served, and how.
 * @returns The handler.
 */
export function createSiteHandler(site: Site): Handler {
  return (request, source) =>
    after(
      begin(request, source, site),
      (exchange) =>
        after(respond(exchange, site), (answer) =>
          finish(exchange, answer, site)),
    );
}

/**
 * Makes a handler that leaves to its caller, unlogged, what the site does not have.
 *
 * @param site What is served, and how.
 * @returns The handler.
 */
export function createPassingHandler(site: Site): PassingHandler {
  return (request, source) => {
    if (isElsewhere(request, site)) return undefined;
    return after(
      begin(request, source, site),
      (exchange) =>
        after(
          respond(exchange, site),
          (answer) =>
            answer.reply.absent === true
              ? undefined
              : finish(exchange, answer, site),
        ),
    );
  };
}

/**
 * Makes a handler of something else than the site's resources, with its log.
 *
 * @param decide Decides what to reply.
 * @param site The site.
 * @returns The handler.
 */
export function createReplyHandler(
  decide: (request: Request) => Reply,
  site: Site,
): Handler {
  return async (request, source) => {
    const exchange = arrive(request, source, site);
    const absent = () => absentReply();
    const answer = await perform(decide(request), absent, request, site);
    return finish(exchange, answer, site);
  };
}

function arrive(
  request: Request,
  source: PeerSource | undefined,
  { access, clock }: Site,
): Exchange {
  const peer = lazy(() => toClient(request, source, access.isTrusted));
  return { request, peer, time: clock.now() };
}

function begin(
  request: Request,
  source: PeerSource | undefined,
  site: Site,
): Awaitable<Exchange> {
  const { peer, time } = arrive(request, source, site);
  return after(
    authenticate(request, peer, site),
    ({ peer, refusal }) => ({ request, peer, refusal, time }),
  );
}

function finish(exchange: Exchange, answer: Answer, site: Site): Response {
  const { log } = site;
  if (log !== undefined) {
    // A log that throws must not take the server with it.
    observe(exchange, answer, site, log).catch(() => {});
  }
  return answer.response;
}

function respond(exchange: Exchange, site: Site): Awaitable<Answer> {
  const answer = respondWithin(exchange, site);
  // Bun tells only until the client leaves who it is, and that it has left.
  if (answer instanceof Promise && site.log !== undefined) exchange.peer();
  return answer;
}

function respondWithin(exchange: Exchange, site: Site): Awaitable<Answer> {
  if (site.admit === undefined) return attempt(exchange, site);
  const leave = site.admit(exchange.peer());
  return leave === undefined
    ? attempt(exchange, site, overloadReply)
    : respondAdmitted(exchange, site, leave);
}

/** Gives the place back when the answer is complete, whatever happens. */
async function respondAdmitted(
  exchange: Exchange,
  site: Site,
  leave: () => void,
): Promise<Answer> {
  try {
    const answer = await attempt(exchange, site);
    const isPassedOn = site.fallthrough && answer.reply.absent === true;
    if (isPassedOn) leave();
    else after(untilComplete(exchange.peer(), answer.content), leave);
    return answer;
  } catch (error) {
    leave();
    throw error;
  }
}

/** The one place where exceptions, which mean bugs or broken disks, become an answer. */
function attempt(
  { request, peer, refusal }: Exchange,
  site: Site,
  decide: (...asked: Parameters<typeof answer>) => Awaitable<Reply> = answer,
): Awaitable<Answer> {
  let decided: Reply | undefined;
  const fail = (error: unknown) => {
    if (decided?.body.kind === "stream") decided.body.discard();
    return performFailure(error, request, site);
  };
  try {
    const attempted = after(
      refusal ?? decide(request, peer, site),
      (reply) => {
        decided = reply;
        // No script runs twice because what it led to has changed meanwhile.
        const { request: asked = request } = reply;
        const again = async (site: Site) =>
          withCookiesOf(reply, await answer(asked, peer, site));
        return performFirst(reply, again, request, site);
      },
    );
    return attempted instanceof Promise ? attempted.catch(fail) : attempted;
  } catch (error) {
    return fail(error);
  }
}

/** With the user's page, unless that is what has failed. */
async function performFailure(
  error: unknown,
  request: Request,
  site: Site,
): Promise<Answer> {
  const reply = failureReply(error ?? new Error("undefined was thrown"));
  const absent = () => absentReply();
  try {
    return await perform(reply, absent, request, site);
  } catch {
    const { errorPage: _failed, ...plain } = site;
    return await perform(reply, absent, request, plain);
  }
}

/** A script that has put another request in place of the client's may have sent cookies along. */
function withCookiesOf({ request, fields }: Reply, reply: Reply): Reply {
  if (request === undefined) return reply;
  const cookies = fields.filter(([name]) =>
    name.toLowerCase() === "set-cookie"
  );
  return { ...reply, fields: [...reply.fields, ...cookies] };
}

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
