/**
 * Content that is coded while it is sent (RFC 9110 §8.4.1): once for each state of a
 * file, and kept; a large file as a stream, each time.
 *
 * What is made of a source once and kept (decision D19), or that the file has lapsed
 * while it was made.
 *
 * @module
 */

import { type Body, fileKey, sourceSize, wholeBody } from "../http/body.ts";
import type { ByteCache } from "../http/cache.ts";
import { bytesContent, type Content, isShrunk } from "../ports/content.ts";
import type { Site } from "../site/site.ts";
import { type Crowded, type Filling, fillPieces, type Lapsed } from "./open.ts";

/** Up to this size a source is coded at once, so that its length is known and the result kept. */
export const ENCODE_AT_ONCE_BYTES = 1_048_576;

/** A body that is coded. */
type CodedBody = Body & { kind: "coded" };

/**
 * Whether a body is coded while it is sent, and each time.
 *
 * @param body The description.
 * @returns Whether it is.
 */
export function isCodedStream({ source }: CodedBody): boolean {
  return sourceSize(source) > ENCODE_AT_ONCE_BYTES;
}

/**
 * The content of a coded body.
 *
 * @param body The description.
 * @param request Who wants it.
 * @param site What is served, and how.
 * @returns The content, or that the file has changed, or that no more streams can be coded.
 */
export async function fillCoded(
  body: CodedBody,
  request: Request,
  site: Site,
): Promise<Filling | Crowded> {
  if (isCodedStream(body)) return await fillStream(body, site);
  const made = await encodeOnce(body, request, site);
  return made.kind === "made"
    ? { kind: "filled", content: bytesContent(made.bytes) }
    : made;
}

async function fillStream(
  body: CodedBody,
  site: Site,
): Promise<Filling | Crowded> {
  const place = site.compression.enter();
  if (place === undefined) return { kind: "crowded" };
  let content: Content | undefined;
  try {
    const identity = await fillIdentity(body, site);
    if (identity.kind !== "filled" || identity.content === undefined) {
      return identity;
    }
    content = place.code(identity.content, body.coding);
    return { kind: "filled", content };
  } finally {
    if (content === undefined) place.leave();
  }
}

/**
 * The bytes of a coded body that is no stream.
 *
 * @param body The description.
 * @param request Who wants it: what only those wait for who have left is not coded.
 * @param site What is served, and how.
 * @returns The bytes, which are kept where that is possible, or that the file has changed, or
 * was not read because nobody waits for it.
 */
export async function encodeOnce(
  body: CodedBody,
  request: Request,
  site: Site,
): Promise<Made> {
  const { key, source } = body;
  const kept = key === undefined ? undefined : site.encodings.get(key);
  if (kept !== undefined) return { kind: "made", bytes: kept };
  let own: Made | undefined;
  const make = async () => {
    own = await makeOnce(site.encodings, key, () => encode(body, site));
    return own.kind === "made" ? own.bytes : undefined;
  };
  const isSettled = key !== undefined;
  const waiting = { key: key ?? stateKey(body), isSettled, request };
  const size = sourceSize(source);
  const bytes = await site.compression.schedule(size, waiting, make);
  if (bytes !== undefined) return { kind: "made", bytes };
  return own ?? (request.signal.aborted ? { kind: "unwanted" } : CHANGED);
}

/** What those have in common who wait for a file that has just changed. */
function stateKey({ source, coding }: CodedBody): string | undefined {
  return source.kind === "file" ? `${coding} ${fileKey(source)}` : undefined;
}

async function encode(body: CodedBody, site: Site): Promise<Made> {
  const source = await readIdentity(body, site);
  if (!(source instanceof Uint8Array)) return source;
  const bytes = await site.compression.encode(source, body.coding);
  return { kind: "made", bytes };
}

async function readIdentity(
  body: CodedBody,
  site: Site,
): Promise<Uint8Array<ArrayBuffer> | Lapsed> {
  const identity = await fillIdentity(body, site);
  if (identity.kind !== "filled") return identity;
  return await readAll(identity.content) ?? CHANGED;
}

async function fillIdentity(
  { source }: CodedBody,
  { files }: Site,
): Promise<Filling> {
  return await fillPieces(source, wholeBody(source).pieces, files, true);
}

/** All bytes of content, or `undefined` when the file has become shorter. */
async function readAll(
  content: Content | undefined,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return new Uint8Array(await new Response(content?.body).arrayBuffer());
  } catch (error) {
    if (isShrunk(error)) return undefined;
    throw error;
  }
}

/** Bytes that were made, or why they could not be. */
export type Made =
  | { readonly kind: "made"; readonly bytes: Uint8Array<ArrayBuffer> }
  | Lapsed;

/** The file changed while something was made of it, and is open no longer. */
export const CHANGED: Lapsed = { kind: "changed", path: "", file: undefined };

/**
 * Makes bytes, unless they are kept already or are being made.
 *
 * @param cache Where they are kept.
 * @param key What they depend on; `undefined` when they are not to be kept.
 * @param make Makes them.
 * @returns The bytes. Who waited for somebody else's learns only that there are none.
 */
export async function makeOnce(
  cache: ByteCache,
  key: string | undefined,
  make: () => Promise<Made>,
): Promise<Made> {
  if (key === undefined) return await make();
  let own: Made = CHANGED;
  const bytes = await cache.getOrMake(key, async () => {
    own = await make();
    return own.kind === "made" ? own.bytes : undefined;
  });
  return bytes === undefined ? own : { kind: "made", bytes };
}
