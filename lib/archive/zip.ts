/**
 * ZIP (APPNOTE 6.3): entries stored as they are, with checksum and size in front, so that readers
 * of streams take them, too; ZIP64 where numbers are too large; UTF-8; times without a zone.
 *
 * @module
 */

import { type Bytes, concat } from "../ports/content.ts";
import { type ArchiveEntry, modeOf } from "./archive_entry.ts";
import { dataSize, type Layout, layOut, type StartOf } from "./layout.ts";

/** From these on a number stands in a ZIP64 field. */
const LARGE = 0xffff_ffff;
const MANY = 0xffff;
/** The version that a reader must have (APPNOTE 4.4.3): for files and folders, and for ZIP64. */
const VERSION = 20;
const VERSION_ZIP64 = 45;
/** APPNOTE 4.4.2: the attributes are those of UNIX. */
const UNIX = 3 << 8;
const UTF8_FLAG = 1 << 11;
const ASCII_REGEXP = /^[\0-\x7f]*$/;
/** The length of the ZIP64 record behind the field that tells it (APPNOTE 4.3.14.1). */
const END_ZIP64_BYTES = 44;

/** Lays out a ZIP archive: for each entry a record and its data, then the directory, then its end. */
export function zipLayout(entries: readonly ArchiveEntry[]): Layout {
  const directory = 2 * entries.length;
  const end = 3 * entries.length;
  const recordAt = (index: number, startOf: StartOf, checksum: number) => {
    if (index === end) {
      return endRecord(entries.length, startOf(directory), startOf(end));
    }
    const entry = entryAt(index);
    return index < directory
      ? localRecord(entry, checksum)
      : centralRecord(entry, checksum, startOf(2 * (index - directory)));
  };
  const isData = (index: number) => index < directory && index % 2 === 1;
  const entryAt = (index: number) =>
    entries[index < directory ? index >> 1 : index - directory] as ArchiveEntry;
  return layOut({
    count: end + 1,
    lengthOf: (index, startOf) =>
      isData(index)
        ? dataSize(entryAt(index))
        : recordAt(index, startOf, 0).length,
    part: (index, startOf) =>
      isData(index) ? { kind: "data", entry: entryAt(index) } : {
        kind: "record",
        entry: index === end ? undefined : entryAt(index),
        make: (checksum) => recordAt(index, startOf, checksum),
      },
  });
}

type Fields = readonly (readonly [bytes: 1 | 2 | 4 | 8, value: number])[];

/** APPNOTE 4.3.7. */
function localRecord(entry: ArchiveEntry, checksum: number): Bytes {
  const name = encodeName(entry);
  const extra = extraFields(entry, largeSizes(entry));
  return concat([
    littleEndian([
      [4, 0x0403_4b50],
      ...commonFields(entry, checksum, false),
      [2, name.length],
      [2, extra.length],
    ]),
    name,
    extra,
  ]);
}

/** APPNOTE 4.3.12. */
function centralRecord(
  entry: ArchiveEntry,
  checksum: number,
  start: number,
): Bytes {
  const name = encodeName(entry);
  const isLarge = start >= LARGE;
  const extra = extraFields(entry, [
    ...largeSizes(entry),
    ...isLarge ? [[8, start]] as const : [],
  ]);
  const [type, dos] = entry.source === undefined ? [0o40, 0x10] : [0o100, 0];
  return concat([
    littleEndian([
      [4, 0x0201_4b50],
      [2, UNIX | (isLarge ? VERSION_ZIP64 : versionOf(entry))],
      ...commonFields(entry, checksum, isLarge),
      [2, name.length],
      [2, extra.length],
      [2, 0], // comment
      [2, 0], // disk
      [2, 0], // internal attributes
      [2, dos],
      [2, type << 9 | modeOf(entry)],
      [4, Math.min(start, LARGE)],
    ]),
    name,
    extra,
  ]);
}

/** What both records have, from the version to the sizes. */
function commonFields(
  entry: ArchiveEntry,
  checksum: number,
  isZip64: boolean,
): Fields {
  const size = Math.min(dataSize(entry), LARGE);
  const [time, date] = dosTime(entry.seconds);
  return [
    [2, isZip64 ? VERSION_ZIP64 : versionOf(entry)],
    [2, ASCII_REGEXP.test(entry.name) ? 0 : UTF8_FLAG],
    [2, 0], // stored
    [2, time],
    [2, date],
    [4, checksum],
    [4, size],
    [4, size],
  ];
}

function versionOf(entry: ArchiveEntry): number {
  return dataSize(entry) >= LARGE ? VERSION_ZIP64 : VERSION;
}

/** The sizes, where they are large. */
function largeSizes(entry: ArchiveEntry): Fields {
  const size = dataSize(entry);
  return size >= LARGE ? [[8, size], [8, size]] : [];
}

/** ZIP64 (APPNOTE 4.5.3), and the time in UTC ("extended timestamp" of Info-ZIP). */
function extraFields({ seconds }: ArchiveEntry, large: Fields): Bytes {
  // It has a signed number of 32 bits; for other times there is that of DOS.
  const isTold = seconds >= 0 && seconds <= 0x7fff_ffff;
  return littleEndian([
    ...large.length === 0
      ? []
      : [[2, 1], [2, 8 * large.length], ...large] as const,
    ...isTold ? [[2, 0x5455], [2, 5], [1, 1], [4, seconds]] as const : [],
  ]);
}

/** APPNOTE 4.3.14 to 4.3.16. */
function endRecord(count: number, start: number, end: number): Bytes {
  const size = end - start;
  const isZip64 = count >= MANY || start >= LARGE || size >= LARGE;
  const zip64: Fields = [
    [4, 0x0606_4b50],
    [8, END_ZIP64_BYTES],
    [2, UNIX | VERSION_ZIP64],
    [2, VERSION_ZIP64],
    [4, 0], // this disk
    [4, 0], // the disk of the directory
    [8, count],
    [8, count],
    [8, size],
    [8, start],
    [4, 0x0706_4b50],
    [4, 0], // the disk of the record above
    [8, end],
    [4, 1], // disks
  ];
  const many = Math.min(count, MANY);
  return littleEndian([
    ...isZip64 ? zip64 : [],
    [4, 0x0605_4b50],
    [2, 0], // this disk: zip 3.0 takes 65535 for an archive in parts
    [2, 0],
    [2, many],
    [2, many],
    [4, Math.min(size, LARGE)],
    [4, Math.min(start, LARGE)],
    [2, 0], // comment
  ]);
}

/** The years 1980 to 2107, in seconds since the epoch. */
const FIRST_SECOND = 315_532_800;
const LAST_SECOND = 4_354_819_198;

/** Time and date of DOS in UTC, for readers without the other field: it must not depend on the zone of this process. */
function dosTime(seconds: number): readonly [time: number, date: number] {
  const clamped = Math.min(Math.max(seconds, FIRST_SECOND), LAST_SECOND);
  const at = new Date(1000 * clamped);
  return [
    at.getUTCHours() << 11 | at.getUTCMinutes() << 5 | at.getUTCSeconds() >> 1,
    (at.getUTCFullYear() - 1980) << 9 | (at.getUTCMonth() + 1) << 5 |
    at.getUTCDate(),
  ];
}

function encodeName({ name }: ArchiveEntry): Bytes {
  return new TextEncoder().encode(name);
}

function littleEndian(fields: Fields): Bytes {
  const length = fields.reduce((sum, [bytes]) => sum + bytes, 0);
  const view = new DataView(new ArrayBuffer(length));
  let at = 0;
  for (const [bytes, value] of fields) {
    if (bytes === 1) view.setUint8(at, value);
    else if (bytes === 2) view.setUint16(at, value, true);
    else if (bytes === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += bytes;
  }
  return new Uint8Array(view.buffer);
}
