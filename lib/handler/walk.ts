/**
 * The walk of one request, from top to bottom:
 *
 * 1. `readTarget`: the URL becomes segments; a malformed one is answered 400.
 * 2. `isRegisteredMethod`: an unregistered method is answered 501, `OPTIONS *` 204.
 * 3. `belowMount`: what lies outside the prefix of the site is answered 404.
 * 4. `identify`: segments become a resource; an absent one is answered 404. A script
 *    leaves here: `runScript` has it answer, or name another request to answer instead.
 * 5. OPTIONS is answered 204, a method that files do not have 405, and then a moved directory 301.
 * 6. `selectFile`, `selectListing`, `selectCoding`: the resource becomes a representation, in
 *    one of its codings; 406.
 * 7. `evaluatePreconditions`: 304, 412, or on.
 * 8. `representationReply`: the whole or ranges of it; 200, 206 or 416, plain data.
 *
 * Then `send.ts` makes a `Response` of it; there a file is opened.
 *
 * @module
 */

import { runScript, type ScriptState } from "../cgi/run.ts";
import { loopReply } from "../cgi/script_failure.ts";
import type { Call, ScriptSite } from "../cgi/start.ts";
import type { Context } from "../files/context.ts";
import { selectListing } from "../files/list.ts";
import { selectCoding, type Selection } from "../files/negotiate.ts";
import { SMALL_BYTES } from "../files/open.ts";
import type {
  CacheEntry,
  PreparedReply,
  Selected,
} from "../files/representation_cache.ts";
import { movedToEntry, resolve } from "../files/resolve.ts";
import { selectFile } from "../files/select.ts";
import { wholeBody } from "../http/body.ts";
import { wantedDigest } from "../http/digest.ts";
import { type Fields, fieldValue } from "../http/field.ts";
import { evaluatePreconditions } from "../http/precondition.ts";
import {
  ALLOW_READ,
  ALLOW_SCRIPT,
  isRegisteredMethod,
} from "../http/registry.ts";
import { movedReply, optionsReply, type Reply } from "../http/reply.ts";
import {
  notModifiedReply,
  type Representation,
  representationReply,
} from "../http/representation.ts";
import {
  belowMount,
  type PathTarget,
  type Resource,
  type ScriptResource,
} from "../http/resource.ts";
import { readTarget } from "../http/target.ts";
import { errorReply } from "../pages/error_page.ts";
import {
  NOT_FOUND,
  notAllowedReply,
  notFoundReply,
  unknownReply,
} from "../pages/failure.ts";
import { bytesOf, type Content } from "../ports/content.ts";
import type { PeerFinder } from "../ports/exchange.ts";
import { type HttpRequest, toRequest } from "../ports/message.ts";
import { checkedResource } from "../site/overrides.ts";
import type { Site } from "../site/site.ts";
import { preflightReply } from "./cors.ts";
import { prepareReply } from "./send.ts";

/** How often in a row scripts may put another request in place of the client's. */
const MOST_REDIRECTS = 10;

/** The context of a handler that runs scripts. */
export interface WalkContext extends Context {
  readonly scripts: ScriptState;
}

/** A reply as plain data. */
export interface Decision {
  readonly reply: Reply;
  /** The same, prepared. */
  readonly prepared?: PreparedReply | undefined;
  /** Stores its content for further requests. */
  readonly store?: ((content: Content | undefined) => void) | undefined;
}

/** Decides what comes before the walk, a preflight or whether content may come; then walks. */
export async function decide(
  request: HttpRequest,
  peer: PeerFinder,
  context: WalkContext,
): Promise<Decision> {
  const { cors, expectContinue, fallthrough } = context.site;
  const preflight = preflightReply(request, cors);
  if (preflight === undefined && !isAnnounced(request, context.site)) {
    return await walk(request, peer, context);
  }
  // The caller may have a policy of its own for what is not there.
  if (fallthrough && !await isThere(request, context)) {
    return { reply: NOT_FOUND };
  }
  if (preflight !== undefined) return { reply: preflight };
  if (!await expectContinue?.(toRequest(request), peer())) {
    return { reply: errorReply(417) };
  }
  return await walk(request, peer, context);
}

/** Whether a client waits to hear if its content is wanted (RFC 9110 §10.1.1), and the user decides that. */
export function isAnnounced(
  { headers }: HttpRequest,
  { expectContinue }: Site,
): boolean {
  return expectContinue !== undefined &&
    headers.get("expect")?.toLowerCase() === "100-continue";
}

async function isThere(
  request: HttpRequest,
  context: Context,
): Promise<boolean> {
  const target = readTarget(request);
  const below = target.kind === "path" &&
    belowMount(target, context.site.mount);
  return below !== undefined && below !== false &&
    (await identify(below, context)).kind !== "absent";
}

/** Walks: decides on a request for what it identifies. */
export async function walk(
  request: HttpRequest,
  peer: PeerFinder,
  context: WalkContext,
  redirects = 0,
): Promise<Decision> {
  const { method } = request;
  const { site } = context;
  const target = readTarget(request);
  if (target.kind === "malformed") {
    const { reason: message } = target;
    return { reply: errorReply(400, { message, absent: true }) };
  }
  if (!isRegisteredMethod(method)) return { reply: unknownReply(method) };
  if (target.kind === "asterisk") {
    return { reply: { ...optionsReply(), absent: true } };
  }
  const below = belowMount(target, site.mount);
  if (below === undefined) {
    return site.redirectRoot && target.segments.length === 0
      ? await decideStatic(movedToEntry(target, site), target, request, context)
      : { reply: NOT_FOUND };
  }
  const resource = await identify(below, context);
  switch (resource.kind) {
    case "script": {
      const { script } = resource;
      const call = { script, target: below, request, peer: peer() };
      return runsScripts(site)
        ? { reply: await run(call, site, context, redirects) }
        : { reply: NOT_FOUND };
    }
    case "refused": {
      const { status, message, reason } = resource;
      return { reply: errorReply(status, { message, reason }) };
    }
    case "absent":
    case "moved":
    case "file":
    case "directory":
      return await decideStatic(resource, below, request, context);
  }
}

/** What a target below the prefix identifies. */
async function identify(
  target: PathTarget,
  context: Context,
): Promise<Resource> {
  const next = (target: PathTarget) => resolve(target, context);
  return context.site.resolve === undefined
    ? await next(target)
    : checkedResource(await context.site.resolve(target, next));
}

function runsScripts(site: Site): site is ScriptSite {
  return site.cgi !== undefined;
}

async function run(
  call: Call,
  site: ScriptSite,
  context: WalkContext,
  redirects: number,
): Promise<Reply> {
  const { request, peer, script } = call;
  // They are for the server itself, and would tell a script what is secret (RFC 9110 §9.3.8).
  if (request.method === "TRACE" || request.method === "CONNECT") {
    return notAllowedReply(ALLOW_SCRIPT);
  }
  const outcome = await runScript(call, site, context.scripts);
  switch (outcome.kind) {
    case "reply":
      return outcome.reply;
    case "redirect": {
      if (redirects === MOST_REDIRECTS) return loopReply(script.name);
      const next = outcome.request;
      const { reply } = await walk(next, () => peer, context, redirects + 1);
      const fields = [...reply.fields, ...outcome.cookies];
      return { request: next, ...reply, fields, absent: false };
    }
  }
}

/** A resource that does not run but is read. */
async function decideStatic(
  resource: Exclude<Resource, ScriptResource>,
  target: PathTarget,
  request: HttpRequest,
  context: Context,
): Promise<Decision> {
  const { method } = request;
  if (method === "POST" && context.site.cgi !== undefined) {
    const message = "Can only POST to CGI scripts";
    const absent = resource.kind === "absent";
    return { reply: errorReply(501, { message, absent }) };
  }
  if (resource.kind === "absent") {
    return decideAbsent(notFoundReply(resource.reason), request, context);
  }
  if (method === "OPTIONS") return { reply: optionsReply() };
  if (method !== "GET" && method !== "HEAD") {
    return { reply: notAllowedReply(ALLOW_READ) };
  }
  // Where slashes are merged, a target has segments without a name.
  const segments = target.segments.filter((segment) => segment !== "");
  const named = { ...target, segments };
  switch (resource.kind) {
    case "moved":
      return { reply: movedReply(resource.location) };
    case "file": {
      const { candidate, entry } = await selectFile(
        resource,
        named,
        request,
        context,
      );
      return entry === undefined
        ? replyTo(selectCoding(candidate, request, context), request, context)
        : decideFromCache(entry, request, context);
    }
    case "directory": {
      const selection = await selectListing(resource, named, request, context);
      return replyTo(selection, request, context);
    }
  }
}

/** Decides on what the cache has; the content of the whole is to be stored there. */
export function decideFromCache(
  entry: CacheEntry,
  request: HttpRequest,
  context: Context,
): Decision {
  const { candidate, codings } = entry;
  const selection = selectCoding(candidate, request, context, codings);
  const decision = replyTo(selection, request, context);
  const isWhole = decision.reply.status === 200 && request.method === "GET";
  return isWhole && selection.kind === "selected"
    ? {
      ...decision,
      store: (content) => storeContent(content, selection, entry),
    }
    : decision;
}

/** Further requests find the bytes in memory, for parts as well. */
function storeContent(
  content: Content | undefined,
  selected: Selected,
  entry: CacheEntry,
): void {
  const bytes = bytesOf(content);
  if (!content || !bytes || bytes.length > SMALL_BYTES) return;
  const { representation } = selected;
  const { body } = representation;
  // Coded content without a key can change with the same fingerprint.
  if (body.kind === "coded" && body.key === undefined) return;
  if (body.kind === "pieces" && body.source.kind === "file") {
    const source = { ...body.source, bytes };
    selected.representation = { ...representation, body: wholeBody(source) };
  }
  entry.addContent(selected, content);
}

/** From a selection to a reply: preconditions, ranges, digests (RFC 9110 §13, §14). */
function replyTo(
  selection: Selection,
  request: HttpRequest,
  { site: { clock } }: Context,
): Decision {
  switch (selection.kind) {
    case "unreadable": {
      const message = "No permission to list directory";
      return { reply: errorReply(404, { message }) };
    }
    case "not-acceptable":
      return { reply: errorReply(406, { fields: selection.fields }) };
    case "selected": {
      const { representation } = selection;
      return { reply: withPreconditions(representation, request, clock.now()) };
    }
  }
}

function withPreconditions(
  representation: Representation,
  request: HttpRequest,
  now: number,
): Reply {
  switch (evaluatePreconditions(request, representation.validators, now)) {
    case "failed":
      return errorReply(412, { fields: varyFields(representation) });
    case "not-modified":
      return notModifiedReply(representation, now);
    case "proceed":
      return withRanges(representation, request, now);
  }
}

function withRanges(
  representation: Representation,
  request: HttpRequest,
  now: number,
): Reply {
  const boundary = () => crypto.randomUUID();
  const result = representationReply(request, representation, now, boundary);
  switch (result.kind) {
    case "unsatisfiable":
      return errorReply(416, {
        fields: [...result.fields, ...varyFields(representation)],
      });
    case "reply": {
      const wanted = request.headers.get("want-repr-digest");
      const algorithm = wanted === null ? undefined : wantedDigest(wanted);
      if (algorithm === undefined || isCoded(representation)) {
        return result.reply;
      }
      const digest = { algorithm, of: representation.body };
      return { ...result.reply, digest };
    }
  }
}

/**
 * The digest of coded content would be of the coded bytes (RFC 9530 §3): proxies that ask for a
 * coding and undo it pass it on, and it is wrong then (D181).
 */
function isCoded({ metadata }: Representation): boolean {
  return fieldValue(metadata, "content-encoding") !== undefined;
}

/** What the choice of the representation depended on, an answer about it depends on, too. */
function varyFields({ metadata }: Representation): Fields {
  return metadata.filter(([name]) => name.toLowerCase() === "vary");
}

/** Many requests are for what is absent: the reply is prepared once, where it is the same for all. */
function decideAbsent(
  reply: Reply,
  request: HttpRequest,
  context: Context,
): Decision {
  const { site: { cors, errorPage }, state } = context;
  if (errorPage !== undefined || cors.kind === "listed") return { reply };
  const store = (content: Content | undefined) => {
    if (content === undefined) return; // HEAD has none
    state.notFound ??= prepareReply(NOT_FOUND, content, request, context);
  };
  return { reply, prepared: state.notFound, store };
}
