/**
 * The answers to what was received.
 *
 * @module
 */

import { negotiateType } from "../http/accept.ts";
import { NO_BODY, wholeBody } from "../http/body.ts";
import type { Field, Fields } from "../http/field.ts";
import { percentEncode } from "../http/metadata.ts";
import type { Reply } from "../http/reply.ts";
import type { HttpRequest } from "../ports/message.ts";
import type { Site } from "../site/site.ts";
import { offsetField } from "./incoming.ts";

const TYPES = ["text/plain", "application/json"] as const;

/** The path of a file or of a folder in URLs; that of a folder ends with a slash. */
export function pathOf(
  names: readonly string[],
  { mount }: Pick<Site, "mount">,
  isFolder = false,
): string {
  const path = [...mount, ...names].map((name) => `/${percentEncode(name)}`)
    .join("");
  return isFolder ? `${path}/` : path;
}

/** A 201 (RFC 9110 §15.3.2) with the paths of what was made, as text or as JSON. */
export function createdReply(
  paths: readonly string[],
  { headers }: Pick<HttpRequest, "headers">,
  more: Fields = [],
): Reply {
  const type = negotiateType(headers.get("accept"), TYPES) ?? "text/plain";
  const text = type === "text/plain"
    ? paths.map((path) => `${path}\n`).join("")
    : `${JSON.stringify({ paths })}\n`;
  const bytes = new TextEncoder().encode(text);
  const [path] = paths;
  const location: Field[] = path !== undefined && paths.length === 1
    ? [["Location", path]]
    : [];
  const fields: Fields = [
    ...location,
    ["Content-Type", `${type}; charset=utf-8`],
    ["Content-Length", String(bytes.length)],
    ["Cache-Control", "no-store"],
    ["Vary", "Accept"],
    ...more,
  ];
  return { status: 201, fields, body: wholeBody({ kind: "bytes", bytes }) };
}

/** A 204: the file has taken the place of another. */
export function replacedReply(path: string, more: Fields): Reply {
  const fields: Fields = [["Location", path], ...more];
  return { status: 204, fields, body: NO_BODY };
}

/** A 202 (RFC 9110 §15.3.3): a part is there, the rest is to come. */
export function partReply(bytes: number): Reply {
  const fields: Fields = [offsetField(bytes), ["Content-Length", "0"]];
  return { status: 202, fields, body: NO_BODY };
}

/** A 303 (RFC 9110 §15.4.4): to the page of the directory, for a form without JavaScript. */
export function seeOtherReply(path: string): Reply {
  const fields: Fields = [["Location", path], ["Content-Length", "0"]];
  return { status: 303, fields, body: NO_BODY };
}
