/**
 * Watching on Bun and Node.js.
 *
 * @module
 */

import * as fs from "node:fs";
import process from "node:process";
import { join, namesOf, type OperatingSystem } from "../ports/files.ts";
import type { Change, Watch } from "../ports/watch.ts";
import {
  createWatching,
  type OpenWatcher,
  toWatchFailure,
} from "./watching.ts";

/**
 * What watches by `fs.watch`. Only macOS and Windows watch trees by themselves. On Linux Node.js 20
 * imitates that by a watch for each file, and without a word above the limit; and Bun 1.4.5 goes on
 * to tell of a folder that was moved out of the tree.
 */
export function createNodeWatch(os: OperatingSystem): Watch {
  const hasTrees = process.platform === "darwin" || os === "windows";
  return (onChange, onFailure) => {
    const open: OpenWatcher = (directory, recursive) => {
      try {
        const options = { recursive, persistent: false };
        const watcher = fs.watch(
          directory,
          options,
          (_, name) => toChanges(directory, name, os).forEach(onChange),
        );
        watcher.on("error", (error) => onFailure(toWatchFailure(error)));
        return { kind: "watcher", close: () => watcher.close() };
      } catch (error) {
        return toWatchFailure(error);
      }
    };
    return createWatching(open, hasTrees, os);
  };
}

/** What a name stands for; that of the directory itself says that this was removed or moved, or is an entry's. */
function toChanges(
  directory: string,
  name: string | null,
  os: OperatingSystem,
): readonly Change[] {
  if (name === null) return [{ kind: "any" }];
  const change: Change = { kind: "path", path: join(directory, [name]) };
  return namesOf(directory, os).at(-1) === name
    ? [{ kind: "path", path: directory }, change]
    : [change];
}
