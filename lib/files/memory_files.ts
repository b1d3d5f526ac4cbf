/**
 * Files in memory, in place of the disk: for tests, and for embedded sites.
 *
 * @module
 */

import { bytesContent, joinPieces } from "../ports/content.ts";
import type { Entry, Files, OperatingSystem, Stat } from "../ports/files.ts";
import { createMemoryReceiving } from "./memory_receiving.ts";

/** A file in memory: its content, or its content and when it was modified. */
export type MemoryFile = string | Uint8Array<ArrayBuffer> | {
  /** The content; text is encoded as UTF-8. */
  readonly content: string | Uint8Array<ArrayBuffer>;
  /** The time of modification in milliseconds since the epoch. */
  readonly mtime?: number;
  /** Whether it may be executed; where nobody says so, that is not known. */
  readonly executable?: boolean;
};

/** Options of {@linkcode memoryFiles}. */
export interface MemoryFilesOptions {
  /**
   * The time of modification of every file that does not say its own, in milliseconds
   * since the epoch. With one that changes when the content does, entity tags are free;
   * with 0 they are made of the content, again and again, and only up to 128 KiB.
   *
   * @default {0}
   */
  readonly mtime?: number | undefined;
  /**
   * Whose rules the names follow.
   *
   * @default {"posix"}
   */
  readonly os?: OperatingSystem | undefined;
  /**
   * Whether files can be received: the record gets them, with the time at which they came.
   *
   * @default {false}
   */
  readonly writable?: boolean | undefined;
}

/**
 * Makes a file system of a record. Directories exist because files are in them, or
 * because their path ends with a slash. The record is read at every request, so that
 * a later change is seen.
 *
 * @param tree Contents by absolute path.
 * @param options When they were modified, and whose rules hold.
 * @returns The file system, read-only unless `writable` is asked for.
 *
 * @example Usage
 * ```ts
 * import { memoryFiles } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * const files = memoryFiles({ "/a/b.txt": "hello", "/empty/": "" });
 * assertEquals((await files.stat("/a"))?.kind, "directory");
 * assertEquals((await files.stat("/a/b.txt"))?.size, 5);
 * assertEquals((await files.stat("/empty"))?.kind, "directory");
 * ```
 */
export function memoryFiles(
  tree: Readonly<Record<string, MemoryFile>>,
  options: MemoryFilesOptions = {},
): Files {
  const { mtime = 0, os = "posix", writable = false } = options;
  const stat = (path: string): Stat | undefined => {
    const at = trimEnd(path);
    const file = Object.hasOwn(tree, at) && at !== "" ? tree[at] : undefined;
    if (file !== undefined) {
      return {
        kind: "file",
        size: bytesOf(file).length,
        mtime: mtimeOf(file, mtime),
        executable: isObject(file) ? file.executable : undefined,
      };
    }
    const isDirectory = Object.keys(tree).some((key) =>
      key.startsWith(`${at}/`)
    );
    return isDirectory ? { kind: "directory", size: 0, mtime } : undefined;
  };
  return {
    os,
    stat,
    realPath: (path) => stat(path) && (trimEnd(path) || "/"),
    list: (path) => listTree(tree, trimEnd(path)),
    open: (path) => {
      const found = stat(path);
      const file = tree[trimEnd(path)];
      if (found === undefined || file === undefined) return undefined;
      const content = bytesOf(file);
      return {
        stat: found,
        content: (pieces) => bytesContent(joinPieces(content, pieces)),
        digest: async (algorithm) =>
          new Uint8Array(await crypto.subtle.digest(algorithm, content)),
        peek: (length) => content.subarray(0, length),
        close: () => {},
      };
    },
    receiving: writable
      ? createMemoryReceiving({
        stat,
        put: (path, content, mtime) =>
          void Object.assign(tree, { [path]: { content, mtime } }),
      })
      : undefined,
  };
}

function listTree(tree: object, path: string): readonly Entry[] {
  const entries = new Map<string, Entry>();
  for (const key of Object.keys(tree)) {
    if (!key.startsWith(`${path}/`)) continue;
    const [name = "", ...rest] = key.slice(path.length + 1).split("/");
    const kind = rest.length > 0 ? "directory" : "file";
    if (name !== "") entries.set(name, { name, kind });
  }
  return [...entries.values()];
}

function trimEnd(path: string): string {
  return path.endsWith("/") ? path.slice(0, -1) : path;
}

function isObject(
  file: MemoryFile,
): file is Exclude<MemoryFile, string | Uint8Array> {
  return typeof file !== "string" && !(file instanceof Uint8Array);
}

function bytesOf(file: MemoryFile): Uint8Array<ArrayBuffer> {
  if (typeof file === "string") return new TextEncoder().encode(file);
  return file instanceof Uint8Array ? file : bytesOf(file.content);
}

function mtimeOf(file: MemoryFile, otherwise: number): number {
  return isObject(file) ? file.mtime ?? otherwise : otherwise;
}
