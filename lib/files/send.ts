/**
 * The one effect: a reply becomes a `Response`. Only from here are files opened.
 *
 * @module
 */

import type { Body } from "../http/body.ts";
import { bytesContent, unknownLength } from "../http/content.ts";
import { formatHttpDate } from "../http/date.ts";
import { type Field, fieldValue, overrideFields } from "../http/field.ts";
import type { Reply } from "../http/reply.ts";
import type { Site } from "../site.ts";
import type { Content } from "../ports.ts";
import { digestField } from "./digest.ts";
import { fillCoded } from "./encode.ts";
import { type Filling, fillPieces, type Lapsed } from "./open.ts";

/** What became of a reply. */
export type Sent =
  | {
    readonly kind: "sent";
    /** The answer. */
    readonly response: Response;
    /** Its content on the way, where it has any. */
    readonly content: Content | undefined;
  }
  | Lapsed;

/**
 * Performs a reply.
 *
 * @param reply The reply.
 * @param request The request: the answer to HEAD has no content (RFC 9110 §9.3.2).
 * @param site What is served, and how.
 * @returns The answer, or that the file has changed since the reply was decided.
 */
export async function send(
  reply: Reply,
  request: Request,
  site: Site,
): Promise<Sent> {
  const digest = await digestField(reply.digest, site);
  if (digest.kind !== "fields") return digest;
  const filling = await fill(reply, request, site);
  if (filling.kind !== "filled") return filling;
  const { content } = filling;
  const own: Field[] = [
    ...site.serverFields,
    ...content?.fields ?? [],
    // Bun leaves it out of answers without content; RFC 9110 §6.6.1 does not.
    ["Date", formatHttpDate(site.clock.now())],
  ];
  const headers = [
    ...overrideFields(own, reply.fields),
    ...digest.fields,
    ...lengthField(reply, content),
  ];
  const init = {
    status: reply.status,
    headers: headers as readonly Field[] as [string, string][],
  };
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

async function fill(
  { status, body }: Reply,
  { method, headers }: Request,
  site: Site,
): Promise<Filling> {
  if (method === "HEAD") return fillHead(body, site);
  switch (body.kind) {
    case "none":
      return { kind: "filled", content: undefined };
    case "pieces": {
      const rangeIgnored = status === 200 && headers.has("range");
      return await fillPieces(
        body.source,
        body.pieces,
        site.files,
        rangeIgnored,
      );
    }
    case "coded":
      return await fillCoded(body, site);
    case "stream":
      return { kind: "filled", content: body.open() };
  }
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
