/**
 * Starting a program by `Bun.spawn`: Bun's `node:child_process` stands on it, and puts streams of
 * its own between, at twice the processor's time.
 *
 * @module
 */

import type { Bytes } from "../ports/content.ts";
import type { OperatingSystem } from "../ports/files.ts";
import type { Command, Exit, Running } from "../ports/processes.ts";
import { deferred } from "../ports/timers.ts";
import { signalChild } from "./node_processes.ts";
import { signalGroup } from "./spawn.ts";

/** The standard input of a program. `write` tells with `true` that nobody reads, with a number how much it keeps; else it settles. */
interface Sink {
  readonly write: (bytes: Bytes) => Promise<unknown> | number | true;
  readonly flush: () => Promise<unknown> | number | undefined;
  readonly end: () => Promise<unknown> | number;
}

interface Child {
  readonly pid: number;
  readonly stdin: Sink | undefined;
  readonly stdout: ReadableStream<Bytes>;
  readonly stderr: ReadableStream<Bytes>;
  readonly kill: (signal: string) => void;
}

/** The part of Bun's types that is used here. `uid`, `gid` and `lazy` are what `node:child_process` passes on. */
declare const Bun: {
  readonly spawn: (words: readonly string[], options: {
    readonly cwd: string;
    readonly env: Readonly<Record<string, string>>;
    readonly uid?: number;
    readonly gid?: number;
    readonly detached: boolean;
    readonly lazy: boolean;
    readonly stdio: readonly ("pipe" | "ignore")[];
    readonly onExit: (
      child: unknown,
      code: number | null,
      signal: string | number | null,
    ) => void;
  }) => Child;
};

/** Starts a program; throws when that fails. */
export function startOnBun(command: Command, os: OperatingSystem): Running {
  const { program, directory, variables, user, hasInput } = command;
  const { promise: ended, resolve } = deferred<Exit>();
  const child = Bun.spawn([program, ...command.arguments], {
    cwd: directory,
    env: variables,
    ...user === undefined ? {} : { uid: user.uid, gid: user.gid },
    // A session of its own is a process group of its own; no terminal signals it.
    detached: os !== "windows",
    // Else an output is read into memory, and nobody has asked for it (1.4.5: 200 MB of 300).
    lazy: true,
    stdio: [hasInput ? "pipe" : "ignore", "pipe", "pipe"],
    onExit: (_, code, signal) =>
      resolve({
        code: code ?? 1,
        signal: signal === null ? undefined : String(signal),
      }),
  });
  const { pid, stdin, stdout, stderr } = child;
  return {
    input: stdin && hasInput ? toWritable(stdin) : undefined,
    output: stdout,
    errors: stderr,
    ended,
    signal: (name) =>
      os === "windows"
        ? signalChild(child, name)
        : signalGroup(pid, name, () => false),
  };
}

/** With back-pressure; a write fails when it is not read any more. */
function toWritable(sink: Sink): WritableStream<Bytes> {
  return new WritableStream<Bytes>({
    write: (bytes) => write(sink, bytes),
    close: async () => void await sink.end(),
    abort: async () => void await sink.end(),
  });
}

/** Settles when there is room for more, or the reader is gone. */
async function write(sink: Sink, bytes: Bytes): Promise<void> {
  const written = sink.write(bytes);
  if (written === true) throw new Error("Nobody wants the rest");
  // A number is what waits in memory: if it was written later, nobody would be told that it failed.
  await (typeof written === "number" ? sink.flush() : written);
}
