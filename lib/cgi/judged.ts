/**
 * Whether the script that runs is the one that was found (decision P1). The system, and the
 * interpreter after it, open a script by its path; whose links they followed shows only in
 * the directories, before and after.
 *
 * @module
 */

import { find } from "../files/locate.ts";
import { isSameObject } from "../files/open.ts";
import type { Script } from "../http/resource.ts";
import type { PathStamp } from "../ports/ports.ts";
import type { ScriptSite } from "./call.ts";

/**
 * Remembers the path of a script before it is started.
 *
 * @param script The script, as it was found.
 * @param site What is served, and how.
 * @returns Tells whether another one was started; `undefined` where another object lies there
 * by now.
 */
export async function stampScript(
  { path, stat }: Script,
  { root, files }: ScriptSite,
): Promise<PathStamp | undefined> {
  const real = await files.realPath(root) ?? root;
  const stamp = files.stamp?.(path, real) ?? SURE;
  if (stat === undefined) return stamp;
  const found = await find(path, [], files);
  return found?.path === path && isSameObject(found.stat, stat)
    ? stamp
    : undefined;
}

const SURE: PathStamp = () => "same";

/** After this an interpreter has opened its script: what is exchanged later does not matter, in milliseconds. */
const OPENED_MS = 250;

/**
 * Takes the verdict of a stamp soon after a script was started: at its first output or a moment
 * later, whichever comes first. Deployments exchange scripts that run for longer.
 *
 * @param stamp The stamp.
 * @returns The verdict, to be asked for at the first output, and an end of the waiting.
 */
export function soonVerdict(
  stamp: PathStamp,
): Disposable & { readonly verdict: PathStamp } {
  let taken: ReturnType<PathStamp> | undefined;
  const verdict = () => taken ??= stamp();
  const timer = setTimeout(verdict, OPENED_MS);
  return { verdict, [Symbol.dispose]: () => clearTimeout(timer) };
}
