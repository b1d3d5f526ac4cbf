/**
 * The validators of files (RFC 9110 §8.8, decision P4): an entity tag says what the bytes
 * are. Where the time of a file tells other bytes, it is made of size and time; where
 * somebody has set the time, of the content.
 *
 * @module
 */

import { type FileSource, wholeBody } from "../http/body.ts";
import { isBuildTime, judgeTime } from "../http/date.ts";
import { deriveEntityTag, type EntityTag } from "../http/entity_tag.ts";
import type { Validators } from "../http/precondition.ts";
import type { Site } from "../site/site.ts";
import type { Made } from "./encode.ts";
import {
  digestBytes,
  digestKey,
  digestOpened,
  digestSource,
  largeDigest,
} from "./file_digest.ts";
import { fillPieces, SMALL_BYTES } from "./open.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A file whose validators are wanted. */
export interface Validatable {
  /** The file. */
  readonly source: FileSource;
  /**
   * What the tag must tell besides the state of the file: its path, where the target could
   * come to lead to another file without a change of this one (a link, a second index).
   */
  readonly place: string | undefined;
  /** Whether the user wants a tag. */
  readonly isTagged: boolean;
}

/** Validators, and whether they stay so while the file stays as it is. */
export interface FileValidators {
  /** The validators. */
  readonly validators: Validators;
  /** Whether nothing is to be added: neither is the file too young, nor its digest being made. */
  readonly isFinal: boolean;
}

/** How much of a digest tells contents apart. */
const TAG_BYTES = 16;
/** No tag of size and time begins so, and nobody takes it for an MD5. */
const CONTENT_TAG = "sha-";
const CONTENT_TAG_REGEXP = /"sha-/;
const CONDITIONS = ["if-none-match", "if-match", "if-range"];

/**
 * The validators of a file.
 *
 * @param file The file.
 * @param request The request: HEAD opens nothing, unless it has a tag of content.
 * @param site What is served, and how.
 * @returns The validators.
 */
export async function validatorsOf(
  { source, place, isTagged }: Validatable,
  request: Request,
  site: Site,
): Promise<FileValidators> {
  const { stat } = source;
  const lastModified = stat.mtime;
  const now = site.clock.now();
  switch (judgeTime(stat, now)) {
    case "unknown":
      return { validators: {}, isFinal: true };
    case "young":
      return {
        validators: { lastModified, lastModifiedRole: "withheld" },
        isFinal: false,
      };
    case "telling": {
      const tag = isTagged ? deriveEntityTag(stat, now) : undefined;
      const entityTag = await placedTag(tag, place);
      const lastModifiedRole = place === undefined
        ? "validator"
        : "information";
      const validators = { entityTag, lastModified, lastModifiedRole } as const;
      return { validators, isFinal: true };
    }
    case "ambiguous": {
      const bytes = isTagged
        ? await contentDigest(source, request, site)
        : undefined;
      const entityTag = bytes && contentTag(bytes);
      const lastModifiedRole = isBuildTime(stat.mtime ?? 0)
        ? "withheld"
        : "information";
      const validators = { entityTag, lastModified, lastModifiedRole } as const;
      return { validators, isFinal: !isTagged || bytes !== undefined };
    }
  }
}

/** Two files that a link can lead to may have been written in the same tick of the clock. */
async function placedTag(
  tag: EntityTag | undefined,
  place: string | undefined,
): Promise<EntityTag | undefined> {
  if (tag === undefined || place === undefined) return tag;
  const digest = await digestBytes(new TextEncoder().encode(place), "sha-256");
  const opaque = `${tag.opaque}-${digest.slice(0, TAG_BYTES).toHex()}`;
  return { ...tag, opaque };
}

function contentTag(digest: Bytes): EntityTag {
  const opaque = `${CONTENT_TAG}${digest.slice(0, TAG_BYTES).toHex()}`;
  return { weak: false, opaque };
}

/**
 * The digest of a file, where it is known or soon made: of a small one from the bytes that
 * are then sent, of a larger one when the request has such a tag. Otherwise it is made
 * beside the sending, and later requests have it.
 */
async function contentDigest(
  source: FileSource,
  request: Request,
  site: Site,
): Promise<Bytes | undefined> {
  const key = digestKey(source, "sha-256", site.clock.now());
  const isSmall = source.stat.size <= SMALL_BYTES;
  // Where the time of change is not known, a digest may be of other bytes by the next request.
  if (key === undefined && (source.stat.changed || !isSmall)) return undefined;
  const known = key && site.digests.get(key);
  if (known) return known;
  const isCompared = hasContentTag(request);
  // A condition has the same result as for GET (RFC 9110 §13.2.1).
  if (request.method === "HEAD" && !isCompared) return undefined;
  const make = () => digestSmall(source, site);
  if (key === undefined) return await make();
  if (isSmall) return await site.digests.getOrMake(key, make);
  if (isCompared) {
    return madeBytes(await digestSource(source, "sha-256", request, site));
  }
  site.largeDigests.beside(largeDigest(source, "sha-256", key, site));
  return undefined;
}

function hasContentTag({ headers }: Request): boolean {
  return CONDITIONS.some((name) =>
    CONTENT_TAG_REGEXP.test(headers.get(name) ?? "")
  );
}

/** What was read is what is sent: it is kept with the source. */
async function digestSmall(
  source: FileSource,
  site: Site,
): Promise<Bytes | undefined> {
  const { pieces } = wholeBody(source);
  const filling = await fillPieces(source, pieces, site.files, true);
  if (filling.kind === "changed") filling.file?.close();
  if (filling.kind !== "filled") return undefined;
  const body = filling.content?.body ?? new Uint8Array();
  if (body instanceof Uint8Array) return await digestBytes(body, "sha-256");
  if (body instanceof ReadableStream) await body.cancel();
  return madeBytes(await digestOpened(source, "sha-256", site));
}

function madeBytes(made: Made | undefined): Bytes | undefined {
  if (made?.kind === "made") return made.bytes;
  if (made?.kind === "changed") made.file?.close();
  return undefined;
}
