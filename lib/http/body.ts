/**
 * Descriptions of content (RFC 9110 §6.4): plain data, of which nothing is open yet.
 *
 * @module
 */

import type { Content, Piece } from "../ports/content.ts";
import type { Stat } from "../ports/files.ts";
import type { Coding } from "./content_coding.ts";

/** Bytes in memory, or a file: where representation data comes from. */
export type Source =
  | {
    readonly kind: "bytes";
    /** The bytes. */
    readonly bytes: Uint8Array<ArrayBuffer>;
  }
  | {
    readonly kind: "file";
    /** The real path, free of links. */
    readonly path: string;
    /** What the file was when the reply was decided (decision D1). */
    readonly stat: Stat;
    /** All its bytes in that state, where they are in memory. */
    readonly bytes?: Uint8Array<ArrayBuffer> | undefined;
  };

/** A file as a source. */
export type FileSource = Source & { readonly kind: "file" };

/** A description of content. */
export type Body =
  | { readonly kind: "none" }
  | {
    readonly kind: "pieces";
    /** What the spans are of. */
    readonly source: Source;
    /** The bytes to send. */
    readonly pieces: readonly Piece[];
  }
  | {
    readonly kind: "coded";
    /** What is coded, as a whole. */
    readonly source: Source;
    /** The content coding. */
    readonly coding: Coding;
    /** What the result depends on: the source, its state, the coding; `undefined` when it is not to be kept. */
    readonly key: string | undefined;
  }
  | {
    readonly kind: "stream";
    /** Begins to send what somebody is about to write. */
    readonly open: () => Content;
    /** To be called instead when it is not wanted. */
    readonly discard: () => void;
    /** How it is to be coded, where it is; where too many streams are, it is decided on again. */
    readonly coding?: Coding | undefined;
  };

/** No content. */
export const NO_BODY: Body = { kind: "none" };

/**
 * The body that is all of a source.
 *
 * @param source Bytes or a file.
 * @returns The description.
 *
 * @example Usage
 * ```ts
 * import { wholeBody } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * const source = { kind: "bytes", bytes: new Uint8Array(10) } as const;
 * const pieces = [{ start: 0, end: 9 }];
 * assertEquals(wholeBody(source), { kind: "pieces", source, pieces });
 * ```
 */
export function wholeBody(source: Source): Body & { kind: "pieces" } {
  const size = sourceSize(source);
  const pieces = size === 0 ? [] : [{ start: 0, end: size - 1 }];
  return { kind: "pieces", source, pieces };
}

/**
 * The size of a source.
 *
 * @param source Bytes or a file.
 * @returns The number of bytes.
 */
export function sourceSize(source: Source): number {
  return source.kind === "bytes" ? source.bytes.length : source.stat.size;
}

/**
 * What tells a file in one state from all others.
 *
 * @param file The file.
 * @returns A key for caches.
 */
export function fileKey({ path, stat }: Source & { kind: "file" }): string {
  const { size, mtime, changed, device, inode } = stat;
  return [size, mtime, changed, device, inode, path].join(" ");
}

/**
 * Other pieces of the same source.
 *
 * @param body The description of the whole.
 * @param pieces The pieces.
 * @returns The description of the pieces; a coded body has no pieces and stays as it is.
 */
export function cutBody(body: Body, pieces: readonly Piece[]): Body {
  return body.kind === "pieces" ? { ...body, pieces } : body;
}
