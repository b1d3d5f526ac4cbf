/**
 * Digests of what is served (RFC 9530): computed only when asked for, and kept for each
 * state of a file.
 *
 * @module
 */

import {
  type Body,
  fileKey,
  type FileSource,
  type StoredSource,
} from "../http/body.ts";
import { judgeTime } from "../http/date.ts";
import { type DigestAlgorithm, formatDigest } from "../http/digest.ts";
import type { Fields } from "../http/field.ts";
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
  openVerified,
  SMALL_BYTES,
  type Stale,
} from "./open.ts";
import type { Work } from "./work_queue.ts";

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

/** The digest of bytes. */
export async function digestBytes(
  bytes: Bytes,
  algorithm: DigestAlgorithm,
): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest(algorithm, bytes));
}
