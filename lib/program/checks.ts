/**
 * Checks before the first request: what would fail at every request, and what must not lie in
 * the directory.
 *
 * @module
 */

import { findApplication } from "../files/application.ts";
import { createContext } from "../files/context.ts";
import { isHidden, isIncoming } from "../files/locate.ts";
import { type Files, segmentsBelow } from "../ports/files.ts";
import type { Runtime } from "../ports/runtime.ts";
import { SCRIPT_DIRECTORIES } from "../site/scripts.ts";
import type { Site } from "../site/site.ts";
import { FLAG_TABLE } from "./flags.ts";
import type { Layer } from "./flag.ts";
import type { CgiSettings, Settings } from "./settings.ts";

/** Why the page of an application could never be sent, or `undefined`. */
export async function checkApplication(
  site: Site,
): Promise<Failed | undefined> {
  if (site.routing.spa === undefined) return undefined;
  const found = await findApplication(createContext(site));
  if (found === undefined || found.kind === "file") return undefined;
  const flag = `--spa "${site.routing.spa?.join("/")}"`;
  if (found.kind !== "absent") return failed(`${flag}: it is no file to send`);
  const { reason } = found;
  const known = typeof reason === "function" ? await reason() : reason;
  return failed(`${flag}: ${known ?? noApplication(site)}`);
}

function noApplication({ root, fileName }: Site): string {
  return fileName === undefined
    ? `there is no such file in "${root}"`
    : `only "${fileName}" is served: type --spa=${fileName}`;
}

/** What may be meant as an address to listen on; `wget -r` makes directories with such names. */
const ADDRESS_REGEXP = /^(?:localhost|\d+\.\d+\.\d+\.\d+)$/;

/** Why the program cannot start. */
export interface Failed {
  readonly kind: "failed";
  readonly message: string;
}

export function failed(message: string): Failed {
  return { kind: "failed", message };
}

/** The absolute path of the directory or the file, or why it cannot be published. */
export type CheckedRoot =
  | {
    readonly kind: "root";
    readonly root: string;
    /** Whether it is a file, and the only one to publish. */
    readonly singleFile: boolean;
  }
  | Failed;

/** Finds the directory, and checks it and what the flags name in it. */
export async function checkRoot(
  { directory, immutable, cgi }: Settings,
  runtime: Runtime,
): Promise<CheckedRoot> {
  const { files } = runtime;
  const missing = runtime.missingReadPermission(directory);
  const root = toAbsolute(directory, runtime);
  if (missing !== undefined || root === undefined) {
    const flag = missing ?? "--allow-read";
    return failed(`no permission to read "${directory}"; start with ${flag}`);
  }
  const stat = await files.stat(root);
  if (stat === undefined) {
    const advice = ADDRESS_REGEXP.test(directory)
      ? `; for an address: -b ${directory}`
      : "";
    return failed(
      `cannot serve "${directory}": there is no such directory or file${advice}`,
    );
  }
  const real = await files.realPath(root);
  if (real === undefined || runtime.missingReadPermission(real) !== undefined) {
    return failed(
      `no permission to read what "${directory}" leads to; start with --allow-read=/`,
    );
  }
  if (stat.kind === "other") {
    return failed(
      `cannot serve "${directory}": it is neither a directory nor a file`,
    );
  }
  const singleFile = stat.kind === "file";
  if (!await (singleFile ? mayOpen(real, files) : mayList(real, files))) {
    return failed(`cannot serve "${directory}": you may not read it`);
  }
  for (const name of immutable) {
    if (await isDirectory(`${root}/${name}`, files)) continue;
    return failed(
      `--immutable "${name}": there is no such directory in "${directory}"`,
    );
  }
  const reason = cgi && await checkCgi(cgi, root, runtime);
  return reason === undefined
    ? { kind: "root", root, singleFile }
    : failed(reason);
}

async function mayOpen(path: string, files: Files): Promise<boolean> {
  const file = await files.open(path);
  file?.close();
  return file !== undefined;
}

/** On Windows no directory can be opened. To list one of 100,000 names takes a tenth of a second. */
async function mayList(path: string, files: Files): Promise<boolean> {
  return files.isReadable === undefined || files.os === "windows"
    ? await files.list(path) !== undefined
    : files.isReadable(path);
}

/** A path from the working directory, where that may be known. */
export function toAbsolute(path: string, runtime: Runtime): string | undefined {
  const { isAbsolute, resolve } = runtime.paths;
  if (isAbsolute(path)) return path;
  const directory = runtime.workingDirectory();
  return directory && resolve(directory, path);
}

async function isDirectory(path: string, files: Files): Promise<boolean> {
  return (await files.stat(path))?.kind === "directory";
}

/** Why no script could ever be run, or `undefined`. */
export async function checkCgi(
  settings: CgiSettings,
  root: string,
  runtime: Runtime,
): Promise<string | undefined> {
  for (const name of settings.directories) {
    if (await isDirectory(below(root, name), runtime.files)) continue;
    return `--cgi-dir "${name}": there is no such directory in "${root}"`;
  }
  const interpreters = Object.values(settings.extensions)
    .flatMap(([program]) => program ?? []);
  for (const program of interpreters) {
    if (await isProgram(program, runtime)) continue;
    return `--cgi-ext: there is no program "${program}"`;
  }
  const scripts = await listScripts(settings, root, runtime.files);
  const missing = runtime.missingRunPermission(scripts, interpreters);
  if (missing !== undefined) {
    return `no permission to run scripts; start with ${missing}`;
  }
  const choice = runtime.processes.chooseUser(settings.options.user);
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
  { directories }: Pick<CgiSettings, "directories">,
  root: string,
  files: Files,
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

/** A notice for scripts that are served as they are, because nobody has asked to run them. */
export async function sourceNotice(
  directory: PublicDirectory,
  { files }: Pick<Runtime, "files">,
): Promise<string | undefined> {
  const { root } = directory;
  const scripts = await listScripts({ directories: [] }, root, files);
  for (const path of scripts) {
    if (!await isPublic(path, directory, files)) continue;
    const name = path.split("/").at(-2);
    return `Scripts in ${name} are not run, their source is served: --cgi runs them`;
  }
  return undefined;
}

/** A notice for what has nothing to run. */
export async function scriptNotice(
  { directories, extensions }: CgiSettings,
  root: string,
  { files }: Pick<Runtime, "files">,
): Promise<string | undefined> {
  if (directories.length > 0 || Object.keys(extensions).length > 0) {
    return undefined;
  }
  if (!await isDirectory(root, files)) {
    return `${root} is sent, and not run: scripts run in a directory, or by --cgi-ext`;
  }
  for (const directory of SCRIPT_DIRECTORIES) {
    if (await isDirectory(below(root, directory), files)) return undefined;
  }
  return `There are no scripts: neither cgi-bin nor htbin is in ${root}`;
}

/** Addresses that only this machine reaches. */
const LOCAL_REGEXP = /^(?:127\.|::1$|localhost$|unix:|\/)/;

/** A notice for passwords that are sent in clear text to an address that others reach. */
export function passwordNotice(
  { access: { users, file }, https }: Pick<Settings, "access" | "https">,
  addresses: readonly string[],
): string | undefined {
  const asks = users !== undefined || file !== undefined;
  const isReached = addresses.some((address) => !LOCAL_REGEXP.test(address));
  return asks && isReached && https === undefined
    ? "Passwords are sent unencrypted: use --tls-self-signed, or -b 127.0.0.1"
    : undefined;
}

/** A notice of flags that have no effect on this runtime. */
export function limitsNotice(
  { limits }: Pick<Settings, "limits">,
  { keepsLimits, version }: Pick<Runtime, "keepsLimits" | "version">,
): string | undefined {
  if (keepsLimits) return undefined;
  const given: Readonly<Record<string, unknown>> = limits;
  const flags = FLAG_TABLE
    .filter(({ setting = "" }) => {
      const [section, name = ""] = setting.split(".");
      return section === "limits" && given[name] !== undefined;
    })
    .map(({ name }) => `--${name}`);
  if (flags.length === 0) return undefined;
  const [runtime] = version.split("/");
  return `${runtime} cannot limit connections: no effect of ${
    flags.join(", ")
  }`;
}

/** The directory or the file that is published. */
export interface PublicDirectory {
  readonly root: string;
  readonly singleFile?: boolean;
  /** Whether names that begin with a dot are published. */
  readonly dotfiles: boolean;
}

/**
 * Whether a file can be downloaded under its own name; one that is absent cannot. A link to it
 * in the directory does not count: only `--follow-symlinks` follows it.
 */
export async function isPublic(
  path: string,
  { root, singleFile, dotfiles }: PublicDirectory,
  files: Files,
): Promise<boolean> {
  const file = await files.realPath(path);
  const directory = await files.realPath(root);
  if (file === undefined || directory === undefined) return false;
  if (singleFile === true) return file === directory;
  const names = segmentsBelow(directory, file, files.os) ?? [];
  return names.length > 0 && !names.some(dotfiles ? isIncoming : isHidden);
}

/** A message for a secret of TLS that can be downloaded. A certificate is no secret, unless the key is in its file. */
export async function exposedSecret(
  { https }: Pick<Settings, "https">,
  directory: PublicDirectory,
  { files }: Pick<Runtime, "files">,
): Promise<string | undefined> {
  if (https === undefined || https.source === "self-signed") return undefined;
  const { cert, key, passwordFile } = https.source;
  const rows = [
    [key === cert ? "--tls-cert" : "--tls-key", key],
    ["--tls-password-file", passwordFile],
  ] as const;
  for (const [flag, path] of rows) {
    if (path === undefined || !await isPublic(path, directory, files)) continue;
    return `${flag} "${path}" would be served itself; move it out of the directory`;
  }
  return undefined;
}

/** A notice for a log that can be downloaded: it may be meant so. */
export async function logNotice(
  path: string,
  directory: PublicDirectory,
  { files }: Pick<Runtime, "files">,
): Promise<string | undefined> {
  return await isPublic(path, directory, files)
    ? `The log "${path}" is served itself: everybody can read it; move it out of the directory`
    : undefined;
}

/** A file of settings that can be downloaded: refused where it has a password, else told. */
export async function exposedSettings(
  { config }: Pick<Settings, "config">,
  given: Layer,
  directory: PublicDirectory,
  { files }: Pick<Runtime, "files">,
): Promise<
  Failed | { readonly kind: "notice"; readonly text: string } | undefined
> {
  if (config === undefined || !await isPublic(config, directory, files)) {
    return undefined;
  }
  const hasSecret = FLAG_TABLE.some(({ secret, name }) =>
    secret === true && given.get(name)?.source.kind === "file"
  );
  const what = hasSecret ? "the passwords in them" : "them";
  const text =
    `The settings "${config}" are served themselves: everybody can read ${what}; move them out of the directory`;
  return hasSecret ? failed(text) : { kind: "notice", text };
}
