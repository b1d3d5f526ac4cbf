/**
 * Opening what a reply describes, and making sure that it is that (decision D1).
 *
 * @module
 */

import type { Source } from "../http/body.ts";
import { memoize } from "../http/cache.ts";
import {
  bytesContent,
  type Content,
  joinPieces,
  type Piece,
  pieceLength,
} from "../ports/content.ts";
import type { Awaitable, Files, OpenFile, Stat } from "../ports/files.ts";

/**
 * What became of a file since the reply was decided: it is gone, or it has changed. Or
 * nothing was made of it, because nobody waits for that any more.
 */
export type Lapsed =
  | { readonly kind: "gone" }
  | { readonly kind: "unwanted" }
  | {
    readonly kind: "changed";
    /** The real path that was opened. */
    readonly path: string;
    /** The same object, still open, in another state; where it is another one, it is closed. */
    readonly file: OpenFile | undefined;
  };

/** An open file that is the one that was decided on, or that it is not. */
export type Opening =
  | { readonly kind: "open"; readonly file: OpenFile }
  | Lapsed;

/** Too many streams are coded already: another representation is to be sent. */
export interface Crowded {
  /** What it is. */
  readonly kind: "crowded";
}

/** Content, where there is any, or that the file is not the one that was decided on. */
export type Filling =
  | { readonly kind: "filled"; readonly content: Content | undefined }
  | Lapsed;

/** Up to this size the bytes of a file are kept. */
export const SMALL_BYTES = 131_072;
/**
 * A file that changed less than this ago could change again unnoticed: Deno knows when
 * anything about it changed only to the second, and systems stamp with a clock that is late.
 */
const SETTLED_MS = 2000;

/**
 * Opens a file and verifies that it is the one that was judged (decision P1), in the same
 * state. In another state the same object may take its place; another object was never
 * judged.
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
  if (isSame(file.stat, stat)) return { kind: "open", file };
  // A system without inodes says 0.
  if (isSameObject(file.stat, stat) && stat.inode !== 0) {
    return { kind: "changed", path, file };
  }
  file.close();
  return { kind: "changed", path, file: undefined };
}

/**
 * Whether two looks have shown the same object, in whatever state. Files that no system keeps
 * have no inodes, and nobody exchanges them.
 *
 * @param one One look.
 * @param other The other.
 * @returns Whether it is the same.
 */
export function isSameObject(one: Stat, other: Stat): boolean {
  return one.kind === other.kind && one.device === other.device &&
    one.inode === other.inode;
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
export function fillPieces(
  source: Source,
  pieces: readonly Piece[],
  files: Files,
  rangeIgnored: boolean,
): Awaitable<Filling> {
  if (source.kind === "bytes") return fillFromBytes(source.bytes, pieces);
  const bytes = READ.get(source);
  return bytes === undefined
    ? fillFromFile(source, pieces, files, rangeIgnored)
    : fillFromBytes(bytes, pieces);
}

function fillFromBytes(
  bytes: Uint8Array<ArrayBuffer>,
  pieces: readonly Piece[],
): Filling {
  if (pieces.length === 0) return { kind: "filled", content: undefined };
  const content = isWhole(pieces, bytes.length)
    ? wholeContent(bytes)
    : bytesContent(joinPieces(bytes, pieces));
  return { kind: "filled", content };
}

/** Parts of a file, with what separates them, can be as long as the file. */
function isWhole(pieces: readonly Piece[], size: number): boolean {
  const [piece] = pieces;
  return piece !== undefined && pieces.length === 1 && "start" in piece &&
    pieceLength(piece) === size;
}

const wholeContent = memoize(bytesContent);

/**
 * The bytes of files that were read as a whole, as long as somebody knows the state of the
 * file that they are. The runtimes copy what a `Response` is made of: nobody can change them.
 */
const READ = new WeakMap<Source, Uint8Array<ArrayBuffer>>();

async function fillFromFile(
  source: Source & { kind: "file" },
  pieces: readonly Piece[],
  files: Files,
  rangeIgnored: boolean,
): Promise<Filling> {
  const opening = await openVerified(source, files);
  if (opening.kind !== "open") return opening;
  if (pieces.length === 0) {
    opening.file.close();
    return { kind: "filled", content: undefined };
  }
  const content = await opening.file.content(pieces, rangeIgnored);
  if (content === undefined) {
    return { kind: "changed", path: source.path, file: undefined };
  }
  const { size } = source.stat;
  const { body } = content;
  if (
    size <= SMALL_BYTES && body instanceof Uint8Array && isWhole(pieces, size)
  ) READ.set(source, body);
  return { kind: "filled", content };
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

/**
 * Whether an object is the one that was seen, in the same state.
 *
 * @param open What it is now.
 * @param seen What was seen: whoever has found it in their own way may know less of it.
 * @returns Whether it is.
 */
export function isSame(open: Stat, seen: Stat): boolean {
  const { changed, device, inode } = seen;
  return open.kind === seen.kind && open.size === seen.size &&
    open.mtime === seen.mtime &&
    (changed === undefined || open.changed === changed) &&
    (device === undefined || open.device === device) &&
    (inode === undefined || open.inode === inode);
}
