/**
 * What a server does with the document of a script before it goes out: its own validators
 * are evaluated, and it is coded where the user wants that. Pure.
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
import { type Fields, fieldValue, overrideFields } from "../http/field.ts";
import {
  evaluatePreconditions,
  type Validators,
} from "../http/precondition.ts";
import type { ScriptResponse } from "./response.ts";

type Document = ScriptResponse & { kind: "document" };

/** What of a 200 a 304 has, too (RFC 9110 §15.4.5); and cookies, which are no metadata. */
const NOT_MODIFIED_FIELDS: ReadonlySet<string> = new Set([
  ..."cache-control content-location date etag expires".split(" "),
  ..."last-modified set-cookie vary".split(" "),
]);

/**
 * Evaluates the preconditions of a request by the validators of a script's document
 * (RFC 9110 §13.2). A script without validators, or with a status of its own, has done
 * that itself.
 *
 * @param document The document.
 * @param request The request.
 * @param now Milliseconds since the epoch.
 * @returns What to do.
 */
export function conditionDocument(
  { status, fields }: Document,
  request: Request,
  now: number,
): ReturnType<typeof evaluatePreconditions> {
  const { method } = request;
  const validators = validatorsOf(fields, now);
  const { entityTag, lastModified } = validators;
  const isSafe = method === "GET" || method === "HEAD";
  const hasValidators = entityTag !== undefined || lastModified !== undefined;
  return isSafe && status === 200 && hasValidators
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
  return fields.filter(([name]) => NOT_MODIFIED_FIELDS.has(name.toLowerCase()));
}

/**
 * Which coding a document gets. An event stream gets none: it would wait in the coder.
 *
 * @param document The document.
 * @param request The request.
 * @returns The coding, or `undefined` where it goes out as it is.
 */
export function documentCoding(
  { status, fields }: Document,
  { headers }: Request,
): Coding | undefined {
  const type = fieldValue(fields, "content-type") ?? "";
  const caching = fieldValue(fields, "cache-control") ?? "";
  const isCoded = fieldValue(fields, "content-encoding") !== undefined;
  if (
    status !== 200 || isCoded || /\bno-transform\b/i.test(caching) ||
    !isCompressible(type) || /^text\/event-stream\b/i.test(type)
  ) return undefined;
  const coding = negotiateCoding(headers.get("accept-encoding"), CODINGS);
  return coding === "identity" ? undefined : coding;
}

/**
 * The fields of a coded document: another representation, which has the same meaning but
 * not the same bytes (RFC 9110 §8.8.1), no known length and no ranges.
 *
 * @param fields The fields of the document.
 * @param coding The coding.
 * @returns The fields.
 */
export function codedFields(fields: Fields, coding: Coding): Fields {
  const tag = fieldValue(fields, "etag");
  const weak: Fields = tag?.startsWith('"') ? [["ETag", `W/${tag}`]] : [];
  const kept = fields.filter(([name]) =>
    !/^(?:content-length|accept-ranges|content-digest|repr-digest)$/i.test(name)
  );
  return overrideFields(kept, [
    ...weak,
    ["Content-Encoding", coding],
    ["Vary", "Accept-Encoding"],
  ]);
}
