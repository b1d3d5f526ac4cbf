/**
 * Compiled code that Deno keeps of one subject.
 *
 * @module
 */

import { run } from "../processes.ts";
import type { Tools } from "./subject.ts";

/**
 * A cache for one subject alone. V8 takes code only under the flags that it was kept with: of two
 * subjects with different flags each would compile anew what the other has left, and Deno's own
 * modules with it. That cost a start up to twice its time, on both sides.
 *
 * What Deno knows of packages is shared: with `"nodeModulesDir": "auto"` it would ask the registry for it at
 * each start, and where there is no network it never gets an answer.
 *
 * @param tools Where it lies.
 * @returns What its environment has besides.
 */
export async function ownCache(
  { temporary }: Tools,
): Promise<{ readonly DENO_DIR: string }> {
  const cache = await Deno.makeTempDir({ dir: temporary });
  const shared = JSON.parse(await run([Deno.execPath(), "info", "--json"]));
  await Deno.mkdir(shared.npmCache, { recursive: true });
  await Deno.symlink(shared.npmCache, `${cache}/npm`);
  return { DENO_DIR: cache };
}
