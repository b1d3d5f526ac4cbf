/**
 * The permissions that the settings require. The program gives everything else back at its
 * start: a hole in it then lets an attacker read the published files, and nothing more.
 *
 * @module
 */

import { resolve } from "@std/path/posix";
import type { Files } from "../ports/files.ts";
import type { Permissions } from "../ports/processes.ts";
import type { Settings } from "./settings.ts";

/** The permissions to keep, besides the network. */
export async function requiredPermissions(
  settings: Settings,
  root: string,
  files: Pick<Files, "realPath">,
): Promise<Permissions> {
  const { cgi, log, open, where } = settings;
  const runsScripts = cgi !== undefined;
  return {
    read: await files.realPath(root) === resolve(root)
      ? readablePaths(settings, resolve(root))
      // The link may lead elsewhere tomorrow.
      : undefined,
    run: runsScripts || open,
    // Content of unknown length is spooled to a file for a script.
    write: runsScripts || log.file !== undefined ||
      where.binds.some(({ kind }) => kind === "unix"),
    environment: runsScripts,
  };
}

/**
 * Paths below which the program reads; `undefined` where no list can be enough: with
 * `--follow-symlinks` links lead anywhere, scripts can read anything anyway, and threads load
 * modules.
 */
function readablePaths(
  { access, cgi, followSymlinks, https, where, workers }: Settings,
  root: string,
): readonly string[] | undefined {
  if (followSymlinks || cgi !== undefined || workers !== 1) return undefined;
  const sockets = where.binds.flatMap((bind) =>
    bind.kind === "unix" ? bind.path : []
  );
  const passwords = access.file === undefined ? [] : [access.file];
  return [root, ...tlsFiles(https), ...passwords, ...sockets];
}

function tlsFiles(https: Settings["https"]): readonly string[] {
  if (https === undefined || https.source === "self-signed") return [];
  const { cert, key, passwordFile } = https.source;
  return [cert, key, ...passwordFile === undefined ? [] : [passwordFile]];
}
