/**
 * The handler: the walk decides, `send` performs, and what was sent is logged.
 *
 * @module
 */

import type { Handler, PassingHandler, Peer, PeerSource } from "./exchange.ts";
import { isElsewhere } from "./files/mount.ts";
import { rawTarget } from "./files/target.ts";
import type { Reply } from "./http/reply.ts";
import { crowdedReply, failureReply } from "./pages/failure.ts";
import { type Answer, perform, performFirst } from "./perform.ts";
import type { Awaitable } from "./ports.ts";
import type { Site } from "./site.ts";
import { absentReply, answer } from "./walk.ts";
import { authenticate } from "./wraps/basic_auth.ts";
import { observe } from "./wraps/observe.ts";
import { toClient } from "./wraps/peer.ts";
import { untilComplete } from "./wraps/admission.ts";

/** A request on its way. */
interface Exchange {
  readonly request: Request;
  /** For the log: when the answer has left, Deno tells it no more unless it has before. */
  readonly method: string;
  /** Likewise. */
  readonly target: string;
  readonly peer: Peer;
  /** The answer, where nothing is to be looked up: who asks has not logged in. */
  readonly refusal?: Reply | undefined;
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
  return async (request, source) => {
    const exchange = await begin(request, source, site);
    return finish(exchange, await respond(exchange, site), site);
  };
}

/**
 * Makes a handler that leaves to its caller, unlogged, what the site does not have.
 *
 * @param site What is served, and how.
 * @returns The handler.
 */
export function createPassingHandler(site: Site): PassingHandler {
  return async (request, source) => {
    if (isElsewhere(request, site)) return undefined;
    const exchange = await begin(request, source, site);
    const answer = await respond(exchange, site);
    return answer.reply.absent === true
      ? undefined
      : finish(exchange, answer, site);
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
  const { method } = request;
  const target = rawTarget(request);
  const peer = toClient(request, source, access.isTrusted);
  return { request, method, target, peer, time: clock.now() };
}

async function begin(
  request: Request,
  source: PeerSource | undefined,
  site: Site,
): Promise<Exchange> {
  const exchange = arrive(request, source, site);
  return { ...exchange, ...await authenticate(request, exchange.peer, site) };
}

function finish(exchange: Exchange, answer: Answer, site: Site): Response {
  const { log } = site;
  if (log !== undefined) {
    // A log that throws must not take the server with it.
    observe(exchange, answer, site, log).catch(() => {});
  }
  return answer.response;
}

/** Answers what is admitted, and gives its place back when the answer is complete, whatever happens. */
async function respond(exchange: Exchange, site: Site): Promise<Answer> {
  if (site.admit === undefined) return await attempt(exchange, site);
  const leave = site.admit(exchange.peer);
  if (leave === undefined) return await attempt(exchange, site, crowdedReply);
  try {
    const answer = await attempt(exchange, site);
    const isPassedOn = site.fallthrough && answer.reply.absent === true;
    if (isPassedOn) leave();
    else untilComplete(exchange.peer, answer.content).then(leave);
    return answer;
  } catch (error) {
    leave();
    throw error;
  }
}

/** The one place where exceptions, which mean bugs or broken disks, become an answer. */
async function attempt(
  { request, peer, refusal }: Exchange,
  site: Site,
  decide: (...asked: Parameters<typeof answer>) => Awaitable<Reply> = answer,
): Promise<Answer> {
  let decided: Reply | undefined;
  try {
    const reply = decided = refusal ?? await decide(request, peer, site);
    // No script runs twice because what it led to has changed meanwhile.
    const { request: asked = request } = reply;
    const again = async (site: Site) =>
      withCookiesOf(reply, await answer(asked, peer, site));
    return await performFirst(reply, again, request, site);
  } catch (error) {
    if (decided?.body.kind === "stream") decided.body.discard();
    return await performFailure(error, request, site);
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
