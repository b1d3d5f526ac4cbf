/** What the validators of files whose time was set cost, and when they are there (decision P4). */

import { assert, assertEquals } from "@std/assert";
import { createBackground } from "../../lib/files/background.ts";
import {
  createHandler,
  memoryFiles,
  type OpenFile,
  type SiteOptions,
} from "../../lib/mod.ts";
import { currentRuntime } from "../../lib/runtime/mod.ts";
import { PROJECT, RUNTIMES, startModule } from "../support/program.ts";

/** Far enough from now that what a test writes is young no more. */
const LATER_MS = 10_000;
const SMALL = "hello";
const LARGE = "hello".repeat(100_000);

interface Watched {
  readonly root: string;
  readonly counts: {
    /** Files that were opened. */
    opened: number;
    /** Those that are open. */
    open: number;
    /** Digests that somebody waits for, and those that are made beside other things. */
    awaited: number;
    beside: number;
  };
  /** What each digest beside asks, and what it waits for to begin. */
  readonly wanted: Array<() => boolean>;
  readonly ask: (
    path: string,
    headers?: Record<string, string>,
    method?: string,
  ) => Promise<Response>;
  /** A new start of the server: everything is forgotten. */
  readonly restart: () => void;
  readonly write: (name: string, text: string) => void;
  readonly [Symbol.dispose]: () => void;
}

function watched(
  beside: (made: Promise<Uint8Array | undefined>) => typeof made = (made) =>
    made,
  options: Partial<SiteOptions> = {},
): Watched {
  const root = Deno.realPathSync(Deno.makeTempDirSync());
  const { files } = currentRuntime();
  const counts = { opened: 0, open: 0, awaited: 0, beside: 0 };
  const wanted: Array<() => boolean> = [];
  const watch = (file: OpenFile): OpenFile => {
    counts.opened++;
    counts.open++;
    let isOpen = true;
    const close = () => {
      if (isOpen) counts.open--;
      isOpen = false;
    };
    return {
      ...file,
      close: () => (close(), file.close()),
      content: (...parameters) => (close(), file.content(...parameters)),
      digest: (algorithm, isWanted) => {
        if (isWanted === undefined) counts.awaited++;
        else counts.beside++;
        if (isWanted !== undefined) wanted.push(isWanted);
        const made = file.digest(algorithm, isWanted);
        return isWanted === undefined ? made : beside(made);
      },
    };
  };
  const create = () =>
    createHandler({
      root,
      log: false,
      clock: { now: () => Date.now() + LATER_MS },
      ...options,
      files: {
        ...files,
        open: async (path) => {
          const file = await files.open(path);
          return file && watch(file);
        },
      },
    });
  let handler = create();
  return {
    root,
    counts,
    wanted,
    restart: () => void (handler = create()),
    ask: async (path, headers = {}, method = "GET") =>
      await handler(new Request(`http://x${path}`, { method, headers })),
    write: (name, text) => {
      Deno.writeTextFileSync(`${root}/${name}`, text);
      Deno.utimeSync(`${root}/${name}`, 1_500_000_000, 1_500_000_000);
    },
    [Symbol.dispose]: () => Deno.removeSync(root, { recursive: true }),
  };
}

/** The tag and the text of an answer. */
async function read(
  response: Response,
): Promise<[status: number, tag: string, text: string]> {
  const { status, headers } = response;
  return [status, headers.get("etag") ?? "", await response.text()];
}

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 30_000;
  while (!condition()) {
    assert(Date.now() < end, "it never came");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const SMALL_TAG = '"sha-2cf24dba5fb0a30e26e83b2ac5b9e29e"';

Deno.test("a small file is read once: what is digested is what is sent", async () => {
  using site = watched();
  site.write("a.txt", SMALL);
  const { counts, ask } = site;
  assertEquals(await read(await ask("/a.txt", {}, "HEAD")), [200, "", ""]);
  assertEquals(counts.opened, 0, "HEAD opens nothing");
  assertEquals(await read(await ask("/a.txt")), [200, SMALL_TAG, SMALL]);
  assertEquals(counts.opened, 1);
  assertEquals(await read(await ask("/a.txt", {}, "HEAD")), [
    200,
    SMALL_TAG,
    "",
  ]);
  const known = { "if-none-match": SMALL_TAG };
  assertEquals(await read(await ask("/a.txt", known)), [304, SMALL_TAG, ""]);
  assertEquals(await read(await ask("/a.txt")), [200, SMALL_TAG, SMALL]);
  assertEquals([counts.opened, counts.open], [1, 0]);
  site.restart();
  assertEquals(await read(await ask("/a.txt", known)), [304, SMALL_TAG, ""]);
  assertEquals([counts.opened, counts.open], [2, 0]);
});

Deno.test("a file whose time tells is opened for its bytes alone", async () => {
  using site = watched();
  Deno.writeTextFileSync(`${site.root}/a.txt`, SMALL);
  const [, tag] = await read(await site.ask("/a.txt", {}, "HEAD"));
  assert(tag.startsWith('"5-'), tag);
  assertEquals(await read(await site.ask("/a.txt")), [200, tag, SMALL]);
  const known = { "if-none-match": tag };
  assertEquals(await read(await site.ask("/a.txt", known)), [304, tag, ""]);
  assertEquals(site.counts, { opened: 1, open: 0, awaited: 0, beside: 0 });
});

Deno.test("a sidecar has a tag of its own, by the same rule", async () => {
  using site = watched();
  site.write("a.txt", "plain");
  site.write("a.txt.gz", SMALL);
  const gzip = { "accept-encoding": "gzip" };
  const tag = SMALL_TAG.replace(/"$/, '-gzip"');
  const ask = (more = {}) => site.ask("/a.txt", { ...gzip, ...more });
  assertEquals((await read(await ask()))[1], tag);
  assertEquals((await read(await ask({ "if-none-match": tag })))[0], 304);
  assertEquals((await read(await site.ask("/a.txt")))[2], "plain");
  assertEquals([site.counts.opened, site.counts.open], [2, 0]);
});

Deno.test("a large file has a tag when its digest is made, beside the sending", async () => {
  using site = watched();
  site.write("a.bin", LARGE);
  const { counts, ask } = site;
  assertEquals(await read(await ask("/a.bin", {}, "HEAD")), [200, "", ""]);
  assertEquals([counts.opened, counts.beside], [0, 0]);
  const foreign = { "if-none-match": '"7a120-16345785d8a"' };
  assertEquals(await read(await ask("/a.bin", foreign)), [200, "", LARGE]);
  await until(() => counts.open === 0);
  assertEquals([counts.awaited, counts.beside], [0, 1]);
  const [status, tag, text] = await read(await ask("/a.bin"));
  assertEquals([status, text], [200, LARGE]);
  assert(tag.startsWith('"sha-'), "no candidate without a tag was kept");
  assertEquals((await read(await ask("/a.bin", {}, "HEAD")))[1], tag);
  // After a new start, whoever has the tag need not begin anew.
  const rows: Array<[Record<string, string>, [number, string, string]]> = [
    [{ "if-none-match": tag }, [304, tag, ""]],
    [{ "if-match": tag, "range": "bytes=0-4" }, [206, tag, "hello"]],
    [{ "if-range": tag, "range": "bytes=0-4" }, [206, tag, "hello"]],
    [{ "if-range": '"sha-0"', "range": "bytes=0-4" }, [200, tag, LARGE]],
  ];
  for (const [fields, expected] of rows) {
    site.restart();
    assertEquals(await read(await ask("/a.bin", fields)), expected);
  }
  assertEquals([counts.awaited, counts.beside, counts.open], [4, 1, 0]);
});

Deno.test("a digest that is made beside is not wanted when the file has gone or changed", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  using site = watched((made) => promise.then(() => made));
  site.write("a.bin", LARGE);
  site.write("b.bin", LARGE);
  await read(await site.ask("/a.bin"));
  await read(await site.ask("/b.bin"));
  await until(() => site.counts.beside === 1);
  const [isWanted = () => undefined] = site.wanted;
  assertEquals(isWanted(), true);
  Deno.chmodSync(`${site.root}/a.bin`, 0o600);
  Deno.truncateSync(`${site.root}/a.bin`, 10);
  assertEquals(isWanted(), false);
  Deno.removeSync(`${site.root}/a.bin`);
  assertEquals(isWanted(), false);
  assertEquals(site.counts.beside, 1, "one at a time");
  resolve();
  await until(() => site.counts.beside === 2 && site.counts.open === 0);
});

Deno.test("the runtime gives up a digest that is not wanted", async () => {
  using site = watched();
  site.write("a.bin", LARGE);
  const file = await currentRuntime().files.open(`${site.root}/a.bin`);
  let chunks = 0;
  const awake = setInterval(() => {}, 1000); // the digest keeps no program from ending
  assertEquals(await file?.digest("sha-256", () => ++chunks < 2), undefined);
  assertEquals(chunks, 2);
  const whole = await file?.digest("sha-256", () => true);
  assertEquals(whole, await file?.digest("sha-256"));
  clearInterval(awake);
  file?.close();
});

Deno.test("what works beside works one by one, twice on nothing, and on no more than so much", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const background = createBackground(3);
  const done: string[] = [];
  const add = (key: string, fails = false) =>
    background(key, async () => {
      await promise;
      done.push(key);
      if (fails) throw new Error("a broken disk");
    });
  for (const key of ["a", "a", "b", "c", "d"]) add(key, key === "b");
  await Promise.resolve();
  assertEquals(done, []);
  resolve();
  await until(() => done.length === 3);
  assertEquals(done, ["a", "b", "c"]);
  await until(() => {
    add("e");
    return done.includes("e");
  });
});

Deno.test("where no time of change is known, no digest is kept: files in memory change as they like", async () => {
  const tree: Record<string, string> = { "/a.txt": "one".repeat(1000) };
  const handler = createHandler({
    root: "/",
    files: memoryFiles(tree),
    compress: true,
    log: false,
  });
  const ask = async (headers = {}) =>
    await handler(new Request("http://x/a.txt", { headers }));
  for (const coding of ["identity", "gzip"]) {
    const accept = { "accept-encoding": coding };
    tree["/a.txt"] = "one".repeat(1000);
    const [, one] = await read(await ask(accept));
    tree["/a.txt"] = "two".repeat(1000);
    const stale = { ...accept, "if-none-match": one };
    const response = await ask(stale);
    assertEquals(response.status, 200);
    assert(response.headers.get("etag") !== one);
    const text = coding === "gzip"
      ? response.body?.pipeThrough(new DecompressionStream("gzip"))
      : response.body;
    assertEquals(await new Response(text).text(), tree["/a.txt"]);
  }
});

for (const runtime of RUNTIMES) {
  Deno.test(`${runtime}: a digest that is made beside does not keep a program from ending`, async () => {
    const directory = Deno.makeTempDirSync();
    try {
      const path = `${directory}/a.bin`;
      // So many zeros that their digest takes minutes; on the disk they take nothing.
      Deno.writeTextFileSync(path, "");
      Deno.truncateSync(path, 2 ** 37);
      Deno.utimeSync(path, 0, 0);
      const module = `${directory}/end.ts`;
      Deno.writeTextFileSync(
        module,
        `import { createHandler } from "${PROJECT}lib/mod.ts";
const clock = { now: () => Date.now() + ${LATER_MS} };
const root = ${JSON.stringify(directory)};
const handler = createHandler({ root, log: false, clock });
const response = await handler(new Request("http://x/a.bin"));
await response.body?.cancel();
console.log(" port 0 ");
`,
      );
      const program = await startModule(runtime, module);
      const timeout = setTimeout(() => program.process.kill("SIGKILL"), 60_000);
      const { code } = await program.process.status;
      clearTimeout(timeout);
      await program.stop();
      assertEquals([code, program.errors()], [0, ""]);
    } finally {
      Deno.removeSync(directory, { recursive: true });
    }
  });
}
