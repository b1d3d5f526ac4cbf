/**
 * The second half of the walk: a file or a directory becomes a representation, and that a reply
 * (steps 6 to 9 of `walk.ts`).
 *
 * @module
 */

import { readArchiveQuery } from "../archive/archive_query.ts";
import type { ArchiveSelection } from "../archive/select_archive.ts";
import { ABSENT } from "../files/absence.ts";
import { selectApplication } from "../files/application.ts";
import type { Context } from "../files/context.ts";
import { findNothing } from "../files/locate.ts";
import { selectCoding, type Selection } from "../files/negotiate.ts";
import type { CacheEntry } from "../files/representation_cache.ts";
import {
  OWN_PLACE,
  type SelectedFile,
  selectFile,
  selectKnown,
} from "../files/select.ts";
import { wantedDigest } from "../http/digest.ts";
import { type Fields, fieldValue } from "../http/field.ts";
import { isNavigation, VARY_NAVIGATION } from "../http/accept.ts";
import { evaluatePreconditions } from "../http/precondition.ts";
import { ALLOW_READ } from "../http/registry.ts";
import { movedReply, optionsReply, type Reply } from "../http/reply.ts";
import {
  notModifiedReply,
  type Representation,
  representationReply,
} from "../http/representation.ts";
import type {
  Found,
  PathTarget,
  Resource,
  ScriptResource,
} from "../http/resource.ts";
import { errorReply } from "../pages/error_page.ts";
import {
  NOT_FOUND,
  notAllowedReply,
  notFoundReply,
  UNREADABLE,
} from "../pages/failure.ts";
import type { HttpRequest } from "../ports/message.ts";
import type { Site } from "../site/site.ts";
import { hasLines, negotiated } from "./error_content.ts";
import { isAhead, storeAnswer } from "./hit.ts";
import { prepareReply, sendPrepared, type SentAnswer } from "./send.ts";
import type { Decision, KnownFile, WalkContext } from "./decision.ts";

/** A resource that does not run but is read. */
export async function decideStatic(
  resource: Exclude<Resource, ScriptResource>,
  target: PathTarget,
  request: HttpRequest,
  context: WalkContext,
): Promise<Decision> {
  const { method } = request;
  const { site } = context;
  if (method === "POST" && site.cgi !== undefined) {
    const message = "Can only POST to CGI scripts";
    const absent = resource.kind === "absent";
    return { reply: errorReply(501, { message, absent }) };
  }
  if (resource.kind === "absent") {
    return await decideAbsent(
      notFoundReply(resource.reason),
      target,
      request,
      context,
    );
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
      const page = VIEW_REGEXP.test(named.query)
        ? await selectView(resource, request, context)
        : undefined;
      if (page !== undefined) return replyTo(page, request, context);
      const file = await selectFile(resource, named, request, context);
      return decideSelected(file, request, context);
    }
    case "directory":
      return await decideDirectory(resource, named, request, context);
  }
}

/** The entry of a file that was found among known names, where nothing has to be waited for. */
export function selectAtOnce(
  { file, target }: KnownFile,
  request: HttpRequest,
  context: Context,
): CacheEntry | undefined {
  return VIEW_REGEXP.test(target.query)
    ? undefined
    : selectKnown(file, target, request, context, OWN_PLACE)?.entry;
}

/** `?view`, which asks for the page of a Markdown file. */
const VIEW_REGEXP = /^\?(?:.*&)?view=?(?:&|$)/;

async function selectView(
  file: Resource & { readonly kind: "file" },
  request: HttpRequest,
  context: Context,
): Promise<Selection | undefined> {
  const { selectMarkdownPage } = await import("../files/markdown_page.ts");
  return await selectMarkdownPage(file, request, context);
}

function decideSelected(
  { candidate, entry }: SelectedFile,
  request: HttpRequest,
  context: Context,
): Decision {
  return entry === undefined
    ? replyTo(selectCoding(candidate, request, context), request, context)
    : decideFromCache(entry, request, context);
}

/** A directory without an index: an archive of it, or its listing. */
async function decideDirectory(
  directory: Found,
  target: PathTarget,
  request: HttpRequest,
  context: WalkContext,
): Promise<Decision> {
  if (context.site.listing === false) {
    const { reason } = ABSENT.unlisted;
    return decideAbsent(notFoundReply(reason), target, request, context);
  }
  const archive = await archiveOf(directory, target, request, context);
  if (archive?.kind === "reply") return { reply: archive.reply };
  const { selectListing } = await import("../files/list.ts");
  const selection = archive ??
    await selectListing(directory, target, request, context);
  const { reply } = replyTo(selection, request, context);
  const kind = archive === undefined ? "listing" : "archive";
  return { reply: { ...reply, kind } };
}

/** The archive that is asked for, where there are any. */
async function archiveOf(
  directory: Found,
  target: PathTarget,
  request: HttpRequest,
  context: WalkContext,
): Promise<ArchiveSelection | undefined> {
  const wanted = context.site.archive && readArchiveQuery(target.query);
  if (wanted === undefined) return undefined;
  const { selectArchive } = await import("../archive/select_archive.ts");
  return await selectArchive(
    wanted,
    directory,
    target,
    request,
    context,
    context.archives,
  );
}

/** Decides on what the cache has; the content of the whole is to be stored there. */
export function decideFromCache(
  entry: CacheEntry,
  request: HttpRequest,
  context: Context,
): Decision {
  const { candidate, codings } = entry;
  const now = context.site.clock.now();
  const selection = selectCoding(candidate, request, context, codings);
  const decision = replyTo(selection, request, context);
  const { reply } = decision;
  const isWhole = reply.status === 200 && request.method === "GET";
  if (!isWhole || selection.kind !== "selected") return decision;
  if (isAhead(selection.representation, now)) return decision;
  const decided = { reply, selected: selection, entry };
  const store: Decision["store"] = (sent, peer) =>
    storeAnswer(sent, decided, request, context, peer);
  return { ...decision, store };
}

/** From a selection to a reply: preconditions, ranges, digests (RFC 9110 §13, §14). */
function replyTo(
  selection: Selection,
  request: HttpRequest,
  { site: { clock } }: Context,
): Decision {
  switch (selection.kind) {
    case "unreadable":
      return { reply: UNREADABLE };
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

/** Where an application has a page for navigations, what is absent depends on whether it is one. */
async function decideAbsent(
  absent: Reply,
  target: PathTarget,
  request: HttpRequest,
  context: Context,
): Promise<Decision> {
  if (context.site.routing.spa === undefined) {
    return await decideNotFound(absent, target, request, context);
  }
  const { method } = request;
  const isRead = method === "GET" || method === "HEAD";
  const page = isRead && isNavigation(request, target)
    ? await selectApplication(request, context)
    : undefined;
  if (page === undefined) {
    const reply = varyingByNavigation(absent);
    return await decideNotFound(reply, target, request, context);
  }
  const decision = decideSelected(page, request, context);
  return { ...decision, reply: varyingByNavigation(decision.reply) };
}

/** Pages that can be reloaded say so already. */
function varyingByNavigation(reply: Reply): Reply {
  const isSaid = reply.fields.some(([name, value]) =>
    name === VARY_NAVIGATION[0] && value === VARY_NAVIGATION[1]
  );
  return isSaid
    ? reply
    : { ...reply, fields: [...reply.fields, VARY_NAVIGATION] };
}

/** Many requests are for what is absent: the reply is prepared once, where it is the same for all. */
async function decideNotFound(
  reply: Reply,
  target: PathTarget,
  request: HttpRequest,
  context: Context,
): Promise<Decision> {
  const { site: { cors, reload }, state } = context;
  const isOne = cors.kind !== "listed" && reload === undefined &&
    await hasLines(NOT_FOUND, target, request, context);
  if (!isOne) return { reply };
  const store = ({ content }: SentAnswer) => {
    if (content === undefined) return; // HEAD has none
    const lines = negotiated({ ...reply, reason: undefined });
    state.notFound ??= prepareReply(lines, content, request, context);
  };
  return { reply, prepared: state.notFound, store };
}

/**
 * The 404 for what is not there, without a promise, after one call of the system; `undefined` where
 * it takes more to answer, or something is there.
 */
export function answerAbsent(
  target: PathTarget,
  request: HttpRequest,
  context: Context,
  now: number,
): SentAnswer | undefined {
  const { site, state: { notFound } } = context;
  if (notFound === undefined || !isAbsentByName(site)) return undefined;
  const absence = findNothing(target.segments, context);
  if (absence === undefined) return undefined;
  if (hasLines(NOT_FOUND, target, request, context) !== true) return undefined;
  const reply = notFoundReply(absence.reason);
  return sendPrepared(notFound, request, context, now, reply);
}

/** Whether names alone say what is absent, and all of it has one answer: no script, no host, no function of a user does. */
function isAbsentByName(site: Site): boolean {
  const { cleanUrls, hostFiles, spa } = site.routing;
  return site.cgi === undefined && site.upload === undefined &&
    site.resolve === undefined && site.fileName === undefined &&
    hostFiles === undefined && spa === undefined && !cleanUrls &&
    !site.fallthrough;
}
