/**
 * The one effect: a reply becomes a `Response`. Nowhere else is a file opened.
 *
 * @module
 */

import { bytesContent } from "../http/content.ts";
import { formatHttpDate } from "../http/date.ts";
import { type Field, overrideFields } from "../http/field.ts";
import type { Body, Reply } from "../http/reply.ts";
import type { Site } from "../options.ts";
import type { Content, Files, OpenFile, Stat } from "../ports.ts";

/** What became of a reply. */
export type Sent =
  | {
    readonly kind: "sent";
    /** The answer. */
    readonly response: Response;
    /** Its content on the way, where it has any. */
    readonly content: Content | undefined;
  }
  | {
    /** The file is not the one that the reply was decided on (decision D1). */
    readonly kind: "stale";
    /** What is there now, still open, where something is. */
    readonly file: OpenFile | undefined;
  };

type Filled =
  | { readonly kind: "filled"; readonly content: Content | undefined }
  | Sent & { kind: "stale" };

const EMPTY: Filled = { kind: "filled", content: undefined };

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
  const filled = request.method === "HEAD"
    ? EMPTY
    : await fill(reply, request, site.files);
  if (filled.kind === "stale") return filled;
  const { content } = filled;
  const headers: Field[] = [
    ...site.serverFields,
    // Bun leaves it out of answers without content; RFC 9110 §6.6.1 does not.
    ["Date", formatHttpDate(site.clock.now())],
    ...overrideFields(content?.fields ?? [], reply.fields),
  ];
  const init = { status: reply.status, headers: headers as [string, string][] };
  const response = new Response(content?.body ?? null, init);
  return { kind: "sent", response, content };
}

async function fill(
  { status, body }: Reply,
  { headers }: Request,
  files: Files,
): Promise<Filled> {
  switch (body.kind) {
    case "none":
      return EMPTY;
    case "bytes":
      return { kind: "filled", content: bytesContent(body.bytes) };
    case "file":
      return await openFile(
        body,
        files,
        status === 200 && headers.has("range"),
      );
  }
}

async function openFile(
  { path, stat, span }: Body & { kind: "file" },
  files: Files,
  rangeIgnored: boolean,
): Promise<Filled> {
  const file = await files.open(path);
  if (file === undefined) return { kind: "stale", file };
  if (!isSame(file.stat, stat) || await files.realPath(path) !== path) {
    return { kind: "stale", file };
  }
  if (span.end < span.start) {
    file.close();
    return EMPTY;
  }
  const content = await file.content(span, rangeIgnored);
  return content === undefined
    ? { kind: "stale", file: undefined }
    : { kind: "filled", content };
}

function isSame(a: Stat, b: Stat): boolean {
  return a.kind === b.kind && a.size === b.size && a.mtime === b.mtime &&
    a.device === b.device && a.inode === b.inode;
}
