/**
 * From what a user says of CGI to what its stages read: checked and complete.
 *
 * The options of CGI, checked one by one.
 *
 * @module
 */

import type { ScriptLine } from "../ports/exchange.ts";
import type { OperatingSystem } from "../ports/files.ts";
import type { OpenSpool, Processes, User } from "../ports/processes.ts";
import type { CgiOptions } from "./options.ts";

/** How scripts are found and run. */
export interface Cgi {
  /** The names that lead to each directory of scripts. */
  readonly directories: readonly (readonly string[])[];
  /** What runs scripts anywhere, by extension. */
  readonly extensions: ReadonlyMap<string, readonly string[]>;
  /** What runs scripts in directories of scripts, by extension. */
  readonly interpreters: ReadonlyMap<string, readonly string[]>;
  /** Variables besides the meta-variables, PATH among them. */
  readonly environment: Readonly<Record<string, string>>;
  /** Whether scripts are told the Authorization field. */
  readonly authorization: boolean;
  /** Whether a query without `=` is arguments. */
  readonly indexQuery: boolean;
  /** Whether text is compressed. */
  readonly compress: boolean;
  /** The time for the header block, in milliseconds. */
  readonly timeout: number;
  /** The most content of a request, in bytes. */
  readonly maxBody: number;
  /** How many scripts run at a time. */
  readonly maxProcesses: number;
  /** Whose rights scripts have; `undefined` for our own. */
  readonly user: User | undefined;
  /** SERVER_SOFTWARE. */
  readonly software: string;
  /** Told every line of a script's standard error output. */
  readonly report: (line: ScriptLine) => void;
  /** What runs scripts. */
  readonly processes: Processes;
  /** Where content of unknown length waits. */
  readonly openSpool: OpenSpool;
}

/** What {@linkcode toCgi} needs from whoever knows the runtime and the site. */
export interface CgiDefaults {
  /** What runs scripts, unless the options say so. */
  readonly processes: Processes;
  /** Where content waits, unless the options say so. */
  readonly openSpool: OpenSpool;
  /** Told what scripts complain about, unless the options say so. */
  readonly scriptLog: (line: ScriptLine) => unknown;
  /** The name and version of this server. */
  readonly serverVersion: string;
}

/** Where scripts are unless the user says so: `http.server`'s directories. */
export const SCRIPT_DIRECTORIES: readonly string[] = ["/cgi-bin", "/htbin"];
/** What timers take, in milliseconds: more would be 1. */
/** How many scripts run at a time. */
export const MAX_PROCESSES = 64;
const MOST_TIMEOUT = 2_147_483_647;
/** On Windows nothing in a file says what runs it. */
const WINDOWS_INTERPRETERS: readonly (readonly [string, readonly string[]])[] =
  [
    [".py", ["python"]],
    [".pl", ["perl"]],
    [".php", ["php-cgi"]],
    [".rb", ["ruby"]],
  ];

/**
 * Checks and completes options.
 *
 * @param options What the user says.
 * @param defaults What holds where the user says nothing.
 * @param os Whose rules hold for scripts.
 * @returns The settings.
 * @throws {TypeError} When an option is not of its kind.
 * @throws {RangeError} When a limit is no such number.
 * @throws {Error} When scripts cannot have the rights that they are to have.
 */
export function toCgi(
  options: CgiOptions,
  defaults: CgiDefaults,
  os: OperatingSystem,
): Cgi {
  const { processes = defaults.processes } = options;
  const extensions = toExtensions(options.extensions ?? {});
  const builtIn = os === "windows" ? WINDOWS_INTERPRETERS : [];
  const { authorization = false, indexQuery = false, compress = false } =
    options;
  return {
    directories: toDirectories(options.directories ?? SCRIPT_DIRECTORIES),
    extensions,
    interpreters: new Map([...builtIn, ...extensions]),
    environment: {
      ...processes.environment,
      ...checkedEnvironment(options.environment ?? {}),
    },
    authorization,
    indexQuery,
    compress,
    timeout: checkedLimit("timeout", options.timeout ?? 30_000, MOST_TIMEOUT),
    maxBody: checkedLimit("maxBody", options.maxBody ?? 1_073_741_824),
    maxProcesses: checkedLimit(
      "maxProcesses",
      options.maxProcesses ?? MAX_PROCESSES,
    ),
    user: chosenUser(options.user, processes),
    software: defaults.serverVersion,
    report: options.stderr === false
      ? () => {}
      : heedless(options.stderr ?? defaults.scriptLog),
    processes,
    openSpool: options.openSpool ?? defaults.openSpool,
  };
}

/** What a log throws, or rejects with, must not take the server with it. */
function heedless(tell: (line: ScriptLine) => unknown) {
  return (line: ScriptLine): void => {
    new Promise((resolve) => resolve(tell(line))).catch(() => {});
  };
}

/** A path that begins nowhere: scripts run in directories of their own. */
const RELATIVE_REGEXP = /^(?![/\\]|[a-z]:).*[/\\]/i;
const EXTENSION_REGEXP = /^\.[^./\\\s]+$/;
/** What is no file name on Windows has no place in a URL either. */
const DIRECTORY_NAME_REGEXP = /^[^\\\0]+$/;

/**
 * Directories as the names that lead to them.
 *
 * @param directories Paths below the root.
 * @returns The names that lead to each.
 * @throws {TypeError} When one is not below the root.
 */
export function toDirectories(
  directories: readonly string[],
): readonly (readonly string[])[] {
  if (Array.isArray(directories)) return directories.map(toSegments);
  throw new TypeError(
    `Cannot run scripts in ${JSON.stringify(directories)}: expected a list`,
  );
}

function toSegments(directory: string): readonly string[] {
  const names = String(directory).split("/").filter((name) =>
    name !== "" && name !== "."
  );
  const isBelow = names.length > 0 && !names.includes("..");
  if (isBelow && names.every((name) => DIRECTORY_NAME_REGEXP.test(name))) {
    return names;
  }
  const quoted = JSON.stringify(directory);
  throw new TypeError(
    `Cannot run scripts in ${quoted}: expected a directory below the root, such as "/cgi-bin"`,
  );
}

/**
 * The programs that run scripts.
 *
 * @param extensions Programs, with or without arguments, by extension.
 * @returns The words of their command lines, by extension in lower case.
 * @throws {TypeError} When an extension or a program is none.
 */
export function toExtensions(
  extensions: NonNullable<CgiOptions["extensions"]>,
): ReadonlyMap<string, readonly string[]> {
  return new Map(
    Object.entries(extensions).map(([extension, program]) => {
      if (!EXTENSION_REGEXP.test(extension)) {
        const quoted = JSON.stringify(extension);
        throw new TypeError(
          `Cannot run ${quoted}: expected an extension such as ".py"`,
        );
      }
      return [extension.toLowerCase(), toWords(extension, program)];
    }),
  );
}

function toWords(
  extension: string,
  program: string | readonly string[],
): readonly string[] {
  const words = typeof program === "string" ? [program] : program;
  const isList = Array.isArray(words) && words.length > 0;
  if (isList && words.every(isWord) && !RELATIVE_REGEXP.test(words[0] ?? "")) {
    return words;
  }
  const quoted = JSON.stringify(program);
  throw new TypeError(
    `Cannot run ${extension} by ${quoted}: expected the name of a program, such as "python3", or its absolute path`,
  );
}

function isWord(word: unknown): boolean {
  return typeof word === "string" && word !== "" && !word.includes("\0");
}

/**
 * Variables for scripts.
 *
 * @param variables The variables.
 * @returns The same.
 * @throws {TypeError} When one cannot be passed on.
 */
export function checkedEnvironment(
  variables: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  for (const [name, value] of Object.entries(variables)) {
    if (
      /^[^=\0]+$/.test(name) && typeof value === "string" &&
      !value.includes("\0")
    ) continue;
    const quoted = JSON.stringify(name);
    throw new TypeError(
      `Cannot pass variable ${quoted}: expected a name and a text, both without NUL`,
    );
  }
  return variables;
}

/**
 * A limit.
 *
 * @param name The name of the option.
 * @param value The limit.
 * @param most The most that it may be.
 * @returns The same.
 * @throws {RangeError} When it is not a whole number from 1 up.
 */
export function checkedLimit(
  name: string,
  value: number,
  most: number = Number.MAX_SAFE_INTEGER,
): number {
  if (Number.isSafeInteger(value) && value > 0 && value <= most) return value;
  throw new RangeError(
    `Cannot use ${value} as ${name}: expected a whole number from 1 to ${most}`,
  );
}

/**
 * The user that scripts run as.
 *
 * @param name The name, where the user has named one.
 * @param processes What runs scripts.
 * @returns The user; `undefined` for our own.
 * @throws {TypeError} When it is no name.
 * @throws {Error} When scripts cannot have that user's rights.
 */
export function chosenUser(
  name: string | undefined,
  { chooseUser }: Processes,
): User | undefined {
  if (name !== undefined && typeof name !== "string") {
    throw new TypeError(`Cannot use ${name} as user: expected a name`);
  }
  const choice = chooseUser(name);
  switch (choice.kind) {
    case "other":
      return choice.user;
    case "own":
      return undefined;
    case "refused":
      throw new Error(`Cannot run scripts: ${choice.message}`);
  }
}
