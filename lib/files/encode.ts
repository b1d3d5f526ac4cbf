/**
 * Content that is coded while it is sent (RFC 9110 §8.4.1): once for each state of a
 * file, and kept; a large file as a stream, each time.
 *
 * @module
 */

import { type Body, sourceSize, wholeBody } from "../http/body.ts";
import { bytesContent, isShrunk, transformContent } from "../http/content.ts";
import type { Content } from "../ports.ts";
import type { Site } from "../site.ts";
import { CHANGED, type Made, makeOnce } from "./keep.ts";
import { type Filling, fillPieces } from "./open.ts";

/** Up to this size a source is coded at once, so that its length is known and the result kept. */
export const ENCODE_AT_ONCE_BYTES = 1_048_576;

/**
 * The content of a coded body.
 *
 * @param body The description.
 * @param site What is served, and how.
 * @returns The content, or that the file has changed.
 */
export async function fillCoded(
  body: Body & { kind: "coded" },
  site: Site,
): Promise<Filling> {
  const { source, coding, key } = body;
  if (sourceSize(source) > ENCODE_AT_ONCE_BYTES) {
    const identity = await fillIdentity(body, site);
    if (identity.kind !== "filled" || identity.content === undefined) {
      return identity;
    }
    const encoder = site.coder.encoder(coding);
    const content = transformContent(identity.content, encoder);
    return { kind: "filled", content };
  }
  const made = await makeOnce(site.encodings, key, () => encode(body, site));
  return made.kind === "made"
    ? { kind: "filled", content: bytesContent(made.bytes) }
    : made;
}

async function encode(
  body: Body & { kind: "coded" },
  site: Site,
): Promise<Made> {
  const identity = await fillIdentity(body, site);
  if (identity.kind !== "filled") return identity;
  const plain = await readAll(identity.content);
  if (plain === undefined) return CHANGED;
  const bytes = await site.coder.encode(plain, body.coding);
  return { kind: "made", bytes };
}

async function fillIdentity(
  { source }: Body & { kind: "coded" },
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
