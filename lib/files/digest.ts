/**
 * Digests of what is served (RFC 9530): computed only when asked for, and kept for each
 * state of a file.
 *
 * @module
 */

import { fileKey, type Source } from "../http/body.ts";
import { type DigestAlgorithm, formatDigest } from "../http/digest.ts";
import type { Fields } from "../http/field.ts";
import type { Reply } from "../http/reply.ts";
import type { Site } from "../site.ts";
import { fillCoded } from "./encode.ts";
import { isSettled, type Lapsed, openVerified } from "./open.ts";

/** The field, where a digest was asked for and could be had, or that the file has changed. */
export type DigestResult =
  | { readonly kind: "fields"; readonly fields: Fields }
  | Lapsed;

type Digest =
  | { readonly kind: "digest"; readonly bytes: Uint8Array<ArrayBuffer> }
  | Lapsed;

const NOTHING: DigestResult = { kind: "fields", fields: [] };

/**
 * The Repr-Digest field of a reply (RFC 9530 §3).
 *
 * @param digest What was asked for.
 * @param site What is served, and how.
 * @returns The field. There is none for content that is coded as a stream.
 */
export async function digestField(
  digest: Reply["digest"],
  site: Site,
): Promise<DigestResult> {
  if (digest === undefined) return NOTHING;
  const { algorithm, of } = digest;
  switch (of.kind) {
    case "none":
      return NOTHING;
    case "pieces":
      return toResult(
        await digestSource(of.source, algorithm, site),
        algorithm,
      );
    case "coded": {
      const filling = await fillCoded(of, site);
      if (filling.kind !== "filled") return filling;
      const body = filling.content?.body;
      if (body instanceof ReadableStream) await body.cancel();
      if (!(body instanceof Uint8Array)) return NOTHING;
      const bytes = await digestBytes(body, algorithm);
      return toResult({ kind: "digest", bytes }, algorithm);
    }
  }
}

function toResult(digest: Digest, algorithm: DigestAlgorithm): DigestResult {
  if (digest.kind !== "digest") return digest;
  const value = formatDigest(algorithm, digest.bytes);
  return { kind: "fields", fields: [["Repr-Digest", value]] };
}

async function digestSource(
  source: Source,
  algorithm: DigestAlgorithm,
  site: Site,
): Promise<Digest> {
  if (source.kind === "bytes") {
    return {
      kind: "digest",
      bytes: await digestBytes(source.bytes, algorithm),
    };
  }
  // Who waits for somebody else's result learns only that there is none.
  let lapsed: Lapsed = { kind: "changed", path: "", file: undefined };
  const compute = async () => {
    const opening = await openVerified(source, site.files);
    if (opening.kind !== "open") {
      lapsed = opening;
      return undefined;
    }
    try {
      const bytes = await opening.file.digest(algorithm);
      return bytes && new Uint8Array(bytes);
    } finally {
      opening.file.close();
    }
  };
  const bytes = isSettled(source.stat, site.clock.now())
    ? await site.digests.getOrMake(`${algorithm} ${fileKey(source)}`, compute)
    : await compute();
  return bytes === undefined ? lapsed : { kind: "digest", bytes };
}

async function digestBytes(
  bytes: Uint8Array<ArrayBuffer>,
  algorithm: DigestAlgorithm,
): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest(algorithm, bytes));
}
