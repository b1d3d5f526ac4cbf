/**
 * What the program needs to be allowed for the flags that it was given: everything else is
 * given back at its start. Whoever finds a hole in it can read what is served, and nothing more.
 *
 * @module
 */

import { resolve } from "@std/path/posix";
import type { Files } from "../ports/ports.ts";
import type { Permissions } from "../ports/processes.ts";
import { filesOf } from "./https.ts";
import type { Settings } from "./parse.ts";

/** The settings that say what is needed. */
export type NeedySettings = Pick<
  Settings,
  | "access"
  | "cgi"
  | "followSymlinks"
  | "https"
  | "log"
  | "open"
  | "where"
  | "workers"
>;

/**
 * The permissions that some settings need besides the network.
 *
 * @param settings What the user wants.
 * @param root The absolute path of the directory that is served.
 * @param files Where it is.
 * @returns What is kept.
 */
export async function permissionNeeds(
  settings: NeedySettings,
  root: string,
  files: Pick<Files, "realPath">,
): Promise<Permissions> {
  const { cgi, log, open, where } = settings;
  const scripts = cgi !== undefined;
  return {
    read: await files.realPath(root) === resolve(root)
      ? readNeeds(settings, resolve(root))
      // The link may lead elsewhere tomorrow.
      : undefined,
    run: scripts || open,
    // Content of unknown length is put aside for a script.
    write: scripts || log.file !== undefined ||
      where.binds.some(({ kind }) => kind === "unix"),
    environment: scripts,
  };
}

/**
 * Paths below which the program reads; `undefined` where only they cannot be enough: with
 * `--follow-symlinks` links lead anywhere, scripts can read what they like anyway, and threads
 * load modules.
 */
function readNeeds(
  { access, cgi, followSymlinks, https, where, workers }: NeedySettings,
  root: string,
): readonly string[] | undefined {
  if (followSymlinks || cgi !== undefined || workers !== 1) return undefined;
  const sockets = where.binds.flatMap((bind) =>
    bind.kind === "unix" ? bind.path : []
  );
  const passwords = access.file === undefined ? [] : [access.file];
  return [root, ...filesOf(https), ...passwords, ...sockets];
}
