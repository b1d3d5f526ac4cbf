/**
 * What archives of a handler share.
 *
 * @module
 */

import { type Cache, createCache } from "../http/cache.ts";
import { createSemaphore, type Semaphore } from "../http/semaphore.ts";
import type { Site } from "../site/site.ts";

export interface ArchiveState {
  /** Places for archives: while one is planned, and while it is sent. */
  readonly enter: Semaphore;
  /** Checksums of files, by their states: who continues a download has nothing read again. */
  readonly checksums: Cache<number>;
}

/** How many bytes of checksums and their keys are kept: some 40,000. */
const CHECKSUMS_BYTES = 8_388_608;

/** The state of a handler; one that makes no archives has no places. */
export function createArchiveState({ archive }: Site): ArchiveState {
  return {
    enter: createSemaphore(archive?.maxAtOnce ?? 0),
    checksums: createCache(CHECKSUMS_BYTES),
  };
}
