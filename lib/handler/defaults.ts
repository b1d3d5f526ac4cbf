/**
 * What holds for a site where the user says nothing, by the runtime below it.
 *
 * @module
 */

import config from "../../deno.json" with { type: "json" };
import {
  createRecordFormat,
  escapeLog,
  formatScriptLine,
} from "../log/access_log.ts";
import type { Runtime } from "../ports/runtime.ts";
import type { SiteDefaults } from "../site/site.ts";

/** What the Server field and SERVER_SOFTWARE say: `version_string()` of `http.server`. */
export function softwareOf({ version }: Pick<Runtime, "version">): string {
  return `serve/${VERSION} ${version}`;
}

/** The defaults on a runtime. */
export function siteDefaults(
  runtime: Runtime,
): SiteDefaults {
  const { files, coder, printError, processes, openSpool } = runtime;
  const format = createRecordFormat();
  return {
    files,
    coder,
    processes,
    openSpool,
    serverVersion: softwareOf(runtime),
    log: (record) => printError(format(record)),
    hostFilesLog: (line) => printError(`${escapeLog(line)}\n`),
    scriptLog: (line) => printError(formatScriptLine(line)),
  };
}

/** The version, such as `0.1.0`. */
export const VERSION: string = config.version;
