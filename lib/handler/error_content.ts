/**
 * The content of an error, chosen when it is sent: the user's own, a page of the site, or a form
 * that the client asks for.
 *
 * @module
 */

import type { Context } from "../files/context.ts";
import { findErrorPage, targetBelow } from "../files/error_file.ts";
import type { Near } from "../files/near_names.ts";
import { wholeBody } from "../http/body.ts";
import { type Fields, overrideFields, withoutFields } from "../http/field.ts";
import { percentEncode } from "../http/metadata.ts";
import type { Reply } from "../http/reply.ts";
import type { PathTarget } from "../http/resource.ts";
import { rawTarget, readTarget } from "../http/target.ts";
import {
  errorDocument,
  type ErrorForm,
  errorJson,
  type ErrorReport,
  type ErrorSurroundings,
  errorText,
  negotiateErrorForm,
} from "../pages/error_form.ts";
import type { ErrorPage } from "../pages/error_page.ts";
import { pageBytes } from "../pages/markup.ts";
import type { Awaitable } from "../ports/files.ts";
import type { HttpRequest } from "../ports/message.ts";
import { entryPath, type Site } from "../site/site.ts";

/** Fields that describe our page, and not the user's. */
const POLICY_FIELDS = ["content-security-policy", "referrer-policy"];
/** What depends on Accept says so (RFC 9110 §12.5.5). */
const VARY_ACCEPT: Fields = [["Vary", "Accept"]];

/** A reply with the content of its error; any other reply is as it was. */
export async function withErrorContent(
  reply: Reply,
  request: HttpRequest,
  context: Context,
): Promise<Reply> {
  const { site } = context;
  if (!hasErrorContent(reply, site)) return reply;
  const filled = await withContentOf(reply, request, context);
  return site.reload?.withScriptInError(filled, request) ?? filled;
}

async function withContentOf(
  reply: Reply,
  request: HttpRequest,
  context: Context,
): Promise<Reply> {
  const { site } = context;
  if (site.errorPage !== undefined) {
    return await withUserPage(reply, site.errorPage);
  }
  const { status, early = false } = reply;
  const target = targetBelow(request, site);
  // What was decided before the login looks nothing up.
  const bytes = early
    ? undefined
    : await findErrorPage(status, target, context);
  return bytes === undefined
    ? await withForm(reply, target, request, context)
    : withContent(reply, bytes, "text/html; charset=utf-8");
}

/** Whether the content of an error is the three lines. */
export function hasLines(
  reply: Reply,
  target: PathTarget,
  request: HttpRequest,
  context: Context,
): Awaitable<boolean> {
  const { site } = context;
  if (!hasErrorContent(reply, site)) return true;
  if (site.errorPage !== undefined) return false;
  if (formOf(request, site) !== "lines") return false;
  const page = findErrorPage(reply.status, target, context);
  return page instanceof Promise
    ? page.then((page) => page === undefined)
    : page === undefined;
}

/** A reply that is passed on needs no page. */
function hasErrorContent(
  { explain, absent = false }: Reply,
  { fallthrough }: Site,
): boolean {
  return explain !== undefined && !(fallthrough && absent);
}

async function withUserPage(
  reply: Reply,
  errorPage: ErrorPage,
): Promise<Reply> {
  const { status, message, explain } = reportOf(reply);
  const page = pageBytes(await errorPage(status, { message, explain }));
  return withContent(reply, page.bytes, page.mediaType);
}

function reportOf({ status, message = "", explain = "" }: Reply): ErrorReport {
  return { status, message, explain };
}

function withContent(
  reply: Reply,
  bytes: Uint8Array<ArrayBuffer>,
  mediaType: string,
): Reply {
  const fields = overrideFields(withoutFields(reply.fields, POLICY_FIELDS), [
    ["Content-Type", mediaType],
    ["Content-Length", String(bytes.length)],
  ]);
  return { ...reply, fields, body: wholeBody({ kind: "bytes", bytes }) };
}

/** A reply in a form that Accept has chosen. */
export function negotiated(reply: Reply): Reply {
  return { ...reply, fields: overrideFields(reply.fields, VARY_ACCEPT) };
}

/** With `listing: "plain"` HTML is always `http.server`'s. */
function formOf({ headers }: HttpRequest, { listing }: Site): ErrorForm {
  const form = negotiateErrorForm(headers.get("accept"));
  return form === "page" && listing === "plain" ? "lines" : form;
}

async function withForm(
  reply: Reply,
  target: PathTarget | undefined,
  request: HttpRequest,
  context: Context,
): Promise<Reply> {
  const form = formOf(request, context.site);
  if (form === "lines") return negotiated(reply);
  const report = reportOf(reply);
  const encoder = new TextEncoder();
  switch (form) {
    case "page": {
      const around = await surroundings(reply, target, request, context);
      const { bytes, fields } = errorDocument(report, around);
      const made = withContent(reply, bytes, "text/html; charset=utf-8");
      return negotiated({ ...made, fields: [...made.fields, ...fields] });
    }
    case "text/plain": {
      const bytes = encoder.encode(errorText(report));
      return negotiated(withContent(reply, bytes, `${form}; charset=utf-8`));
    }
    case "application/json":
    case "application/problem+json": {
      const bytes = encoder.encode(errorJson(report));
      return negotiated(withContent(reply, bytes, form));
    }
  }
}

/** What was asked for, and where to go on. Near names cost a look into a directory: browsers alone get them. */
async function surroundings(
  { status, early = false }: Reply,
  target: PathTarget | undefined,
  request: HttpRequest,
  context: Context,
): Promise<ErrorSurroundings> {
  const { site } = context;
  // HEAD has the fields of GET (RFC 9110 §9.3.2), Content-Length, too.
  const method = request.method === "HEAD" ? "GET" : request.method;
  if (target === undefined) {
    const home = site.isSecret
      ? undefined
      : { href: entryPath(site), text: HOME };
    const path = shownPath(request);
    return { method, path, home, up: undefined, near: [] };
  }
  // Who has sent a form wants its page again.
  const isForm = method === "POST" && target.directory;
  const parent: Near = {
    above: isForm ? target.segments : target.segments.slice(0, -1),
    entries: [],
  };
  // An error must be answered, also where the disk is what has failed.
  const { above, entries } = status === 404 && !early
    ? await nearTo(target, context).catch(() => parent)
    : parent;
  const to = linking(target, request, site);
  const isHome = above.length === 0;
  return {
    method,
    path: shownPath(request),
    home: { href: site.fileName ? entryPath(site) : to([]), text: HOME },
    up: isHome ? undefined : { href: to(above), text: `/${above.join("/")}/` },
    near: entries.map(({ name, kind }) => {
      const slash = kind === "directory" ? "/" : "";
      const href = `${to(above)}${percentEncode(name)}${slash}`;
      return { href, text: `${name}${slash}` };
    }),
  };
}

async function nearTo(target: PathTarget, context: Context): Promise<Near> {
  const { findNear } = await import("../files/near_names.ts");
  return await findNear(target, context);
}

const HOME = "Home";

/** The path, decoded where it can be. */
function shownPath(request: HttpRequest): string {
  const target = readTarget(request);
  if (target.kind !== "path") return rawTarget(request).replace(/\?.*/s, "");
  const { segments, directory } = target;
  const slash = directory && segments.length > 0 ? "/" : "";
  return `/${segments.join("/")}${slash}`;
}

/**
 * Makes references to directories below the mount: relative ones, which a proxy that removes a
 * prefix leaves right. Where slashes are doubled, they are paths.
 */
function linking(
  { segments, directory }: PathTarget,
  request: HttpRequest,
  { mount }: Site,
): (names: readonly string[]) => string {
  const asked = readTarget(request);
  const isDoubled = asked.kind === "path" && asked.segments.includes("");
  const depth = segments.length - (directory ? 0 : 1);
  return (names) => {
    const path = [...mount, ...names].map((name) => `${percentEncode(name)}/`);
    return isDoubled
      ? `/${path.join("")}`
      : "../".repeat(Math.max(0, depth - names.length)) || "./";
  };
}
