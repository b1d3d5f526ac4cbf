/**
 * Which coding of a representation answers the request (RFC 9110 §12.5.3): what lies
 * coded on the disk, or what can be coded now.
 *
 * @module
 */

import { fileKey, sourceSize, wholeBody } from "../http/body.ts";
import { parseRange } from "../http/byte_range.ts";
import { memoize } from "../http/cache.ts";
import {
  type Coding,
  CODINGS,
  isCompressible,
  negotiateCoding,
} from "../http/content_coding.ts";
import type { EntityTag } from "../http/entity_tag.ts";
import type { Field, Fields } from "../http/field.ts";
import { describe } from "../http/metadata.ts";
import { heededRange } from "../http/precondition.ts";
import type { Representation } from "../http/representation.ts";
import type { Candidate, ValidatedFile } from "../http/resource.ts";
import type { Site } from "../site/site.ts";
import { isSettled } from "./open.ts";

/** A representation, or that none is acceptable (406), or that it may not be read. */
export type Selection =
  | { readonly kind: "unreadable" }
  | { readonly kind: "selected"; readonly representation: Representation }
  | { readonly kind: "not-acceptable"; readonly fields: Fields };

/** Below this size coding saves nothing. */
const COMPRESS_FROM_BYTES = 1024;

/**
 * Chooses among the codings of a representation. Sidecars come first. To a request for
 * ranges what is coded now does not apply, unless nothing else is acceptable: its length
 * is not known, so that it has no ranges. Where too many streams are coded it does not apply
 * at all (decision P6).
 *
 * @param candidate The representation.
 * @param request The request.
 * @param site What is served, and how.
 * @returns The representation, or that none is acceptable.
 */
export function selectCoding(
  candidate: Candidate,
  request: Request,
  site: Site,
): Selection {
  const { sidecars } = candidate;
  const accept = request.headers.get("accept-encoding");
  const dynamic = isDynamic(candidate, site);
  const vary: Fields = sidecars.size > 0 || dynamic ? VARY : [];
  const bySidecar = negotiateCoding(accept, [...sidecars.keys()]);
  const isCodedNow = dynamic && !site.crowded && (bySidecar === undefined ||
    bySidecar === "identity" && !asksForRanges(request, candidate, site));
  const coding = isCodedNow ? negotiateCoding(accept, CODINGS) : bySidecar;
  if (coding === undefined) return { kind: "not-acceptable", fields: vary };
  return selections(candidate)[coding] ??= {
    kind: "selected",
    representation: coding === "identity"
      ? plain(candidate, vary, site)
      : coded(candidate, coding, vary, site),
  };
}

const VARY: Fields = [["Vary", "Accept-Encoding"]];

/** What a candidate is in its codings, as far as anybody has asked for them. */
const selections = memoize((
  _candidate: Candidate,
): Partial<Record<Coding | "identity", Selection>> => ({}));

/** Whether a Range field would be heeded: what is coded now could not be answered in ranges. */
function asksForRanges(
  request: Request,
  { validators }: Candidate,
  { clock }: Site,
): boolean {
  const range = heededRange(request, validators, clock.now());
  return range !== undefined && parseRange(range) !== undefined;
}

function isDynamic({ mediaType, source }: Candidate, site: Site): boolean {
  return site.compress && isCompressible(mediaType) &&
    sourceSize(source) >= COMPRESS_FROM_BYTES;
}

function plain(candidate: Candidate, vary: Fields, site: Site): Representation {
  const { source, validators } = candidate;
  return {
    metadata: describeCandidate(candidate, vary, site),
    validators,
    size: sourceSize(source),
    body: wholeBody(source),
  };
}

function coded(
  candidate: Candidate,
  coding: Coding,
  vary: Fields,
  site: Site,
): Representation {
  const fields: Fields = [["Content-Encoding", coding], ...vary];
  const described = describeCandidate(candidate, fields, site);
  const sidecar = candidate.sidecars.get(coding);
  if (sidecar !== undefined) {
    return fromSidecar(sidecar, coding, described);
  }
  const { source, validators } = candidate;
  const entityTag = codedTag(validators.entityTag, coding);
  return {
    metadata: described,
    validators: { ...validators, entityTag },
    size: undefined,
    body: {
      kind: "coded",
      source,
      coding,
      key: codedKey(candidate, coding, site),
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

/** Every coding is another representation, with a tag of its own (RFC 9110 §8.8.3.3). */
function codedTag(
  tag: EntityTag | undefined,
  coding: Coding,
): EntityTag | undefined {
  return tag && { ...tag, opaque: `${tag.opaque}-${coding}` };
}

function codedKey(
  { path, source, validators: { entityTag } }: Candidate,
  coding: Coding,
  { clock }: Site,
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
  { path, mediaType, fields }: Candidate,
  more: Fields,
  site: Site,
): Fields {
  const own: Field[] = [
    ["Content-Type", mediaType],
    ...fields,
    ...more,
    ["Accept-Ranges", "bytes"],
  ];
  return describe(path, own, site.metadata);
}
