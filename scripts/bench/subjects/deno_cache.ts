/**
 * Compiled code that Deno keeps of one subject.
 *
 * @module
 */

import type { Tools } from "./subject.ts";

/**
 * A cache for one subject alone. V8 takes code only under the flags that it was kept with: of two
 * subjects with different flags each would compile anew what the other has left, and Deno's own
 * modules with it. That cost a start up to twice its time, on both sides.
 *
 * @param tools Where it lies.
 * @returns What its environment has besides.
 */
export async function ownCache(
  { temporary }: Tools,
): Promise<{ readonly DENO_DIR: string }> {
  return { DENO_DIR: await Deno.makeTempDir({ dir: temporary }) };
}
