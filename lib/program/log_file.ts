/**
 * Where the log goes: the error output, or a file.
 *
 * @module
 */

import { formatErrorRecord } from "../log/access_log.ts";
import { createLogFormat, createScriptFormat } from "../log/format.ts";
import type { Log, ScriptLog } from "../ports/exchange.ts";
import type { Runtime } from "../ports/runtime.ts";
import { type Failed, failed } from "./checks.ts";
import type { Logs, LogWriter } from "./log_writer.ts";
import type { Settings } from "./settings.ts";

export type LogSettings = Settings["log"];

/** The log, or why there can be none. */
export type OpenedLog =
  | {
    readonly kind: "open";
    /** The options of the site; `false` for no log. */
    readonly options: {
      readonly log?: Log | false;
      readonly scriptLog?: ScriptLog;
    };
    /** The file, where there is one. */
    readonly writer: LogWriter | undefined;
  }
  | Failed;

/** Formats that have a place for errors and for the lines of scripts. */
const COMPLETE_FORMATS: readonly string[] = ["http.server", "json"];
const SERVER_ERROR = 500;

/** Opens the log. */
export function openLog(
  { format, file, quiet }: LogSettings,
  { printError }: Pick<Runtime, "printError">,
  logs: Logs,
): OpenedLog {
  const print = quiet ? () => {} : printError;
  if (file === undefined) {
    const options = quiet ? { log: false } as const : toLogs(format, print);
    return { kind: "open", options, writer: undefined };
  }
  const writer = logs.open(file);
  if (writer.kind === "failed") {
    return failed(`cannot write the log "${file}": ${writer.message}`);
  }
  const options = toLogs(format, print, writer.write);
  return { kind: "open", options, writer };
}

/**
 * Every format logs a line for each request. What was thrown, the reasons of statuses from 500
 * up and the lines of scripts go to the same log where the format has a place for them, and
 * else to the error output.
 */
function toLogs(
  format: string,
  print: (text: string) => void,
  write: (text: string) => void = print,
): { readonly log: Log; readonly scriptLog: ScriptLog } {
  const formatRecord = createLogFormat(format);
  const formatLine = createScriptFormat(format);
  const isComplete = COMPLETE_FORMATS.includes(format);
  return {
    log: (record) => {
      const isError = record.error !== undefined ||
        record.status >= SERVER_ERROR;
      if (isError && !isComplete) print(formatErrorRecord(record));
      write(formatRecord(record));
    },
    scriptLog: (line) => (isComplete ? write : print)(formatLine(line)),
  };
}
