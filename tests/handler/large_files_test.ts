/** Larger files that are asked for again and again are in memory: never for long what was, and never too many. */
import { assert, assertEquals } from "@std/assert";
import { createHandler, type Files } from "../../lib/mod.ts";
import type { PeerSource } from "../../lib/ports/exchange.ts";
import { countedFiles } from "../support/counted_files.ts";
import { noise } from "../support/slow.ts";
import { until } from "../support/wait.ts";

const MIB = 1_048_576;
/** How many answers of the kind are on their way at most. */
const MOST = 32;
/** Far enough from now that what a test writes has lain for a while. */
const LATER_MS = 10_000;

interface Asked {
  readonly opens: number;
  readonly status: number;
  readonly bytes: Uint8Array;
}

interface Site {
  readonly write: (content: Uint8Array<ArrayBuffer>, mtime: number) => void;
  readonly ask: (
    completed?: Promise<void>,
    headers?: Record<string, string>,
  ) => Promise<Asked>;
  /** Lets files be opened so many times, and then no more. */
  readonly allow: (openings: number) => void;
  /** Asks until the file is in memory. */
  readonly keep: () => Promise<void>;
  readonly [Symbol.dispose]: () => void;
}

const SENT = Promise.resolve();

function site(): Site {
  const root = Deno.makeTempDirSync();
  const { files: disk, counts } = countedFiles();
  let openings = Infinity;
  const files: Files = {
    ...disk,
    open: async (path) => {
      if (--openings < 0) throw new Error("EMFILE");
      return await disk.open(path);
    },
  };
  const clock = { now: () => Date.now() + LATER_MS };
  const handler = createHandler({ root, log: false, clock, files });
  const ask: Site["ask"] = async (completed, headers = {}) => {
    const before = counts.open;
    const peer: PeerSource = { address: "127.0.0.1", completed };
    const request = new Request("http://x/a.bin", { headers });
    const response = await handler(request, peer);
    const opens = counts.open - before;
    return { opens, status: response.status, bytes: await response.bytes() };
  };
  return {
    ask,
    allow: (most) => void (openings = most),
    write: (content, mtime) => {
      Deno.writeFileSync(`${root}/a.bin`, content);
      Deno.utimeSync(`${root}/a.bin`, mtime, mtime);
    },
    keep: async () => await until(async () => (await ask(SENT)).opens === 0),
    [Symbol.dispose]: () => Deno.removeSync(root, { recursive: true }),
  };
}

Deno.test("a file of 1 MiB is in memory when it was asked for a few times, until it changes", async () => {
  using files = site();
  const before = noise(MIB);
  files.write(before, 1);
  for (let asked = 0; asked < 3; asked++) {
    assert((await files.ask(SENT)).opens > 0);
  }
  await files.keep();
  assertEquals((await files.ask(SENT)).bytes, before);
  const after = noise(MIB, 2);
  files.write(after, 2);
  assertEquals((await files.ask(SENT)).bytes, after);
});

Deno.test("a file that could not be read when it was to be kept is kept later", async () => {
  using files = site();
  files.write(noise(MIB), 1);
  // Its tag and its type are known.
  await until(async () => (await files.ask(SENT)).opens === 1);
  for (let asked = 0; asked < 10; asked++) {
    files.allow(1);
    assertEquals((await files.ask(SENT)).status, 200);
  }
  files.allow(Infinity);
  await files.keep();
});

Deno.test("a part of it, and what has a byte more, is read from the disk", async () => {
  using files = site();
  const content = noise(MIB);
  files.write(content, 1);
  await files.keep();
  const part = await files.ask(SENT, { Range: "bytes=1-300000" });
  assertEquals(part, {
    opens: 1,
    status: 206,
    bytes: content.subarray(1, 300_001),
  });
  files.write(noise(MIB + 1), 2);
  for (let asked = 0; asked < 10; asked++) {
    assert((await files.ask(SENT)).opens > 0);
  }
});

Deno.test("slow readers hold a bounded number of them; the others are sent from the disk", async () => {
  using files = site();
  const content = noise(MIB);
  files.write(content, 1);
  await files.keep();
  const { promise, reject } = Promise.withResolvers<void>();
  promise.catch(() => {});
  for (let reader = 0; reader < MOST; reader++) {
    assertEquals((await files.ask(promise)).opens, 0);
  }
  const other = await files.ask(promise);
  assertEquals(other, { opens: 1, status: 200, bytes: content });
  reject(new Error("The clients have left"));
  await files.keep();
});

Deno.test("where nobody tells when an answer has left, it is sent from the disk", async () => {
  using files = site();
  files.write(noise(MIB), 1);
  await files.keep();
  assertEquals((await files.ask()).opens, 1);
  assert((await files.ask(SENT)).opens === 0);
});
