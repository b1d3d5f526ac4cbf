/**
 * The one effect: a reply becomes a `Response`. From here content is read.
 *
 * What may be there at once, and goes on at once where it is.
 *
 * @module
 */

import { fillCoded } from "../files/encode.ts";
import { digestField } from "../files/file_digest.ts";
import {
  type Crowded,
  type Filling,
  fillPieces,
  type Lapsed,
} from "../files/open.ts";
import type { Body } from "../http/body.ts";
import { memoize, memoizeLast } from "../http/cache.ts";
import { formatHttpDate } from "../http/date.ts";
import {
  type Field,
  type Fields,
  fieldValue,
  overrideFields,
} from "../http/field.ts";
import type { Reply } from "../http/reply.ts";
import { bytesContent, type Content, unknownLength } from "../ports/content.ts";
import type { Awaitable } from "../ports/files.ts";
import type { Site } from "../site/site.ts";

/** What became of a reply. */
export type Sent =
  | {
    readonly kind: "sent";
    /** The answer. */
    readonly response: Response;
    /** Its content on the way, where it has any. */
    readonly content: Content | undefined;
  }
  | Lapsed
  | Crowded;

/**
 * Performs a reply.
 *
 * @param reply The reply.
 * @param request The request: the answer to HEAD has no content (RFC 9110 §9.3.2).
 * @param site What is served, and how.
 * @returns The answer, or that the file has changed since the reply was decided, or that too
 * many streams are coded already.
 */
export function send(
  reply: Reply,
  request: Request,
  site: Site,
): Awaitable<Sent> {
  return after(
    digestField(reply.digest, request, site),
    (digest) =>
      digest.kind !== "fields"
        ? digest
        : after(fill(reply, request, site), (filling) =>
          filling.kind !== "filled"
            ? filling
            : respond(reply, filling.content, digest.fields, request, site)),
  );
}

function respond(
  reply: Reply,
  content: Content | undefined,
  digest: Fields,
  request: Request,
  site: Site,
): Sent {
  const now = site.clock.now();
  const more = [...digest, ...lengthField(reply, content)];
  const { serverFields } = site;
  const headers = content?.fields === undefined && more.length === 0
    ? preparedHeaders(reply, now, site)
    : toHeaders(reply, now, [...serverFields, ...content?.fields ?? []], more);
  const init = { status: reply.status, headers };
  if (request.method !== "HEAD") {
    const response = new Response(content?.body ?? null, init);
    return { kind: "sent", response, content };
  }
  const body = isOfUnknownLength(reply, content) ? unknownLength() : null;
  return {
    kind: "sent",
    response: new Response(body, init),
    content: undefined,
  };
}

function isOfUnknownLength(
  { body, fields }: Reply,
  content: Content | undefined,
): boolean {
  switch (body.kind) {
    case "none":
    case "pieces":
      return false;
    case "coded":
      return content === undefined;
    case "stream":
      return fieldValue(fields, "content-length") === undefined;
  }
}

function toHeaders(
  { fields }: Reply,
  now: number,
  own: Fields,
  more: Fields,
): [string, string][] {
  // Bun leaves it out of answers without content; RFC 9110 §6.6.1 does not.
  const date: Field = ["Date", formatHttpDate(now)];
  const headers = [...overrideFields([...own, date], fields), ...more];
  return headers as readonly Field[] as [string, string][];
}

/** Some replies are sent again and again: what is in `Headers` the runtimes check only once. */
const prepared = memoize((serverFields: Fields) =>
  memoize((reply: Reply) => ({
    headers: new Headers(toHeaders(reply, 0, serverFields, [])),
    isDated: fieldValue(reply.fields, "date") !== undefined,
    second: 0,
  }))
);

const dateOf = memoizeLast((second: number) => formatHttpDate(1000 * second));

function preparedHeaders(reply: Reply, now: number, site: Site): Headers {
  const kept = prepared(site.serverFields)(reply);
  const second = Math.floor(now / 1000);
  if (second !== kept.second && !kept.isDated) {
    kept.headers.set("Date", dateOf(second));
    kept.second = second;
  }
  return kept.headers;
}

function fill(
  { status, body }: Reply,
  request: Request,
  site: Site,
): Awaitable<Filling | Crowded> {
  const { method, headers } = request;
  if (method === "HEAD") return fillHead(body, site);
  switch (body.kind) {
    case "none":
      return { kind: "filled", content: undefined };
    case "pieces": {
      const rangeIgnored = status === 200 && headers.has("range");
      return fillPieces(
        body.source,
        body.pieces,
        site.files,
        rangeIgnored,
      );
    }
    case "coded":
      return fillCoded(body, request, site);
    case "stream":
      return fillStream(body, site);
  }
}

function fillStream(
  { open, coding }: Body & { kind: "stream" },
  { compression }: Site,
): Filling | Crowded {
  if (coding === undefined) return { kind: "filled", content: open() };
  const place = compression.enter();
  return place === undefined
    ? { kind: "crowded" }
    : { kind: "filled", content: place.code(open(), coding) };
}

/** HEAD opens nothing; the length of what is coded it tells where that is known. */
function fillHead(body: Body, { encodings }: Site): Filling {
  if (body.kind === "stream") body.discard();
  const key = body.kind === "coded" ? body.key : undefined;
  const bytes = key === undefined ? undefined : encodings.get(key);
  return { kind: "filled", content: bytes && bytesContent(bytes) };
}

/** The length of coded content is known only now. */
function lengthField(reply: Reply, content: Content | undefined): Field[] {
  return reply.body.kind === "coded" && content?.body instanceof Uint8Array
    ? [["Content-Length", String(content.body.length)]]
    : [];
}

/**
 * Goes on with a value. What is there already waits for nothing: a promise costs more than
 * all the rest of an answer that is prepared.
 *
 * @param value The value, or a promise of it.
 * @param next What to make of it.
 * @returns What was made, at once where the value was there.
 */
export function after<T, R>(
  value: Awaitable<T>,
  next: (value: T) => Awaitable<R>,
): Awaitable<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
