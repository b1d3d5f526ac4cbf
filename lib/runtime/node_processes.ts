/**
 * Other programs, by `node:child_process` on Node.js; what Bun has in common with it.
 *
 * @module
 */

import type { ChildProcess } from "node:child_process";
import process from "node:process";
import type { Readable, Writable } from "node:stream";
import type { Bytes } from "../ports/content.ts";
import type { OperatingSystem } from "../ports/files.ts";
import type {
  Command,
  Exit,
  GroupSignal,
  Processes,
  Running,
} from "../ports/processes.ts";
import { deferred } from "../ports/timers.ts";
import { createProcesses, openerOf, signalGroup, whenFailed } from "./spawn.ts";
import { builtin, codeOf } from "./system.ts";

/** Starts a program; throws or rejects when that fails. */
type StartProgram = (
  command: Command,
  os: OperatingSystem,
) => Running | Promise<Running>;

/** The programs of Node.js, and of Bun, which starts them in its own way. */
export function nodeProcesses(
  os: OperatingSystem,
  readVariable: (name: string) => string | undefined,
  startProgram: StartProgram = startOnNode,
): Processes {
  return createProcesses({
    os,
    passSockets: false,
    readVariable,
    uid: () => process.getuid?.(),
    permission: "another runtime",
    start: (command) => startProgram(command, os),
    onExit: (callback) => void process.on("exit", callback),
  });
}

function startOnNode(
  command: Command,
  os: OperatingSystem,
): Promise<Running> {
  const { program, directory, variables, user, hasInput } = command;
  const child = builtin("node:child_process").spawn(program, [
    ...command.arguments,
  ], {
    cwd: directory,
    env: { ...variables },
    ...user === undefined ? {} : { uid: user.uid, gid: user.gid },
    // A session of its own is a process group of its own; no terminal signals it.
    detached: os !== "windows",
    stdio: [hasInput ? "pipe" : "ignore", "pipe", "pipe"],
  });
  const { promise, resolve, reject } = deferred<Running>();
  child.on("error", reject);
  if (child.pid !== undefined) resolve(toRunning(child, os));
  return promise;
}

function toRunning(child: ChildProcess, os: OperatingSystem): Running {
  const { stdin, stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error("No pipes");
  const { promise: ended, resolve } = deferred<Exit>();
  child.on("exit", (code, signal) => {
    resolve({ code: code ?? 1, signal: signal ?? undefined });
  });
  // The write that fails reports it.
  stdin?.on("error", () => {});
  return {
    input: stdin === null ? undefined : toWritable(stdin),
    output: toReadable(stdout),
    errors: toReadable(stderr),
    ended,
    signal: (name) =>
      os === "windows" || child.pid === undefined
        ? signalChild(child, name)
        : signalGroup(child.pid, name, () => false),
  };
}

/** Windows has no groups. */
export function signalChild(
  child: { readonly kill: (name: "SIGTERM" | "SIGKILL") => unknown },
  name: GroupSignal,
): false {
  if (name !== 0) child.kill(name);
  return false;
}

/** A stream that was closed before its end. */
const CUT = "The stream was closed before its end";

/** By hand, because `Duplex.toWeb` had no back-pressure (measured on Deno): all of an output would be read into memory for a slow client. */
function toReadable(stream: Readable): ReadableStream<Bytes> {
  let settled = false;
  const settle = (action: () => void): void => {
    if (!settled) action();
    settled = true;
  };
  return new ReadableStream<Bytes>({
    start(controller) {
      stream.on("data", (chunk: Uint8Array) => {
        // Before the chunk is handed out: its reader may pull again at once.
        stream.pause();
        if (!settled) controller.enqueue(new Uint8Array(chunk));
      });
      stream.on("end", () => settle(() => controller.close()));
      stream.on("error", (error) => settle(() => controller.error(error)));
      stream.on("close", () => settle(() => controller.error(new Error(CUT))));
      stream.pause();
    },
    pull() {
      stream.resume();
    },
    cancel() {
      settle(() => {});
      stream.destroy();
    },
  }, { highWaterMark: 0 });
}

/** With back-pressure; a write fails when it is not read any more. */
function toWritable(stream: Writable): WritableStream<Bytes> {
  return new WritableStream<Bytes>({
    write: (chunk) => write(stream, chunk),
    close: () => void stream.end(),
    abort: (reason) => void stream.destroy(reason),
  });
}

/** Settles when there is room for more, or the reader is gone. */
function write(stream: Writable, chunk: Bytes): Promise<void> {
  const { promise, resolve, reject } = deferred<void>();
  const settle = () => {
    stream.off("drain", settle);
    stream.off("close", settle);
    if (stream.destroyed) reject(new Error("Nobody wants the rest"));
    else resolve();
  };
  if (stream.destroyed || stream.write(chunk)) settle();
  else stream.on("drain", settle).on("close", settle);
  return promise;
}

/** Opens a browser; it outlives this program, because it may be its child. Returns why it failed. */
export function openBrowser(url: string): Promise<string | undefined> {
  const { program, arguments: args } = openerOf(process.platform, url);
  const { promise, resolve } = deferred<string | undefined>();
  const fail = (error: Error) =>
    resolve(
      codeOf(error) === "ENOENT"
        ? `there is no program "${program}"`
        : error.message,
    );
  try {
    const child = builtin("node:child_process").spawn(program, [...args], {
      detached: process.platform !== "win32",
      stdio: "ignore",
    });
    child.on("error", fail);
    child.on("exit", (code) => resolve(whenFailed(program, code ?? 1)));
    child.unref();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    fail(error);
  }
  return promise;
}
