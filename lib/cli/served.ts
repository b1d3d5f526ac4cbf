/**
 * Files that the program itself needs, and that must not be served: users, keys, logs.
 *
 * @module
 */

import { isHidden } from "../files/name.ts";
import type { Files } from "../ports.ts";

/** The directory that is served. */
export interface Served {
  /** Its path. */
  readonly root: string;
  /** Whether names that begin with a dot are served. */
  readonly dotfiles: boolean;
}

/**
 * Whether a file is among those that are served, under its own name. A link to it that lies in
 * the directory is not looked for: it is served with `--follow-symlinks` only.
 *
 * @param path The path of the file.
 * @param served The directory.
 * @param files Where both are.
 * @returns Whether it is; one that is not there is not.
 */
export async function isServed(
  path: string,
  { root, dotfiles }: Served,
  files: Files,
): Promise<boolean> {
  const file = await files.realPath(path);
  const directory = await files.realPath(root);
  if (file === undefined || directory === undefined) return false;
  const below = directory.replace(/[/\\]$/, "");
  const rest = file.slice(below.length);
  if (!file.startsWith(below) || !/^[/\\]/.test(rest)) return false;
  return dotfiles || !rest.split(/[/\\]/).some(isHidden);
}
