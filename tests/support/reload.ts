/** A site in memory whose pages reload. */

import { siteDefaults } from "../../lib/handler/defaults.ts";
import { createSiteHandler } from "../../lib/handler/handler.ts";
import { createReload, type Reload } from "../../lib/reload/live_reload.ts";
import { createStreams } from "../../lib/reload/streams.ts";
import { currentRuntime } from "../../lib/runtime/mod.ts";
import { withReloading } from "../../lib/site/reloading.ts";
import { createSite } from "../../lib/site/site.ts";
import type { LogRecord, MemoryFile, SiteOptions } from "../../main.ts";
import { type Fetch, filesOf, NOW } from "./site.ts";

/** The element that is added at the first change. */
export function tagAt(count: number, mount = ""): string {
  return `\n<script async src="${mount}/.serve/reload.js" data-id="run.${count}"></script>\n`;
}

/** What browsers send with a navigation, to this machine. */
export const NAVIGATION = {
  "accept": "text/html,application/xhtml+xml,*/*;q=0.8",
  "accept-encoding": "gzip, br",
  "sec-fetch-dest": "document",
  "sec-fetch-mode": "navigate",
} as const;

/** The site, what its log has, and the pages that cannot reload. */
export function reloadSite(
  tree: Record<string, MemoryFile>,
  options: Partial<SiteOptions> = {},
): {
  readonly fetch: Fetch;
  readonly reload: Reload;
  readonly records: LogRecord[];
  readonly forbidden: string[];
} {
  const records: LogRecord[] = [];
  const forbidden: string[] = [];
  const plain = createSite({
    root: "/",
    files: filesOf(tree),
    clock: { now: () => NOW },
    log: (record) => records.push(record),
    ...options,
  }, siteDefaults(currentRuntime()));
  const reload = createReload(
    (path) => forbidden.push(path),
    createStreams("run"),
  );
  const { reloading, isOwn } = reload.below(plain.mount);
  const handler = createSiteHandler(withReloading(plain, reloading, isOwn));
  const fetch: Fetch = async (path, init) =>
    await handler(new Request(`http://localhost${path}`, init), init?.peer);
  return { fetch, reload, records, forbidden };
}
