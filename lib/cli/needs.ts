/**
 * What the program needs to be allowed for the flags that it was given: everything else is
 * given back at its start. Whoever finds a hole in it can read, and nothing more.
 *
 * @module
 */

import type { Permissions } from "../processes.ts";
import type { Settings } from "./parse.ts";

/**
 * The permissions that some settings need besides those that all need: reading, and the
 * network.
 *
 * @param settings What the user wants.
 * @returns What is kept.
 */
export function permissionNeeds(
  { cgi, log, open, where }: Pick<Settings, "cgi" | "log" | "open" | "where">,
): Permissions {
  const scripts = cgi !== undefined;
  return {
    run: scripts || open,
    // Content of unknown length is put aside for a script.
    write: scripts || log.file !== undefined ||
      where.binds.some(({ kind }) => kind === "unix"),
    environment: scripts,
  };
}
