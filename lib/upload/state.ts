/**
 * What uploads of a handler share: nothing of it outlives the process.
 *
 * @module
 */

import type { Context } from "../files/context.ts";
import { createSemaphore, type Semaphore } from "../http/semaphore.ts";
import type { Peer } from "../ports/exchange.ts";
import type { HttpRequest } from "../ports/message.ts";
import type { Site } from "../site/site.ts";
import type { UploadPolicy } from "../site/upload_policy.ts";
import { type Budget, createBudget } from "./budget.ts";

/** What uploads share. */
export interface UploadState {
  /** Places for files. */
  readonly enter: Semaphore;
  /** How much may still be received. */
  readonly budget: Budget;
  /** The incoming files that are being written, by their paths; each function interrupts one, and settles when it is closed. */
  readonly writing: Map<string, () => Promise<void>>;
  /** The files that are being replaced, by their paths; each settles when that is done. */
  readonly publishing: Map<string, Promise<unknown>>;
  /** How long the whole is of which a part is there, by what names it without that: HEAD does not tell. */
  readonly incomplete: Map<string, number>;
  /** When old incoming files were removed last, in milliseconds since the epoch. */
  cleanedAt: number;
}

/** The state of a handler; one that receives nothing has no places. */
export function createUploadState({ upload }: Site): UploadState {
  return {
    enter: createSemaphore(upload?.maxAtOnce ?? 0),
    budget: createBudget(upload?.maxTotal ?? 0),
    writing: new Map(),
    publishing: new Map(),
    incomplete: new Map(),
    cleanedAt: 0,
  };
}

/** What every stage of an upload is told. */
export interface Upload {
  readonly request: HttpRequest;
  readonly peer: Peer;
  readonly policy: UploadPolicy;
  /** Sees what is in a drop box. */
  readonly context: Context;
  readonly state: UploadState;
}
