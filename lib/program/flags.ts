/**
 * The one table of flags. A row says everything of a flag: the parser, the settings, the
 * environment of `deno serve`, `--help`, the manual page, the completions and the READMEs are
 * made from it. A new switch that is an option of the site is a row here, a property in
 * `lib/site/options.ts`, and its use.
 *
 * @module
 */

import { type FlagRow, type Group, GROUPS, type UngroupedRow } from "./flag.ts";
import {
  ACCESS_ROWS,
  HTTPS_ROWS,
  LOG_ROWS,
  PROGRAM_ROWS,
  SERVICE_ROWS,
  WHERE_ROWS,
} from "./server_flags.ts";
import { CGI_ROWS, SITE_ROWS, UPLOAD_ROWS, WHAT_ROWS } from "./site_flags.ts";

const ROWS = {
  Where: WHERE_ROWS,
  What: WHAT_ROWS,
  Site: SITE_ROWS,
  HTTPS: HTTPS_ROWS,
  Access: ACCESS_ROWS,
  Upload: UPLOAD_ROWS,
  CGI: CGI_ROWS,
  Log: LOG_ROWS,
  Service: SERVICE_ROWS,
  Program: PROGRAM_ROWS,
} as const satisfies Readonly<Record<Group, readonly UngroupedRow[]>>;

/** Any row, with the types of what it sets. */
export type AnyRow = typeof ROWS[Group][number];

/** All rows, in the order in which people read them. */
export const FLAG_TABLE: readonly FlagRow[] = GROUPS.flatMap((group) =>
  ROWS[group].map((row) => ({ ...row, group }))
);

/**
 * The rows by the words that name them. To go through the table for each word makes such loops the
 * first that JSC optimizes, and its compiler takes 2 MiB of memory.
 */
const ROWS_BY_WORD: ReadonlyMap<string, FlagRow> = new Map(
  FLAG_TABLE.flatMap((row) => [
    [`--${row.name}`, row] as const,
    ...row.letter === undefined ? [] : [[`-${row.letter}`, row] as const],
  ]),
);

/** The row that a word such as `--bind` or `-b` names. */
export function findFlag(word: string): FlagRow | undefined {
  return ROWS_BY_WORD.get(word);
}
