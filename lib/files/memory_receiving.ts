/**
 * Receives files in memory: into the record that a file system is made of.
 *
 * @module
 */

import { type Bytes, concat } from "../ports/content.ts";
import {
  type FoundBelow,
  type IncomingFile,
  join,
  type Receiving,
  type Stat,
} from "../ports/files.ts";

/** The record that a file system is made of. */
export interface MemoryRecord {
  readonly stat: (path: string) => Stat | undefined;
  /** Puts a file there, or a directory, whose path ends with a slash. */
  readonly put: (path: string, content: Bytes, mtime: number) => void;
}

/** A file that is being received; nothing of it is in the record. */
interface Incoming {
  parts: Bytes[];
  size: number;
  mtime: number;
}

export function createMemoryReceiving(record: MemoryRecord): Receiving {
  const { stat, put } = record;
  const all = new Map<string, Incoming>();
  const isDirectory = ({ path }: FoundBelow) =>
    stat(path)?.kind === "directory";
  return {
    open: (directory, name, mode) => {
      if (!isDirectory(directory)) return undefined;
      const path = join(directory.path, [name]);
      if (mode === "create") {
        all.set(path, { parts: [], size: 0, mtime: Date.now() });
      }
      const incoming = all.get(path);
      return incoming &&
        openIncoming(incoming, directory, path, all, record);
    },
    state: ({ path }, name) => {
      const incoming = all.get(join(path, [name]));
      return incoming && { size: incoming.size, mtime: incoming.mtime };
    },
    makeDirectory: (directory, name) => {
      if (!isDirectory(directory)) return undefined;
      const path = join(directory.path, [name]);
      if (stat(path) !== undefined) return "taken";
      put(`${path}/`, new Uint8Array(), Date.now());
      return "made";
    },
    removeOlder: ({ path }, time) => {
      let removed = 0;
      for (const [at, { mtime }] of all) {
        if (mtime >= time || !at.startsWith(join(path, [""]))) continue;
        all.delete(at);
        removed++;
      }
      return removed;
    },
    space: () => undefined,
  };
}

function openIncoming(
  incoming: Incoming,
  directory: FoundBelow,
  path: string,
  all: Map<string, Incoming>,
  { stat, put }: MemoryRecord,
): IncomingFile {
  const isThere = () => all.get(path) === incoming;
  return {
    size: () => incoming.size,
    append: (bytes) => {
      incoming.parts.push(bytes.slice()); // its buffer may be used again
      incoming.size += bytes.length;
      incoming.mtime = Date.now();
    },
    digest: async (algorithm) =>
      new Uint8Array(
        await crypto.subtle.digest(algorithm, concat(incoming.parts)),
      ),
    publish: (name, isReplaced) => {
      if (!isThere() || stat(directory.path) === undefined) return "gone";
      const target = join(directory.path, [name]);
      const there = stat(target);
      const isFree = there === undefined ||
        isReplaced && there.kind === "file";
      if (!isFree) return "taken";
      put(target, concat(incoming.parts), Date.now());
      all.delete(path);
      return "published";
    },
    close: () => {},
    discard: () => {
      if (isThere()) all.delete(path);
    },
  };
}
