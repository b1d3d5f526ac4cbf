/**
 * The settings of CGI: options, checked and completed once. Plain data.
 *
 * @module
 */

import { typeError } from "../http/type_error.ts";
import type { ScriptLine } from "../ports/exchange.ts";
import type { OperatingSystem } from "../ports/files.ts";
import type { OpenSpool, Processes, User } from "../ports/processes.ts";
import type { CanonicalName, CgiOptions } from "./options.ts";
import { namesBelow, withoutErrors } from "./routing.ts";

/** How scripts are found and run. Nothing in it changes. */
export interface Cgi {
  /** The names that lead to each directory of scripts. */
  readonly directories: readonly (readonly string[])[];
  /** The programs that run scripts anywhere, by extension. */
  readonly extensions: ReadonlyMap<string, readonly string[]>;
  /** The programs that run scripts in directories of scripts, by extension. */
  readonly interpreters: ReadonlyMap<string, readonly string[]>;
  /** Variables besides the meta-variables, PATH among them. */
  readonly environment: Readonly<Record<string, string>>;
  /** Whether scripts get the Authorization field. */
  readonly authorization: boolean;
  /** Whether the words of a query without `=` are arguments. */
  readonly indexQuery: boolean;
  /** Where SERVER_PORT comes from. */
  readonly canonicalName: CanonicalName;
  /** Whether text is compressed. */
  readonly compress: boolean;
  /** The time for the header block of an answer, in milliseconds. */
  readonly timeout: number;
  /** The most content of a request, in bytes. */
  readonly maxBody: number;
  /** How many scripts run at a time. */
  readonly maxProcesses: number;
  /** The user whose rights scripts have; `undefined` for that of the server. */
  readonly user: User | undefined;
  /** SERVER_SOFTWARE. */
  readonly software: string;
  /** Takes each line of standard error; never throws. */
  readonly report: (line: ScriptLine) => void;
  /** Starts scripts. */
  readonly processes: Processes;
  /** Collects content of unknown length. */
  readonly openSpool: OpenSpool;
}

/** What the runtime and the site give unless the options say so. */
export interface CgiDefaults {
  /** Starts scripts. */
  readonly processes: Processes;
  /** Collects content of unknown length. */
  readonly openSpool: OpenSpool;
  /** Takes each line of standard error. */
  readonly scriptLog: (line: ScriptLine) => unknown;
  /** The name and version of this server. */
  readonly serverVersion: string;
}

/** The directories of scripts of `http.server`. */
export const SCRIPT_DIRECTORIES: readonly string[] = ["/cgi-bin", "/htbin"];
/** Where SERVER_PORT can come from. */
export const CANONICAL_NAMES: readonly CanonicalName[] = ["socket", "host"];
/** How many scripts run at a time. */
export const MAX_PROCESSES = 64;
/** The longest time of a timer, in milliseconds; a longer one would be 1 ms. */
const MOST_TIMEOUT = 2_147_483_647;
/** Windows has no `#!`: the extension decides. */
const WINDOWS_INTERPRETERS: readonly (readonly [string, readonly string[]])[] =
  [
    [".py", ["python"]],
    [".pl", ["perl"]],
    [".php", ["php-cgi"]],
    [".rb", ["ruby"]],
  ];

/** Checks and completes options. Throws a `TypeError` or a `RangeError`; an `Error` when `user` is refused. */
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
    directories: (options.directories ?? SCRIPT_DIRECTORIES).map(toSegments),
    extensions,
    interpreters: new Map([...builtIn, ...extensions]),
    environment: {
      ...processes.environment,
      ...checkedEnvironment(options.environment ?? {}),
    },
    authorization,
    indexQuery,
    canonicalName: checkedCanonicalName(options.canonicalName),
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
      : withoutErrors(options.stderr ?? defaults.scriptLog),
    processes,
    openSpool: options.openSpool ?? defaults.openSpool,
  };
}

function checkedCanonicalName(name: CanonicalName = "socket"): CanonicalName {
  if (CANONICAL_NAMES.includes(name)) return name;
  throw typeError`Cannot use ${name} as canonicalName: expected "socket" or "host"`;
}

/** A relative path; it would be relative to the directory of each script. */
const RELATIVE_REGEXP = /^(?![/\\]|[a-z]:).*[/\\]/i;
const EXTENSION_REGEXP = /^\.[^./\\\s]+$/;

function toSegments(directory: string): readonly string[] {
  const names = namesBelow(directory);
  // A backslash would be a separator on Windows.
  const isBelow = names !== undefined && names.length > 0 &&
    !directory.includes("\\");
  if (isBelow) return names;
  throw typeError`Cannot run scripts in ${directory}: expected a directory below the root, such as "/cgi-bin"`;
}

/** Command lines by extension, in lower case. */
function toExtensions(
  extensions: NonNullable<CgiOptions["extensions"]>,
): ReadonlyMap<string, readonly string[]> {
  return new Map(
    Object.entries(extensions).map(([extension, program]) => {
      if (!EXTENSION_REGEXP.test(extension)) {
        throw typeError`Cannot run ${extension}: expected an extension such as ".py"`;
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
  throw new TypeError(
    `Cannot run ${extension} by ${
      JSON.stringify(program)
    }: expected the name of a program, such as "python3", or its absolute path`,
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
    throw typeError`Cannot pass variable ${name}: expected a name and a text, both without NUL`;
  }
  return variables;
}

/** Throws a `RangeError` unless `value` is a whole number from 1 to `most`. */
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

/** The user that scripts run as; `undefined` for that of the server. */
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
