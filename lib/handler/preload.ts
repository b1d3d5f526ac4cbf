/**
 * Loads, while nobody waits, what answers may need and the start does not.
 *
 * @module
 */

import type { Site } from "../site/site.ts";

/** How long after the start, in milliseconds: the first answers come before. */
const DELAY_MS = 1000;

/** Loads it in a while. Returns what ends the wait. */
export function preloadLater(site: Site): () => void {
  const timer = setTimeout(() => void preload(site), DELAY_MS);
  return () => clearTimeout(timer);
}

/**
 * Loads it now. With the first request that needs it, it would be late: on Node.js a module that could
 * not be loaded once, because there were no descriptors left, never can be.
 */
export async function preload({ archive, cgi, upload }: Site): Promise<void> {
  await Promise.allSettled([
    import("../files/list.ts"),
    import("../files/markdown_page.ts"),
    import("../files/near_names.ts"),
    archive && import("../archive/select_archive.ts"),
    cgi && import("../cgi/run.ts"),
    upload && import("../upload/receive.ts"),
  ]);
}
