/** Decision P6: places for streams, turns for everybody else, and one kept source at a time. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { createCompression } from "../../lib/files/compression.ts";
import type { Waiting } from "../../lib/http/semaphore.ts";
import type { Coder } from "../../lib/ports/content.ts";
import { currentRuntime } from "../../lib/runtime/mod.ts";
import type { Content } from "../../main.ts";

type Bytes = Uint8Array<ArrayBuffer>;
const KIB = 1024;

/** A coder that codes nothing, and writes down what it is asked for. */
function fakeCoder(): { coder: Coder; events: string[]; open: () => number } {
  const events: string[] = [];
  let open = 0;
  let count = 0;
  const coder: Coder = {
    codings: ["gzip"],
    encoder: () => {
      const name = String.fromCharCode(97 + count++);
      let isOpen = true;
      open++;
      return {
        code: (piece) => {
          events.push(name);
          return Promise.resolve(piece);
        },
        finish: () => {
          events.push(name);
          return Promise.resolve(new Uint8Array(1));
        },
        close: () => {
          if (isOpen) open--;
          isOpen = false;
        },
      };
    },
    parallelism: 1,
    encode: (_, content) => {
      events.push("=");
      return content;
    },
    crc32: () => 0,
    nextTurn: () => {
      events.push("|");
      return new Promise((resolve) => setTimeout(resolve));
    },
    watchUnread: () => () => {},
  };
  return { coder, events, open: () => open };
}

function streamOf(chunks: Iterable<Bytes>): Content {
  const iterator = chunks[Symbol.iterator]();
  return {
    body: new ReadableStream<Bytes>({
      pull: (controller) => {
        const { value, done } = iterator.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
    }, { highWaterMark: 0 }),
    taken: () => 0,
    ended: Promise.resolve(),
  };
}

/** Somebody who waits for what nobody else wants. */
function waiting(): Waiting {
  return { key: undefined, isSettled: false, request: someone() };
}

function someone(): Pick<Request, "signal"> {
  return { signal: new AbortController().signal };
}

function text(content: Content): Promise<Bytes> {
  return new Response(content.body).bytes();
}

Deno.test("streams take turns: one piece a turn over all of them, each in its order", async () => {
  const { coder, events } = fakeCoder();
  const compression = createCompression(coder, 3);
  const contents = [1, 2, 3].map(() => {
    const content = streamOf([new Uint8Array(150 * KIB)]);
    return compression.enter()?.code(content, "gzip") as Content;
  });
  const lengths = (await Promise.all(contents.map(text))).map((bytes) =>
    bytes.length
  );
  assertEquals(lengths, Array(3).fill(150 * KIB + 1));
  const pieces = events.join("");
  assertEquals(pieces, "|a|b|c".repeat(4));
});

Deno.test("what is kept is coded one source at a time, a small one beside it by one call", async () => {
  const { coder, events } = fakeCoder();
  const compression = createCompression(coder, 1);
  const kept = async (size: number) =>
    await compression.schedule(
      size,
      waiting(),
      () => compression.encode(new Uint8Array(size), "br"),
    ) ?? new Uint8Array();
  const all = await Promise.all([
    kept(200 * KIB),
    kept(200 * KIB),
    kept(128 * KIB),
  ]);
  assertEquals(all.map(({ length }) => length), [
    200 * KIB + 1,
    200 * KIB + 1,
    128 * KIB,
  ]);
  const pieces = events.join("");
  assertEquals(pieces.replace("=", ""), "|a".repeat(5) + "|b".repeat(5));
  assert(pieces.indexOf("=") < pieces.indexOf("a|a"), "the small one waits");
});

Deno.test("some small sources are coded in a turn, and then others have theirs", async () => {
  const { coder, events } = fakeCoder();
  const slow: Coder = {
    ...coder,
    encode: (_, content) => {
      events.push("=");
      for (const began = performance.now(); performance.now() - began < 3;);
      return content;
    },
  };
  const compression = createCompression(slow, 1);
  const source = new Uint8Array(KIB);
  await Promise.all(
    Array.from({ length: 9 }, () => compression.encode(source, "br")),
  );
  const turns = events.join("").split("|");
  assert(turns.every((turn) => turn === "=" || turn === "=="), `${turns}`);
  // At once as well, and who waits then gives all others their turn.
  const { encodeAtOnce, encode } = createCompression(slow, 1);
  events.length = 0;
  while (encodeAtOnce(source, "br") !== undefined);
  assert(events.length <= 2, `${events}`);
  assertEquals(encodeAtOnce(source, "br"), undefined);
  await encode(source, "br");
  assertEquals(events.slice(-2), ["|", "="]);
});

Deno.test("what is coded on another thread is not coded at once, but for what is very small", () => {
  const { coder } = fakeCoder();
  const { encodeAtOnce } = createCompression({
    ...coder,
    encodeBeside: (_, content) => Promise.resolve(content),
  }, 1);
  const sizes = [2, 16, 17, 128].map((size) =>
    encodeAtOnce(new Uint8Array(size * KIB), "gzip")?.length
  );
  assertEquals(sizes, [2 * KIB, 16 * KIB, undefined, undefined]);
});

Deno.test("as many small sources are coded at a time as the coder has threads, and in no turn of others", async () => {
  const { coder, events } = fakeCoder();
  let running = 0;
  const compression = createCompression({
    ...coder,
    parallelism: 3,
    encodeBeside: async (_, content) => {
      events.push(String(++running));
      await new Promise((resolve) => setTimeout(resolve));
      running--;
      return content;
    },
  }, 1);
  const size = 20 * KIB;
  const one = () =>
    compression.schedule(
      size,
      waiting(),
      () => compression.encode(new Uint8Array(size), "br"),
    );
  await Promise.all(Array.from({ length: 9 }, one));
  assert(events.every((event) => event <= "3"), events.join(""));
  assertEquals(Math.max(...events.map(Number)), 3);
});

Deno.test("what could not be made holds up nobody", async () => {
  const compression = createCompression(fakeCoder().coder, 1);
  const size = 100 * KIB;
  const nothing = () => Promise.resolve(undefined);
  assertEquals(
    await compression.schedule(size, waiting(), nothing),
    undefined,
  );
  const failing = () => Promise.reject(new Error("disk"));
  await assertRejects(() => compression.schedule(size, waiting(), failing));
  const made = new Uint8Array(1);
  assertEquals(
    await compression.schedule(size, waiting(), () => Promise.resolve(made)),
    made,
  );
});

Deno.test("a place is given back, and the encoder with it, however a stream ends", async () => {
  const chunk = () => new Uint8Array(10 * KIB);
  function* endless() {
    for (;;) yield chunk();
  }
  function* failing() {
    yield chunk();
    throw new Error("disk");
  }
  type End = (content: Content, reader: ReadableStreamDefaultReader) => unknown;
  const rows: Array<[string, () => Iterable<Bytes>, End]> = [
    ["read to its end", () => [chunk()], async (_, reader) => {
      while (!(await reader.read()).done);
    }],
    ["cancelled unread", endless, (_, reader) => reader.cancel()],
    ["cancelled in the middle", endless, async (_, reader) => {
      await reader.read();
      await reader.cancel();
    }],
    ["cancelled under a read", endless, async (_, reader) => {
      const reading = reader.read();
      await reader.cancel();
      await reading;
    }],
    ["failing", failing, async (_, reader) => {
      await reader.read();
      await assertRejects(() => reader.read());
    }],
  ];
  for (const [what, chunks, end] of rows) {
    const { coder, open } = fakeCoder();
    const compression = createCompression(coder, 1);
    for (let time = 0; time < 3; time++) {
      const place = compression.enter();
      assert(place !== undefined, what);
      assertEquals(compression.enter(), undefined, what);
      const content = place.code(streamOf(chunks()), "br");
      const reader = (content.body as ReadableStream).getReader();
      await end(content, reader);
      assertEquals(open(), 0, what);
    }
    const place = compression.enter();
    place?.leave();
    place?.leave();
    assert(compression.enter() !== undefined);
    assertEquals(compression.enter(), undefined);
  }
});

Deno.test("a source that waits for ever is cancelled with its stream", async () => {
  const { coder, open } = fakeCoder();
  const compression = createCompression(coder, 1);
  let cancelled = false;
  const body = new ReadableStream<Bytes>({
    cancel: () => {
      cancelled = true;
    },
  });
  const waiting = { body, taken: () => 0, ended: Promise.resolve() };
  const content = compression.enter()?.code(waiting, "br");
  const reader = (content?.body as ReadableStream).getReader();
  const reading = reader.read();
  await reader.cancel();
  await reading;
  assertEquals([cancelled, open()], [true, 0]);
  assert(compression.enter() !== undefined);
});

Deno.test("nothing is coded before it is taken", async () => {
  const { coder, events } = fakeCoder();
  const compression = createCompression(coder, 1);
  const chunks = Array.from({ length: 9 }, () => new Uint8Array(KIB));
  const content = compression.enter()?.code(streamOf(chunks), "br") as Content;
  const reader = (content.body as ReadableStream).getReader();
  await new Promise((resolve) => setTimeout(resolve, 5));
  assertEquals(events, []);
  await reader.read();
  await new Promise((resolve) => setTimeout(resolve, 5));
  assertEquals(events, ["|", "a"]);
  await reader.cancel();
});

Deno.test("a stream that nobody reads gives its place back, and has no encoder; who reads it later gets all", async () => {
  const { coder, open } = fakeCoder();
  const idle: Array<() => void> = [];
  const compression = createCompression({
    ...coder,
    watchUnread: (_, callbacks) => {
      idle.push(callbacks.idle);
      return () => {};
    },
  }, 1);
  const enterUnread = () => {
    const source = streamOf([new Uint8Array(10 * KIB)]);
    const content = compression.enter()?.code(source, "br");
    assert(content !== undefined);
    idle.at(-1)?.();
    return content;
  };
  const contents = Array.from({ length: 3 }, enterUnread);
  assertEquals(open(), 0);
  const [late, ...later] = contents;
  const reader = (late?.body as ReadableStream).getReader();
  await reader.read();
  assertEquals(open(), 1);
  assertEquals(compression.enter(), undefined, "it has a place again");
  for (const content of later) {
    assertEquals((await text(content)).length, 10 * KIB + 1, "goes beyond");
  }
  assertEquals(compression.enter(), undefined, "what went beyond frees none");
  await reader.cancel();
  assertEquals(open(), 0);
  const place = compression.enter();
  assert(place !== undefined);
  assertEquals(compression.enter(), undefined);
});

Deno.test("chunks are given back when the reader keeps nothing, and only then", async () => {
  for (const keepsNothing of [true, false]) {
    const { coder } = fakeCoder();
    let tell = () => {};
    const compression = createCompression({
      ...coder,
      watchUnread: (_, { keptNothing }) => {
        tell = keptNothing;
        return () => {};
      },
    }, 1);
    const chunks = [new Uint8Array(KIB), new Uint8Array(KIB)];
    const content = compression.enter()?.code(streamOf(chunks), "br");
    const reader = (content?.body as ReadableStream<Bytes>).getReader();
    if (keepsNothing) tell();
    const first = await reader.read();
    assertEquals(first.value?.length, KIB);
    await reader.read();
    assertEquals(first.value?.length, keepsNothing ? 0 : KIB);
    await reader.cancel();
  }
});

Deno.test("every coding gives back what was put in, as a stream and kept", async () => {
  const words = Array.from(
    { length: 60_000 },
    (_, at) => `${at % 7919} line\n`,
  );
  const source = new TextEncoder().encode(words.join(""));
  const zlib = await import("node:zlib");
  const decoders = {
    br: zlib.brotliDecompressSync,
    zstd: zlib.zstdDecompressSync,
    gzip: zlib.gunzipSync,
  };
  const compression = createCompression(currentRuntime().coder, 1);
  for (const coding of ["br", "zstd", "gzip"] as const) {
    for (const length of [0, 1, 65_536, 131_072, 131_073, source.length]) {
      const part = source.slice(0, length);
      const chunks = [part.slice(0, 100), part.slice(100)];
      const content = compression.enter()?.code(streamOf(chunks), coding);
      const streamed = await text(content as Content);
      const kept = await compression.encode(part, coding);
      for (const coded of [streamed, kept]) {
        assert(length < 65_536 || coded.length < length / 3);
        assertEquals(new Uint8Array(decoders[coding](coded)), part);
      }
    }
  }
});

Deno.test("an encoder that was closed codes nothing more, and nobody waits for it", async () => {
  for (const coding of ["br", "zstd", "gzip"] as const) {
    const { code, close } = currentRuntime().coder.encoder(coding);
    await code(new Uint8Array(10));
    close();
    close();
    await assertRejects(() => code(new Uint8Array(10)));
  }
});
