/**
 * The permissions that the settings require. The program gives everything else back at its
 * start: a hole in it then lets an attacker read the published files, and nothing more.
 *
 * @module
 */

import type { Files } from "../ports/files.ts";
import type { Permissions } from "../ports/processes.ts";
import type { Runtime } from "../ports/runtime.ts";
import type { Settings } from "./settings.ts";

/** What is asked of the runtime. */
interface Places extends Pick<Runtime, "paths"> {
  readonly files: Pick<Files, "realPath">;
}

/** The permissions to keep, besides the network. */
export async function requiredPermissions(
  settings: Settings,
  root: string,
  runtime: Places,
): Promise<Permissions> {
  const { cgi, open } = settings;
  const { files, paths: { resolve } } = runtime;
  const runsScripts = cgi !== undefined;
  return {
    read: await files.realPath(root) === resolve(root)
      ? readablePaths(settings, resolve(root))
      // The link may lead elsewhere tomorrow.
      : undefined,
    run: runsScripts || open,
    // Content of unknown length is spooled to a file for a script.
    write: runsScripts
      ? undefined
      : await writablePaths(settings, resolve(root), runtime),
    environment: runsScripts,
  };
}

/**
 * Paths below which the program reads; `undefined` where no list can be enough: with
 * `--follow-symlinks` links lead anywhere, scripts can read anything anyway, and threads load
 * modules.
 */
function readablePaths(
  settings: Settings,
  root: string,
): readonly string[] | undefined {
  const { access, cgi, followSymlinks, https, workers } = settings;
  if (followSymlinks || cgi !== undefined || workers !== 1) return undefined;
  const read = [access.file, settings.config].filter((path) =>
    path !== undefined
  );
  return [root, ...tlsFiles(https), ...read, ...socketsOf(settings)];
}

/** Paths below which the program writes; `undefined` where a link leads to that of uploads, which may lead elsewhere tomorrow. */
async function writablePaths(
  settings: Settings,
  root: string,
  { files, paths: { resolve } }: Places,
): Promise<readonly string[] | undefined> {
  const { log, upload } = settings;
  const logs = log.file === undefined ? [] : [log.file];
  const paths = [...logs, ...socketsOf(settings)];
  if (upload === undefined) return paths;
  const path = resolve(root, `./${upload.directory ?? ""}`);
  return await files.realPath(path) === path ? [...paths, path] : undefined;
}

function socketsOf({ where, admin }: Settings): readonly string[] {
  const binds = admin === undefined ? where.binds : [...where.binds, admin];
  return binds.flatMap((bind) => bind.kind === "unix" ? bind.path : []);
}

function tlsFiles(https: Settings["https"]): readonly string[] {
  if (https === undefined || https.source === "self-signed") return [];
  const { cert, key, passwordFile } = https.source;
  return [cert, key, ...passwordFile === undefined ? [] : [passwordFile]];
}
