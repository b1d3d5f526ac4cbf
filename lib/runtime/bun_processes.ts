/**
 * Starting a program by `Bun.spawn`, with the PATH of the user: Bun's `node:child_process` stands on it,
 * and puts streams of its own between, at twice the processor's time.
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

/** Where `bun run` puts a `node` of its own when there is none, or with `--bun`. */
const BUN_NODE_REGEXP = /\/bun-node-[^/]*$/;
const BIN = "/node_modules/.bin";

/**
 * The PATH of the user: without what `bun run` and `bunx` put in front (measured with 1.4.5). That
 * is, after the directory of its own `node`: the directory of the package, where that is not the
 * working directory; `node_modules/.bin` of the working directory, mostly twice; and that of each
 * directory above it. A script of the package that runs `bun run` has all of it twice. Of npm
 * there is no such first directory: what it adds stays, as with every other program.
 */
export function userPath(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  let directories = path.split(":");
  for (;;) {
    const count = addedByBun(directories);
    if (count === 0) return directories.join(":") || undefined;
    directories = directories.slice(count);
  }
}

/** How many directories `bun run` has put in front. */
function addedByBun(directories: readonly string[]): number {
  const [first = ""] = directories;
  if (BUN_NODE_REGEXP.test(first)) return 1;
  const from = first.endsWith(BIN) ? 0 : 1;
  const [bin = "", next] = directories.slice(from);
  if (!bin.endsWith(BIN)) return 0;
  const directory = bin.slice(0, -BIN.length);
  const isTwice = bin === next;
  if (from === 0 ? !isTwice : !isWithin(directory, first)) return 0;
  const added = [...isTwice ? [bin] : [], ...binsAbove(directory)];
  const isThere = added.every((bin, at) => directories[from + at] === bin);
  return isThere ? from + added.length : 0;
}

function isWithin(directory: string, other: string): boolean {
  return other !== "" && `${directory}/`.startsWith(`${other}/`);
}

/** `node_modules/.bin` of a directory and of all above it. */
function binsAbove(directory: string): readonly string[] {
  const names = directory.split("/");
  return names.map((_, index) =>
    names.slice(0, names.length - index).join("/") + BIN
  );
}
