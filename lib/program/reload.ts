/**
 * `--reload`: watches what is served, and tells browsers of it. Loaded with the flag alone.
 *
 * @module
 */

import { escapeLog } from "../log/access_log.ts";
import type { Runtime } from "../ports/runtime.ts";
import { eventOf } from "../reload/event.ts";
import { createReload } from "../reload/live_reload.ts";
import { type SiteWatch, watchSite } from "../reload/watch_site.ts";
import { programLine } from "../server/describe.ts";
import { withReloading } from "../site/reloading.ts";
import type { Site } from "../site/site.ts";

/** Live reload, from its start to its end. */
export interface ProgramReload {
  /** The same site, whose pages reload. */
  readonly extend: (site: Site) => Site;
  /** Watches what a site serves, in place of the one before. */
  readonly follow: (
    live: { readonly site: Site; readonly reread: () => Promise<void> },
  ) => void;
  /** Ends it: a stream of events would hold up the end of the program. */
  readonly end: () => void;
}

/** Makes live reload. Once changes are seen, a line says so. */
export function createProgramReload(
  directory: string,
  { print, printError, watch }: Pick<Runtime, "print" | "printError" | "watch">,
): ProgramReload {
  const tell = (line: string) => printError(programLine(line));
  const reload = createReload((path) => tell(forbiddenText(path)));
  let watching: SiteWatch | undefined;
  return {
    extend: (site) => {
      const { reloading, isOwn } = reload.below(site.mount);
      return withReloading(site, reloading, isOwn);
    },
    follow: ({ site, reread }) => {
      const isFirst = watching === undefined;
      watching?.close();
      watching = watchSite(site, watch, {
        changed: (changes) => {
          const event = eventOf(changes, site.mount);
          const publish = () => reload.tell(event);
          // A page that reloads at once is to get the rules of now.
          void reread().then(publish, publish);
        },
        notice: tell,
      });
      // With other settings pages may be others, too.
      if (!isFirst) return reload.tell({ kind: "reload" });
      void watching.ready.then(() => print(readyText(directory)));
    },
    end: () => {
      watching?.close();
      reload.end();
    },
  };
}

function readyText(directory: string): string {
  return `  Reloads pages when files of ${directory} change.\n`;
}

function forbiddenText(path: string): string {
  return `Content-Security-Policy of ${
    escapeLog(path)
  } forbids the script of --reload: the page does not reload`;
}
