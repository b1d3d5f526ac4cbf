/**
 * From what a user says of CGI to what its stages read: checked and complete.
 *
 * @module
 */

import { createSemaphore, type Semaphore } from "../http/semaphore.ts";
import type { ScriptLine } from "../ports/exchange.ts";
import type { OperatingSystem } from "../ports/ports.ts";
import type { OpenSpool, Processes, User } from "../ports/processes.ts";
import type { CgiOptions } from "./cgi_options.ts";
import {
  checkedEnvironment,
  checkedLimit,
  chosenUser,
  toDirectories,
  toExtensions,
} from "./checks.ts";

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
  readonly enter: Semaphore;
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
    enter: createSemaphore(
      checkedLimit("maxProcesses", options.maxProcesses ?? MAX_PROCESSES),
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
