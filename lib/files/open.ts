/**
 * Opening what a reply describes, and making sure that it is that (decision D1).
 *
 * @module
 */

import type { Source } from "../http/body.ts";
import { bytesContent, joinPieces } from "../http/content.ts";
import type { Content, Files, OpenFile, Piece, Stat } from "../ports.ts";

/** What became of a file since the reply was decided: it is gone, or it has changed. */
export type Lapsed =
  | { readonly kind: "gone" }
  | {
    readonly kind: "changed";
    /** The real path that was opened. */
    readonly path: string;
    /** What is there now, still open, where it was opened just now. */
    readonly file: OpenFile | undefined;
  };

/** An open file that is the one that was decided on, or that it is not. */
export type Opening =
  | { readonly kind: "open"; readonly file: OpenFile }
  | Lapsed;

/** Content, where there is any, or that the file is not the one that was decided on. */
export type Filling =
  | { readonly kind: "filled"; readonly content: Content | undefined }
  | Lapsed;

/** A file that changed less than this ago could change again unnoticed. */
const SETTLED_MS = 1000;

/**
 * Opens a file and verifies that it is the one that was looked at: the same object in
 * the same state, and no link has been put in its way.
 *
 * @param source The file as it was.
 * @param files Where the files are.
 * @returns The open file, or that something else is there.
 */
export async function openVerified(
  { path, stat }: Source & { kind: "file" },
  files: Files,
): Promise<Opening> {
  const file = await files.open(path);
  if (file === undefined) return { kind: "gone" };
  return isSame(file.stat, stat) && await files.realPath(path) === path
    ? { kind: "open", file }
    : { kind: "changed", path, file };
}

/**
 * The content that pieces of a source are.
 *
 * @param source Bytes or a file.
 * @param pieces The pieces.
 * @param files Where the files are.
 * @param rangeIgnored Whether the request has a Range field that the reply ignores.
 * @returns The content, or that the file has changed.
 */
export async function fillPieces(
  source: Source,
  pieces: readonly Piece[],
  files: Files,
  rangeIgnored: boolean,
): Promise<Filling> {
  if (source.kind === "bytes") {
    const bytes = joinPieces(source.bytes, pieces);
    return { kind: "filled", content: bytesContent(bytes) };
  }
  const opening = await openVerified(source, files);
  if (opening.kind !== "open") return opening;
  if (pieces.length === 0) {
    opening.file.close();
    return { kind: "filled", content: undefined };
  }
  const content = await opening.file.content(pieces, rangeIgnored);
  return content === undefined
    ? { kind: "changed", path: source.path, file: undefined }
    : { kind: "filled", content };
}

/**
 * Whether what is made of a file may be kept: not while it could change again within
 * the same tick of the clock.
 *
 * @param stat The file.
 * @param now Milliseconds since the epoch.
 * @returns Whether it may.
 */
export function isSettled({ changed, mtime }: Stat, now: number): boolean {
  return now - Math.max(changed ?? 0, mtime ?? Infinity) >= SETTLED_MS;
}

/** Whoever has found the file in their own way may know less of it. */
function isSame(open: Stat, seen: Stat): boolean {
  const { changed, device, inode } = seen;
  return open.kind === seen.kind && open.size === seen.size &&
    open.mtime === seen.mtime &&
    (changed === undefined || open.changed === changed) &&
    (device === undefined || open.device === device) &&
    (inode === undefined || open.inode === inode);
}
