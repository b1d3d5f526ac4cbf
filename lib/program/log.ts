/**
 * The flags of the log, and where it goes.
 *
 * @module
 */

import { formatErrorRecord } from "../log/access_log.ts";
import { createLogFormat, createScriptFormat } from "../log/format.ts";
import type { Log, ScriptLog } from "../ports/exchange.ts";
import type { Appending, Runtime } from "../ports/runtime.ts";
import { programLine } from "../server/describe.ts";
import { flag, text, type Values } from "./words.ts";

/** What the user wants of the log. */
export interface LogSettings {
  /** The format: a name or a template. */
  readonly format: string;
  /** The file to add it to, where it is not to be shown. */
  readonly file: string | undefined;
  /** Whether nothing of requests is shown. */
  readonly quiet: boolean;
}

/** The log, or why there can be none. */
export type OpenedLog =
  | {
    readonly kind: "open";
    /** What the options of a site take; `false` for nothing. */
    readonly options: {
      readonly log?: Log | false;
      readonly scriptLog?: ScriptLog;
    };
    /** Adds text to the file. */
    readonly write: ((text: string) => void) | undefined;
    /** Opens the file anew. */
    readonly reopen: (() => void) | undefined;
  }
  | { readonly kind: "failed"; readonly message: string };

/** What goes wrong in these formats is in the same log; others have no place for it. */
const COMPLETE_FORMATS: readonly string[] = ["http.server", "json"];
const SERVER_ERROR = 500;

/**
 * Reads the flags of the log.
 *
 * @param values The values of all flags.
 * @returns What they ask for.
 * @throws {TypeError} When there is no such format.
 */
export function parseLog(values: Values): LogSettings {
  const format = text(values, "log-format") ?? "http.server";
  createLogFormat(format); // throws for one that there is not
  const file = text(values, "log-file");
  return { format, file, quiet: values[flag("quiet")] === true };
}

/**
 * Opens the log.
 *
 * @param settings What the user said.
 * @param runtime The runtime.
 * @returns The log, or why there can be none.
 */
export function openLog(settings: LogSettings, runtime: Runtime): OpenedLog {
  const { file, quiet } = settings;
  const show = quiet ? () => {} : runtime.printError;
  if (file === undefined) {
    const options = quiet ? { log: false } as const : toLogs(settings, show);
    return { kind: "open", options, write: undefined, reopen: undefined };
  }
  const appending = runtime.openAppend(file);
  if (appending.kind === "failed") {
    const message = `cannot write the log "${file}": ${appending.message}`;
    return { kind: "failed", message };
  }
  const writer = createWriter(appending, file, runtime.printError);
  const options = toLogs(settings, show, writer.write);
  return { kind: "open", options, ...writer };
}

/**
 * A line for each request goes to the log, in every format. What else there is to say goes
 * along where the format has a place for it, and else to where errors are shown: what was
 * thrown, statuses from 500 up with their words, and the lines of scripts.
 */
function toLogs(
  { format }: LogSettings,
  show: (text: string) => void,
  write: (text: string) => void = show,
): { readonly log: Log; readonly scriptLog: ScriptLog } {
  const formatRecord = createLogFormat(format);
  const formatLine = createScriptFormat(format);
  const isComplete = COMPLETE_FORMATS.includes(format);
  return {
    log: (record) => {
      const isError = record.error !== undefined ||
        record.status >= SERVER_ERROR;
      if (isError && !isComplete) show(formatErrorRecord(record));
      write(formatRecord(record));
    },
    scriptLog: (line) => (isComplete ? write : show)(formatLine(line)),
  };
}

/** A disk that is full is told once, and once more when it is not. */
function createWriter(
  appending: Appending,
  file: string,
  complain: (text: string) => void,
): {
  readonly write: (text: string) => void;
  readonly reopen: () => void;
} {
  let lost = 0;
  return {
    write: (text) => {
      const reason = appending.write(text);
      if (reason === undefined) {
        if (lost > 0) {
          complain(programLine(`the log is written again; ${lost} were lost`));
        }
        lost = 0;
        return;
      }
      lost++;
      if (lost > 1) return;
      complain(
        programLine(
          `cannot write the log "${file}": ${reason}; requests are answered, but not logged`,
        ),
      );
    },
    reopen: () => {
      const reason = appending.reopen();
      if (reason === undefined) return;
      complain(
        programLine(
          `cannot open the log "${file}" anew: ${reason}; the old one is written on`,
        ),
      );
    },
  };
}
