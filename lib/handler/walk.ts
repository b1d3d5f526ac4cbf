/**
 * The walk of one request, from top to bottom:
 *
 * 1. `readTarget`: the URL becomes segments; a malformed one is answered 400.
 * 2. `isRegisteredMethod`: an unregistered method is answered 501, `OPTIONS *` 204.
 * 3. `belowMount`: what lies outside the prefix of the site is answered 404.
 * 4. `routeByHost`: a rule of `_redirects` redirects, or puts another target in its place.
 * 5. `identify`: segments become a resource; an absent one is answered 404. A script
 *    leaves here: `runScript` has it answer, or name another request to answer instead.
 * 6. OPTIONS is answered 204, a method that files do not have 405, and then a moved directory 301.
 * 7. `selectFile`, `selectListing`, `selectCoding`: the resource becomes a representation, in
 *    one of its codings; 406.
 * 8. `evaluatePreconditions`: 304, 412, or on.
 * 9. `representationReply`: the whole or ranges of it; 200, 206 or 416, plain data.
 *
 * Steps 6 to 9 are in `static.ts`. Then `send.ts` makes a `Response` of it; there a file is opened.
 *
 * @module
 */

import type { Call, ScriptSite } from "../cgi/start.ts";
import type { Context } from "../files/context.ts";
import { identify, movedToEntry } from "../files/resolve.ts";
import { ALLOW_SCRIPT, isRegisteredMethod } from "../http/registry.ts";
import type { Fields } from "../http/field.ts";
import { optionsReply, type Reply } from "../http/reply.ts";
import { belowMount, type PathTarget } from "../http/resource.ts";
import { readTarget } from "../http/target.ts";
import { errorReply } from "../pages/error_page.ts";
import { NOT_FOUND, notAllowedReply, unknownReply } from "../pages/failure.ts";
import type { Peer, PeerFinder } from "../ports/exchange.ts";
import { type HttpRequest, toRequest } from "../ports/message.ts";
import type { Auth } from "../site/access.ts";
import type { Site } from "../site/site.ts";
import type { Sending } from "../upload/receive.ts";
import { withCompleted } from "./client.ts";
import { preflightReply } from "./cors.ts";
import type { Decision, WalkContext } from "./decision.ts";
import { routeByHost, type Routed, withChanges, withStatus } from "./hosted.ts";
import { logIn } from "./admission.ts";
import { decideStatic } from "./static.ts";

/** How often in a row scripts may put another request in place of the client's. */
const MOST_REDIRECTS = 10;

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
  const asked = toRequest(request);
  if (!await expectContinue?.(asked, withCompleted(peer()))) {
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
  const own = site.reload?.reply(below, request, site.clock.now());
  if (own !== undefined) return { reply: own };
  const sending = site.upload && toSending(request, below, peer(), context);
  const received = sending && method !== "GET" && method !== "HEAD"
    ? await (await import("../upload/receive.ts")).receive(sending)
    : undefined;
  if (received !== undefined) return { reply: { ...received, kind: "upload" } };
  const routed = await routeByHost(below, request, context);
  if (routed.kind === "reply") return { reply: routed.reply };
  const decision = await walkOn(routed, peer, redirects, sending);
  return withStatus(decision, routed.status);
}

async function walkOn(
  { target: below, request, context }: Routed & { readonly kind: "walk" },
  peer: PeerFinder,
  redirects: number,
  sending: Sending | undefined,
): Promise<Decision> {
  const { site } = context;
  const reading = isForContent(request);
  const resource = await identify(below, { ...context, reading });
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
    case "absent": {
      const decision = await decideStatic(resource, below, request, context);
      const fields = sending === undefined
        ? []
        : await (await import("../upload/receive.ts")).incompleteFields(
          sending,
        );
      return fields.length === 0 ? decision : withFields(decision, fields);
    }
    case "moved":
      return withChanges(
        await decideStatic(resource, below, request, context),
        context,
      );
    case "file":
    case "directory":
      return await decideStatic(resource, below, request, context);
  }
}

/** Whether the whole content is asked for, and whatever state it is in. */
export function isForContent({ method, headers }: HttpRequest): boolean {
  return method === "GET" && !headers.has("range") &&
    !headers.has("if-none-match") && !headers.has("if-modified-since") &&
    !headers.has("if-match") && !headers.has("if-unmodified-since");
}

/** What may be received, and how those log in who send. */
function toSending(
  request: HttpRequest,
  target: PathTarget,
  peer: Peer,
  context: WalkContext,
): Sending {
  const { uploads } = context;
  const admit = (auth: Auth) => logIn(request, peer, auth);
  return { request, target, peer, admit, context, uploads };
}

function withFields({ reply }: Decision, fields: Fields): Decision {
  return { reply: { ...reply, fields: [...reply.fields, ...fields] } };
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
  const { loaded } = context;
  loaded.runScript ??= (await import("../cgi/run.ts")).runScript;
  const outcome = await loaded.runScript(call, site, context.scripts);
  switch (outcome.kind) {
    case "reply":
      return { ...outcome.reply, kind: "script" };
    case "redirect": {
      if (redirects === MOST_REDIRECTS) {
        const { loopReply } = await import("../cgi/script_failure.ts");
        return { ...loopReply(script.name), kind: "script" };
      }
      const next = outcome.request;
      const { reply } = await walk(next, () => peer, context, redirects + 1);
      const fields = [...reply.fields, ...outcome.cookies];
      return { request: next, ...reply, fields, absent: false };
    }
  }
}
