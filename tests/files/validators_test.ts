/** What the validators of files whose time was set cost, and when they are there (decision P4). */

import { assert, assertEquals } from "@std/assert";
import { createWorkQueue, type Work } from "../../lib/files/work_queue.ts";
import {
  createHandler,
  type Demand,
  memoryFiles,
  type OpenFile,
  type SiteOptions,
} from "../../lib/mod.ts";
import { currentRuntime } from "../../lib/runtime/mod.ts";
import { PROJECT, RUNTIMES, startModule } from "../support/program.ts";
import { until } from "../support/wait.ts";

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
  /** What each digest of a large file asks. */
  readonly wanted: Array<() => Demand>;
  readonly ask: (
    path: string,
    headers?: Record<string, string>,
    method?: string,
    signal?: AbortSignal,
  ) => Promise<Response>;
  /** A new start of the server: everything is forgotten. */
  readonly restart: () => void;
  readonly write: (name: string, text: string) => void;
  readonly [Symbol.dispose]: () => void;
}

function watched(
  before: () => Promise<unknown> = () => Promise.resolve(),
  options: Partial<SiteOptions> = {},
): Watched {
  const root = Deno.realPathSync(Deno.makeTempDirSync());
  const { files } = currentRuntime();
  const counts = { opened: 0, open: 0, awaited: 0, beside: 0 };
  const wanted: Array<() => Demand> = [];
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
      digest: async (algorithm, demand) => {
        if (demand?.() === "beside") counts.beside++;
        else counts.awaited++;
        if (demand !== undefined) wanted.push(demand);
        await before();
        return await file.digest(algorithm, demand);
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
    ask: async (path, headers = {}, method = "GET", signal) =>
      await handler(
        new Request(`http://x${path}`, {
          method,
          headers,
          signal: signal ?? null,
        }),
      ),
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
  const tag = SMALL_TAG.replace(/^"/, '"gzip-');
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
  using site = watched(() => promise);
  site.write("a.bin", LARGE);
  site.write("b.bin", LARGE);
  await read(await site.ask("/a.bin"));
  await read(await site.ask("/b.bin"));
  await until(() => site.counts.beside === 1);
  const [demand = () => undefined] = site.wanted;
  assertEquals(demand(), "beside");
  Deno.chmodSync(`${site.root}/a.bin`, 0o600);
  Deno.truncateSync(`${site.root}/a.bin`, 10);
  assertEquals(demand(), "none");
  Deno.removeSync(`${site.root}/a.bin`);
  assertEquals(demand(), "none");
  assertEquals(site.counts.beside, 1, "one at a time");
  resolve();
  await until(() => site.counts.beside === 2 && site.counts.open === 0);
});

Deno.test("the runtime gives up a digest that is not wanted", async () => {
  using site = watched();
  site.write("a.bin", LARGE);
  const file = await currentRuntime().files.open(`${site.root}/a.bin`);
  let chunks = 0;
  const demandOnce = () => ++chunks < 2 ? "beside" : "none";
  const awake = setInterval(() => {}, 1000); // the digest keeps no program from ending
  assertEquals(await file?.digest("sha-256", demandOnce), undefined);
  assertEquals(chunks, 2);
  const whole = await file?.digest("sha-256", () => "beside");
  assertEquals(whole, await file?.digest("sha-256"));
  clearInterval(awake);
  file?.close();
});

/** Work that ends when the gate opens, or fails. */
function work(
  key: string | undefined,
  done: string[],
  gate: Promise<unknown> = Promise.resolve(),
  fails = false,
): Work<string> {
  return {
    key,
    isWanted: () => true,
    run: async (demand) => {
      done.push(`${key} ${demand()}`);
      await gate;
      if (fails) throw new Error("a broken disk");
      return `${key} ${demand()}`;
    },
  };
}

const LONG_MS = 60_000;
const never = () => new AbortController().signal;

Deno.test("what works beside works one by one, twice on nothing, and on no more than so much", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const queue = createWorkQueue<string>(3, LONG_MS);
  const done: string[] = [];
  for (const key of ["a", "a", "b", "c", "d"]) {
    queue.beside(work(key, done, promise, key === "b"));
  }
  assertEquals(done, ["a beside"], "one at a time");
  resolve();
  await until(() => done.length === 3);
  assertEquals(done, ["a beside", "b beside", "c beside"]);
  await until(() => {
    queue.beside(work("e", done));
    return done.includes("e beside");
  });
});

Deno.test("whoever waits has work done at full speed, before what nobody waits for", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const queue = createWorkQueue<string>(3, LONG_MS);
  const done: string[] = [];
  for (const key of ["a", "b", "c"]) queue.beside(work(key, done, promise));
  // The queue is full: the youngest that nobody waits for gives way.
  const d = queue.wait(work("d", done), never());
  const a = queue.wait(work("a", done), never());
  resolve();
  assertEquals(await Promise.all([a, d]), ["a awaited", "d awaited"]);
  await until(() => done.length === 3);
  assertEquals(done, ["a beside", "d awaited", "b beside"]);
});

Deno.test("when all of the queue is waited for, nothing more is taken on", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const queue = createWorkQueue<string>(2, LONG_MS);
  const done: string[] = [];
  const wait = (key: string) => queue.wait(work(key, done, promise), never());
  const waiting = [wait("a"), wait("b"), wait("a")];
  assertEquals(await wait("c"), undefined);
  resolve();
  assertEquals(await Promise.all(waiting), [
    "a awaited",
    "b awaited",
    "a awaited",
  ]);
  assertEquals(done, ["a awaited", "b awaited"]);
});

Deno.test("nobody waits for ever; then the work goes on beside", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const queue = createWorkQueue<string>(3, 10);
  const done: string[] = [];
  const demands: string[] = [];
  const a = work("a", done, promise);
  const run = async (demand: () => Demand) => {
    const result = await a.run(demand);
    demands.push(demand());
    return result;
  };
  assertEquals(await queue.wait({ ...a, run }, never()), undefined);
  resolve();
  await until(() => demands.length === 1);
  assertEquals([done, demands], [["a awaited"], ["beside"]]);
});

Deno.test("what fails rejects for those who wait, and the next is done", async () => {
  const queue = createWorkQueue<string>(3, LONG_MS);
  const done: string[] = [];
  const gate = Promise.resolve();
  const failed = queue.wait(work("a", done, gate, true), never());
  const next = queue.wait(work("b", done), never());
  assertEquals(await failed.catch(({ message }) => message), "a broken disk");
  assertEquals(await next, "b awaited");
});

Deno.test("digests of large files are made one at a time, over all who ask, and once for each file", async () => {
  let most = 0;
  let now = 0;
  const before = async () => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setTimeout(resolve, 5));
    now--;
  };
  using site = watched(before);
  const names = ["/a.bin", "/b.bin", "/c.bin", "/d.bin"];
  for (const name of names) site.write(name.slice(1), LARGE);
  const asked = [
    { "if-none-match": '"sha-x"' },
    { "if-match": "*", "want-repr-digest": "sha-256=1" },
    { "if-none-match": '"sha-x"', "want-repr-digest": "sha-512=1" },
    {},
  ];
  const answers = names.flatMap((name) =>
    asked.map(async (headers) => await read(await site.ask(name, headers)))
  );
  const statuses = (await Promise.all(answers)).map(([status]) => status);
  assertEquals(new Set(statuses), new Set([200]));
  await until(() => site.counts.open === 0);
  const { awaited, beside } = site.counts;
  assertEquals([most, awaited + beside], [1, 8], "two algorithms");
});

Deno.test("nobody makes a digest for who has left, unless others wait, or it is made beside", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  using site = watched(() => promise);
  for (const name of ["a", "b", "c", "d"]) site.write(`${name}.bin`, LARGE);
  const compared = { "if-none-match": '"sha-x"' };
  const left = new AbortController();
  const ask = (path: string, signal?: AbortSignal) =>
    site.ask(path, compared, "GET", signal).then(read);
  const gone = ["/a.bin", "/b.bin", "/c.bin"].map((path) =>
    ask(path, left.signal)
  );
  await until(() => site.wanted.length === 1);
  const stays = ask("/c.bin");
  await read(await site.ask("/d.bin"));
  left.abort();
  assertEquals((await Promise.all(gone)).map(([, tag]) => tag), ["", "", ""]);
  assertEquals(site.wanted.map((demand) => demand()), ["none"]);
  resolve();
  const [, tag] = await stays;
  assert(tag.startsWith('"sha-'), tag);
  await until(() => site.counts.beside === 1 && site.counts.open === 0);
  assertEquals(site.counts.awaited, 2, "a was begun, b was not, c has a tag");
});

Deno.test("HEAD with a tag of content has the result of GET", async () => {
  using site = watched();
  for (const [name, content] of [["a.txt", SMALL], ["a.bin", LARGE]]) {
    site.write(name ?? "", content ?? "");
    const path = `/${name}`;
    const compared = { "if-none-match": '"sha-x"' };
    const [, tag] = await read(await site.ask(path, compared));
    const rows: Array<[Record<string, string>, number]> = [
      [{ "if-match": tag }, 200],
      [{ "if-none-match": tag }, 304],
      [{ "if-match": '"sha-x"' }, 412],
      [{ "if-none-match": '"sha-x"' }, 200],
    ];
    for (const [headers, status] of rows) {
      site.restart();
      const head = await site.ask(path, headers, "HEAD");
      assertEquals(head.status, status, JSON.stringify([path, headers]));
    }
    site.restart();
    const { opened } = site.counts;
    const other = { "if-none-match": '"5-1"' };
    assertEquals((await site.ask(path, other, "HEAD")).status, 200);
    assertEquals(site.counts.opened, opened, "no other HEAD opens anything");
  }
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
