/**
 * What a server does with the document of a script before it goes out: it is coded where
 * the user wants that, and its own validators are evaluated. Pure.
 *
 * @module
 */

import {
  type Coding,
  CODINGS,
  isCompressible,
  negotiateCoding,
} from "../http/content_coding.ts";
import { parseHttpDate } from "../http/date.ts";
import { scanEntityTags } from "../http/entity_tag.ts";
import {
  type Fields,
  fieldValue,
  overrideFields,
  withoutFields,
} from "../http/field.ts";
import {
  evaluatePreconditions,
  type Validators,
} from "../http/precondition.ts";
import { NOT_MODIFIED_FIELDS } from "../http/representation.ts";
import type { Script } from "../http/resource.ts";
import type { Cgi } from "../site/scripts.ts";
import type { ScriptDocument } from "./response.ts";

/** A document in one of its codings. */
export interface Variant {
  /** Its fields. */
  readonly fields: Fields;
  /** How it is to be coded; `undefined` for not at all. */
  readonly coding: Coding | undefined;
  /** Its fields where it is not coded after all. */
  readonly uncoded: Fields;
}

/** What of a 200 its 304 has: also what for files is written anew, and cookies, which are no metadata. */
const KEPT_FIELDS: readonly string[] = [
  ...NOT_MODIFIED_FIELDS,
  ..."date etag last-modified set-cookie".split(" "),
];
/** What does not hold any more when the bytes are others. */
const CODED_AWAY = "accept-ranges content-digest content-length repr-digest"
  .split(" ");

/**
 * Chooses the coding of a document (RFC 9110 §12.5.3). What a script writes by itself
 * alone (§5) stays as it is.
 *
 * @param document The document.
 * @param request The request.
 * @param script The script.
 * @param cgi Whether documents are coded.
 * @returns The variant.
 */
export function selectVariant(
  document: ScriptDocument,
  { headers }: Request,
  { nonParsed }: Script,
  { compress }: Pick<Cgi, "compress">,
): Variant {
  const { fields } = document;
  if (!compress || nonParsed || !canBeCoded(document)) {
    return { fields, coding: undefined, uncoded: fields };
  }
  const varying = overrideFields(fields, [["Vary", "Accept-Encoding"]]);
  const coding = negotiateCoding(headers.get("accept-encoding"), CODINGS);
  return coding === "identity" || coding === undefined
    ? { fields: varying, coding: undefined, uncoded: varying }
    : { fields: codedFields(varying, coding), coding, uncoded: varying };
}

/** An event stream would wait in the coder. */
function canBeCoded({ status, fields }: ScriptDocument): boolean {
  const type = fieldValue(fields, "content-type") ?? "";
  const caching = fieldValue(fields, "cache-control") ?? "";
  const isCoded = fieldValue(fields, "content-encoding") !== undefined;
  return status === 200 && !isCoded && !/\bno-transform\b/i.test(caching) &&
    isCompressible(type) && !/^text\/event-stream\b/i.test(type);
}

/** Another representation, of the same meaning but not the same bytes (RFC 9110 §8.8.1). */
function codedFields(fields: Fields, coding: Coding): Fields {
  const tag = fieldValue(fields, "etag");
  const weak: Fields = tag?.startsWith('"') ? [["ETag", `W/${tag}`]] : [];
  return overrideFields(withoutFields(fields, CODED_AWAY), [
    ...weak,
    ["Content-Encoding", coding],
  ]);
}

/**
 * Evaluates the preconditions of a request by the validators of a script's document
 * (RFC 9110 §13.2). A script that answers otherwise than by 200 has done that itself.
 *
 * @param document The document.
 * @param request The request.
 * @param script The script.
 * @param now Milliseconds since the epoch.
 * @returns What to do.
 */
export function evaluateDocument(
  { status, fields }: ScriptDocument,
  request: Request,
  { nonParsed }: Script,
  now: number,
): ReturnType<typeof evaluatePreconditions> {
  const { method } = request;
  const validators = validatorsOf(fields, now);
  const { entityTag, lastModified } = validators;
  const isSafe = method === "GET" || method === "HEAD";
  const hasValidators = entityTag !== undefined || lastModified !== undefined;
  return isSafe && !nonParsed && status === 200 && hasValidators
    ? evaluatePreconditions(request, validators, now)
    : "proceed";
}

function validatorsOf(fields: Fields, now: number): Validators {
  const tags = scanEntityTags(fieldValue(fields, "etag") ?? "");
  const date = fieldValue(fields, "last-modified");
  return {
    entityTag: tags === "*" ? undefined : tags[0],
    lastModified: date === undefined ? undefined : parseHttpDate(date, now),
  };
}

/**
 * The fields of a 304 in place of a document.
 *
 * @param fields The fields of the document.
 * @returns Those that go out.
 */
export function notModifiedFields(fields: Fields): Fields {
  return fields.filter(([name]) => KEPT_FIELDS.includes(name.toLowerCase()));
}
