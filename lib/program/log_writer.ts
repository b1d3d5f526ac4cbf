/**
 * Lines on their way to the files of logs: those of some milliseconds in one write.
 *
 * @module
 */

import type {
  AppendFailure,
  Appending,
  LostLines,
  Runtime,
} from "../ports/runtime.ts";
import { programLine } from "../server/describe.ts";

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
