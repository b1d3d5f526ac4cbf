/**
 * The handler: what is known is answered at once, everything else by `respond`, and what
 * was sent is logged.
 *
 * @module
 */

import { createArchiveState } from "../archive/archive_state.ts";
import { createScriptState } from "../cgi/script_state.ts";
import {
  type Context,
  createContext,
  type FileOverlay,
  overlayOpenFile,
} from "../files/context.ts";
import type { CacheMeter } from "../files/cache_meter.ts";
import { lazy } from "../http/cache.ts";
import type { Reply } from "../http/reply.ts";
import { isElsewhere } from "../http/resource.ts";
import { failureReply, overloadReply, refusalReply } from "../pages/failure.ts";
import type { Handler, PassingHandler, PeerSource } from "../ports/exchange.ts";
import type { Awaitable } from "../ports/files.ts";
import { type Answer, type HttpRequest, toResponse } from "../ports/message.ts";
import type { Site } from "../site/site.ts";
import { createUploadState } from "../upload/state.ts";
import {
  type Admit,
  type AdmitContent,
  authenticate,
  createAdmit,
  createAdmitContent,
  untilComplete,
} from "./admission.ts";
import { toClient } from "./client.ts";
import type { Decision, Exchange, WalkContext } from "./decision.ts";
import { type Lookup, lookUp } from "./look_up.ts";
import { createObserver, type Observe } from "./observe.ts";
import {
  send,
  sendDecided,
  sendPrepared,
  type SentAnswer,
  staleReply,
} from "./send.ts";
import { decideFromCache, decideStatic } from "./static.ts";
import { decide, walk } from "./walk.ts";

/** What a handler has besides: how many requests it answers at a time, and its log. */
interface HandlerContext extends WalkContext {
  readonly admit: Admit | undefined;
  readonly admitContent: AdmitContent;
  readonly observe: Observe | undefined;
}

/** How often a file is opened at most that is never the one that was decided on. */
const MOST_TRIES = 10;

/** A handler whose answers are to be had as data, too. */
export type SiteHandler = Handler & {
  /** Answers a request with data. */
  readonly answer: (
    request: HttpRequest,
    source?: PeerSource,
  ) => Awaitable<Answer>;
  /**
   * Reads what a handler otherwise reads with its first request, or when a second has passed, and
   * tells of it: `_redirects` and `_headers` where a host is named; and the names in a small root.
   */
  readonly ready: () => Promise<void>;
};

/** The same, which leaves to its caller what it does not have. */
export type PassingSiteHandler = PassingHandler & {
  /** Answers a request with data; gives `undefined` for what it does not have. */
  readonly tryAnswer: (
    request: HttpRequest,
    source?: PeerSource,
  ) => Awaitable<Answer | undefined>;
};

/** Makes the handler of a site, which answers every request; a meter counts what its caches have. */
export function createSiteHandler(
  site: Site,
  meter?: CacheMeter,
): SiteHandler {
  const context = createHandlerContext(site, meter);
  const answer = createAnswer(context) as SiteHandler["answer"];
  return toHandler(answer, async () => {
    const { directories, hosts } = context.state;
    if (site.fileName === undefined) await directories.learn(site.root);
    if (hosts === undefined) return;
    const { readHostRules } = await import("../files/host_files.ts");
    await readHostRules(context);
  });
}

/** Makes a handler that leaves to its caller, unlogged, what the site does not have. */
export function createPassingHandler(site: Site): PassingSiteHandler {
  const answer = createAnswer(createHandlerContext(site));
  const tryAnswer: AnswerRequest = (request, source) =>
    isElsewhere(request, site) ? undefined : answer(request, source);
  const handler: PassingHandler = (request, source) => {
    const answer = tryAnswer(request, source);
    return answer instanceof Promise
      ? answer.then((answer) => answer && toResponse(answer))
      : answer && toResponse(answer);
  };
  return Object.assign(handler, { tryAnswer });
}

type AnswerRequest = PassingSiteHandler["tryAnswer"];

function toHandler(
  answer: SiteHandler["answer"],
  ready: SiteHandler["ready"] = async () => {},
): SiteHandler {
  const handler: Handler = (request, source) => {
    const answered = answer(request, source);
    return answered instanceof Promise
      ? answered.then(toResponse)
      : toResponse(answered);
  };
  return Object.assign(handler, { answer, ready });
}

function createHandlerContext(site: Site, meter?: CacheMeter): HandlerContext {
  const unmetered = createContext(site);
  const { state } = unmetered;
  const files = { ...unmetered, state: meter?.watch(state) ?? state };
  return {
    ...files,
    scripts: createScriptState(site.cgi, files.state.compression),
    loaded: {},
    archives: createArchiveState(site),
    uploads: createUploadState(site),
    admit: createAdmit(site.maxConnections, site.fallthrough),
    admitContent: createAdmitContent(),
    observe: createObserver(site),
  };
}

function createAnswer(context: HandlerContext): AnswerRequest {
  const { site } = context;
  const isGuarded = context.admit !== undefined ||
    site.access.auth !== undefined;
  return (request, source) => {
    const exchange = arrive(request, source, site);
    if (isGuarded || request.refusal !== undefined) {
      return respond(exchange, context);
    }
    const lookup = tryLookUp(exchange, context);
    return lookup?.kind === "answer"
      ? finish(exchange, lookup.answer, context)
      : respond(exchange, context, lookup);
  };
}

/** Makes a handler of something else than the site's resources, with its log. */
export function createReplyHandler(
  reply: (request: HttpRequest) => Reply,
  site: Site,
): SiteHandler {
  const context = createContext(site);
  const observe = createObserver(site);
  return toHandler(async (request, source) => {
    const exchange = arrive(request, source, site);
    const decided = refusalReply(request) ?? reply(request);
    const early = { ...decided, early: true };
    const answer = await sendDecided(early, request, context);
    return finish(exchange, answer, { observe });
  });
}

function arrive(
  request: HttpRequest,
  source: PeerSource | undefined,
  { access, clock }: Site,
): Exchange {
  const peer = lazy(() => toClient(request, source, access.isTrusted));
  return { request, peer, time: clock.now() };
}

/** What throws here throws again in `attempt`, where it becomes an answer. */
function tryLookUp(
  exchange: Exchange,
  context: HandlerContext,
): Lookup | undefined {
  try {
    return lookUp(exchange, context);
  } catch {
    return undefined;
  }
}

/** Logs in, takes a place, answers and logs; the way of everything that is no hit. */
async function respond(
  arrived: Exchange,
  context: HandlerContext,
  lookup?: Lookup,
): Promise<Answer | undefined> {
  const { site, admit } = context;
  // Bun forgets the client's address when it disconnects: read it before waiting.
  if (site.log !== undefined) arrived.peer();
  const { request } = arrived;
  const refusal = refusalReply(request);
  const exchange = refusal !== undefined || site.access.auth === undefined
    ? { ...arrived, refusal }
    : { ...arrived, ...await authenticate(request, arrived.peer, site) };
  const answer = admit === undefined
    ? await attempt(exchange, context, lookup)
    : await attemptAdmitted(exchange, context, admit);
  return site.fallthrough && answer.reply.absent === true
    ? undefined
    : finish(exchange, answer, context);
}

/** Gives the place back when the answer is complete, whatever happens. */
async function attemptAdmitted(
  exchange: Exchange,
  context: HandlerContext,
  admit: Admit,
): Promise<SentAnswer> {
  const leave = admit(exchange.peer());
  if (leave === undefined) {
    const { refusal = overloadReply() } = exchange;
    return await attempt({ ...exchange, refusal }, context);
  }
  try {
    const answer = await attempt(exchange, context);
    const isPassedOn = context.site.fallthrough && answer.reply.absent === true;
    const complete = isPassedOn
      ? undefined
      : untilComplete(exchange.peer(), answer.content);
    if (complete === undefined) leave();
    else complete.then(leave);
    return answer;
  } catch (error) {
    leave();
    throw error;
  }
}

/** The one place where exceptions, which mean bugs or broken disks, become an answer. */
async function attempt(
  exchange: Exchange,
  context: HandlerContext,
  lookup?: Lookup,
): Promise<SentAnswer> {
  const { request, refusal } = exchange;
  let decision: Decision | undefined;
  try {
    if (refusal !== undefined) {
      decision = { reply: { ...refusal, early: true } };
      return await perform(decision, exchange, context);
    }
    const found = lookup ?? lookUp(exchange, context);
    if (found.kind === "answer") return found.answer;
    decision = await decideOn(found, exchange, context);
    return decision.prepared === undefined
      ? await perform(decision, exchange, context)
      : sendPrepared(
        decision.prepared,
        request,
        context,
        context.site.clock.now(),
        decision.reply,
      );
  } catch (error) {
    const body = decision?.reply.body;
    if (body?.kind === "stream") body.discard();
    return await sendFailure(error, request, context);
  }
}

/** Decides on what is known, or walks. */
function decideOn(
  found: Exclude<Lookup, { kind: "answer" }>,
  { request, peer }: Exchange,
  context: WalkContext,
): Awaitable<Decision> {
  switch (found.kind) {
    case "entry":
      return decideFromCache(found.entry, request, context);
    case "file": {
      const { file, target } = found.known;
      return decideStatic(file, target, request, context);
    }
    case "unknown":
      return decide(request, peer, context);
  }
}

/**
 * Sends what was decided. Where the file is no longer what it was, decides again: without
 * sidecars, without coding, or on the file that was opened (decisions D1, D112).
 */
async function perform(
  first: Decision,
  { request, peer }: Exchange,
  context: WalkContext,
): Promise<SentAnswer> {
  // A script runs once: what it led to is decided again.
  const { request: asked = request } = first.reply;
  let decision = first;
  let retry = context;
  let isGone = false;
  let overlay: FileOverlay | undefined;
  try {
    for (let tries = 1;; tries++) {
      const sent = await send(decision.reply, request, retry);
      if (sent.kind === "sent") {
        decision.store?.(sent, peer);
        return sent;
      }
      overlay?.close();
      overlay = sent.kind === "changed" && sent.file
        ? overlayOpenFile(sent.path, sent.file, context.files)
        : undefined;
      const isFinal = sent.kind === "unwanted" || tries >= MOST_TRIES ||
        sent.kind === "gone" && isGone;
      if (isFinal) {
        decision = { reply: staleReply(sent, context.files) };
        continue;
      }
      isGone ||= sent.kind === "gone";
      retry = {
        ...retry,
        files: overlay?.files ?? context.files,
        // What is gone may have been a sidecar: the file itself is still there.
        sidecars: retry.sidecars && sent.kind !== "gone",
        coding: retry.coding && sent.kind !== "saturated",
        caching: false,
      };
      decision = withCookiesOf(first.reply, await walk(asked, peer, retry));
    }
  } finally {
    overlay?.close();
  }
}

/** A script that has put another request in place of the client's may have sent cookies along. */
function withCookiesOf(
  { request, fields }: Reply,
  decision: Decision,
): Decision {
  if (request === undefined) return decision;
  const cookies = fields.filter(([name]) =>
    name.toLowerCase() === "set-cookie"
  );
  const { reply } = decision;
  return { reply: { ...reply, fields: [...reply.fields, ...cookies] } };
}

/** With the user's page, unless that is what has failed. */
async function sendFailure(
  error: unknown,
  request: HttpRequest,
  context: Context,
): Promise<SentAnswer> {
  const reply = failureReply(error ?? new Error("undefined was thrown"));
  try {
    return await sendDecided(reply, request, context);
  } catch {
    const { errorPage: _failed, ...site } = context.site;
    return await sendDecided(reply, request, { ...context, site });
  }
}

function finish(
  exchange: Exchange,
  answer: SentAnswer,
  { observe }: Pick<HandlerContext, "observe">,
): Answer {
  observe?.(exchange, answer);
  return answer;
}
