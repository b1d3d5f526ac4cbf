/**
 * A script that runs: what it complains about is reported, and nothing of it is left when
 * it is over.
 *
 * @module
 */

import type { Exit, Running } from "../ports/processes.ts";

type Complaints = ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;

/** A script under supervision. */
export interface Supervised {
  /** How it has ended, unless that takes longer than a second. */
  readonly exited: () => Promise<Exit | undefined>;
  /** Settles when it has ended and its complaints were reported, or after a second. */
  readonly silent: () => Promise<unknown>;
  /** Settles when it has ended and its place is free, or after a second. */
  readonly gone: () => Promise<unknown>;
  /** Ends its process group: by SIGTERM, and two seconds later by SIGKILL. */
  readonly end: () => void;
  /**
   * Gives it half a minute to end by itself. When it has, whoever holds on to its output
   * has another second: `drained` settles when nobody does.
   */
  readonly finish: (drained: Promise<unknown>) => Promise<void>;
  /** To be called when nobody reads its output any more: what is left of its group then ends with it. */
  readonly release: () => void;
}

/** How long a process group has between SIGTERM and SIGKILL, in milliseconds. */
const KILL_MS = 2000;
/** How long the rest of a group has between the end of its script and SIGTERM, in milliseconds. */
const GRACE_MS = 100;
/** How long a script may go on after its answer, in milliseconds. */
const FINISH_MS = 30_000;
/** How long others wait for its end, in milliseconds. */
const PATIENCE_MS = 1000;
/** How long to wait for the last complaints of a script that has ended, in milliseconds. */
const LAST_LINES_MS = 100;
/** How often to look whether a group has ended, in milliseconds. */
const LOOK_MS = 50;
/** A line of complaint that is longer is reported in pieces of this length. */
const LINE_LENGTH = 4096;
const PIECES_REGEXP = new RegExp(`[^]{1,${LINE_LENGTH}}`, "g");

/**
 * Supervises a script.
 *
 * @param running The script.
 * @param report Told each line of its standard error output, and how it failed.
 * @param leave Called when it has ended, and nobody reads its output any more.
 * @returns The script under supervision.
 */
export function supervise(
  running: Running,
  report: (line: string) => void,
  leave: () => void,
): Supervised {
  const { ended } = running;
  const released = Promise.withResolvers<void>();
  const complaints = running.errors.getReader();
  let ending = false;
  let finishing: ReturnType<typeof setTimeout> | undefined;
  const end = () => {
    if (!ending) void endGroup(running);
    ending = true;
  };
  const silent = watch(complaints, ended, report, () => ending);
  const gone = Promise.all([ended, released.promise]).then(() => {
    clearTimeout(finishing);
    leave();
    // Whoever is left has a moment for a session of its own (setsid).
    if (running.signal(0)) setTimeout(end, GRACE_MS);
  });
  Promise.all([gone, silent]).then(() => complaints.cancel()).catch(() => {});
  return {
    exited: () => within(PATIENCE_MS, ended),
    silent: () => within(PATIENCE_MS, silent),
    gone: () => within(PATIENCE_MS, gone),
    end,
    finish: async (drained) => {
      finishing ??= setTimeout(end, FINISH_MS);
      await ended;
      await within(PATIENCE_MS, drained);
      released.resolve();
    },
    release: released.resolve,
  };
}

/** Settles when nobody is left. */
async function endGroup({ signal, ended }: Running): Promise<void> {
  if (!signal("SIGTERM")) return;
  const end = Date.now() + KILL_MS;
  await within(KILL_MS, ended);
  while (signal(0)) {
    if (Date.now() >= end) return void signal("SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** What a promise gives, or `undefined` when it takes longer. */
async function within<T>(
  milliseconds: number,
  promise: Promise<T>,
): Promise<T | undefined> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), milliseconds);
  const result = await Promise.race([promise, late.promise]);
  clearTimeout(timer);
  return result;
}

async function watch(
  complaints: Complaints,
  ended: Running["ended"],
  report: (line: string) => void,
  wasSignalled: () => boolean,
): Promise<void> {
  const reported = reportLines(complaints, report);
  const { code, signal } = await ended;
  const isExpected = wasSignalled();
  // A descendant may keep the pipe open: nobody waits for it.
  await within(LAST_LINES_MS, reported);
  if (isExpected) return;
  if (signal !== undefined) report(`ended by ${signal}`);
  else if (code !== 0) report(`exit status ${code}`);
}

async function reportLines(
  complaints: Complaints,
  report: (line: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (;;) {
      const { done, value } = await complaints.read();
      if (done) break;
      text += decoder.decode(value, { stream: true });
      const lines = text.split(/\r?\n/);
      text = lines.pop() ?? "";
      if (text.length > LINE_LENGTH) {
        lines.push(text);
        text = "";
      }
      lines.flatMap(inPieces).forEach(report);
    }
  } catch {
    // What was read is reported all the same.
  }
  if (text !== "") report(text);
}

function inPieces(line: string): readonly string[] {
  return line.match(PIECES_REGEXP) ?? [line];
}
