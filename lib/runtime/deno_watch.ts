/**
 * Watching on Deno. `node:fs` does not tell there that the system has lost changes (2.9.6).
 *
 * @module
 */

import type { OperatingSystem } from "../ports/files.ts";
import type { Change, Watch, WatchFailure } from "../ports/watch.ts";
import { isGranted } from "./deno_permissions.ts";
import {
  createWatching,
  type OpenWatcher,
  toWatchFailure,
} from "./watching.ts";

/** The types of Deno do not have it (2.9.6). */
type Unrefable = Deno.FsWatcher & { readonly unref?: () => void };

/** What watches by `Deno.watchFs`: one watcher for a tree, for each looks at every change of all others. */
export function createDenoWatch(
  os: OperatingSystem,
  readFlag: string,
): Watch {
  return (onChange, onFailure) => {
    const open: OpenWatcher = (path, recursive) => {
      // Deno would prompt in the terminal.
      if (!isGranted({ name: "read", path })) {
        return { kind: "permission", message: `start with ${readFlag}` };
      }
      try {
        const watcher = Deno.watchFs(path, { recursive });
        // As long as the loop runs, the system goes on to watch, and a new watcher shares that.
        const ended = tell(watcher, onChange, onFailure);
        return { kind: "watcher", close: () => watcher.close(), ended };
      } catch (error) {
        return toWatchFailure(error);
      }
    };
    return createWatching(open, true, os);
  };
}

/** Tells until the watcher is closed, which ends the loop without an error. */
async function tell(
  watcher: Unrefable,
  onChange: (change: Change) => void,
  onFailure: (failure: WatchFailure) => void,
): Promise<void> {
  try {
    const events = watcher[Symbol.asyncIterator]();
    for (;;) {
      const next = events.next();
      // It counts for what waits now, and throws where nothing does (2.9.6).
      watcher.unref?.();
      const { done, value } = await next;
      if (done === true) return;
      const { kind, flag, paths } = value;
      if (kind === "access") continue;
      if (kind === "any" || flag === "rescan") onChange({ kind: "any" });
      else for (const path of paths) onChange({ kind: "path", path });
    }
  } catch (error) {
    onFailure(toWatchFailure(error));
  }
}
