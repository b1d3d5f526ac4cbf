/**
 * What holds for a site where the user says nothing, by the runtime below it.
 *
 * @module
 */

import type { Runtime } from "./ports.ts";
import type { SiteDefaults } from "./site.ts";
import { VERSION } from "./version.ts";
import { formatLogRecord, formatScriptLine } from "./wraps/access_log.ts";

/**
 * The defaults on a runtime.
 *
 * @param runtime The runtime.
 * @returns Its disk, its codings, its name, and `http.server`'s log on its standard error output.
 */
export function siteDefaults(
  { files, coder, version, printError, processes, openSpool }: Runtime,
): SiteDefaults {
  return {
    files,
    coder,
    processes,
    openSpool,
    serverVersion: `serve/${VERSION} ${version}`,
    log: (record) => printError(formatLogRecord(record)),
    scriptLog: (line) => printError(formatScriptLine(line)),
  };
}
