/**
 * Pages with the script of live reload: another representation (RFC 9110 §3.2) of what is asked for, for
 * browsers that navigate to it. Programs that read the same URL get the bytes of the file.
 *
 * @module
 */

import { type Body, sourceSize } from "../http/body.ts";
import type { EntityTag } from "../http/entity_tag.ts";
import { type Fields, fieldValue, overrideFields } from "../http/field.ts";
import { VARY_NAVIGATION, wantsPage } from "../http/accept.ts";
import type { Reply } from "../http/reply.ts";
import type { Representation } from "../http/representation.ts";
import { type Bytes, piecesLength } from "../ports/content.ts";
import type { HttpRequest } from "../ports/message.ts";
import { fieldsWithScript } from "./policy.ts";

/** XHTML would become a parse error (measured with Chromium 156), and in UTF-16 the tag would be text. */
const HTML_REGEXP = /^text\/html\s*(?:;(?!.*utf-?16)|$)/i;
/** Fields that ask for bytes of the file: a download that is continued, a digest. */
const EXACT_FIELDS: readonly string[] = ["range", "want-repr-digest"];

/** The element that starts the script, with the number of the last change at its time. */
export interface ScriptTag {
  /** Tells it from others in an entity tag. */
  readonly id: string;
  readonly bytes: Bytes;
}

/** What the choice between a page with the script and one without it depends on. */
export function varyOf(mediaType: string): Fields {
  return isPageType(mediaType) ? [VARY_NAVIGATION] : [];
}

/** Whether a browser is to show what it gets, and does not ask for the bytes of a file. */
export function isShown(request: HttpRequest): boolean {
  return wantsPage(request) &&
    !EXACT_FIELDS.some((name) => request.headers.has(name));
}

/** Whether a media type is that of pages which can have the script. */
export function isPageType(mediaType: string): boolean {
  return HTML_REGEXP.test(mediaType);
}

/** A page with the script behind its last byte: no end of an element is searched. It has no ranges and no date. */
export function pageWithScript(
  { metadata, validators: { entityTag }, size, body }: Representation,
  tag: ScriptTag,
  isSecure: boolean,
): Representation | "forbidden" | "no page" {
  if (!isPage(metadata) || body.kind !== "pieces") return "no page";
  const fields = fieldsWithScript(metadata, isSecure);
  if (fields === undefined) return "forbidden";
  return {
    metadata: overrideFields(fields, [["Accept-Ranges", "none"]]),
    validators: { entityTag: entityTag && tagged(entityTag, tag) },
    size: (size ?? sourceSize(body.source)) + tag.bytes.length,
    body: withBytes(body, tag),
  };
}

/** The page of an error with the script. */
export function errorWithScript(
  reply: Reply,
  tag: ScriptTag,
  isSecure: boolean,
): Reply {
  const { body, fields } = reply;
  if (!isPage(fields) || body.kind !== "pieces") return reply;
  const permitting = fieldsWithScript(fields, isSecure);
  if (permitting === undefined) return reply;
  const longer = withBytes(body, tag);
  return {
    ...reply,
    fields: overrideFields(permitting, [
      ["Content-Length", `${piecesLength(longer.pieces)}`],
    ]),
    body: longer,
  };
}

/** What is saved, or coded already, stays as it is. */
function isPage(fields: Fields): boolean {
  const disposition = fieldValue(fields, "content-disposition") ?? "inline";
  return HTML_REGEXP.test(fieldValue(fields, "content-type") ?? "") &&
    fieldValue(fields, "content-encoding") === undefined &&
    /^\s*inline\b/i.test(disposition);
}

function withBytes(
  body: Body & { readonly kind: "pieces" },
  { bytes }: ScriptTag,
): Body & { readonly kind: "pieces" } {
  return { ...body, pieces: [...body.pieces, bytes] };
}

/** In front, as the codings are: proxies append (D180). */
function tagged(tag: EntityTag, { id }: ScriptTag): EntityTag {
  return { ...tag, opaque: `reload-${id}-${tag.opaque}` };
}
