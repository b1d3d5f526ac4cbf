/**
 * What this project uses of `@std/cli/parse-args`, typed.
 *
 * @module
 */

import * as std from "deno-std/cli/parse_args.js";

/** The options of {@linkcode parseArgs} that this project uses. */
export interface ParseOptions {
  /** Names of flags without a value. */
  boolean?: string[];
  /** Names of flags with a value; `_` keeps the positional arguments strings. */
  string?: string[];
  /** Names of flags that may be given more than once. */
  collect?: string[];
  /** Other names, by name. */
  alias?: Record<string, string>;
  /** Names of flags that `--no-` turns off. */
  negatable?: string[];
  /** Values of flags that are not given. */
  default?: Record<string, unknown>;
  /** Called for what is not declared; `false` leaves it out. */
  unknown?: (argument: string, key?: string, value?: unknown) => unknown;
}

/** Parses command-line arguments. */
export const parseArgs: (
  args: string[],
  options?: ParseOptions,
) => Record<string, unknown> & { _: Array<string | number> } = std.parseArgs;
