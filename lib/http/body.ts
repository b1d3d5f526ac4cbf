/**
 * Descriptions of content (RFC 9110 §6.4): plain data; nothing is open yet.
 *
 * @module
 */

import type { Content, Pieces } from "../ports/content.ts";
import type { Stat } from "../ports/files.ts";
import type { Coding } from "./content_coding.ts";

/** Bytes in memory, or a file. */
export type StoredSource =
  | {
    readonly kind: "bytes";
    /** The bytes. */
    readonly bytes: Uint8Array<ArrayBuffer>;
  }
  | {
    readonly kind: "file";
    /** The real path, free of links. */
    readonly path: string;
    /** The state of the file when the reply was decided (decision D1). */
    readonly stat: Stat;
    /** All its bytes in that state, where they are in memory. */
    readonly bytes?: Uint8Array<ArrayBuffer> | undefined;
  };

/** What is made while it is sent, and has a length nevertheless: any piece of it can be. */
export interface MadeSource {
  /** The kind. */
  readonly kind: "made";
  /** How many bytes it has. */
  readonly size: number;
  /** Begins to send pieces of it; `undefined` when too many are being sent: the reply is decided again. */
  readonly open: (pieces: Pieces) => Content | undefined;
}

/** Where representation data comes from. */
export type Source = StoredSource | MadeSource;

/** A source that is a file. */
export type FileSource = Source & { readonly kind: "file" };

/** A description of content. */
export type Body =
  | { readonly kind: "none" }
  | {
    readonly kind: "pieces";
    /** The data that the spans are cut from. */
    readonly source: Source;
    /** The bytes to send. */
    readonly pieces: Pieces;
  }
  | {
    readonly kind: "coded";
    /** The data, which is coded as a whole. */
    readonly source: StoredSource;
    /** The content coding. */
    readonly coding: Coding;
    /** The cache key of the result: source, state and coding; `undefined` when it must not be cached. */
    readonly key: string | undefined;
  }
  | {
    readonly kind: "stream";
    /** Begins to send content that is still being written; `undefined` when too much is: the reply is decided again. */
    readonly open: () => Content | undefined;
    /** To be called instead of `open` when nothing is sent. */
    readonly discard: () => void;
    /** The content coding, if any. Where too many streams are coded, the reply is decided again. */
    readonly coding?: Coding | undefined;
  };

/** No content. */
export const NO_BODY: Body = { kind: "none" };

/**
 * Describes the whole of a source.
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

/** The number of bytes of a source. */
export function sourceSize(source: Source): number {
  switch (source.kind) {
    case "bytes":
      return source.bytes.length;
    case "file":
      return source.stat.size;
    case "made":
      return source.size;
  }
}

/** A cache key: one state of a file. */
export function fileKey({ path, stat }: FileSource): string {
  const { size, mtime, changed, device, inode } = stat;
  return [size, mtime, changed, device, inode, path].join(" ");
}

/** The same content in other pieces; a coded body has no pieces and stays as it is. */
export function cutBody(body: Body, pieces: Pieces): Body {
  return body.kind === "pieces" ? { ...body, pieces } : body;
}
