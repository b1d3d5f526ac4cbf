/**
 * Opening what a reply describes, and verifying that it is the file that was judged (decision D1).
 *
 * @module
 */

import type { FileSource, StoredSource } from "../http/body.ts";
import {
  type Bytes,
  bytesContent,
  type Content,
  joinPieces,
  type Pieces,
} from "../ports/content.ts";
import {
  type Files,
  isSameObject,
  type OpenFile,
  type Stat,
} from "../ports/files.ts";

/** Why content is not what was decided on: the file is gone or has changed, or the client has left. */
export type Stale =
  | {
    readonly kind: "gone";
    /** The real path that could not be opened. */
    readonly path: string;
  }
  | { readonly kind: "unwanted" }
  | {
    readonly kind: "changed";
    /** The real path that was opened. */
    readonly path: string;
    /** The same object, still open, in another state; another object is closed. */
    readonly file: OpenFile | undefined;
  };

/** An open file that is the one that was decided on, or that it is not. */
export type Opening =
  | { readonly kind: "open"; readonly file: OpenFile }
  | Stale;

/** Bytes that were made of a source, or why they could not be. */
export type Computed =
  | { readonly kind: "computed"; readonly bytes: Uint8Array<ArrayBuffer> }
  | Stale;

/** The file changed while it was read, and is open no longer. */
export const CHANGED: Stale = { kind: "changed", path: "", file: undefined };

/** Too much of the kind is being sent already: another representation, or none, is to be sent. */
export interface Saturated {
  readonly kind: "saturated";
}

/** Content, where there is any, or that the file is not the one that was decided on. */
export type ContentResult =
  | { readonly kind: "content"; readonly content: Content | undefined }
  | Stale;

/** Up to this size the bytes of a file are kept. */
export const SMALL_BYTES = 131_072;
/** Up to this size they are kept of a file that is asked for again and again. */
export const LARGE_BYTES = 1_048_576;
/**
 * A file that changed less than this ago could change again unnoticed: Deno knows when
 * anything about it changed only to the second, and systems stamp with a clock that is late.
 */
export const SETTLED_MS = 2000;
/** How long what was seen on the disk holds unseen, in milliseconds. */
export const FRESH_MS = 1000;

/**
 * Opens a file and verifies that it is the one that was judged (decision D105), in the same
 * state. In another state the same object may take its place; another object was never
 * judged.
 */
export async function openVerified(
  { path, stat }: FileSource,
  files: Files,
): Promise<Opening> {
  const file = await files.open(path);
  if (file === undefined) return { kind: "gone", path };
  if (isSame(file.stat, stat)) return { kind: "open", file };
  // A system without inodes says 0.
  if (isSameObject(file.stat, stat) && stat.inode !== 0) {
    return { kind: "changed", path, file };
  }
  file.close();
  return { kind: "changed", path, file: undefined };
}

/** The content of pieces. `rangeIgnored`: the request has a Range field that the reply ignores. */
export async function openPieces(
  source: StoredSource,
  pieces: Pieces,
  files: Files,
  rangeIgnored: boolean,
): Promise<ContentResult> {
  if (source.kind === "bytes") return fromMemory(source.bytes, pieces);
  if (source.bytes !== undefined) return fromMemory(source.bytes, pieces);
  const opening = await openVerified(source, files);
  if (opening.kind !== "open") return opening;
  if (pieces.length === 0) {
    opening.file.close();
    return { kind: "content", content: bytesContent(new Uint8Array()) };
  }
  const content = await opening.file.content(pieces, rangeIgnored);
  return content === undefined
    ? { kind: "changed", path: source.path, file: undefined }
    : { kind: "content", content };
}

function fromMemory(
  bytes: Bytes,
  pieces: Pieces,
): ContentResult {
  return { kind: "content", content: bytesContent(joinPieces(bytes, pieces)) };
}

/**
 * The first bytes of a file; `undefined` where it cannot be looked into. The same object in another
 * state counts: what is sent then is decided again (decision D1).
 */
export async function peekFile(
  source: FileSource,
  length: number,
  files: Files,
): Promise<Uint8Array | undefined> {
  if (source.bytes !== undefined) return source.bytes.subarray(0, length);
  if (source.stat.size === 0) return new Uint8Array();
  const opening = await openVerified(source, files);
  if (opening.kind !== "open" && opening.kind !== "changed") return undefined;
  try {
    return await opening.file?.peek?.(length);
  } finally {
    opening.file?.close();
  }
}

/** Whether what is made of a file may be kept: it can no longer change within the same tick of the clock. */
export function isSettled({ changed, mtime }: Stat, now: number): boolean {
  return now - Math.max(changed ?? 0, mtime ?? Infinity) >= SETTLED_MS;
}

/** Whether it is time to look again. A clock that was set back must not make anything last. */
export function isDue(
  due: number,
  now: number,
  period: number = FRESH_MS,
): boolean {
  return now >= due || due - now > period;
}

/** Whether an object is the one that was seen, in the same state; a user's own `resolve` may know less of it. */
export function isSame(open: Stat, seen: Stat): boolean {
  const { changed, device, inode } = seen;
  return open.kind === seen.kind && open.size === seen.size &&
    open.mtime === seen.mtime &&
    (changed === undefined || open.changed === changed) &&
    (device === undefined || open.device === device) &&
    (inode === undefined || open.inode === inode);
}
