/**
 * The walk of one request, from top to bottom:
 *
 * 1. `readTarget`: the URL becomes segments; a malformed one is answered 400.
 * 2. `isRegisteredMethod`: what nobody registered is answered 501.
 * 3. `resolve`: segments become a resource; what is absent is answered 404. A script
 *    leaves here: `runScript` has it answer, or name another request to answer instead.
 * 4. `allow`: a method that files do not have is answered 405, OPTIONS 204.
 * 5. `select`: the resource becomes a representation, in one of its codings; 406.
 * 6. `evaluatePreconditions`: 304, 412, or on.
 * 7. `representationReply`: the whole or ranges of it; 200, 206 or 416, plain data.
 *
 * Then `handler.ts` has `send` make a `Response` of it; there a file is
 * opened.
 *
 * From what was selected to a reply: preconditions, ranges, digests (RFC 9110 §13, §14).
 *
 * @module
 */

import type { Call, ScriptSite } from "../cgi/call.ts";
import { redirectedRequest, runScript } from "../cgi/run.ts";
import { loopReply } from "../cgi/script_failure.ts";
import { selectListing } from "../files/list.ts";
import { selectCoding, type Selection } from "../files/negotiate.ts";
import { resolve } from "../files/resolve.ts";
import { selectFile } from "../files/select.ts";
import { wantedDigest } from "../http/digest.ts";
import type { Fields } from "../http/field.ts";
import {
  ALLOW_READ,
  ALLOW_SCRIPT,
  isRegisteredMethod,
} from "../http/registry.ts";
import { evaluatePreconditions } from "../http/precondition.ts";
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
import type { PeerFinder } from "../ports/exchange.ts";
import type { Awaitable } from "../ports/files.ts";
import { checkedResource } from "../site/overrides.ts";
import type { Site } from "../site/site.ts";

/** How often in a row scripts may put another request in place of the client's. */
const MOST_REDIRECTS = 10;

/**
 * Answers a request with plain data. What is known of a target was found out on the whole
 * way.
 *
 * @param request The request.
 * @param peer Who asks.
 * @param site What is served, and how.
 * @returns The reply.
 */
export function walk(
  request: Request,
  peer: PeerFinder,
  site: Site,
): Awaitable<Reply> {
  const known = isRead(request.method)
    ? site.known.find(request, site.clock.now())
    : undefined;
  return known === undefined
    ? walkAll(request, peer, site)
    : represent(selectCoding(known, request, site), request, site);
}

async function walkAll(
  request: Request,
  peer: PeerFinder,
  site: Site,
  redirects = 0,
): Promise<Reply> {
  const { method } = request;
  const target = readTarget(request);
  if (target.kind === "malformed") {
    return errorReply(400, { message: target.reason, absent: true });
  }
  if (!isRegisteredMethod(method)) return unknownReply(method);
  if (target.kind === "asterisk") return { ...optionsReply(), absent: true };
  const below = belowMount(target, site.mount);
  if (below === undefined) return absentReply();
  const resource = await identify(below, site);
  switch (resource.kind) {
    case "script": {
      const { script } = resource;
      const call = { script, target: below, request, peer: peer() };
      return runsScripts(site)
        ? await run(call, site, redirects)
        : absentReply();
    }
    case "refused":
      return errorReply(resource.status, { message: resource.message });
    case "absent":
    case "moved":
    case "file":
    case "directory":
      return await read(resource, below, request, site);
  }
}

/**
 * What a target identifies.
 *
 * @param target The target, below the prefix.
 * @param site What is served, and how.
 * @returns The resource.
 */
export async function identify(
  target: PathTarget,
  site: Site,
): Promise<Resource> {
  const next = (target: PathTarget) => resolve(target, site);
  return site.resolve === undefined
    ? await next(target)
    : checkedResource(await site.resolve(target, next));
}

function runsScripts(site: Site): site is ScriptSite {
  return site.cgi !== undefined;
}

async function run(
  call: Call,
  site: ScriptSite,
  redirects: number,
): Promise<Reply> {
  const { request, peer, script } = call;
  // They are for the server itself, and would tell a script what is secret (RFC 9110 §9.3.8).
  if (request.method === "TRACE" || request.method === "CONNECT") {
    return notAllowedReply(ALLOW_SCRIPT);
  }
  const outcome = await runScript(call, site);
  switch (outcome.kind) {
    case "reply":
      return outcome.reply;
    case "redirect": {
      if (redirects === MOST_REDIRECTS) return loopReply(script.name);
      const next = redirectedRequest(request, outcome.location);
      const reply = await walkAll(next, () => peer, site, redirects + 1);
      const fields = [...reply.fields, ...outcome.cookies];
      return { request: next, ...reply, fields, absent: false };
    }
  }
}

function isRead(method: string): boolean {
  return method === "GET" || method === "HEAD";
}

/** What does not run but is read. */
async function read(
  resource: Exclude<Resource, ScriptResource>,
  target: PathTarget,
  request: Request,
  site: Site,
): Promise<Reply> {
  const { method } = request;
  if (method === "POST" && site.cgi !== undefined) {
    const message = "Can only POST to CGI scripts";
    return errorReply(501, { message, absent: resource.kind === "absent" });
  }
  if (resource.kind === "absent") return absentReply();
  if (method === "OPTIONS") return optionsReply();
  if (!isRead(method)) return notAllowedReply(ALLOW_READ);
  switch (resource.kind) {
    case "moved":
      return movedReply(resource.location);
    case "file":
      return represent(
        await selectFile(resource, target, request, site),
        request,
        site,
      );
    case "directory":
      return represent(
        await selectListing(resource, target, request, site),
        request,
        site,
      );
  }
}

/**
 * The reply where nothing is, or nothing that may be seen (RFC 9110 §15.5.5).
 *
 * @returns A 404.
 */
export function absentReply(): Reply {
  return ABSENT;
}

/** One for all, so that its fields are prepared once a second. */
const ABSENT = errorReply(404, { message: "File not found", absent: true });

/**
 * The reply to a method that nobody has registered (RFC 9110 §15.6.2).
 *
 * @param method The method.
 * @returns A 501, in the words of `http.server`.
 */
export function unknownReply(method: string): Reply {
  const message = `Unsupported method ('${method}')`;
  return errorReply(501, { message, absent: true });
}

/**
 * The reply to a method that the resource does not have (RFC 9110 §15.5.6).
 *
 * @param allowed The methods that it has, as the value of Allow.
 * @returns A 405.
 */
export function notAllowedReply(allowed: string): Reply {
  return errorReply(405, { fields: [["Allow", allowed]] });
}

/**
 * The reply to a request for what was selected.
 *
 * @param selection The representation, or that there is none.
 * @param request The request.
 * @param site What is served, and how.
 * @returns The reply.
 */
export function represent(
  selection: Selection,
  request: Request,
  { clock }: Site,
): Reply {
  switch (selection.kind) {
    case "unreadable":
      return errorReply(404, { message: "No permission to list directory" });
    case "not-acceptable":
      return errorReply(406, { fields: selection.fields });
    case "selected":
      return condition(selection.representation, request, clock.now());
  }
}

function condition(
  representation: Representation,
  request: Request,
  now: number,
): Reply {
  switch (evaluatePreconditions(request, representation.validators, now)) {
    case "failed":
      return errorReply(412, { fields: variance(representation) });
    case "not-modified":
      return notModifiedReply(representation, now);
    case "proceed":
      return range(representation, request, now);
  }
}

function range(
  representation: Representation,
  request: Request,
  now: number,
): Reply {
  const boundary = () => crypto.randomUUID();
  const result = representationReply(request, representation, now, boundary);
  switch (result.kind) {
    case "unsatisfiable":
      return errorReply(416, {
        fields: [...result.fields, ...variance(representation)],
      });
    case "reply": {
      const wanted = request.headers.get("want-repr-digest");
      const algorithm = wanted === null ? undefined : wantedDigest(wanted);
      if (algorithm === undefined) return result.reply;
      const digest = { algorithm, of: representation.body };
      return { ...result.reply, digest };
    }
  }
}

/** What the choice of the representation depended on, an answer about it depends on, too. */
function variance({ metadata }: Representation): Fields {
  return metadata.filter(([name]) => name.toLowerCase() === "vary");
}
