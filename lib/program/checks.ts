/**
 * What is checked before anything is served: the directory, and what must not lie in it.
 *
 * @module
 */

import * as posix from "@std/path/posix";
import * as windows from "@std/path/windows";
import { isHidden } from "../files/locate.ts";
import type { Files } from "../ports/files.ts";
import { segmentsBelow } from "../ports/paths.ts";
import type { Runtime } from "../ports/runtime.ts";
import { checkCgi } from "./cgi.ts";
import type { Settings } from "./parse.ts";

/** The directory, or why it cannot be served. */
export type Checked =
  | { readonly kind: "root"; readonly root: string }
  | {
    readonly kind: "failed";
    /** Why. */
    readonly message: string;
  };

/**
 * Says before the first request what would fail at every request.
 *
 * @param settings What the user said.
 * @param runtime The runtime.
 * @returns The absolute path of the directory, or why it cannot be served.
 */
export async function checkRoot(
  { directory, immutable, cgi }: Settings,
  runtime: Runtime,
): Promise<Checked> {
  const { files } = runtime;
  const missing = runtime.missingReadPermission(directory);
  const root = toAbsolute(directory, runtime);
  if (missing !== undefined || root === undefined) {
    const flag = missing ?? "--allow-read";
    return failed(`no permission to read "${directory}"; start with ${flag}`);
  }
  const stat = await files.stat(root);
  if (stat === undefined) {
    return failed(`cannot serve "${directory}": there is no such directory`);
  }
  if (await files.realPath(root) === undefined) {
    return failed(
      `no permission to read what "${directory}" leads to; start with --allow-read=/`,
    );
  }
  if (stat.kind !== "directory") {
    return failed(`cannot serve "${directory}": it is not a directory`);
  }
  if (await files.list(root) === undefined) {
    return failed(`cannot serve "${directory}": you may not read it`);
  }
  for (const name of immutable) {
    if ((await files.stat(`${root}/${name}`))?.kind === "directory") continue;
    return failed(
      `--immutable "${name}": there is no such directory in "${directory}"`,
    );
  }
  const reason = cgi && await checkCgi(cgi, root, runtime);
  return reason === undefined ? { kind: "root", root } : failed(reason);
}

function failed(message: string): Checked {
  return { kind: "failed", message };
}

function toAbsolute(path: string, runtime: Runtime): string | undefined {
  const { isAbsolute, resolve } = runtime.files.os === "windows"
    ? windows
    : posix;
  if (isAbsolute(path)) return path;
  const directory = runtime.workingDirectory();
  return directory && resolve(directory, path);
}

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
