/**
 * Reads the data of entries, and their checksums. A file that is not the one that was planned any more
 * ends the archive too early: the connection is cut, so that nobody takes a part for the whole.
 *
 * @module
 */

import { contentKey } from "../files/validators.ts";
import { isSame, openVerified } from "../files/open.ts";
import { createStopwatch } from "../files/search.ts";
import type { FileSource } from "../http/body.ts";
import type { Cache } from "../http/cache.ts";
import {
  type Bytes,
  type Coder,
  type Content,
  discard,
  eventError,
  SHRUNK,
} from "../ports/content.ts";
import type { Files } from "../ports/files.ts";
import type { Clock } from "../ports/runtime.ts";
import type { ArchiveEntry } from "./archive_entry.ts";
import type { Buffers } from "./buffers.ts";
import { dataSize } from "./layout.ts";

export interface ReadingParts {
  readonly files: Files;
  readonly coder: Coder;
  readonly clock: Clock;
  /** Checksums of files, by their states. */
  readonly checksums: Cache<number>;
  readonly buffers: Buffers;
}

/** Reads entries for one archive. */
export interface EntryReader {
  readonly checksumOf: (entry: ArchiveEntry) => Promise<number>;
  /** The bytes of an entry from a position up to another one; a chunk may be used again when the next is asked for. */
  readonly read: (
    entry: ArchiveEntry,
    start: number,
    end: number,
  ) => AsyncGenerator<Bytes, void>;
  /** The rest is not wanted. */
  readonly stop: () => void;
}

/** Up to this size a file is read once: its bytes wait in memory for its record. */
const HELD_BYTES = 1_048_576;
/** What a checksum takes besides its key, about. */
const CHECKSUM_BYTES = 64;

/** The bytes of an entry that were read for its checksum. */
interface Held {
  readonly entry: ArchiveEntry;
  readonly chunks: readonly Bytes[];
}

export function createEntryReader(parts: ReadingParts): EntryReader {
  const { coder: { crc32, nextTurn }, files, checksums, clock, buffers } =
    parts;
  const told = new Map<ArchiveEntry, number>();
  const time = createStopwatch();
  let held: Held | undefined;
  let isWanted = true;

  const reading = {
    files,
    buffers,
    turn: () => time.turn(nextTurn),
    isWanted: () => isWanted,
  };

  const readChecksum = async (entry: ArchiveEntry, source: FileSource) => {
    const { checksum, chunks } = await readForChecksum(source, crc32, reading);
    if (chunks.length > 0) held = { entry, chunks };
    return checksum;
  };

  const checksumOf = async (entry: ArchiveEntry): Promise<number> => {
    const { source } = entry;
    if (source === undefined || dataSize(entry) === 0) return 0;
    if (source.kind === "bytes") return crc32(source.bytes);
    const key = contentKey(source, clock.now());
    const known = told.get(entry) ?? (key ? checksums.get(key) : undefined);
    const checksum = known ?? await readChecksum(entry, source);
    told.set(entry, checksum);
    if (key) checksums.set(key, checksum, CHECKSUM_BYTES + key.length);
    return checksum;
  };

  async function* read(entry: ArchiveEntry, start: number, end: number) {
    const { source } = entry;
    if (source === undefined || start === end) return;
    if (source.kind === "bytes") {
      yield source.bytes.slice(start, end);
      return;
    }
    const own = held?.entry === entry ? held.chunks : undefined;
    held = undefined;
    if (own !== undefined) {
      yield* cut(own, start, end);
      for (const chunk of own) buffers.giveBackSent(chunk);
      return;
    }
    const isWhole = end - start === source.stat.size;
    const promised = isWhole ? told.get(entry) : undefined;
    let checksum = 0;
    for await (const chunk of readFile(source, start, end, reading)) {
      if (promised !== undefined) checksum = crc32(chunk, checksum);
      yield chunk;
      buffers.giveBackSent(chunk);
    }
    // The times of a file may not tell that it was written in between.
    if (checksum !== (promised ?? checksum)) throw changed(source);
  }
  return { checksumOf, read, stop: () => void (isWanted = false) };
}

interface Reading extends Pick<ReadingParts, "files" | "buffers"> {
  readonly turn: () => Promise<void>;
  readonly isWanted: () => boolean;
}

/** The bytes of a file from a position up to another one; it throws where it is not what was planned, also behind them. */
async function* readFile(
  source: FileSource,
  start: number,
  end: number,
  { files, buffers, turn, isWanted }: Reading,
): AsyncGenerator<Bytes, void> {
  const opening = await openVerified(source, files);
  if (opening.kind === "changed") opening.file?.close();
  if (opening.kind !== "open") throw changed(source);
  const pieces = [{ start, end: end - 1 }];
  const content = await opening.file.content(pieces, true);
  if (content === undefined) throw changed(source);
  for await (const chunk of chunksOf(content, buffers)) {
    yield chunk;
    await turn();
    if (!isWanted()) return;
  }
  const now = await files.stat(source.path);
  if (now === undefined || !isSame(now, source.stat)) throw changed(source);
}

/** The checksum of a file, and its bytes where they are few. */
async function readForChecksum(
  source: FileSource,
  crc32: Coder["crc32"],
  reading: Reading,
): Promise<{ readonly checksum: number; readonly chunks: readonly Bytes[] }> {
  const { size } = source.stat;
  const chunks: Bytes[] = [];
  let checksum = 0;
  for await (const chunk of readFile(source, 0, size, reading)) {
    checksum = crc32(chunk, checksum);
    if (size <= HELD_BYTES) chunks.push(chunk);
    else reading.buffers.giveBack(chunk);
  }
  return { checksum, chunks };
}

/** The bytes of chunks from a position up to another one. */
function* cut(
  chunks: readonly Bytes[],
  start: number,
  end: number,
): Generator<Bytes, void> {
  let at = 0;
  for (const chunk of chunks) {
    const part = chunk.subarray(Math.max(start - at, 0), Math.max(end - at, 0));
    at += chunk.length;
    if (part.length > 0) yield part;
  }
}

/** The chunks of content, which belong to the caller; content that is not read to its end is closed. */
async function* chunksOf(
  content: Content,
  { take, giveBack }: Buffers,
): AsyncGenerator<Bytes, void> {
  const { reader, body } = content;
  try {
    if (reader !== undefined) {
      for (;;) {
        const buffer = take();
        const count = reader.read(buffer);
        if (count === 0) return giveBack(buffer);
        yield buffer.subarray(0, count);
      }
    } else if (body instanceof Uint8Array) {
      for (let at = 0; at < body.length;) {
        const buffer = take();
        const part = body.subarray(at, at + buffer.length);
        buffer.set(part);
        at += part.length; // before the chunk is released
        yield buffer.subarray(0, part.length);
      }
    } else if (body instanceof ReadableStream) {
      yield* body;
    } else {
      yield* body.stream();
    }
  } finally {
    discard(content);
  }
}

function changed({ path }: FileSource): Error {
  return eventError(SHRUNK, `"${path}" has changed while it was archived`);
}
