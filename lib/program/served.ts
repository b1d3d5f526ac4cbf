/**
 * Files that the program itself needs, and that must not be served: users, keys, logs.
 *
 * @module
 */

import { isHidden, segmentsBelow } from "../files/locate.ts";
import type { Files, Runtime } from "../ports/ports.ts";
import type { Settings } from "./parse.ts";

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
  const names = segmentsBelow(directory, file, files.os) ?? [];
  return names.length > 0 && (dotfiles || !names.some(isHidden));
}

/**
 * Finds a secret of TLS that everybody could download. A certificate is none, unless the key is
 * in its file.
 *
 * @param settings What the user said.
 * @param served The directory.
 * @param runtime The runtime.
 * @returns What to say, or `undefined`.
 */
export async function exposedSecret(
  { https }: Pick<Settings, "https">,
  served: Served,
  { files }: Pick<Runtime, "files">,
): Promise<string | undefined> {
  if (https === undefined || https.source === "self-signed") return undefined;
  const { cert, key, passwordFile } = https.source;
  const rows = [
    [key === cert ? "--tls-cert" : "--tls-key", key],
    ["--tls-password-file", passwordFile],
  ] as const;
  for (const [flag, path] of rows) {
    if (path === undefined || !await isServed(path, served, files)) continue;
    return `${flag} "${path}" would be served itself; move it out of the directory`;
  }
  return undefined;
}

/**
 * What to say of a log that everybody could download: people may want that.
 *
 * @param path The path of the log.
 * @param served The directory.
 * @param runtime The runtime.
 * @returns A line, or `undefined`.
 */
export async function logNotice(
  path: string,
  served: Served,
  { files }: Pick<Runtime, "files">,
): Promise<string | undefined> {
  return await isServed(path, served, files)
    ? `The log "${path}" is served itself: everybody can read it; move it out of the directory`
    : undefined;
}
