/**
 * Content that is coded while it is sent (RFC 9110 §8.4.1): once for each state of a
 * file, and kept; a large file as a stream, each time.
 *
 * @module
 */

import { type Body, fileKey, sourceSize, wholeBody } from "../http/body.ts";
import type { ByteCache } from "../http/cache.ts";
import {
  type Bytes,
  bytesContent,
  bytesOf,
  type Content,
  isShrunk,
} from "../ports/content.ts";
import type { HttpRequest } from "../ports/message.ts";
import type { Context } from "./context.ts";
import {
  CHANGED,
  type Computed,
  type ContentResult,
  openPieces,
  type Saturated,
} from "./open.ts";

type CodedBody = Body & { kind: "coded" };

/** Up to this size a source is coded at once, so that its length is known and the result kept. */
export const ENCODE_AT_ONCE_BYTES = 1_048_576;

/** Whether a body is coded while it is sent, and each time. */
function isCodedStream({ source }: CodedBody): boolean {
  return sourceSize(source) > ENCODE_AT_ONCE_BYTES;
}

export async function openCoded(
  body: CodedBody,
  request: HttpRequest,
  context: Context,
): Promise<ContentResult | Saturated> {
  if (isCodedStream(body)) return await openCodedStream(body, context);
  const coded = await encodeOnce(body, request, context);
  return coded.kind === "computed"
    ? { kind: "content", content: bytesContent(coded.bytes) }
    : coded;
}

/** Bytes of a coded body that can be had without waiting; those that may not be kept are left to `openCoded`. */
export function encodeAtOnce(
  { key, source, coding }: CodedBody,
  { state: { encodings, compression } }: Context,
): Bytes | undefined {
  const { bytes } = source;
  if (key === undefined || bytes === undefined) return undefined;
  return encodings.getOrMakeAtOnce(
    key,
    () => compression.encodeAtOnce(bytes, coding),
  );
}

async function openCodedStream(
  body: CodedBody,
  context: Context,
): Promise<ContentResult | Saturated> {
  const place = context.state.compression.enter();
  if (place === undefined) return { kind: "saturated" };
  let content: Content | undefined;
  try {
    const identity = await openIdentity(body, context);
    if (identity.kind !== "content" || identity.content === undefined) {
      return identity;
    }
    content = place.code(identity.content, body.coding);
    return { kind: "content", content };
  } finally {
    if (content === undefined) place.leave();
  }
}

/** The bytes of a coded body that is no stream; nothing is coded for clients that have left. */
async function encodeOnce(
  body: CodedBody,
  request: HttpRequest,
  context: Context,
): Promise<Computed> {
  const { key, source } = body;
  const { encodings, compression } = context.state;
  const cached = key === undefined ? undefined : encodings.get(key);
  if (cached !== undefined) return { kind: "computed", bytes: cached };
  let own: Computed | undefined;
  const make = async () => {
    own = await computeOnce(encodings, key, () => encode(body, context));
    return own.kind === "computed" ? own.bytes : undefined;
  };
  const isSettled = key !== undefined;
  const waiting = { key: key ?? stateKey(body), isSettled, request };
  const bytes = await compression.schedule(sourceSize(source), waiting, make);
  if (bytes !== undefined) return { kind: "computed", bytes };
  return own ?? (request.signal.aborted ? { kind: "unwanted" } : CHANGED);
}

/** What all requests have in common that wait for a file which has just changed. */
function stateKey({ source, coding }: CodedBody): string | undefined {
  return source.kind === "file" ? `${coding} ${fileKey(source)}` : undefined;
}

async function encode(body: CodedBody, context: Context): Promise<Computed> {
  const identity = await openIdentity(body, context);
  if (identity.kind !== "content") return identity;
  const source = await readAll(identity.content);
  if (source === undefined) return CHANGED;
  const bytes = await context.state.compression.encode(source, body.coding);
  return { kind: "computed", bytes };
}

async function openIdentity(
  { source }: CodedBody,
  { files }: Context,
): Promise<ContentResult> {
  return await openPieces(source, wholeBody(source).pieces, files, true);
}

/** All bytes of content, or `undefined` when the file has become shorter. */
export async function readAll(
  content: Content | undefined,
): Promise<Bytes | undefined> {
  const bytes = bytesOf(content);
  if (bytes !== undefined) return bytes;
  try {
    return new Uint8Array(await new Response(content?.body).arrayBuffer());
  } catch (error) {
    if (isShrunk(error)) return undefined;
    throw error;
  }
}

/**
 * Computes bytes, unless they are kept already or being computed; without a key they are not
 * kept. A request that waited for another's computation learns only that it failed.
 */
export async function computeOnce(
  cache: ByteCache,
  key: string | undefined,
  compute: () => Promise<Computed>,
): Promise<Computed> {
  if (key === undefined) return await compute();
  let own: Computed = CHANGED;
  const bytes = await cache.getOrMake(key, async () => {
    own = await compute();
    return own.kind === "computed" ? own.bytes : undefined;
  });
  return bytes === undefined ? own : { kind: "computed", bytes };
}
