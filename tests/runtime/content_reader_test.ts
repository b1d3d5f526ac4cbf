/** Files that are read synchronously into one buffer: the bytes, the end, and the descriptor. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import * as fs from "node:fs";
import { type Bytes, isShrunk } from "../../lib/ports/content.ts";
import { createDisk } from "../../lib/runtime/disk.ts";
import { readablePieces } from "../../lib/runtime/file_stream.ts";
import { NODE_CALLS } from "../../lib/runtime/find.ts";
import { createUnreadStreams } from "../../lib/runtime/unread.ts";
import type { Content, Piece, Pieces } from "../../main.ts";
import { temporaryDirectory } from "../support/program.ts";
import { until } from "../support/wait.ts";

const { watch } = createUnreadStreams();
const files = createDisk({
  os: "posix",
  calls: NODE_CALLS,
  atOnce: 0,
  sendLarge: (file, pieces) => readablePieces(file, pieces, watch),
  readDirectory: () => [],
  hasDescriptorPaths: false,
  nextTurn: () => Promise.resolve(),
});
const SIZE = 700_001;
const FILE: Bytes = new Uint8Array(SIZE)
  .map((_, at) => (at * 31 + (at >> 16)) & 255);
const HEAD: Bytes = new TextEncoder().encode("--boundary\r\n\r\n");
const WHOLE: readonly Piece[] = [{ start: 0, end: SIZE - 1 }];

/** A file, and whether a descriptor of this process is its own. */
function makeFile(directory: string): { path: string; isOpen: () => boolean } {
  const path = `${directory}/a`;
  fs.writeFileSync(path, FILE);
  const isOpen = () =>
    fs.readdirSync("/proc/self/fd").some((name) => {
      try {
        return fs.readlinkSync(`/proc/self/fd/${name}`).startsWith(path);
      } catch {
        return false; // that of the directory itself
      }
    });
  return { path, isOpen };
}

async function contentOf(path: string, pieces: Pieces): Promise<Content> {
  const content = await (await files.open(path))?.content(pieces, false);
  assert(content !== undefined);
  return content;
}

function readerOf({ reader }: Content): NonNullable<Content["reader"]> {
  assert(reader !== undefined);
  return reader;
}

/** Everything, by one buffer. */
function readAll(content: Content, length: number): Bytes {
  const buffer = new Uint8Array(length);
  const chunks: Bytes[] = [];
  for (;;) {
    const count = readerOf(content).read(buffer);
    if (count === 0) return new Uint8Array(chunks.flatMap((part) => [...part]));
    chunks.push(buffer.slice(0, count));
  }
}

function bytesOf(pieces: Pieces): Bytes {
  return new Uint8Array(
    [...pieces].flatMap((piece) => [
      ...piece instanceof Uint8Array
        ? piece
        : FILE.subarray(piece.start, piece.end + 1),
    ]),
  );
}

const ROWS: readonly (readonly [string, Pieces])[] = [
  ["the whole file", WHOLE],
  ["a range", [{ start: 65_536, end: 400_000 }]],
  ["one byte", [{ start: SIZE - 1, end: SIZE - 1 }]],
  ["multipart", [
    HEAD,
    { start: 5, end: 100_000 },
    HEAD,
    { start: 300_000, end: 300_000 },
    HEAD,
  ]],
  ["an empty piece between others", [
    HEAD,
    new Uint8Array(),
    { start: 0, end: 9 },
  ]],
  ["a piece longer than the buffer", [FILE, { start: 1, end: 2 }]],
];

for (const [name, pieces] of ROWS) {
  for (const length of [1000, 65_536, 262_144, 1_048_576]) {
    Deno.test(`reader: ${name}, by a buffer of ${length} bytes`, async () => {
      using directory = temporaryDirectory();
      const { path, isOpen } = makeFile(directory.path);
      const content = await contentOf(path, pieces);
      assert(isOpen());
      assertEquals(readAll(content, length), bytesOf(pieces));
      assertEquals(content.taken(false), bytesOf(pieces).length);
      assertEquals(content.unwanted?.(), false);
      await content.ended;
      assert(!isOpen());
    });
  }
}

Deno.test("reader: a buffer is filled, also from several pieces", async () => {
  using directory = temporaryDirectory();
  const { path } = makeFile(directory.path);
  const pieces = [HEAD, { start: 0, end: 9 }, HEAD, { start: 20, end: 99 }];
  const content = await contentOf(path, pieces);
  const buffer = new Uint8Array(100);
  assertEquals(readerOf(content).read(buffer), 100);
  assertEquals(buffer, bytesOf(pieces).subarray(0, 100));
  assertEquals(readerOf(content).read(buffer), bytesOf(pieces).length - 100);
  assertEquals(readerOf(content).read(buffer), 0);
  assertEquals(readerOf(content).read(buffer), 0);
});

Deno.test("reader: the last byte closes the file; nobody must ask once more", async () => {
  using directory = temporaryDirectory();
  const { path, isOpen } = makeFile(directory.path);
  const content = await contentOf(path, WHOLE);
  assertEquals(readerOf(content).read(new Uint8Array(SIZE)), SIZE);
  await content.ended;
  assert(!isOpen());
});

Deno.test("reader: what is not wanted is closed, counted and ends nothing else", async () => {
  using directory = temporaryDirectory();
  const { path, isOpen } = makeFile(directory.path);
  const content = await contentOf(path, WHOLE);
  readerOf(content).read(new Uint8Array(1000));
  readerOf(content).close();
  readerOf(content).close();
  await content.ended;
  assert(!isOpen());
  assertEquals(content.taken(true), 1000);
  assertEquals(content.unwanted?.(), true);
  assertEquals(readerOf(content).read(new Uint8Array(1000)), 0);
  assert(!isOpen());
});

Deno.test("reader: close() behind the end changes nothing", async () => {
  using directory = temporaryDirectory();
  const { path } = makeFile(directory.path);
  const content = await contentOf(path, WHOLE);
  readAll(content, SIZE);
  readerOf(content).close();
  assertEquals(content.unwanted?.(), false);
});

Deno.test("reader: a file that becomes shorter is an error, once", async () => {
  using directory = temporaryDirectory();
  const { path, isOpen } = makeFile(directory.path);
  const content = await contentOf(path, WHOLE);
  const { read } = readerOf(content);
  const buffer = new Uint8Array(100_000);
  read(buffer);
  fs.truncateSync(path, 150_000);
  const error = assertThrows(() => read(buffer), Error);
  assert(isShrunk(error));
  assert(isShrunk(await content.ended.catch((reason) => reason)));
  assert(!isOpen());
  assertEquals(content.taken(true), 100_000);
  assertEquals(content.unwanted?.(), false);
  assertEquals(read(buffer), 0);
});

Deno.test("reader: an error of the disk ends the content with it, and closes the file", async () => {
  const descriptor = fs.openSync("/proc/self/mem", "r");
  let isClosed = false;
  const close = () => {
    if (!isClosed) fs.closeSync(descriptor);
    isClosed = true;
  };
  const content = readablePieces(
    { descriptor, path: "/proc/self/mem", isOpen: () => !isClosed, close },
    WHOLE,
    watch,
  );
  // Address 0 is nobody's: EIO.
  assertThrows(() => readerOf(content).read(new Uint8Array(10)), Error, "EIO");
  assert(String(await content.ended.catch(String)).includes("EIO"));
  assert(isClosed);
});

Deno.test("reader: after a second without a reader the file is closed, and opened again for one", async () => {
  using directory = temporaryDirectory();
  const { path, isOpen } = makeFile(directory.path);
  const content = await contentOf(path, WHOLE);
  await until(() => !isOpen());
  assertEquals(readAll(content, 262_144), FILE);
  assert(!isOpen());
});

Deno.test("reader: who reads late gets no part of a file that took the name meanwhile", async () => {
  using directory = temporaryDirectory();
  const { path, isOpen } = makeFile(directory.path);
  const content = await contentOf(path, WHOLE);
  await until(() => !isOpen());
  fs.writeFileSync(`${path}.new`, FILE);
  fs.renameSync(`${path}.new`, path);
  const error = assertThrows(
    () => readerOf(content).read(new Uint8Array(9)),
    Error,
  );
  assert(isShrunk(error));
  assert(!isOpen());
});

Deno.test("reader: the stream in its place gives the same bytes, count and end", async () => {
  using directory = temporaryDirectory();
  const { path, isOpen } = makeFile(directory.path);
  const content = await contentOf(path, WHOLE);
  assert(content.body instanceof ReadableStream);
  assert(content.body === content.body);
  const bytes = await new Response(content.body).bytes();
  assertEquals(bytes, FILE);
  await content.ended;
  assertEquals(content.taken(false), SIZE);
  assertEquals(content.unwanted?.(), false);
  assert(!isOpen());
});
