/**
 * The flags for CGI.
 *
 * Whether scripts can be run as the user wants, before the first request.
 *
 * @module
 */

import type { Runtime } from "../ports/runtime.ts";
import type { CgiOptions } from "../site/options.ts";
import { SCRIPT_DIRECTORIES } from "../site/scripts.ts";
import type { FlagName } from "./flags.ts";
import { flag, list, text, UsageError, type Values } from "./words.ts";

/** What the user wants of CGI; the environment is not read yet. */
export interface CgiSettings {
  /** Directories of scripts, besides those that always are. */
  readonly directories: readonly string[];
  /** Programs with their arguments, by extension. */
  readonly extensions: Readonly<Record<string, readonly string[]>>;
  /** Variables, each as `NAME=VALUE`, or as `NAME` for our own. */
  readonly environment: readonly string[];
  /** What is an option as it stands. */
  readonly options: Pick<
    CgiOptions,
    | "user"
    | "authorization"
    | "indexQuery"
    | "compress"
    | "timeout"
    | "maxBody"
    | "maxProcesses"
  >;
}

/** The comma before another extension; others are part of an argument. */
const NEXT_EXTENSION_REGEXP = /,(?=\.[^=,]+=)/;
const MOST = Number.MAX_SAFE_INTEGER;
const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  K: 1024,
  M: 1024 ** 2,
  G: 1024 ** 3,
};

/**
 * Reads the flags for CGI.
 *
 * @param values The values of all flags.
 * @returns What they ask for; `undefined` when there is none of them.
 * @throws {UsageError} When a value is not of its kind.
 */
export function parseCgi(values: Values): CgiSettings | undefined {
  const directories = list(values, "cgi-dir");
  const extensions = Object.fromEntries(
    list(values, "cgi-ext").flatMap((text) => text.split(NEXT_EXTENSION_REGEXP))
      .map(toExtension),
  );
  const environment = list(values, "cgi-env");
  const isOn = (name: FlagName) => values[flag(name)] === true;
  const user = text(values, "cgi-user");
  const timeout = amount(
    values,
    "cgi-timeout",
    /^(\d{1,6}(?:\.\d{1,3})?)()$/,
    "seconds, such as 30",
  );
  const maxBody = amount(
    values,
    "cgi-max-body",
    /^(\d+)([KMG]?)$/i,
    "bytes, such as 500K, 10M or 2G",
  );
  const maxProcesses = amount(
    values,
    "cgi-max-processes",
    /^(\d+)()$/,
    "1 or more, such as 64",
  );
  const options = {
    ...isOn("cgi-authorization") ? { authorization: true } : {},
    ...isOn("cgi-index-query") ? { indexQuery: true } : {},
    ...isOn("cgi-compress") ? { compress: true } : {},
    ...user === undefined ? {} : { user },
    ...timeout === undefined ? {} : { timeout: Math.ceil(timeout * 1000) },
    ...maxBody === undefined ? {} : { maxBody },
    ...maxProcesses === undefined ? {} : { maxProcesses },
  };
  const isAsked = isOn("cgi") || directories.length > 0 ||
    environment.length > 0 || Object.keys({ ...extensions, ...options }).length;
  return isAsked
    ? { directories, extensions, environment, options }
    : undefined;
}

function toExtension(text: string): [string, readonly string[]] {
  const [, extension, program = ""] = /^(\.[^=]+)=(.*)$/s.exec(text) ?? [];
  const words = program.split(" ").filter((word) => word !== "");
  if (extension === undefined || words.length === 0) {
    throw new UsageError(`--cgi-ext needs ".EXT=PROGRAM", not "${text}"`);
  }
  return [extension, words];
}

function amount(
  values: Values,
  name: FlagName,
  pattern: RegExp,
  expected: string,
): number | undefined {
  const value = text(values, name);
  if (value === undefined) return undefined;
  const [, number = "", unit = ""] = pattern.exec(value) ?? [];
  const result = Number(number) * (UNITS[unit.toUpperCase()] ?? NaN);
  if (number !== "" && result > 0 && result <= MOST) return result;
  throw new UsageError(`--${name} needs ${expected}, not "${value}"`);
}

/**
 * The options that settings stand for.
 *
 * @param settings What the user said.
 * @param environment Reads a variable of our own.
 * @returns The options.
 * @throws {TypeError} When a variable is not there, or may not be read.
 */
export function cgiOptions(
  settings: CgiSettings,
  environment: Runtime["environment"],
): CgiOptions {
  return {
    ...settings.options,
    directories: [...SCRIPT_DIRECTORIES, ...settings.directories],
    extensions: settings.extensions,
    environment: Object.fromEntries(
      settings.environment.map((text) => toVariable(text, environment)),
    ),
  };
}

function toVariable(
  text: string,
  environment: Runtime["environment"],
): [string, string] {
  const equals = text.indexOf("=");
  if (equals >= 0) return [text.slice(0, equals), text.slice(equals + 1)];
  const value = environment(text);
  if (value !== undefined) return [text, value];
  throw new TypeError(`Cannot pass variable "${text}" on: it is not set`);
}

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
