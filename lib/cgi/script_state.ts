/**
 * What scripts of a handler share.
 *
 * @module
 */

import type { Compression } from "../files/compression.ts";
import { createSemaphore, type Semaphore } from "../http/semaphore.ts";
import type { Cgi } from "../site/scripts.ts";

/** What changes while scripts run. */
export interface ScriptState {
  /** Places for scripts. */
  readonly enter: Semaphore;
  /** What codes their documents. */
  readonly compression: Compression;
  /** What they are to the system, by their states. */
  readonly forms: Map<string, Form>;
}

/** What a script is to the system that runs it, as its first bytes tell. */
export type Form = "program" | "php" | "text";

/** The state of a handler; one that runs no scripts has no places. */
export function createScriptState(
  cgi: Pick<Cgi, "maxProcesses"> | undefined,
  compression: Compression,
): ScriptState {
  const enter = createSemaphore(cgi?.maxProcesses ?? 0);
  return { enter, compression, forms: new Map() };
}
