/**
 * The validators of files (RFC 9110 §8.8, decision D2): an entity tag says what the bytes
 * are. Where the time of a file tells other bytes, it is made of size and time; where
 * somebody has set the time, of the content. And the digests that both need.
 *
 * @module
 */

import {
  type Body,
  fileKey,
  type FileSource,
  type StoredSource,
  wholeBody,
} from "../http/body.ts";
import { isBuildTime, judgeTime } from "../http/date.ts";
import { type DigestAlgorithm, formatDigest, toHex } from "../http/digest.ts";
import { type EntityTag, stateTag } from "../http/entity_tag.ts";
import type { Fields } from "../http/field.ts";
import type { Validators } from "../http/precondition.ts";
import type { Reply } from "../http/reply.ts";
import type { Bytes } from "../ports/content.ts";
import type { Demand } from "../ports/files.ts";
import type { HttpRequest } from "../ports/message.ts";
import type { Context } from "./context.ts";
import { computeOnce } from "./encode.ts";
import {
  CHANGED,
  type Computed,
  isSame,
  isSettled,
  openPieces,
  openVerified,
  SMALL_BYTES,
  type Stale,
} from "./open.ts";
import type { Work } from "./work_queue.ts";

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
      const entityTag = isTagged ? stateTag(stat) : undefined;
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

/** The field, where a digest was asked for and could be had, or that the file has changed. */
export type DigestResult =
  | { readonly kind: "fields"; readonly fields: Fields }
  | Stale;

/** The Repr-Digest field of a reply (RFC 9530 §3); none where the digest takes too long. */
export async function digestField(
  { algorithm, of }: NonNullable<Reply["digest"]>,
  request: HttpRequest,
  context: Context,
): Promise<DigestResult> {
  const digest = await digestBody(of, algorithm, request, context);
  if (digest === undefined) return { kind: "fields", fields: [] };
  if (digest.kind !== "computed") return digest;
  const value = formatDigest(algorithm, digest.bytes);
  return { kind: "fields", fields: [["Repr-Digest", value]] };
}

async function digestBody(
  body: Body,
  algorithm: DigestAlgorithm,
  request: HttpRequest,
  context: Context,
): Promise<Computed | undefined> {
  switch (body.kind) {
    case "none":
    case "stream":
    case "coded":
      return undefined;
    case "pieces":
      // Of what is made while it is sent only all of it would tell.
      return body.source.kind === "made"
        ? undefined
        : await digestSource(body.source, algorithm, request, context);
  }
}

/** What a digest of a file is kept by. */
export function digestKey(
  file: FileSource,
  algorithm: DigestAlgorithm,
  now: number,
): string | undefined {
  const key = contentKey(file, now);
  return key && `${algorithm} ${key}`;
}

/**
 * What is found out about the content of a file is kept by: nothing, where the file could change
 * and look the same. Everybody can set the time of modification, nobody the time of change.
 */
export function contentKey(file: FileSource, now: number): string | undefined {
  const { stat } = file;
  const isCacheable = stat.changed
    ? isSettled({ ...stat, mtime: stat.changed }, now)
    : judgeTime(stat, now) === "telling" && isSettled(stat, now);
  return isCacheable ? fileKey(file) : undefined;
}

/**
 * The digest of a source; `undefined` when it takes too long, or the client has left. Those of
 * large files are made one at a time: many at once would take the processor from everybody else.
 */
export async function digestSource(
  source: StoredSource,
  algorithm: DigestAlgorithm,
  request: HttpRequest,
  context: Context,
): Promise<Computed | undefined> {
  if (source.kind === "bytes") {
    const bytes = await digestBytes(source.bytes, algorithm);
    return { kind: "computed", bytes };
  }
  const { site, state } = context;
  const key = digestKey(source, algorithm, site.clock.now());
  if (source.stat.size <= SMALL_BYTES) {
    const compute = () => digestOpened(source, algorithm, context);
    return await computeOnce(state.digests, key, compute);
  }
  const bytes = key === undefined ? undefined : state.digests.get(key);
  if (bytes !== undefined) return { kind: "computed", bytes };
  const work = largeDigest(source, algorithm, key, context);
  return await state.largeDigests.wait(work, request.signal);
}

/** The digest of a large file as work for the queue. */
export function largeDigest(
  source: FileSource,
  algorithm: DigestAlgorithm,
  key: string | undefined,
  context: Context,
): Work<Computed> {
  return {
    key,
    isWanted: () => key !== undefined && isUnchanged(source, context),
    run: async (demand) => {
      const compute = () => digestOpened(source, algorithm, context, demand);
      const { digests } = context.state;
      const digest = await computeOnce(digests, key, compute);
      if (digest.kind !== "changed" || digest.file === undefined) return digest;
      // An open file is for one request, and where there is a key, several may wait.
      if (key === undefined && demand() !== "none") return digest;
      digest.file.close();
      return { ...digest, file: undefined };
    },
  };
}

/** The digest of a file, which is not kept; without `demand` a request waits for it. */
export async function digestOpened(
  source: FileSource,
  algorithm: DigestAlgorithm,
  { files }: Context,
  demand?: () => Demand,
): Promise<Computed> {
  const opening = await openVerified(source, files);
  if (opening.kind !== "open") return opening;
  try {
    const bytes = await opening.file.digest(algorithm, demand);
    return bytes === undefined
      ? CHANGED
      : { kind: "computed", bytes: new Uint8Array(bytes) };
  } finally {
    opening.file.close();
  }
}

/** Nobody makes a digest of a file that has gone. */
function isUnchanged({ path, stat }: FileSource, { files }: Context): boolean {
  if (files.glance === undefined) return true;
  const seen = files.glance(path);
  return seen !== undefined && isSame(seen, stat);
}

export async function digestBytes(
  bytes: Bytes,
  algorithm: DigestAlgorithm,
): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest(algorithm, bytes));
}
