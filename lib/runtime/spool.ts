/**
 * A place for content whose length is not known beforehand: memory, and beyond that a
 * file that has no name any more.
 *
 * @module
 */

import * as fs from "node:fs";
import type { OperatingSystem } from "../ports/files.ts";
import type { OpenSpool, Spool } from "../ports/processes.ts";
import { type Opened, streamPieces } from "./file_stream.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** How many bytes are written at a time. */
const BLOCK_BYTES = 65_536;
/** How many bytes stay in memory. */
const MEMORY_BYTES = 1_048_576;
/** How many stay there when there may be no file. */
const ONLY_MEMORY_BYTES = 8_388_608;

/** Where temporary files may be. */
export interface TemporaryDirectory {
  /** Its path; `undefined` when no file may be written. */
  readonly path: () => string | undefined;
  /** Whose rules hold. */
  readonly os: OperatingSystem;
}

/**
 * Makes what opens spools.
 *
 * @param directory Where temporary files may be.
 * @returns Opens a spool.
 */
export function createOpenSpool(directory: TemporaryDirectory): OpenSpool {
  return () => openSpool(directory);
}

/**
 * Bytes are copied into blocks: a chunk of one byte may hold on to a buffer of 64 KiB, and
 * a client may send a million of them.
 */
function openSpool({ path, os }: TemporaryDirectory): Spool {
  let full: Bytes[] = [];
  let block: Bytes = new Uint8Array(BLOCK_BYTES);
  let filled = 0;
  let size = 0;
  let file: Opened | undefined;
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
    for (const other of blocks) await append(file, other);
    return true;
  };
  const read = (): ReadableStream<Bytes> => {
    const inMemory = [...full, block.subarray(0, filled)];
    if (file === undefined) return new Blob(inMemory).stream();
    const end = size - full.length * BLOCK_BYTES - filled - 1;
    return streamPieces(file, [{ start: 0, end }, ...inMemory])
      .body as ReadableStream<Bytes>;
  };
  return { write, read, close: () => file?.close() };
}

/** A file that nobody else can open, and that is gone when the program is. */
function openNameless(directory: string, os: OperatingSystem): Opened {
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

function append({ descriptor }: Opened, bytes: Bytes): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const write = (from: number) =>
    fs.write(descriptor, bytes, from, bytes.length - from, (error, count) => {
      if (error !== null) reject(error);
      else if (from + count < bytes.length) write(from + count);
      else resolve();
    });
  write(0);
  return promise;
}
