/**
 * Which coding of a representation answers the request (RFC 9110 §12.5.3): what lies
 * coded on the disk, or what can be coded now.
 *
 * @module
 */

import { fileKey, sourceSize, wholeBody } from "../http/body.ts";
import { parseRange } from "../http/byte_range.ts";
import {
  type Coding,
  CODINGS,
  isCompressible,
  negotiateCoding,
} from "../http/content_coding.ts";
import { toHex } from "../http/digest.ts";
import type { EntityTag } from "../http/entity_tag.ts";
import {
  type Field,
  type Fields,
  NO_FIELDS,
  VARY_ACCEPT_ENCODING,
} from "../http/field.ts";
import { describe } from "../http/metadata.ts";
import { heededRange } from "../http/precondition.ts";
import type { Representation } from "../http/representation.ts";
import type { Candidate, ValidatedFile } from "../http/resource.ts";
import type { Bytes } from "../ports/content.ts";
import type { HttpRequest } from "../ports/message.ts";
import type { Reloading } from "../site/reloading.ts";
import { ONE_CALL_BYTES } from "./compression.ts";
import type { Context } from "./context.ts";
import { digestBytes } from "./validators.ts";
import { isSettled } from "./open.ts";
import type { Codings, Selected } from "./representation_cache.ts";

/** A representation in one coding; or none is acceptable (406), or it may not be read. */
export type Selection =
  | Selected
  | { readonly kind: "unreadable" }
  | { readonly kind: "not-acceptable"; readonly fields: Fields };

/** How much of its digest is the tag of what is made for a request. */
const TAG_BYTES = 12;
/** Below this size coding saves nothing. */
const COMPRESS_FROM_BYTES = 1024;
const NO_CODINGS: readonly Coding[] = [];
/**
 * Of small content: gzip is as small as brotli of the quality that is used for it, within 2 %, and often
 * smaller, in half to two thirds of the time on Deno, and nine tenths on Bun (measured on code, data,
 * prose and pages). HTML of less than 16 KiB, whose words brotli knows beforehand, and XML are 4 to 6 %
 * larger so: 130 bytes of 8 KiB.
 */
const GZIP_FIRST: readonly Coding[] = ["gzip", "br", "zstd"];

const ACCEPT_RANGES: Field = ["Accept-Ranges", "bytes"];

/** Bytes that are made for a request: the tag is that of the bytes (D13). */
export async function madeCandidate(
  path: string,
  { bytes, mediaType, fields }: {
    readonly bytes: Bytes;
    readonly mediaType: string;
    readonly fields: Fields;
  },
  { site }: Context,
): Promise<Candidate> {
  const digest = site.isUntagged(path)
    ? undefined
    : await digestBytes(bytes, "sha-256");
  const entityTag = digest &&
    { weak: false, opaque: toHex(digest.slice(0, TAG_BYTES)) };
  return {
    path,
    source: { kind: "bytes", bytes },
    mediaType,
    fields,
    validators: { entityTag },
    sidecars: new Map(),
  };
}

/** Chooses among the codings of a representation. `codings` has what was chosen before, and gets what is chosen now. */
export function selectCoding(
  candidate: Candidate,
  request: HttpRequest,
  context: Context,
  codings?: Codings,
): Selection {
  const { reload } = context.site;
  if (reload?.isPage(candidate, request)) {
    return withReloadScript(candidate, request, reload, context);
  }
  const isDynamic = isCompressed(candidate, context);
  const vary: Fields = candidate.sidecars.size > 0 || isDynamic
    ? [VARY_ACCEPT_ENCODING]
    : NO_FIELDS;
  const isCodable = isDynamic && context.coding;
  const coding = chooseCoding(candidate, request, isCodable, context);
  if (coding === undefined) return { kind: "not-acceptable", fields: vary };
  const former = codings?.[coding];
  if (former !== undefined) return former;
  const representation = coding === "identity"
    ? plain(candidate, vary, context)
    : coded(candidate, coding, vary, context);
  const selected: Selected = { kind: "selected", representation };
  if (codings !== undefined) codings[coding] = selected;
  return selected;
}

/** Uncoded, and anew for each request: what is written at the moment is not asked for often. */
function withReloadScript(
  candidate: Candidate,
  request: HttpRequest,
  { withScript }: Reloading,
  context: Context,
): Selection {
  const page = plain(candidate, [VARY_ACCEPT_ENCODING], context);
  const representation = withScript(page, candidate.path, request);
  return { kind: "selected", representation };
}

/**
 * Sidecars come before what can be coded now; where too many streams are coded, nothing can
 * (decision D112). Ranges are of identity, where the client accepts it: most clients that send
 * both fields have no use for parts of coded content. HEAD selects nothing that is coded now: many
 * clients take a missing length for 0, or ask for ranges by the length that HEAD told (D130).
 */
function chooseCoding(
  candidate: Candidate,
  request: HttpRequest,
  isCodable: boolean,
  context: Context,
): Coding | "identity" | undefined {
  // What is coded already has one form, whatever a client accepts (RFC 9110 §12.5.3).
  if (candidate.coding !== undefined) return "identity";
  const accept = request.headers.get("accept-encoding");
  const { sidecars } = candidate;
  const coded = sidecars.size === 0 ? NO_CODINGS : [...sidecars.keys()];
  const bySidecar = negotiateCoding(accept, coded);
  if (bySidecar === "identity" && !isCodable) return "identity";
  const isPartial = asksForRanges(request, candidate, context) &&
    negotiateCoding(accept, []) === "identity";
  if (isPartial) return "identity";
  const isCodedNow = isCodable && (bySidecar === undefined ||
    bySidecar === "identity" && request.method !== "HEAD");
  return isCodedNow
    ? negotiateCoding(
      accept,
      context.site.coder.codings,
      sourceSize(candidate.source) <= ONE_CALL_BYTES ? GZIP_FIRST : CODINGS,
    )
    : bySidecar;
}

/** Whether ranges of identity are asked for. An If-Range with a date may be of any coding, so it is for none. */
function asksForRanges(
  request: HttpRequest,
  { validators: { entityTag } }: Candidate,
  { site: { clock } }: Context,
): boolean {
  const range = heededRange(request, { entityTag }, clock.now());
  return range !== undefined && parseRange(range) !== undefined;
}

/** Whether it is coded on the way, for clients that accept it. */
function isCompressed(
  { mediaType, source, coding }: Candidate,
  { site }: Context,
): boolean {
  return site.compress && coding === undefined && isCompressible(mediaType) &&
    sourceSize(source) >= COMPRESS_FROM_BYTES;
}

function plain(
  candidate: Candidate,
  vary: Fields,
  context: Context,
): Representation {
  const { source, validators } = candidate;
  return {
    metadata: describeCandidate(candidate, vary, context),
    validators,
    size: sourceSize(source),
    body: wholeBody(source),
  };
}

function coded(
  candidate: Candidate,
  coding: Coding,
  vary: Fields,
  context: Context,
): Representation {
  const fields: Fields = [["Content-Encoding", coding], ...vary];
  const described = describeCandidate(candidate, fields, context);
  const sidecar = candidate.sidecars.get(coding);
  if (sidecar !== undefined) {
    return fromSidecar(sidecar, coding, described);
  }
  const { source, validators } = candidate;
  const entityTag = codedNowTag(validators.entityTag, coding);
  return {
    metadata: described,
    validators: { ...validators, entityTag },
    size: undefined,
    body: {
      kind: "coded",
      source,
      coding,
      key: codedKey(candidate, coding, context),
    },
  };
}

function fromSidecar(
  { source, validators }: ValidatedFile,
  coding: Coding,
  metadata: Fields,
): Representation {
  const entityTag = codedTag(validators.entityTag, coding);
  return {
    metadata,
    validators: { ...validators, entityTag },
    size: sourceSize(source),
    body: wholeBody(source),
  };
}

/**
 * Every coding is another representation, with a tag of its own (RFC 9110 §8.8.3.3). The coding
 * stands in front: proxies that code append (`-gzip`, `-br`), to bytes that are not ours (D180).
 */
function codedTag(
  tag: EntityTag | undefined,
  coding: Coding,
): EntityTag | undefined {
  return tag && { ...tag, opaque: `${coding}-${tag.opaque}` };
}

/** What is coded now is weak: another version of the encoder makes other bytes (D180). */
function codedNowTag(
  tag: EntityTag | undefined,
  coding: Coding,
): EntityTag | undefined {
  return tag && { weak: true, opaque: `to-${coding}-${tag.opaque}` };
}

function codedKey(
  { path, source, validators: { entityTag } }: Candidate,
  coding: Coding,
  { site: { clock } }: Context,
): string | undefined {
  if (source.kind === "bytes") {
    return entityTag && `${coding} ${path} ${entityTag.opaque}`;
  }
  if (!isSettled(source.stat, clock.now())) return undefined;
  const key = `${coding} ${fileKey(source)}`;
  // Without a time of change the tag alone can tell one state from another.
  return source.stat.changed ? key : entityTag && `${key} ${entityTag.opaque}`;
}

function describeCandidate(
  { path, mediaType, fields, changes }: Candidate,
  more: Fields,
  context: Context,
): Fields {
  const own: Field[] = [
    ["Content-Type", mediaType],
    ...fields,
    ...more,
    ...context.site.reload?.varyOf(mediaType) ?? NO_FIELDS,
    ACCEPT_RANGES,
  ];
  return describe(path, own, context.site.metadata, changes);
}
