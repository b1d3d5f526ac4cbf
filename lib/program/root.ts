/**
 * The directory to serve: is it there, and may it be read?
 *
 * @module
 */

import * as posix from "@std/path/posix";
import * as windows from "@std/path/windows";
import type { Runtime } from "../ports/ports.ts";
import { checkCgi } from "./check_cgi.ts";
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
