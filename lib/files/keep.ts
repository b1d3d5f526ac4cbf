/**
 * What is made of a source once and kept (decision D19), or that the file has lapsed
 * while it was made.
 *
 * @module
 */

import type { ByteCache } from "../http/cache.ts";
import type { Lapsed } from "./open.ts";

/** Bytes that were made, or why they could not be. */
export type Made =
  | { readonly kind: "made"; readonly bytes: Uint8Array<ArrayBuffer> }
  | Lapsed;

/** The file changed while something was made of it, and is open no longer. */
export const CHANGED: Lapsed = { kind: "changed", path: "", file: undefined };

/**
 * Makes bytes, unless they are kept already or are being made.
 *
 * @param cache Where they are kept.
 * @param key What they depend on; `undefined` when they are not to be kept.
 * @param make Makes them.
 * @returns The bytes. Who waited for somebody else's learns only that there are none.
 */
export async function makeOnce(
  cache: ByteCache,
  key: string | undefined,
  make: () => Promise<Made>,
): Promise<Made> {
  if (key === undefined) return await make();
  let own: Made = CHANGED;
  const bytes = await cache.getOrMake(key, async () => {
    own = await make();
    return own.kind === "made" ? own.bytes : undefined;
  });
  return bytes === undefined ? own : { kind: "made", bytes };
}
