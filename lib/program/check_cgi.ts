/**
 * Whether scripts can be run as the user wants, before the first request.
 *
 * @module
 */

import type { Runtime } from "../ports/ports.ts";
import { SCRIPT_DIRECTORIES } from "../site/scripts.ts";
import type { CgiSettings } from "./cgi.ts";

/**
 * Says before the first request why no script could ever be run.
 *
 * @param settings What the user said.
 * @param root The absolute path of the directory that is served.
 * @param runtime The runtime.
 * @returns Why not, or `undefined`.
 */
export async function checkCgi(
  settings: CgiSettings,
  root: string,
  runtime: Runtime,
): Promise<string | undefined> {
  const { files, processes } = runtime;
  for (const name of settings.directories) {
    const stat = await files.stat(below(root, name));
    if (stat?.kind === "directory") continue;
    return `--cgi-dir "${name}": there is no such directory in "${root}"`;
  }
  const interpreters = Object.values(settings.extensions)
    .flatMap(([program]) => program ?? []);
  for (const program of interpreters) {
    if (await isProgram(program, runtime)) continue;
    return `--cgi-ext: there is no program "${program}"`;
  }
  const scripts = await listScripts(settings, root, runtime);
  const missing = runtime.missingRunPermission(scripts, interpreters);
  if (missing !== undefined) {
    return `no permission to run scripts; start with ${missing}`;
  }
  const choice = processes.chooseUser(settings.options.user);
  return choice.kind === "refused"
    ? `cannot run scripts: ${choice.message}`
    : undefined;
}

function below(root: string, directory: string): string {
  return `${root}/${directory.replace(/^\/+/, "")}`;
}

async function isProgram(
  program: string,
  { files, processes }: Runtime,
): Promise<boolean> {
  if (files.os === "windows") return true; // it has rules of its own
  const paths = program.includes("/")
    ? [program]
    : (processes.environment.PATH ?? "").split(":")
      .map((directory) => `${directory}/${program}`);
  for (const path of paths) {
    if ((await files.stat(path))?.executable === true) return true;
  }
  return false;
}

/** The scripts that are there when the program starts. */
async function listScripts(
  { directories }: CgiSettings,
  root: string,
  { files }: Runtime,
): Promise<readonly string[]> {
  const scripts: string[] = [];
  for (const directory of [...SCRIPT_DIRECTORIES, ...directories]) {
    const path = await files.realPath(below(root, directory));
    for (const { name } of path ? await files.list(path) ?? [] : []) {
      const stat = await files.stat(`${path}/${name}`);
      if (stat?.kind === "file" && stat.executable !== false) {
        scripts.push(`${path}/${name}`);
      }
    }
  }
  return scripts;
}

/**
 * What to say at the start to somebody whose directory has nothing to run.
 *
 * @param settings What the user said.
 * @param root The absolute path of the directory that is served.
 * @param files Where the files are.
 * @returns A sentence, or `undefined`.
 */
export async function scriptNotice(
  settings: CgiSettings,
  root: string,
  { files }: Pick<Runtime, "files">,
): Promise<string | undefined> {
  const { directories, extensions } = settings;
  if (directories.length > 0 || Object.keys(extensions).length > 0) {
    return undefined;
  }
  for (const directory of SCRIPT_DIRECTORIES) {
    const path = below(root, directory);
    if ((await files.stat(path))?.kind === "directory") return undefined;
  }
  return `There are no scripts: neither cgi-bin nor htbin is in ${root}`;
}
