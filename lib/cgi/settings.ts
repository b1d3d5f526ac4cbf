/**
 * From what a user says of CGI to what its stages read: checked and complete.
 *
 * @module
 */

import type { ScriptLine } from "../exchange.ts";
import type { OperatingSystem } from "../ports.ts";
import type { OpenSpool, Processes, User } from "../processes.ts";
import { createGate, type Gate } from "./gate.ts";
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
  /** The places for scripts that run. */
  readonly enter: Gate;
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
  readonly scriptLog: (line: ScriptLine) => void;
  /** The name and version of this server. */
  readonly serverVersion: string;
}

const EXTENSION_REGEXP = /^\.[^./\\\s]+$/;
/** What is no file name on Windows has no place in a URL either. */
const DIRECTORY_NAME_REGEXP = /^[^\\\0]+$/;
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
  const { authorization = false, indexQuery = false } = options;
  return {
    directories: (options.directories ?? ["/cgi-bin", "/htbin"])
      .map(toSegments),
    extensions,
    interpreters: new Map([...builtIn, ...extensions]),
    environment: {
      PATH: processes.path,
      ...checkedEnvironment(options.environment ?? {}),
    },
    authorization,
    indexQuery,
    compress: options.compress ?? false,
    timeout: checkedLimit("timeout", options.timeout ?? 30_000),
    maxBody: checkedLimit("maxBody", options.maxBody ?? 1_073_741_824),
    enter: createGate(
      checkedLimit("maxProcesses", options.maxProcesses ?? 64),
    ),
    user: chosenUser(options.user, processes),
    software: defaults.serverVersion,
    report: options.stderr === false
      ? () => {}
      : options.stderr ?? defaults.scriptLog,
    processes,
    openSpool: options.openSpool ?? defaults.openSpool,
  };
}

function toSegments(directory: string): readonly string[] {
  const names = directory.split("/").filter((name) =>
    name !== "" && name !== "."
  );
  if (
    names.length === 0 || names.includes("..") ||
    !names.every((name) => DIRECTORY_NAME_REGEXP.test(name))
  ) {
    throw new TypeError(
      `Cannot run scripts in ${
        JSON.stringify(directory)
      }: expected a directory below the root, such as "/cgi-bin"`,
    );
  }
  return names;
}

function toExtensions(
  extensions: NonNullable<CgiOptions["extensions"]>,
): ReadonlyMap<string, readonly string[]> {
  return new Map(
    Object.entries(extensions).map(([extension, program]) => {
      const words = typeof program === "string" ? [program] : program;
      if (!EXTENSION_REGEXP.test(extension)) {
        throw new TypeError(
          `Cannot run ${
            JSON.stringify(extension)
          }: expected an extension such as ".py"`,
        );
      }
      if (!Array.isArray(words) || !words.every(isWord) || words.length === 0) {
        throw new TypeError(
          `Cannot run ${extension} by ${
            JSON.stringify(program)
          }: expected a program such as "python3"`,
        );
      }
      return [extension.toLowerCase(), words];
    }),
  );
}

function isWord(word: unknown): boolean {
  return typeof word === "string" && word !== "" && !word.includes("\0");
}

function checkedEnvironment(
  variables: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  for (const [name, value] of Object.entries(variables)) {
    if (
      /^[^=\0]+$/.test(name) && typeof value === "string" &&
      !value.includes("\0")
    ) continue;
    throw new TypeError(
      `Cannot pass variable ${
        JSON.stringify(name)
      }: expected a name and a text, both without NUL`,
    );
  }
  return variables;
}

function checkedLimit(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new RangeError(
    `Cannot use ${value} as ${name}: expected a whole number above 0`,
  );
}

function chosenUser(
  name: string | undefined,
  { chooseUser }: Processes,
): User | undefined {
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
