/**
 * Reads the header block of a script (RFC 3875 §6.1).
 *
 * @module
 */

import { headerBlockEnd } from "./response.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Reads what a script writes. */
export type OutputReader = ReadableStreamDefaultReader<Bytes>;

/** A header block, or why there is none. */
export type HeaderBlock =
  | {
    readonly kind: "block";
    /** The block with its blank line, a character for each byte. */
    readonly text: string;
    /** What of the content came along with it. */
    readonly first: Bytes;
  }
  | { readonly kind: "none"; readonly reason: string };

const NOTHING = { value: undefined } as const;
/** The most bytes of a header block. */
const HEADER_BLOCK_BYTES = 65_536;

/**
 * Reads the header block of a script.
 *
 * @param reader Reads what the script writes.
 * @returns The block, or why there is none.
 */
export async function readHeaderBlock(
  reader: OutputReader,
): Promise<HeaderBlock> {
  let bytes: Bytes = new Uint8Array();
  for (;;) {
    const { value } = await reader.read().catch(() => NOTHING);
    if (value === undefined) {
      return { kind: "none", reason: prematureEnd(bytes) };
    }
    const from = bytes.length;
    bytes = bytes.length === 0 ? value : concatenate(bytes, value);
    const end = headerBlockEnd(bytes, from);
    if ((end ?? bytes.length) > HEADER_BLOCK_BYTES) {
      const reason = `its header block is over ${HEADER_BLOCK_BYTES} bytes`;
      return { kind: "none", reason };
    }
    if (end !== undefined) {
      const text = latin1(bytes.subarray(0, end));
      return { kind: "block", text, first: bytes.subarray(end) };
    }
  }
}

function prematureEnd(bytes: Bytes): string {
  if (bytes.length === 0) return "it wrote nothing";
  const start = JSON.stringify(latin1(bytes.subarray(0, 100)));
  return `it ended before the blank line behind its header block: ${start}`;
}

/** A character for each byte, which `TextDecoder` does not do for "latin1". */
function latin1(bytes: Bytes): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function concatenate(left: Bytes, right: Bytes): Bytes {
  const both = new Uint8Array(left.length + right.length);
  both.set(left);
  both.set(right, left.length);
  return both;
}
