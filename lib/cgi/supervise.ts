/**
 * Supervises a script that runs: its standard error goes to the log, and nothing is left of its
 * process group when it has ended.
 *
 * @module
 */

import type { Exit, Running } from "../ports/processes.ts";
import { deferred, sleep, within } from "../ports/timers.ts";
import { openOutput, type ScriptOutput } from "./script_output.ts";

export interface Supervised {
  /** Its standard output. */
  readonly output: ScriptOutput;
  /** Adds a line to its log. */
  readonly report: (line: string) => void;
  /** Settles when it has ended. */
  readonly ended: Promise<Exit>;
  /** The same; `undefined` when that takes longer than a second. */
  readonly exited: () => Promise<Exit | undefined>;
  /** Settles when it has ended and its standard error is reported, or after a second. */
  readonly reported: () => Promise<unknown>;
  /** Settles when it has ended and its place is free, or after a second. */
  readonly gone: () => Promise<unknown>;
  /** Gives up its place as soon as it has ended: its output was read to its end. */
  readonly release: () => void;
  /** Ends its process group: by SIGTERM, and two seconds later by SIGKILL. */
  readonly end: () => void;
  /** Ends it, and reads no more of its output. */
  readonly abandon: () => void;
  /**
   * Lets it run to its end, although its answer is complete or its content is not wanted: it may
   * have more to do than to answer. Its output is read and dropped, and the first of it reported.
   * Time and output are bounded.
   */
  readonly finish: (onOutput?: () => void) => Promise<void>;
}

/** The time of a process group between SIGTERM and SIGKILL, in milliseconds. */
const KILL_MS = 2000;
/** The time of the rest of a group between the end of its script and SIGTERM, in milliseconds. */
const GRACE_MS = 100;
/** How long a script may run behind its answer, in milliseconds. */
const FINISH_MS = 30_000;
/** How much a script may write that is not wanted, in bytes. */
const FINISH_BYTES = 16_777_216;
/** How long others wait for the end of a script, in milliseconds. */
const WAIT_MS = 1000;
/** How long the standard error of a script that has ended is read, in milliseconds. */
const LAST_LINES_MS = 100;
/** The interval of looking whether a group has ended, in milliseconds. */
const POLL_MS = 50;
/** A longer line of standard error is reported in pieces of this length. */
const LINE_LENGTH = 4096;
const PIECES_REGEXP = new RegExp(`[^]{1,${LINE_LENGTH}}`, "g");

/**
 * Supervises a script: reports each line of its standard error and how it failed, and leaves its
 * place when it has ended and its output is not read any more.
 */
export function supervise(
  running: Running,
  report: (line: string) => void,
  leave: () => void,
): Supervised {
  const { ended, hasByteStreams } = running;
  const output = openOutput(running.output, hasByteStreams);
  const stderr = openOutput(running.errors, hasByteStreams);
  const released = deferred<void>();
  let isEnding = false;
  let deadline: ReturnType<typeof setTimeout> | undefined;
  const end = () => {
    if (!isEnding) void endGroup(running);
    isEnding = true;
  };
  const abandon = () => {
    end();
    released.resolve();
    output.cancel().catch(() => {});
  };
  const finish = async (onOutput = () => {}) => {
    const drained = drain(output, abandon, onOutput);
    deadline ??= setTimeout(end, FINISH_MS);
    await ended;
    // A descendant may keep the pipe open.
    await within(WAIT_MS, drained);
    released.resolve();
    await output.cancel().catch(() => {});
  };
  const free = async () => {
    await Promise.all([ended, released.promise]);
    clearTimeout(deadline);
    leave();
    // What is left of the group has a moment for a session of its own (setsid).
    if (running.signal(0)) setTimeout(end, GRACE_MS);
  };
  const gone = free();
  const reported = reportAll(stderr, ended, report, () => isEnding);
  Promise.all([gone, reported]).then(() => stderr.cancel()).catch(() => {});
  return {
    output,
    report,
    ended,
    exited: () => within(WAIT_MS, ended),
    reported: () => within(WAIT_MS, reported),
    gone: () => within(WAIT_MS, gone),
    release: released.resolve,
    end,
    abandon,
    finish,
  };
}

/** Reads output that is not wanted to its end, and abandons a script that writes without end. */
async function drain(
  output: ScriptOutput,
  abandon: () => void,
  onOutput: () => void,
): Promise<void> {
  for (let left = FINISH_BYTES; left > 0;) {
    const { value } = await output.read().catch(() => OVER);
    if (value === undefined) return;
    if (left === FINISH_BYTES) onOutput();
    left -= value.length;
  }
  abandon();
}

const OVER = { value: undefined } as const;

/** Settles when the group is gone. */
async function endGroup({ signal, ended }: Running): Promise<void> {
  if (!signal("SIGTERM")) return;
  const end = Date.now() + KILL_MS;
  await within(KILL_MS, ended);
  while (signal(0)) {
    if (Date.now() >= end) return void signal("SIGKILL");
    await sleep(POLL_MS);
  }
}

/** Reports the standard error, and an end that the server did not ask for. */
async function reportAll(
  stderr: ScriptOutput,
  ended: Promise<Exit>,
  report: (line: string) => void,
  isEnding: () => boolean,
): Promise<void> {
  let isOver = false;
  const reported = reportLines(stderr, report).then(() => isOver = true);
  const { code, signal } = await ended;
  const isExpected = isEnding();
  // A descendant may keep the pipe open.
  if (!isOver) await within(LAST_LINES_MS, reported);
  if (isExpected) return;
  if (signal !== undefined) report(`ended by ${signal}`);
  else if (code !== 0) report(`exit status ${code}`);
}

async function reportLines(
  stderr: ScriptOutput,
  report: (line: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { value } = await stderr.read().catch(() => OVER);
    if (value === undefined) break;
    text += decoder.decode(value, { stream: true });
    const lines = text.split(/\r?\n/);
    text = lines.pop() ?? "";
    if (text.length > LINE_LENGTH) {
      lines.push(text);
      text = "";
    }
    lines.flatMap(inPieces).forEach(report);
  }
  if (text !== "") report(text);
}

function inPieces(line: string): readonly string[] {
  return line.match(PIECES_REGEXP) ?? [line];
}
