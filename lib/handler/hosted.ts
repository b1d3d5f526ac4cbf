/**
 * The stage of the walk that obeys `_redirects` and `_headers`: a rule answers with a redirect, or
 * puts another target in place of the one that was asked for, once. Then the walk goes on as if that
 * had been asked for, by the same policies.
 *
 * @module
 */

import { ABSENT } from "../files/absence.ts";
import type { Context, Hosted } from "../files/context.ts";
import { identify } from "../files/resolve.ts";
import type { AskedPath, HostRules, Match } from "../hosts/host_rules.ts";
import type { Destination } from "../hosts/rule_target.ts";
import { NO_BODY } from "../http/body.ts";
import { withoutFields } from "../http/field.ts";
import { changeFields, percentEncode } from "../http/metadata.ts";
import { movedReply, optionsReply, type Reply } from "../http/reply.ts";
import {
  belowMount,
  type PathTarget,
  type Resource,
} from "../http/resource.ts";
import { rawTarget, readTarget } from "../http/target.ts";
import { errorReply } from "../pages/error_page.ts";
import { NOT_FOUND, notFoundReply } from "../pages/failure.ts";
import type { HttpRequest } from "../ports/message.ts";
import type { Site } from "../site/site.ts";
import type { Decision, WalkContext } from "./decision.ts";

/** What becomes of a request. */
export type Routed =
  | { readonly kind: "reply"; readonly reply: Reply }
  | {
    readonly kind: "walk";
    readonly request: HttpRequest;
    readonly target: PathTarget;
    readonly context: WalkContext;
    /** The status that a rule has in place of 200. */
    readonly status: number | undefined;
  };

/** Obeys the rules for a target below the mount. */
export async function routeByHost(
  target: PathTarget,
  request: HttpRequest,
  context: WalkContext,
): Promise<Routed> {
  const walk = {
    kind: "walk",
    request,
    target,
    context,
    status: undefined,
  } as const;
  if (context.state.hosts === undefined) return walk;
  const { hostRules } = await import("../files/host_files.ts");
  const rules = await hostRules(context);
  if (rules === undefined) return walk;
  const asked = toAsked(target, request, context.site);
  const changes = rules.changesOf(asked);
  const hosted = { rules, changes, isRewritten: false };
  const here = { ...walk, context: { ...context, hosted } };
  const match = await matchOf(asked, target, rules, here.context, request);
  if (match === undefined) return here;
  const { rule: { status }, to } = match;
  if (status >= 300 && status < 400) {
    const reply = redirectReply(status, to, request, context.site);
    return { kind: "reply", ...withChanges({ reply }, here.context) };
  }
  return rewrite(status, to, here, { ...hosted, isRewritten: true });
}

/** A redirect has the fields of the host's file where the host adds them. */
export function withChanges(
  decision: Decision,
  { hosted }: Context,
): Decision {
  const { reply } = decision;
  const isRedirect = reply.status >= 300 && reply.status < 400;
  if (!isRedirect || hosted === undefined) return decision;
  const { rules: { dialect }, changes } = hosted;
  return dialect.headers.onRedirects
    ? { reply: { ...reply, fields: changeFields(reply.fields, changes) } }
    : decision;
}

/** Where a file wins, a rule counts for what is absent. */
async function matchOf(
  asked: AskedPath,
  target: PathTarget,
  rules: HostRules,
  context: Context,
  { method }: HttpRequest,
): Promise<Match | undefined> {
  // They are for the server itself (RFC 9110 §9.3.6, §9.3.8).
  if (method === "TRACE" || method === "CONNECT") return undefined;
  const match = rules.redirectOf(asked);
  const isShadowed = match !== undefined && !match.rule.isForced &&
    rules.dialect.redirects.fileWins && await isThere(target, context);
  return isShadowed ? undefined : match;
}

/** Whether there is a page or a file: a directory that would be listed is none. */
async function isThere(
  target: PathTarget,
  context: Context,
): Promise<boolean> {
  const kind = await kindAt(target, context);
  return kind !== "absent" && kind !== "directory";
}

/** The kind of what is there, or of that to which it has moved. */
async function kindAt(
  target: PathTarget,
  context: Context,
): Promise<Resource["kind"]> {
  const resource = await identify(target, context);
  if (resource.kind !== "moved") return resource.kind;
  const moved = readTarget({ ...GET, url: resource.location });
  const below = moved.kind === "path" && belowMount(moved, context.site.mount);
  return below ? (await identify(below, context)).kind : "absent";
}

/** Reads the path of a request in both forms. */
function toAsked(
  { segments, directory, query }: PathTarget,
  request: HttpRequest,
  { mount }: Site,
): AskedPath {
  const url = `http://localhost${rawTarget(request)}`;
  const path = URL.canParse(url) ? new URL(url).pathname : "/";
  const raw = path.slice(1).split("/");
  let left = mount.length;
  while (left > 0 && raw.length > 0) if (raw.shift() !== "") left--;
  return {
    decoded: directory ? [...segments, ""] : segments,
    encoded: raw.length === 0 ? [""] : raw,
    query,
    host: hostOf(request),
  };
}

/** The name in the Host field, or of HTTP/2's URL, without the port. */
function hostOf({ url, headers }: HttpRequest): string {
  const [, inUrl = ""] = /^[a-z]+:\/\/([^/?#]*)/i.exec(url) ?? [];
  return (headers.get("host") ?? inUrl).replace(/:\d*$/, "").toLowerCase();
}

/** Every method is redirected; OPTIONS asks what the resource can do (RFC 9110 §9.3.7). */
function redirectReply(
  status: number,
  { origin, path, query, fragment }: Destination,
  { method }: HttpRequest,
  { mount }: Site,
): Reply {
  if (method === "OPTIONS") return optionsReply();
  const start = origin ??
    mount.map((segment) => `/${percentEncode(segment)}`).join("");
  const { fields } = movedReply(`${start}${path}${query}${fragment}`);
  return { status, fields, body: NO_BODY };
}

/** The target of a rule in place of the one that was asked for; what it finds is not cached for that URL. */
async function rewrite(
  status: number,
  { path, query }: Destination,
  here: Routed & { readonly kind: "walk" },
  hosted: Hosted,
): Promise<Routed> {
  const request = { ...GET, url: `${path}${query}` };
  const target = readTarget(request);
  // A placeholder has put something there that is no path.
  if (target.kind !== "path") return { kind: "reply", reply: NOT_FOUND };
  const context = { ...here.context, hosted, caching: false };
  const other = status === 200 ? undefined : status;
  if (await kindAt(target, context) === "directory") {
    const reply = notFoundReply(ABSENT.unlistedByRule.reason);
    return { kind: "reply", ...withStatus({ reply }, other) };
  }
  return other === undefined
    ? { ...here, target, context }
    : { ...here, target, context, status, request: plain(here.request) };
}

const GET = { method: "GET", headers: new Headers() };

/** Conditions and ranges are for a 200 (RFC 9110 §13.2.1, §14.2). */
const CONDITIONAL_REGEXP = /^(?:if-|range$)/i;

function plain(request: HttpRequest): HttpRequest {
  const { method, url, body, signal, protocol } = request;
  const fields = [...request.headers].filter(([name]) =>
    !CONDITIONAL_REGEXP.test(name)
  );
  return { method, url, headers: new Headers(fields), body, signal, protocol };
}

/** The fields that only a 200 has. */
const FOUND_FIELDS = ["accept-ranges", "etag", "last-modified"];

/** A page with the 404 or 410 of a rule; where the page is not there, our own. */
export function withStatus(
  decision: Decision,
  status: number | undefined,
): Decision {
  const { reply } = decision;
  if (status === undefined) return decision;
  if (reply.status === 404) return { reply: errorReply(status) };
  const fields = withoutFields(reply.fields, FOUND_FIELDS);
  return reply.status === 200
    ? { reply: { ...reply, status, fields } }
    : { reply };
}
