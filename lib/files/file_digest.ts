/**
 * Digests of what is served (RFC 9530): computed only when asked for, and kept for each
 * state of a file.
 *
 * @module
 */

import { fileKey, type FileSource, type Source } from "../http/body.ts";
import { judgeTime } from "../http/date.ts";
import { type DigestAlgorithm, formatDigest } from "../http/digest.ts";
import type { Fields } from "../http/field.ts";
import type { Reply } from "../http/reply.ts";
import type { Awaitable, Demand } from "../ports/files.ts";
import type { Site } from "../site/site.ts";
import {
  CHANGED,
  encodeOnce,
  isCodedStream,
  type Made,
  makeOnce,
} from "./encode.ts";
import {
  isSame,
  isSettled,
  type Lapsed,
  openVerified,
  SMALL_BYTES,
} from "./open.ts";
import type { Work } from "./work_queue.ts";

/** The field, where a digest was asked for and could be had, or that the file has changed. */
export type DigestResult =
  | { readonly kind: "fields"; readonly fields: Fields }
  | Lapsed;

const NOTHING: DigestResult = { kind: "fields", fields: [] };

/**
 * The Repr-Digest field of a reply (RFC 9530 §3).
 *
 * @param digest What was asked for.
 * @param request The request: nothing is made for who has left.
 * @param site What is served, and how.
 * @returns The field. There is none for content that is coded as a stream, and none where
 * the digest takes too long.
 */
export function digestField(
  digest: Reply["digest"],
  request: Request,
  site: Site,
): Awaitable<DigestResult> {
  return digest === undefined ? NOTHING : computeField(digest, request, site);
}

async function computeField(
  { algorithm, of }: NonNullable<Reply["digest"]>,
  request: Request,
  site: Site,
): Promise<DigestResult> {
  switch (of.kind) {
    case "none":
    case "stream":
      return NOTHING;
    case "pieces": {
      const made = await digestSource(of.source, algorithm, request, site);
      return made === undefined ? NOTHING : toResult(made, algorithm);
    }
    case "coded": {
      if (isCodedStream(of)) return NOTHING;
      const coded = await encodeOnce(of, request, site);
      if (coded.kind !== "made") return coded;
      const bytes = await digestBytes(coded.bytes, algorithm);
      return toResult({ kind: "made", bytes }, algorithm);
    }
  }
}

function toResult(made: Made, algorithm: DigestAlgorithm): DigestResult {
  if (made.kind !== "made") return made;
  const value = formatDigest(algorithm, made.bytes);
  return { kind: "fields", fields: [["Repr-Digest", value]] };
}

/**
 * What a digest of a file is kept by: nothing, where the file could change and look the
 * same. Everybody can set the time of modification, nobody the time of change.
 *
 * @param file The file.
 * @param algorithm The algorithm.
 * @param now Milliseconds since the epoch.
 * @returns The key, or `undefined` when the digest is not to be kept.
 */
export function digestKey(
  file: FileSource,
  algorithm: DigestAlgorithm,
  now: number,
): string | undefined {
  const { stat } = file;
  const isKept = stat.changed
    ? isSettled({ ...stat, mtime: stat.changed }, now)
    : judgeTime(stat, now) === "telling" && isSettled(stat, now);
  return isKept ? `${algorithm} ${fileKey(file)}` : undefined;
}

/**
 * The digest of a source. Those of large files are made one at a time: many at once would
 * take the processor from everybody else.
 *
 * @param source Bytes or a file.
 * @param algorithm The algorithm.
 * @param request The request that waits for it.
 * @param site What is served, and how.
 * @returns The digest, or that the file has changed; `undefined` when it takes too long, or
 * the client has left.
 */
export async function digestSource(
  source: Source,
  algorithm: DigestAlgorithm,
  request: Request,
  site: Site,
): Promise<Made | undefined> {
  if (source.kind === "bytes") {
    return { kind: "made", bytes: await digestBytes(source.bytes, algorithm) };
  }
  const key = digestKey(source, algorithm, site.clock.now());
  if (source.stat.size <= SMALL_BYTES) {
    return await makeOnce(
      site.digests,
      key,
      () => digestOpened(source, algorithm, site),
    );
  }
  const bytes = key === undefined ? undefined : site.digests.get(key);
  if (bytes !== undefined) return { kind: "made", bytes };
  const work = largeDigest(source, algorithm, key, site);
  return await site.largeDigests.wait(work, request.signal);
}

/**
 * The digest of a large file as work for the queue.
 *
 * @param source The file.
 * @param algorithm The algorithm.
 * @param key What it is kept by; `undefined` when it is not.
 * @param site What is served, and how.
 * @returns The work.
 */
export function largeDigest(
  source: FileSource,
  algorithm: DigestAlgorithm,
  key: string | undefined,
  site: Site,
): Work<Made> {
  return {
    key,
    isWanted: () => key !== undefined && isThere(source, site),
    run: async (demand) => {
      const made = await makeOnce(
        site.digests,
        key,
        () => digestOpened(source, algorithm, site, demand),
      );
      if (made.kind !== "changed" || made.file === undefined) return made;
      // An open file is for one who waits, and many may wait where there is a key.
      if (key === undefined && demand() !== "none") return made;
      made.file.close();
      return { ...made, file: undefined };
    },
  };
}

/**
 * The digest of a file as it is made: nothing is kept.
 *
 * @param source The file.
 * @param algorithm The algorithm.
 * @param site What is served, and how.
 * @param demand Who wants it; left out where somebody waits.
 * @returns The digest, or that the file has changed.
 */
export async function digestOpened(
  source: FileSource,
  algorithm: DigestAlgorithm,
  site: Site,
  demand?: () => Demand,
): Promise<Made> {
  const opening = await openVerified(source, site.files);
  if (opening.kind !== "open") return opening;
  try {
    const bytes = await opening.file.digest(algorithm, demand);
    return bytes === undefined
      ? CHANGED
      : { kind: "made", bytes: new Uint8Array(bytes) };
  } finally {
    opening.file.close();
  }
}

/** Whether a file is still there as it was; nobody makes a digest of what has gone. */
function isThere({ path, stat }: FileSource, { files }: Site): boolean {
  if (files.glance === undefined) return true;
  const seen = files.glance(path);
  return seen !== undefined && isSame(seen, stat);
}

/**
 * The digest of bytes.
 *
 * @param bytes The bytes.
 * @param algorithm The algorithm.
 * @returns The digest.
 */
export async function digestBytes(
  bytes: Uint8Array<ArrayBuffer>,
  algorithm: DigestAlgorithm,
): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest(algorithm, bytes));
}
