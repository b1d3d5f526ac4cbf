/**
 * tar: the headers of POSIX.1-1988 (ustar), with extended headers (pax) for names that those cannot
 * have.
 *
 * @module
 */

import { type Bytes, concat } from "../ports/content.ts";
import { type ArchiveEntry, modeOf } from "./archive_entry.ts";
import { dataSize, type Layout, layOut } from "./layout.ts";

const BLOCK_BYTES = 512;
/** How many bytes the fields of a name and of what stands in front of it have. */
const NAME_BYTES = 100;
const PREFIX_BYTES = 155;
/** From this size on, 8 GiB, it does not fit into octal digits. */
const LARGE = 8 ** 11;
const ASCII_REGEXP = /^[\0-\x7f]*$/;

/** Lays out a tar archive: for each entry a header and its data, then two blocks of zeros. */
export function tarLayout(entries: readonly ArchiveEntry[]): Layout {
  const end = 2 * entries.length;
  const entryAt = (index: number) => entries[index >> 1] as ArchiveEntry;
  const isData = (index: number) => index < end && index % 2 === 1;
  // What fills the last block of an entry up stands in front of the next header.
  const recordAt = (index: number) => {
    const before = index === 0 ? 0 : dataSize(entryAt(index - 1));
    return concat([
      new Uint8Array(padding(before)),
      index === end
        ? new Uint8Array(2 * BLOCK_BYTES)
        : entryHeader(entryAt(index)),
    ]);
  };
  return layOut({
    count: end + 1,
    lengthOf: (index) =>
      isData(index) ? dataSize(entryAt(index)) : recordAt(index).length,
    part: (index) =>
      isData(index) ? { kind: "data", entry: entryAt(index) } : {
        kind: "record",
        entry: undefined,
        make: () => recordAt(index),
      },
  });
}

/** How many bytes are missing to whole blocks. */
function padding(size: number): number {
  return (BLOCK_BYTES - size % BLOCK_BYTES) % BLOCK_BYTES;
}

/** The header of an entry, behind an extended one where it needs that. */
function entryHeader(entry: ArchiveEntry): Bytes {
  const { name, source, seconds } = entry;
  const split = splitName(name);
  const header = {
    ...split ?? { prefix: "", name },
    size: dataSize(entry),
    mode: modeOf(entry),
    seconds,
    type: source === undefined ? "5" : "0",
  };
  // Readers on Windows take other names for ones of their own code page.
  if (split !== undefined && ASCII_REGEXP.test(name)) return block(header);
  const record = paxRecord("path", name);
  const extended = {
    prefix: "",
    name: "PaxHeader",
    size: record.length,
    mode: 0o644,
    seconds,
    type: "x",
  };
  return concat([
    block(extended),
    record,
    new Uint8Array(padding(record.length)),
    block(header),
  ]);
}

/** A name in two parts that fit; `undefined` where none do. */
function splitName(
  path: string,
): { readonly prefix: string; readonly name: string } | undefined {
  const length = encode(path).length;
  if (length <= NAME_BYTES) return { prefix: "", name: path };
  if (length > PREFIX_BYTES + 1 + NAME_BYTES) return undefined;
  for (let at = path.indexOf("/"); at > 0; at = path.indexOf("/", at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)];
    const fits = encode(name).length <= NAME_BYTES &&
      encode(prefix).length <= PREFIX_BYTES;
    if (fits && name !== "") return { prefix, name };
  }
  return undefined;
}

/** A record of an extended header: its length in bytes, which counts itself. */
function paxRecord(key: string, value: string): Bytes {
  const rest = encode(` ${key}=${value}\n`);
  let length = rest.length;
  while (length !== rest.length + String(length).length) {
    length = rest.length + String(length).length;
  }
  return concat([encode(String(length)), rest]);
}

interface Header {
  readonly prefix: string;
  readonly name: string;
  readonly size: number;
  readonly mode: number;
  readonly seconds: number;
  readonly type: string;
}

function block({ prefix, name, size, mode, seconds, type }: Header): Bytes {
  const bytes = new Uint8Array(BLOCK_BYTES);
  const put = (at: number, text: string, length: number) =>
    bytes.set(encode(text).subarray(0, length), at);
  put(0, name, NAME_BYTES);
  put(100, octal(mode, 7), 7);
  put(108, octal(0, 7), 7); // user
  put(116, octal(0, 7), 7); // group
  if (size < LARGE) put(124, octal(size, 11), 11);
  else putBinary(bytes.subarray(124, 136), size);
  put(136, octal(Math.min(Math.max(seconds, 0), LARGE - 1), 11), 11);
  put(148, "        ", 8); // the checksum counts as spaces
  put(156, type, 1);
  put(257, "ustar\0" + "00", 8);
  put(345, prefix, PREFIX_BYTES);
  const sum = bytes.reduce((sum, byte) => sum + byte, 0);
  put(148, `${octal(sum, 6)}\0 `, 8);
  return bytes;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0");
}

/** Base 256, as GNU tar has it: busybox knows no size in an extended header (1.35). */
function putBinary(field: Bytes, size: number): void {
  new DataView(field.buffer, field.byteOffset).setBigUint64(4, BigInt(size));
  field[0] = 0x80;
}

function encode(text: string): Bytes {
  return new TextEncoder().encode(text);
}
