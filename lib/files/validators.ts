/**
 * The validators of files (RFC 9110 §8.8, decision D2): an entity tag says what the bytes
 * are. Where the time of a file tells other bytes, it is made of size and time; where
 * somebody has set the time, of the content.
 *
 * @module
 */

import { type FileSource, wholeBody } from "../http/body.ts";
import { isBuildTime, judgeTime } from "../http/date.ts";
import { toHex } from "../http/digest.ts";
import { deriveEntityTag, type EntityTag } from "../http/entity_tag.ts";
import type { Validators } from "../http/precondition.ts";
import type { Bytes } from "../ports/content.ts";
import type { HttpRequest } from "../ports/message.ts";
import type { Context } from "./context.ts";
import {
  digestBytes,
  digestKey,
  digestOpened,
  digestSource,
  largeDigest,
} from "./file_digest.ts";
import { type Computed, openPieces, SMALL_BYTES } from "./open.ts";

/** A file whose validators are wanted. */
export interface Validatable {
  readonly source: FileSource;
  /**
   * What the tag must tell besides the state of the file: its path, where the target could
   * come to lead to another file without a change of this one (a link, a second index).
   */
  readonly location: string | undefined;
  /** Whether the user wants a tag. */
  readonly isTagged: boolean;
}

/** Validators, and whether they stay so while the file stays as it is. */
export interface FileValidators {
  /** The file, with its bytes where they were read. */
  readonly source: FileSource;
  readonly validators: Validators;
  /** Whether nothing is to be added: neither is the file too young, nor its digest being made. */
  readonly isFinal: boolean;
}

/** How much of a digest tells contents apart. */
const TAG_BYTES = 16;
/** No tag of size and time begins so, and nobody takes it for an MD5. */
const CONTENT_TAG = "sha-";
const CONTENT_TAG_REGEXP = /"(?:[a-z]+-)*sha-/; // a coding may stand in front
const CONDITIONS = ["if-none-match", "if-match", "if-range"];

/** The validators of a file. HEAD opens nothing, unless it has a tag of content. */
export async function validatorsOf(
  file: Validatable,
  request: HttpRequest,
  context: Context,
): Promise<FileValidators> {
  const told = validatorsByState(file, context.site.clock.now());
  if (told === undefined) {
    return await contentValidators(file, request, context);
  }
  const { location } = file;
  const { entityTag } = told.validators;
  if (location === undefined || entityTag === undefined) return told;
  const located = await locatedTag(entityTag, location);
  return { ...told, validators: { ...told.validators, entityTag: located } };
}

/** The validators that the state of a file tells, but for its place; `undefined` where its content does. */
export function validatorsByState(
  { source, location, isTagged }: Validatable,
  now: number,
): FileValidators | undefined {
  const { stat } = source;
  const lastModified = stat.mtime;
  switch (judgeTime(stat, now)) {
    case "unknown":
      return { source, validators: {}, isFinal: true };
    case "young": {
      const validators = {
        lastModified,
        lastModifiedRole: "withheld",
      } as const;
      return { source, validators, isFinal: false };
    }
    case "telling": {
      const entityTag = isTagged ? deriveEntityTag(stat, now) : undefined;
      const lastModifiedRole = location === undefined
        ? "validator"
        : "information";
      const validators = { entityTag, lastModified, lastModifiedRole } as const;
      return { source, validators, isFinal: true };
    }
    case "ambiguous":
      return undefined;
  }
}

/** Two files that a link can lead to may have been written in the same tick of the clock. */
async function locatedTag(
  tag: EntityTag,
  location: string,
): Promise<EntityTag> {
  const bytes = new TextEncoder().encode(location);
  const digest = await digestBytes(bytes, "sha-256");
  const opaque = `${tag.opaque}-${toHex(digest.slice(0, TAG_BYTES))}`;
  return { ...tag, opaque };
}

/** The time was set: the tag is made of the content. */
async function contentValidators(
  { source, isTagged }: Validatable,
  request: HttpRequest,
  context: Context,
): Promise<FileValidators> {
  const lastModified = source.stat.mtime;
  const { digest, bytes } = isTagged
    ? await contentDigest(source, request, context)
    : NO_DIGEST;
  const entityTag = digest && contentTag(digest);
  const lastModifiedRole = isBuildTime(lastModified ?? 0)
    ? "withheld"
    : "information";
  return {
    source: bytes === undefined ? source : { ...source, bytes },
    validators: { entityTag, lastModified, lastModifiedRole },
    isFinal: !isTagged || digest !== undefined,
  };
}

function contentTag(digest: Bytes): EntityTag {
  const opaque = `${CONTENT_TAG}${toHex(digest.slice(0, TAG_BYTES))}`;
  return { weak: false, opaque };
}

/** A digest, and the bytes that it was made of, where they were read now. */
interface ContentDigest {
  readonly digest?: Bytes | undefined;
  readonly bytes?: Bytes | undefined;
}

const NO_DIGEST: ContentDigest = {};

/**
 * The digest of a file, where it is kept or soon made: of a small one from the bytes that
 * are then sent, of a larger one when the request has such a tag. Otherwise it is made
 * in the background, and later requests have it.
 */
async function contentDigest(
  source: FileSource,
  request: HttpRequest,
  context: Context,
): Promise<ContentDigest> {
  const { digests, largeDigests } = context.state;
  const key = digestKey(source, "sha-256", context.site.clock.now());
  const isSmall = source.stat.size <= SMALL_BYTES;
  // Where the time of change is not known, a digest may be of other bytes by the next request.
  if (key === undefined && (source.stat.changed || !isSmall)) return NO_DIGEST;
  const cached = key && digests.get(key);
  if (cached) return { digest: cached };
  const isCompared = hasContentTag(request);
  // A condition has the same result as for GET (RFC 9110 §13.2.1).
  if (request.method === "HEAD" && !isCompared) return NO_DIGEST;
  if (key === undefined) return await digestSmall(source, context);
  if (isSmall) return await digestSmallOnce(source, key, context);
  if (isCompared) {
    const made = await digestSource(source, "sha-256", request, context);
    return { digest: computedBytes(made) };
  }
  largeDigests.beside(largeDigest(source, "sha-256", key, context));
  return NO_DIGEST;
}

function hasContentTag({ headers }: HttpRequest): boolean {
  return CONDITIONS.some((name) =>
    CONTENT_TAG_REGEXP.test(headers.get(name) ?? "")
  );
}

async function digestSmallOnce(
  source: FileSource,
  key: string,
  context: Context,
): Promise<ContentDigest> {
  let bytes: Bytes | undefined;
  const digest = await context.state.digests.getOrMake(key, async () => {
    const made = await digestSmall(source, context);
    bytes = made.bytes;
    return made.digest;
  });
  return { digest, bytes };
}

/** The bytes that were read are those that are sent. */
async function digestSmall(
  source: FileSource,
  context: Context,
): Promise<ContentDigest> {
  const { pieces } = wholeBody(source);
  const opened = await openPieces(source, pieces, context.files, true);
  if (opened.kind === "changed") opened.file?.close();
  if (opened.kind !== "content") return NO_DIGEST;
  const bytes = opened.content?.body ?? new Uint8Array();
  if (bytes instanceof Uint8Array) {
    return { digest: await digestBytes(bytes, "sha-256"), bytes };
  }
  if (bytes instanceof ReadableStream) await bytes.cancel();
  const made = await digestOpened(source, "sha-256", context);
  return { digest: computedBytes(made) };
}

function computedBytes(computed: Computed | undefined): Bytes | undefined {
  if (computed?.kind === "computed") return computed.bytes;
  if (computed?.kind === "changed") computed.file?.close();
  return undefined;
}
