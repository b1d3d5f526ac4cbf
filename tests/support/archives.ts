/** Reads archives, strictly, and by other code than what has written them. */
import { assertEquals } from "@std/assert";

/** An entry as an archive has it. */
export interface ReadEntry {
  readonly name: string;
  readonly mode: number;
  /** The time of modification in seconds since the epoch. */
  readonly seconds: number;
  readonly bytes: Uint8Array;
}

const decode = (bytes: Uint8Array) =>
  new TextDecoder("utf-8", { fatal: true }).decode(bytes);

/** The checksum of ZIP, bit by bit (RFC 1952 §8). */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) {
      crc = crc & 1 ? (crc >>> 1) ^ 0xedb8_8320 : crc >>> 1;
    }
  }
  return (crc ^ 0xffff_ffff) >>> 0;
}

/** The time in the field of Info-ZIP; `undefined` where there is none. */
function timeOf(extra: Uint8Array): number | undefined {
  const view = new DataView(extra.buffer, extra.byteOffset, extra.length);
  for (let at = 0; at < extra.length; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) === 0x5455) {
      return view.getInt32(at + 5, true);
    }
  }
  return undefined;
}

/** The entries of a ZIP archive without ZIP64, whose records must agree with each other. */
export function readZip(bytes: Uint8Array): ReadEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const u16 = (at: number) => view.getUint16(at, true);
  const u32 = (at: number) => view.getUint32(at, true);
  const end = bytes.length - 22;
  assertEquals(u32(end), 0x0605_4b50);
  const entries: ReadEntry[] = [];
  let at = u32(end + 16);
  assertEquals(at + u32(end + 12), end);
  let next = 0;
  for (let left = u16(end + 10); left > 0; left--) {
    assertEquals(u32(at), 0x0201_4b50);
    const [length, extra] = [u16(at + 28), u16(at + 30)];
    const local = u32(at + 42);
    assertEquals(local, next);
    assertEquals(u32(local), 0x0403_4b50);
    assertEquals(
      bytes.slice(local + 4, local + 30),
      bytes.slice(at + 6, at + 32),
    );
    const name = bytes.slice(at + 46, at + 46 + length);
    assertEquals(bytes.slice(local + 30, local + 30 + length), name);
    const start = local + 30 + length + extra;
    next = start + u32(at + 24);
    const data = bytes.slice(start, next);
    assertEquals(u32(at + 16), crc32(data), decode(name));
    const fields = bytes.subarray(at + 46 + length, at + 46 + length + extra);
    entries.push({
      name: decode(name),
      mode: u16(at + 40),
      seconds: timeOf(fields) ?? -1,
      bytes: data,
    });
    at += 46 + length + extra;
  }
  assertEquals(at, end);
  return entries;
}

/** The entries of a tar archive, with names of extended headers. */
export function readTar(bytes: Uint8Array): ReadEntry[] {
  const entries: ReadEntry[] = [];
  let long: string | undefined;
  for (let at = 0; bytes[at] !== 0;) {
    const block = bytes.subarray(at, at + 512);
    const text = (start: number, length: number) => {
      const field = block.subarray(start, start + length);
      const end = field.indexOf(0);
      return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
    };
    const number = (start: number, length: number) =>
      parseInt(text(start, length).trim(), 8);
    const sum = block.reduce(
      (sum, byte, index) => sum + (index >= 148 && index < 156 ? 32 : byte),
      0,
    );
    assertEquals(number(148, 8), sum);
    const size = number(124, 12);
    const data = bytes.slice(at + 512, at + 512 + size);
    at += 512 + 512 * Math.ceil(size / 512);
    if (text(156, 1) === "x") {
      const [, length, name] = /^(\d+) path=([^]*)\n$/.exec(decode(data)) ?? [];
      assertEquals(Number(length), data.length);
      long = name;
      continue;
    }
    const prefix = text(345, 155);
    const name = long ??
      (prefix === "" ? text(0, 100) : `${prefix}/${text(0, 100)}`);
    entries.push({
      name,
      mode: number(100, 8),
      seconds: number(136, 12),
      bytes: data,
    });
    long = undefined;
  }
  assertEquals(bytes.length % 512, 0);
  assertEquals(bytes.slice(-1024), new Uint8Array(1024));
  return entries;
}
