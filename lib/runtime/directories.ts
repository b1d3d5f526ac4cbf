/**
 * What the disk asks of a runtime to read directories. Types only.
 *
 * @module
 */

import type { Awaitable, Entry } from "../ports/ports.ts";

/**
 * Reads a directory, or throws: one that is large in bytes while others have their turn.
 */
export type ReadDirectory = (
  path: string,
  size: number,
) => Awaitable<readonly Entry[]>;
