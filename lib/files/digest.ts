/**
 * Digests of what is served (RFC 9530): computed only when asked for, and kept for each
 * state of a file.
 *
 * @module
 */

import { fileKey, type Source } from "../http/body.ts";
import { type DigestAlgorithm, formatDigest } from "../http/digest.ts";
import type { Fields } from "../http/field.ts";
import { judgeTime } from "../http/file_time.ts";
import type { Reply } from "../http/reply.ts";
import type { Awaitable } from "../ports.ts";
import type { Site } from "../site.ts";
import { encodeOnce, isCodedStream } from "./encode.ts";
import { CHANGED, type Made, makeOnce } from "./keep.ts";
import { isSettled, type Lapsed, openVerified } from "./open.ts";

/** The field, where a digest was asked for and could be had, or that the file has changed. */
export type DigestResult =
  | { readonly kind: "fields"; readonly fields: Fields }
  | Lapsed;

const NOTHING: DigestResult = { kind: "fields", fields: [] };

/**
 * The Repr-Digest field of a reply (RFC 9530 §3).
 *
 * @param digest What was asked for.
 * @param request Who has asked.
 * @param site What is served, and how.
 * @returns The field. There is none for content that is coded as a stream.
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
    case "pieces":
      return toResult(
        await digestSource(of.source, algorithm, site),
        algorithm,
      );
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
  file: Source & { kind: "file" },
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
 * The digest of a source.
 *
 * @param source Bytes or a file.
 * @param algorithm The algorithm.
 * @param site What is served, and how.
 * @param isWanted Asked again and again whether somebody still wants it; left out where somebody waits for it.
 * @returns The digest, or that the file has changed.
 */
export async function digestSource(
  source: Source,
  algorithm: DigestAlgorithm,
  site: Site,
  isWanted?: () => boolean,
): Promise<Made> {
  if (source.kind === "bytes") {
    return { kind: "made", bytes: await digestBytes(source.bytes, algorithm) };
  }
  const key = digestKey(source, algorithm, site.clock.now());
  return await makeOnce(site.digests, key, async () => {
    const opening = await openVerified(source, site.files);
    if (opening.kind !== "open") return opening;
    try {
      const bytes = await opening.file.digest(algorithm, isWanted);
      return bytes === undefined
        ? CHANGED
        : { kind: "made", bytes: new Uint8Array(bytes) };
    } finally {
      opening.file.close();
    }
  });
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
