/**
 * Spools: content of unknown length in memory, and beyond that in a file without a name.
 *
 * @module
 */

import * as fs from "node:fs";
import type { Bytes } from "../ports/content.ts";
import type { OperatingSystem } from "../ports/files.ts";
import type { OpenSpool, Spool } from "../ports/processes.ts";
import { deferred } from "../ports/timers.ts";
import { type FileHandle, streamPieces } from "./file_stream.ts";

const BLOCK_BYTES = 65_536;
/** How many bytes stay in memory. */
const MEMORY_BYTES = 1_048_576;
/** How many stay there when there may be no file. */
const ONLY_MEMORY_BYTES = 8_388_608;

/** Where temporary files may be. */
export interface TemporaryDirectory {
  /** Its path; `undefined` when no file may be written. */
  readonly path: () => string | undefined;
  readonly os: OperatingSystem;
}

/**
 * Makes the port. Bytes are copied into blocks: a chunk of one byte may hold on to a buffer of
 * 64 KiB, and a client may send a million of them.
 */
export function createOpenSpool({ path, os }: TemporaryDirectory): OpenSpool {
  return (): Spool => {
    let full: Bytes[] = [];
    let block: Bytes = new Uint8Array(BLOCK_BYTES);
    let filled = 0;
    let size = 0;
    let file: FileHandle | undefined;
    const add = (bytes: Bytes): void => {
      size += bytes.length;
      for (let at = 0; at < bytes.length;) {
        const part = bytes.subarray(at, at + BLOCK_BYTES - filled);
        block.set(part, filled);
        filled += part.length;
        at += part.length;
        if (filled < BLOCK_BYTES) continue;
        full.push(block);
        block = new Uint8Array(BLOCK_BYTES);
        filled = 0;
      }
    };
    const write = async (bytes: Bytes): Promise<boolean> => {
      add(bytes);
      if (full.length * BLOCK_BYTES <= MEMORY_BYTES) return true;
      const directory = path();
      if (directory === undefined) return size <= ONLY_MEMORY_BYTES;
      file ??= openNameless(directory, os);
      const blocks = full;
      full = [];
      for (const block of blocks) await append(file, block);
      return true;
    };
    const read = (): ReadableStream<Bytes> => {
      const inMemory = [...full, block.subarray(0, filled)];
      if (file === undefined) return new Blob(inMemory).stream();
      const end = size - full.length * BLOCK_BYTES - filled - 1;
      return streamPieces(file, [{ start: 0, end }, ...inMemory]).body;
    };
    return { write, read, close: () => file?.close() };
  };
}

/** A file that no other process can open, and that is gone when this one is. */
function openNameless(directory: string, os: OperatingSystem): FileHandle {
  const path = `${directory}/serve-${crypto.randomUUID()}`;
  const descriptor = fs.openSync(path, "wx+", 0o600);
  const remove = () => fs.unlinkSync(path);
  if (os !== "windows") remove();
  let isOpen = true;
  const close = () => {
    if (!isOpen) return;
    isOpen = false;
    fs.closeSync(descriptor);
    if (os === "windows") remove();
  };
  return { descriptor, path, isOpen: () => isOpen, close };
}

function append({ descriptor }: FileHandle, bytes: Bytes): Promise<void> {
  const { promise, resolve, reject } = deferred<void>();
  const write = (from: number) =>
    fs.write(descriptor, bytes, from, bytes.length - from, (error, count) => {
      if (error !== null) reject(error);
      else if (from + count < bytes.length) write(from + count);
      else resolve();
    });
  write(0);
  return promise;
}
