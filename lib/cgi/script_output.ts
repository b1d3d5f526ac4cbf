/**
 * Reading what a script writes.
 *
 * @module
 */

import type { Bytes } from "../ports/content.ts";

/** What a script writes to one of its outputs, piece by piece as it is asked for. */
export interface ScriptOutput {
  /** The next bytes; no value at the end. */
  readonly read: () => Promise<{ readonly value?: Bytes | undefined }>;
  /** Reads no more. */
  readonly cancel: () => Promise<void>;
}

/** So many bytes are read at first: most scripts write no more. */
const FIRST_BYTES = 4096;
/** So many are read at once of a script that writes more. */
const MORE_BYTES = 65_536;

/**
 * Opens an output. A stream of bytes is read into small buffers: Deno's own have 64 KiB each, and
 * V8 collects all of its memory when 18 MB of them have come together, every 70 scripts (2.9.6).
 */
export function openOutput(
  stream: ReadableStream<Bytes>,
  isOfBytes = false,
): ScriptOutput {
  if (!isOfBytes) return stream.getReader();
  const reader = stream.getReader({ mode: "byob" });
  let size = FIRST_BYTES;
  return {
    read: async () => {
      const { done, value } = await reader.read(new Uint8Array(size));
      if (value?.length === size) size = MORE_BYTES;
      return { value: done ? undefined : value };
    },
    cancel: () => reader.cancel(),
  };
}
