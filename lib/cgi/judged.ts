/**
 * Whether the script that runs is the one that was found (decision P1). The system, and the
 * interpreter after it, open a script by its path; whose links they followed shows only in
 * the directories, before and after.
 *
 * @module
 */

import { find } from "../files/locate.ts";
import type { Script } from "../files/resource.ts";
import type { PathStamp, Stat } from "../ports.ts";
import type { ScriptSite } from "./call.ts";

/**
 * Remembers the path of a script before it is started.
 *
 * @param script The script, as it was found.
 * @param site What is served, and how.
 * @returns Tells whether the system has started that very script; `undefined` where another
 * object lies there by now.
 */
export async function stampScript(
  { path, stat }: Script,
  { root, files }: ScriptSite,
): Promise<PathStamp | undefined> {
  const real = await files.realPath(root) ?? root;
  const stamp = files.stamp?.(path, real) ?? SURE;
  if (stat === undefined) return stamp;
  const found = await find(path, [], files);
  return found?.path === path && isSameScript(found.stat, stat)
    ? stamp
    : undefined;
}

const SURE: PathStamp = () => true;

/** Its content may change while it is found, as that of any file. */
function isSameScript(found: Stat, { kind, device, inode }: Stat): boolean {
  return found.kind === kind && found.device === device &&
    found.inode === inode;
}
