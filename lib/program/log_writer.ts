/**
 * Lines on their way to the file of the log: those of a turn of the event loop in one write.
 *
 * @module
 */

import type { Appending, LostLines } from "../ports/runtime.ts";
import { programLine } from "../server/describe.ts";

/** What gathers lines for a file. */
export interface LogWriter {
  /** Adds lines; they are in the file a turn of the event loop later. */
  readonly write: (lines: string) => void;
  /** Writes what was gathered: before the end, and before somebody else writes. */
  readonly flush: () => void;
  /** Opens the file again. */
  readonly reopen: () => void;
}

/** So much a pipe takes in one piece, whoever else writes to it (PIPE_BUF of Linux). */
const PIECE_BYTES = 4096;
const ASCII_REGEXP = /^[\0-\x7f]*$/;

/** Makes what writes the lines of a turn at once. */
export function createLogWriter(
  appending: Appending,
  file: string,
  printError: (text: string) => void,
): LogWriter {
  const tell = (text: string) => printError(programLine(text));
  const report = createReport(file, tell);
  let gathered = "";
  let bytes = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const append = () => {
    if (gathered === "") return;
    const lines = gathered;
    gathered = "";
    bytes = 0;
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
    write: (lines) => {
      const more = mostBytes(lines);
      if (bytes + more > PIECE_BYTES) append();
      gathered += lines;
      bytes += more;
      // Behind `setImmediate` Bun takes further requests first, up to 16 ms long, and Deno polls no sockets.
      timer ??= setTimeout(whenDue);
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

function mostBytes(text: string): number {
  return ASCII_REGEXP.test(text) ? text.length : 3 * text.length;
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
