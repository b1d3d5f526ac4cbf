/**
 * Logs on files: opened, and their lines on the way to them, those of some milliseconds in one write.
 *
 * @module
 */

import { formatErrorRecord } from "../log/access_log.ts";
import { createLogFormat, createScriptFormat } from "../log/format.ts";
import type { Log, ScriptLog } from "../ports/exchange.ts";
import type {
  AppendFailure,
  Appending,
  LostLines,
  Runtime,
} from "../ports/runtime.ts";
import { programLine } from "../server/describe.ts";
import { type Failed, failed } from "./checks.ts";
import type { Settings } from "./settings.ts";

/** What gathers lines for a file. */
export interface LogWriter {
  readonly kind: "open";
  /** Adds lines; they are in the file some milliseconds later. */
  readonly write: (lines: string) => void;
  /** Writes what was gathered: before the end, and before somebody else writes. */
  readonly flush: () => void;
  /** Opens the file again. */
  readonly reopen: () => void;
}

/** The files of logs. A site that replaces another one writes by the same writer, if to the same file. */
export interface Logs {
  /** Opens a file, once. */
  readonly open: (file: string) => LogWriter | AppendFailure;
  /** Writes what was gathered for any of them. */
  readonly flush: () => void;
}

/** How much is gathered at most, in code units. */
const MOST_GATHERED = 16_384;
/** How long lines are gathered, in milliseconds: a timer and a write take as long as some lines. */
const GATHER_MS = 10;

/** Makes what opens the files of logs. */
export function createLogs(
  { openAppend, printError }: Pick<Runtime, "openAppend" | "printError">,
): Logs {
  const writers = new Map<string, LogWriter>();
  return {
    open: (file) => {
      const known = writers.get(file);
      if (known !== undefined) return known;
      const appending = openAppend(file);
      if (appending.kind === "failed") return appending;
      const writer = createLogWriter(appending, file, printError);
      writers.set(file, writer);
      return writer;
    },
    flush: () => writers.forEach(({ flush }) => flush()),
  };
}

function createLogWriter(
  appending: Appending,
  file: string,
  printError: (text: string) => void,
): LogWriter {
  const tell = (text: string) => printError(programLine(text));
  const report = createReport(file, tell);
  let gathered = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  const append = () => {
    if (gathered === "") return;
    const lines = gathered;
    gathered = "";
    report(appending.write(lines));
  };
  const whenDue = () => {
    timer = undefined;
    append();
  };
  const flush = () => {
    clearTimeout(timer);
    whenDue();
  };
  return {
    kind: "open",
    write: (lines) => {
      if (gathered.length + lines.length > MOST_GATHERED) append();
      gathered += lines;
      // Behind `setImmediate` Bun takes further requests first, up to 16 ms long, and Deno polls no sockets.
      timer ??= setTimeout(whenDue, GATHER_MS);
    },
    flush,
    reopen: () => {
      flush();
      const reason = appending.reopen();
      if (reason === undefined) return;
      tell(
        `cannot open the log "${file}" anew: ${reason}; the old one is written on`,
      );
    },
  };
}

/** Tells of a full disk once, and once more when it is not full any more. */
function createReport(
  file: string,
  tell: (text: string) => void,
): (lost: LostLines | undefined) => void {
  let count = 0;
  return (lost) => {
    if (lost !== undefined && count === 0) {
      tell(
        `cannot write the log "${file}": ${lost.message}; requests are answered, but not logged`,
      );
    }
    if (lost === undefined && count > 0) {
      tell(`the log is written again; ${count} were lost`);
    }
    count = lost === undefined ? 0 : count + lost.count;
  };
}

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
