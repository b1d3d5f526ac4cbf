import { assert, assertEquals, assertRejects } from "@std/assert";
/** Streams of files: what they read, and what they do with it when it was sent. */
import * as fs from "node:fs";
import { digestFile } from "../../lib/runtime/file_stream.ts";
import { currentRuntime } from "../../lib/runtime/mod.ts";
import type { Listener, Piece } from "../../main.ts";
import { temporaryDirectory } from "../support/program.ts";
import { until } from "../support/wait.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const { files, listen: listenOn } = currentRuntime();
const MIB = 1_048_576;
const SIZE = 12 * MIB + 1;

/** A byte that tells where it stands, also across chunks. */
function byteAt(position: number): number {
  return (position * 31 + (position >> 16)) & 255;
}

function writeFile(path: string): void {
  Deno.writeFileSync(path, new Uint8Array(SIZE).map((_, at) => byteAt(at)));
}

async function bodyOf(
  path: string,
  pieces: readonly Piece[],
): Promise<ReadableStream<Bytes>> {
  const content = await (await files.open(path))?.content(pieces, false);
  assert(content?.body instanceof ReadableStream);
  return content.body;
}

async function listen(answer: () => Promise<Response>): Promise<Listener> {
  const place = { kind: "tcp", hostname: "127.0.0.1", port: 0 } as const;
  const listener = await listenOn({ place }, { answer });
  assert("drain" in listener);
  return listener;
}

const HEAD = new TextEncoder().encode("head");
const SPANS: readonly (readonly Piece[])[] = [
  [{ start: 0, end: SIZE - 1 }],
  [{ start: 1, end: MIB }],
  [{ start: 1, end: MIB + 1 }],
  [{ start: SIZE - 131_073, end: SIZE - 1 }],
  [
    HEAD,
    { start: 5, end: 100_000 },
    HEAD,
    { start: 3 * MIB, end: 7 * MIB },
    HEAD,
  ],
];

Deno.test("the server sends exactly the bytes of the pieces, whatever is given back behind it", async () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/a`;
  writeFile(path);
  let pieces = SPANS[0] ?? [];
  const server = await listen(async () =>
    new Response(await bodyOf(path, pieces))
  );
  const { port } = server;
  for (pieces of SPANS) {
    const answers = Array.from({ length: 4 }, async () => {
      const response = await fetch(`http://127.0.0.1:${port}/`);
      return new Uint8Array(await response.arrayBuffer());
    });
    const expected = await new Response(await bodyOf(path, pieces)).bytes();
    for (const bytes of await Promise.all(answers)) {
      assert(bytes.length === expected.length);
      assert(bytes.every((byte, at) => byte === expected[at]));
    }
  }
  await server.drain();
  assertEquals(HEAD.length, 4, "what was in memory before is let alone");
});

Deno.test("who reads a stream by themselves keeps its chunks", async () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/a`;
  writeFile(path);
  const chunks = await Array.fromAsync(
    await bodyOf(path, [{ start: 0, end: 2 * MIB }]),
  );
  let at = 0;
  for (const chunk of chunks) {
    assert(chunk.every((byte, index) => byte === byteAt(at + index)));
    at += chunk.length;
  }
  assertEquals(at, 2 * MIB + 1);
});

/** The longest of the chunks that the first 7 MiB come in; each look at the clock takes so many milliseconds. */
async function longestChunk(milliseconds: number): Promise<number> {
  using directory = temporaryDirectory();
  const path = `${directory.path}/a`;
  writeFile(path);
  const { now } = performance;
  let time = 0;
  performance.now = () => time += milliseconds;
  try {
    const reader = (await bodyOf(path, [{ start: 0, end: SIZE - 1 }]))
      .getReader();
    let longest = 0;
    // What is taken up to here tells of no client: the sockets hold it.
    for (let taken = 0; taken < 7 * MIB;) {
      const { value } = await reader.read();
      assert(value !== undefined);
      taken += value.length;
      longest = Math.max(longest, value.length);
    }
    await reader.cancel();
    return longest;
  } finally {
    performance.now = now;
  }
}

Deno.test("who has not shown to be fast gets small chunks: a slow reader holds some of them", async () => {
  assertEquals(await longestChunk(0), 32_768);
});

Deno.test("a disk that takes its time is asked half as often", async () => {
  assertEquals(await longestChunk(10), 65_536);
});

Deno.test("a chunk that the server has sent is given back without the collector", async () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/a`;
  writeFile(path);
  const opened: Bytes[] = [];
  const enqueue = ReadableStreamDefaultController.prototype.enqueue;
  const server = await listen(async () =>
    new Response(await bodyOf(path, [{ start: 0, end: SIZE - 1 }]))
  );
  ReadableStreamDefaultController.prototype.enqueue = function (chunk) {
    if (chunk instanceof Uint8Array) opened.push(chunk as Bytes);
    return enqueue.call(this, chunk);
  };
  try {
    const { port } = server;
    const response = await fetch(`http://127.0.0.1:${port}/`);
    await response.body?.pipeTo(new WritableStream());
  } finally {
    ReadableStreamDefaultController.prototype.enqueue = enqueue;
  }
  await server.drain();
  const sent = opened.filter((chunk) => chunk.buffer.detached).length;
  assert(sent >= SIZE / 262_144 - 1, `${sent} chunks were given back`);
});

/** Whether a file is open. */
function isOpen(path: string): boolean {
  return [...Deno.readDirSync("/proc/self/fd")].some(({ name }) => {
    try {
      return Deno.readLinkSync(`/proc/self/fd/${name}`) === path;
    } catch {
      return false;
    }
  });
}

Deno.test("an answer that nobody reads keeps no descriptor; who reads it later gets all of it", async () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/a`;
  writeFile(path);
  const body = await bodyOf(path, [{ start: 0, end: SIZE - 1 }]);
  assert(isOpen(path));
  await until(() => !isOpen(path));
  const bytes = new Uint8Array(await new Response(body).arrayBuffer());
  assertEquals(bytes.length, SIZE);
  assert(bytes.every((byte, at) => byte === byteAt(at)));
  assert(!isOpen(path));
});

Deno.test("an answer that is read late fails where its file was replaced meanwhile", async () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/a`;
  writeFile(path);
  const body = await bodyOf(path, [{ start: 0, end: SIZE - 1 }]);
  await until(() => !isOpen(path));
  writeFile(`${path}.new`);
  Deno.renameSync(`${path}.new`, path);
  await assertRejects(() => new Response(body).arrayBuffer());
});

Deno.test("a digest takes a turn of the event loop behind each chunk, whoever wants it", async () => {
  const path = Deno.makeTempFileSync();
  try {
    const bytes = new Uint8Array(3 * MIB + 1).fill(7);
    Deno.writeFileSync(path, bytes);
    const descriptor = fs.openSync(path, "r");
    const file = {
      descriptor,
      path,
      stat: { size: bytes.length },
      isOpen: () => true,
      close: () => fs.closeSync(descriptor),
    };
    let turns = 0;
    const nextTurn = () => Promise.resolve(void turns++);
    const digest = await digestFile(file, "sha-256", nextTurn);
    const expected = await crypto.subtle.digest("SHA-256", bytes);
    assertEquals(digest, new Uint8Array(expected));
    assert(turns >= 4, "chunks of 1 MiB");
    file.close();
  } finally {
    Deno.removeSync(path);
  }
});
