/**
 * Text files of the program itself: logs that it appends to, and small files that it reads.
 *
 * @module
 */

import * as fs from "node:fs";
import type {
  AppendFailure,
  Appending,
  LostLines,
  TextResult,
} from "../ports/runtime.ts";
import { codeOf, isNotCapable, reasonOf } from "./system.ts";

/** For the owner, and for a group to read: a log tells which user has read what. */
const MODE = 0o640;
const LINE_FEED = 10;
/** So much a pipe takes in one piece, whoever else writes to it (PIPE_BUF of Linux). */
const PIPE_BYTES = 4096;

/**
 * Deno lets nobody open these, and the system neither, where they stand for a socket (journald has one) or
 * for a pipe of another user; but all write to what they stand for.
 */
const STANDARD_OUTPUTS: ReadonlyMap<string, number> = new Map([
  ["/dev/stdout", 1],
  ["/dev/stderr", 2],
]);

/** A file that is written to. */
interface Output {
  readonly descriptor: number;
  /** How much of it stays in one piece when other processes write, too. */
  readonly pieceBytes: number;
}

/**
 * Opens a file to append to; creates it where there is none. Every text is one system call on a
 * descriptor with O_APPEND, and to a pipe one for as many lines as it takes: each line stays in
 * one piece when other processes write, too. It takes 2 µs on Bun, 6 on Deno (measured).
 */
export function openAppend(path: string): Appending | AppendFailure {
  let output: Output;
  try {
    output = openOutput(path);
  } catch (error) {
    return { kind: "failed", message: reasonNotOpened(error) };
  }
  let isCut = false;
  return {
    kind: "open",
    write: (lines) => {
      const lost = writeAll(output, lines, isCut);
      isCut = lost?.isCut === true;
      return lost;
    },
    reopen: () =>
      reasonOfFailure(() => {
        const next = openOutput(path);
        if (next.descriptor === output.descriptor) return;
        const isStandard = STANDARD_OUTPUTS.get(path) === output.descriptor;
        if (!isStandard) fs.closeSync(output.descriptor);
        output = next;
        isCut = false;
      }),
  };
}

function reasonOfFailure(action: () => void): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    return reasonNotOpened(error);
  }
}

/** What may be written, and is yet refused by Deno, is a device, or a file of /proc or /sys. */
function reasonNotOpened(error: unknown): string {
  return error instanceof Error && isNotCapable(error)
    ? "Deno opens what is in /dev, /proc and /sys with --allow-all alone; name another file, /dev/stdout or /dev/stderr"
    : reasonOf(error);
}

function openOutput(path: string): Output {
  try {
    return openWritable(path);
  } catch (error) {
    const descriptor = STANDARD_OUTPUTS.get(path);
    if (descriptor === undefined || !(error instanceof Error)) throw error;
    const isWritable = isNotCapable(error) || codeOf(error) === "EACCES" ||
      fs.fstatSync(descriptor).isSocket();
    if (!isWritable) throw error;
    return { descriptor, pieceBytes: PIPE_BYTES };
  }
}

/**
 * Without O_NONBLOCK a FIFO without a reader would block the whole program: here, when it is
 * full, and at SIGHUP. What does not go in at once is lost, as on a disk that is full.
 */
function openWritable(path: string): Output {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK } = fs.constants;
  // Windows has no O_NONBLOCK.
  const flags = O_WRONLY | O_APPEND | O_CREAT | (O_NONBLOCK ?? 0);
  const descriptor = fs.openSync(path, flags, MODE);
  const stat = fs.fstatSync(descriptor);
  if (stat.isFile() || stat.isCharacterDevice() || stat.isFIFO()) {
    return { descriptor, pieceBytes: stat.isFIFO() ? PIPE_BYTES : Infinity };
  }
  fs.closeSync(descriptor);
  throw new Error("it is neither a file nor a pipe");
}

/** Where a part of a line is in the file, and the rest is not, the next text begins a line of its own. */
interface Unwritten extends LostLines {
  readonly isCut: boolean;
}

function writeAll(
  { descriptor, pieceBytes }: Output,
  lines: string,
  isCut: boolean,
): Unwritten | undefined {
  const bytes = new TextEncoder().encode(isCut ? `\n${lines}` : lines);
  let at = 0;
  try {
    while (at < bytes.length) {
      const end = pieceEnd(bytes, at, pieceBytes);
      at += fs.writeSync(descriptor, bytes, at, end - at);
    }
    return undefined;
  } catch (error) {
    return {
      count: countLines(bytes.subarray(Math.max(at, isCut ? 1 : 0))),
      message: reasonOf(error),
      isCut: at === 0 ? isCut : bytes[at - 1] !== LINE_FEED,
    };
  }
}

/** Where a piece of whole lines ends that has at most so many bytes; one line alone may have more. */
function pieceEnd(
  bytes: Uint8Array,
  from: number,
  most: number,
): number {
  if (bytes.length - from <= most) return bytes.length;
  const last = bytes.lastIndexOf(LINE_FEED, from + most - 1);
  if (last >= from) return last + 1;
  const next = bytes.indexOf(LINE_FEED, from + most);
  return next < 0 ? bytes.length : next + 1;
}

function countLines(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => byte === LINE_FEED ? sum + 1 : sum, 0);
}

const READ_REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "there is no such file",
  EISDIR: "it is a directory",
  EACCES: "you may not read it",
  EPERM: "you may not read it",
};

/** Reads a file to its end, whatever its kind: passwords come by `<(program)` as well. */
export function readText(path: string): TextResult {
  try {
    return { kind: "text", text: fs.readFileSync(path, "utf8") };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const message = isNotCapable(error)
      ? "no permission; start with --allow-read=/"
      : READ_REASONS[codeOf(error)] ?? error.message;
    return { kind: "failed", message };
  }
}
