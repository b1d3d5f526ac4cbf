/**
 * A place for content whose length is not known beforehand: memory, and beyond that a
 * file that has no name any more.
 *
 * @module
 */

import * as fs from "node:fs";
import type { OperatingSystem } from "../ports.ts";
import type { OpenSpool, Spool } from "../processes.ts";
import { type Opened, streamPieces } from "./file_stream.ts";

type Bytes = Uint8Array<ArrayBuffer>;

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

function openSpool({ path, os }: TemporaryDirectory): Spool {
  let chunks: Bytes[] = [];
  let size = 0;
  let file: Opened | undefined;
  const write = async (bytes: Bytes): Promise<boolean> => {
    chunks.push(bytes);
    size += bytes.length;
    const inMemory = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    if (inMemory <= MEMORY_BYTES) return true;
    const directory = path();
    if (file === undefined && directory === undefined) {
      return size <= ONLY_MEMORY_BYTES;
    }
    file ??= openNameless(directory ?? "", os);
    const full = chunks;
    chunks = [];
    for (const chunk of full) await append(file, chunk);
    return true;
  };
  const read = (): ReadableStream<Bytes> => {
    if (file === undefined) return new Blob(chunks).stream();
    const written = size - chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    return streamPieces(file, [{ start: 0, end: written - 1 }, ...chunks])
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
