/**
 * Many watchers as one, on every runtime.
 *
 * @module
 */

import { type OperatingSystem, segmentsBelow } from "../ports/files.ts";
import type { WatchFailure, Watching } from "../ports/watch.ts";
import { codeOf } from "./system.ts";

export interface Watcher {
  readonly kind: "watcher";
  readonly close: () => void;
  /** Settles when the system does not watch any more; left out where that is at once. */
  readonly ended?: Promise<void>;
}

/** Opens a watcher of a directory, or of all that is below it, too. */
export type OpenWatcher = (
  directory: string,
  isRecursive: boolean,
) => Watcher | WatchFailure;

/** Makes one of many; `hasTrees` where the runtime watches all that is below a directory by itself. */
export function createWatching(
  open: OpenWatcher,
  hasTrees: boolean,
  os: OperatingSystem,
): Watching {
  const watchers = new Map<string, Watcher>();
  const trees = new Set<string>();
  let isClosed = false;
  const remove = (directory: string) => {
    watchers.get(directory)?.close();
    watchers.delete(directory);
    trees.delete(directory);
  };
  return {
    remove,
    add: async (directory, depth) => {
      const isTree = hasTrees && depth === "tree";
      if (!isTree && isBelowAny(directory, trees, os)) return undefined;
      // First: else the new one may be that of a directory that is gone (Bun 1.4.5, Deno 2.9.6).
      const before = watchers.get(directory);
      remove(directory);
      await before?.ended;
      if (isClosed) return undefined;
      const opened = open(directory, isTree);
      if (opened.kind !== "watcher") return opened;
      watchers.set(directory, opened);
      if (isTree) trees.add(directory);
      return undefined;
    },
    close: () => {
      isClosed = true;
      for (const directory of [...watchers.keys()]) remove(directory);
    },
  };
}

function isBelowAny(
  directory: string,
  trees: ReadonlySet<string>,
  os: OperatingSystem,
): boolean {
  for (const tree of trees) {
    if (segmentsBelow(tree, directory, os) !== undefined) return true;
  }
  return false;
}

/** ENOSPC: the user's watches; EMFILE: the user's queues of watches (inotify(7)). */
const LIMIT_CODES = ["ENOSPC", "EMFILE"];
/** Deno has no code for it (2.9.6); 24 is EMFILE on Linux and macOS. */
const LIMIT_REGEXP = /^OS file watch limit reached|\(os error 24\)/;

export function toWatchFailure(error: unknown): WatchFailure {
  if (!(error instanceof Error)) throw error;
  const { message, name } = error;
  const code = codeOf(error);
  if (LIMIT_CODES.includes(code) || LIMIT_REGEXP.test(message)) {
    return { kind: "limit", message };
  }
  const isAbsent = name === "NotFound" || code === "ENOENT" ||
    code === "ENOTDIR";
  return { kind: isAbsent ? "absent" : "unknown", message };
}
