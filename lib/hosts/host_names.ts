/**
 * The names of the files that hosts read.
 *
 * @module
 */

import { CODING_EXTENSIONS, CODINGS } from "../http/content_coding.ts";

/** Rules that lead from one URL to another. */
const REDIRECTS_NAME = "_redirects";
/** Fields by path. */
const HEADERS_NAME = "_headers";
/** Both, in the order in which they are read. */
export const HOST_NAMES: readonly string[] = [REDIRECTS_NAME, HEADERS_NAME];

/** The same, coded: a sidecar tells as much. */
const ALL_NAMES: ReadonlySet<string> = new Set(
  HOST_NAMES.flatMap((name) => [
    name,
    ...CODINGS.map((coding) => name + CODING_EXTENSIONS[coding]),
  ]),
);

/** Whether names lead from the root to a file that hosts read. */
export function isHostFile(names: readonly string[]): boolean {
  const [name = ""] = names;
  return names.length === 1 && ALL_NAMES.has(name);
}
