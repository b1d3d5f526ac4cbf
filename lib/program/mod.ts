/**
 * The one table of flags: the parser, `--help`, the README, the completions, the manual
 * page and the environment of `lib/program/fetch.ts` are made from it.
 *
 * @module
 */

import { ACCESS_FLAGS } from "./access.ts";
import { CGI_FLAGS } from "./cli_flags_cgi.ts";
import { HTTPS_FLAGS } from "./cli_flags_https.ts";
import { LOG_FLAGS } from "./cli_flags_log.ts";
import type { Flag } from "./flag.ts";
import { WHERE_FLAGS } from "./flags.ts";
import { PROGRAM_FLAGS } from "./program.ts";
import { WHAT_FLAGS } from "./what.ts";

/** The name of a flag. */
export type FlagName = typeof FLAGS[number]["name"];

/** All flags, in the order in which people read them. */
const FLAGS = [
  ...WHERE_FLAGS,
  ...WHAT_FLAGS,
  ...HTTPS_FLAGS,
  ...ACCESS_FLAGS,
  ...CGI_FLAGS,
  ...LOG_FLAGS,
  ...PROGRAM_FLAGS,
] as const;

/** The same table, with every optional column. */
export const FLAG_TABLE: readonly Flag[] = FLAGS;

/** The positional arguments, as shown to people. */
export const POSITIONALS = [
  ["port", "default: 8000; 0 for any free one"],
  ["directory", "default: the current one; also -d DIR"],
] as const;
