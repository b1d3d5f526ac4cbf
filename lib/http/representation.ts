/**
 * From the selected representation to a reply: 200, 206, 304 (RFC 9110 §3.2, §14, §15).
 *
 * @module
 */

import { spanLength } from "../ports/content.ts";
import { type Body, cutBody, NO_BODY } from "./body.ts";
import {
  formatContentRange,
  frameParts,
  selectRanges,
  type Spans,
} from "./byte_range.ts";
import { CODINGS, negotiateCoding } from "./content_coding.ts";
import { formatHttpDate } from "./date.ts";
import { formatEntityTag } from "./entity_tag.ts";
import {
  type Field,
  type Fields,
  fieldValue,
  NOT_MODIFIED_FIELDS,
  overrideFields,
} from "./field.ts";
import {
  type ConditionalRequest,
  heededRange,
  type Validators,
} from "./precondition.ts";
import type { Reply } from "./reply.ts";

/** The representation selected for a request (RFC 9110 §3.2). */
export interface Representation {
  /** The fields that describe it, other than its validators and its length (RFC 9110 §8). */
  readonly metadata: Fields;
  /** Its validators. */
  readonly validators: Validators;
  /** Its length in bytes; `undefined` where only sending tells it: such a representation has no ranges. */
  readonly size: number | undefined;
  /** Its data. */
  readonly body: Body;
}

/** A reply, or that no range lies inside the representation (416). */
export type RangeReply =
  | { readonly kind: "reply"; readonly reply: Reply }
  | { readonly kind: "unsatisfiable"; readonly fields: Fields };

/**
 * The reply that carries a representation: the whole, or the ranges of the request (RFC 9110
 * §14.2, §15.3.1, §15.3.7). Only GET has ranges.
 *
 * @param request The request's method and fields.
 * @param representation The selected representation, after its preconditions.
 * @param now Milliseconds since the epoch.
 * @param boundary Makes random text that separates the parts of a multipart answer.
 * @returns A 200 or 206, or that a 416 is due.
 *
 * @example Ranges of anything
 * ```ts
 * import { representationReply, wholeBody } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * const bytes = new TextEncoder().encode("0123456789");
 * const representation = {
 *   metadata: [["Content-Type", "text/plain"]],
 *   validators: { entityTag: { weak: false, opaque: "1" } },
 *   size: bytes.length,
 *   body: wholeBody({ kind: "bytes", bytes }),
 * } as const;
 * const request = new Request("http://localhost/", { headers: { range: "bytes=-3" } });
 * const boundary = () => crypto.randomUUID();
 * const result = representationReply(request, representation, Date.now(), boundary);
 * assertEquals(result.kind === "reply" && result.reply.status, 206);
 * ```
 */
export function representationReply(
  request: ConditionalRequest,
  representation: Representation,
  now: number,
  boundary: () => string,
): RangeReply {
  const { size } = representation;
  const whole = wholeReply(representation, now);
  const validators = rangeValidators(representation, request);
  const range = heededRange(request, validators, now);
  if (range === undefined || size === undefined) {
    return { kind: "reply", reply: whole };
  }
  const selection = selectRanges(range, size);
  switch (selection.kind) {
    case "whole":
      return { kind: "reply", reply: whole };
    case "unsatisfiable":
      return {
        kind: "unsatisfiable",
        fields: [["Content-Range", formatContentRange(undefined, size)]],
      };
    case "spans":
      return {
        kind: "reply",
        reply: partialReply(whole, size, selection.spans, boundary()),
      };
  }
}

/**
 * A date does not tell the codings of a resource apart: for a client that accepts one, only the tag
 * counts. What it has so far may be coded, even where identity is the answer now.
 */
function rangeValidators(
  { metadata, validators }: Representation,
  { headers }: ConditionalRequest,
): Validators {
  const accept = headers.get("accept-encoding");
  const isNegotiated = fieldValue(metadata, "vary") !== undefined &&
    negotiateCoding(accept, CODINGS) !== "identity";
  return isNegotiated ? { entityTag: validators.entityTag } : validators;
}

/** The 200. A caller may cache it, unless Last-Modified is after `now`: only then does it depend on `now`. */
export function wholeReply(
  { metadata, validators, size, body }: Representation,
  now: number,
): Reply {
  const length: Field[] = size === undefined
    ? []
    : [["Content-Length", String(size)]];
  const fields = metadata.concat(length, validatorFields(validators, now));
  return { status: 200, fields, body };
}

/** One span is sent as it is, several in parts (RFC 9110 §15.3.7). */
function partialReply(
  whole: Reply,
  size: number,
  spans: Spans,
  boundary: string,
): Reply {
  const [span] = spans;
  if (span !== undefined && spans.length === 1) {
    const fields = overrideFields(whole.fields, [
      ["Content-Range", formatContentRange(span, size)],
      ["Content-Length", String(spanLength(span))],
    ]);
    return { status: 206, fields, body: cutBody(whole.body, [span]) };
  }
  const type = fieldValue(whole.fields, "content-type") ?? "";
  const multipart = frameParts(spans, size, type, boundary);
  const fields = overrideFields(whole.fields, [
    ["Content-Type", multipart.contentType],
    ["Content-Length", String(multipart.length)],
  ]);
  return { status: 206, fields, body: cutBody(whole.body, multipart.pieces) };
}

/**
 * The reply to a client whose copy is current (RFC 9110 §15.4.5). A caller may cache it, unless
 * Last-Modified is after `now`: only then does it depend on `now`.
 *
 * @param representation The selected representation.
 * @param now Milliseconds since the epoch.
 * @returns A 304.
 *
 * @example Usage
 * ```ts
 * import { notModifiedReply, wholeBody } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * const bytes = new Uint8Array(10);
 * const reply = notModifiedReply({
 *   metadata: [["Content-Type", "text/plain"], ["Vary", "Accept"]],
 *   validators: { entityTag: { weak: false, opaque: "1" } },
 *   size: bytes.length,
 *   body: wholeBody({ kind: "bytes", bytes }),
 * }, Date.now());
 * assertEquals(reply.fields, [["Vary", "Accept"], ["ETag", '"1"']]);
 * ```
 */
export function notModifiedReply(
  { metadata, validators }: Representation,
  now: number,
): Reply {
  const { entityTag } = validators;
  // A date beside a tag tells caches nothing (RFC 9110 §15.4.5).
  const telling = entityTag === undefined ? validators : { entityTag };
  const fields: Field[] = [
    ...metadata.filter(([name]) =>
      NOT_MODIFIED_FIELDS.includes(name.toLowerCase())
    ),
    ...validatorFields(telling, now),
  ];
  return { status: 304, fields, body: NO_BODY };
}

/** A date in the future is replaced by that of the answer (RFC 9110 §8.8.2.1). */
function validatorFields(
  { entityTag, lastModified, lastModifiedRole }: Validators,
  now: number,
): Field[] {
  const fields: Field[] = [];
  if (lastModified !== undefined && lastModifiedRole !== "withheld") {
    const time = Math.min(lastModified, now);
    fields.push(["Last-Modified", formatHttpDate(time)]);
  }
  if (entityTag !== undefined) {
    fields.push(["ETag", formatEntityTag(entityTag)]);
  }
  return fields;
}
