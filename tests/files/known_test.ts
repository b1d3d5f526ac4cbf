/** What is known of targets (decision D90): fast, and never what was there before. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { shareStats as shareGlances } from "../../lib/files/representation_cache.ts";
import { createHandler, type SiteOptions } from "../../lib/mod.ts";
import { currentRuntime } from "../../lib/runtime/mod.ts";
import { countedFiles, type Counts } from "../support/counted_files.ts";

/** Far enough from now that what a test writes has lain for a while. */
const LATER_MS = 10_000;

let oldest = 0;

/** What lay here for long, as its time of modification tells; within a tick nothing could be seen to change. */
function age(path: string): void {
  Deno.utimeSync(path, ++oldest, oldest);
}

function isWritten(path: string): boolean {
  try {
    return Deno.lstatSync(path).isFile;
  } catch {
    return false;
  }
}

interface Counted {
  readonly root: string;
  readonly counts: Counts;
  readonly ask: (
    path: string,
    headers?: Record<string, string>,
    method?: string,
  ) => Promise<string>;
  /** Lets time go by. */
  readonly pass: (milliseconds: number) => void;
  readonly [Symbol.dispose]: () => void;
}

function counted(options: Partial<SiteOptions> = {}): Counted {
  const root = Deno.makeTempDirSync();
  const { files, counts } = countedFiles();
  let ahead = LATER_MS;
  const handler = createHandler({
    root,
    log: false,
    clock: { now: () => Date.now() + ahead },
    ...options,
    files,
  });
  return {
    root,
    counts,
    pass: (milliseconds) => void (ahead += milliseconds),
    ask: async (path, headers = {}, method = "GET") => {
      const request = new Request(`http://x${path}`, { method, headers });
      const response = await handler(request);
      return `${response.status} ${await response.text()}`.trim();
    },
    [Symbol.dispose]: () => Deno.removeSync(root, { recursive: true }),
  };
}

/** What one more request costs. */
async function costOf(
  { counts }: Counted,
  action: () => Promise<unknown>,
): Promise<Omit<Counts, "find">> {
  const before = { ...counts };
  await action();
  return {
    glance: counts.glance - before.glance,
    realPath: counts.realPath - before.realPath,
    open: counts.open - before.open,
  };
}

const ONE_GLANCE = { glance: 1, realPath: 0, open: 0 };

Deno.test("a hot file costs one look; HEAD, 304, 206 and 412 open nothing", async () => {
  using site = counted();
  Deno.writeTextFileSync(`${site.root}/a.txt`, "hello");
  const { ask } = site;
  assertEquals(await ask("/a.txt"), "200 hello");
  const cases: ReadonlyArray<
    [string, Record<string, string>, string?]
  > = [
    ["200 hello", {}],
    ["200 hello", { "Accept-Encoding": "gzip, br" }],
    ["200", {}, "HEAD"],
    ["304", { "If-None-Match": "*" }],
    ["206 ell", { Range: "bytes=1-3" }],
    ["200 hello", { Range: "bytes=1-3", "If-Range": '"other"' }],
  ];
  for (const [answer, headers, method] of cases) {
    const cost = await costOf(site, async () => {
      assertEquals(await ask("/a.txt", headers, method), answer);
    });
    assertEquals(cost, ONE_GLANCE, JSON.stringify(headers));
  }
  const failed = await ask("/a.txt", { "If-Match": '"other"' });
  assertStringIncludes(failed, "412");
});

Deno.test("a hit makes no new list of fields: GET, HEAD and 304 send what is prepared", async () => {
  using site = counted();
  Deno.writeTextFileSync(`${site.root}/a.txt`, "hello");
  const { ask } = site;
  const requests: ReadonlyArray<[string, Record<string, string>, string?]> = [
    ["200 hello", {}],
    ["200", {}, "HEAD"],
    ["304", { "If-None-Match": "*" }],
  ];
  const askAll = async () => {
    for (const [answer, headers, method] of requests) {
      assertEquals(await ask("/a.txt", headers, method), answer);
    }
  };
  await askAll(); // fills the cache
  await askAll(); // prepares the replies
  const { Response } = globalThis;
  const lists: unknown[] = [];
  globalThis.Response = class extends Response {
    constructor(body?: BodyInit | null, init?: ResponseInit) {
      super(body, init);
      lists.push(init?.headers);
    }
  };
  try {
    await askAll();
    await askAll();
  } finally {
    globalThis.Response = Response;
  }
  assertEquals(lists.length, 6);
  assertEquals(lists.every((list) => list instanceof Headers), true);
  assertEquals(new Set(lists).size, 2, "one for 200, one for 304");
});

Deno.test("a file whose name does not tell its type is opened once more for each state; no other is", async () => {
  using site = counted();
  const { root, ask } = site;
  const rows: ReadonlyArray<[name: string, looks: number]> = [
    ["a.txt", 0],
    ["a.kt", 0],
    ["a.svgz", 0],
    ["a.bin", 0],
    ["LICENSE", 1],
    ["a.ts", 1],
  ];
  for (const [name, looks] of rows) {
    Deno.writeTextFileSync(`${root}/${name}`, "hello");
    const opened = async (
      path: string,
      ...rest: [{ range?: string }, string?]
    ) => (await costOf(site, () => ask(path, ...rest))).open;
    assertEquals(await opened(`/${name}`, {}, "HEAD"), looks, name);
    assertEquals(await opened(`/${name}`, {}, "HEAD"), 0, name);
    assertEquals(await opened(`/${name}`, {}), 1, name);
    assertEquals(await opened(`/${name}`, {}), 0, name);
    assertEquals(await opened(`/${name}?v=1`, {}, "HEAD"), 0, name);
    const url = `/${name}?${"x".repeat(2000)}`; // is not kept
    assertEquals(await opened(url, {}, "HEAD"), 0, name);
    Deno.writeTextFileSync(`${root}/${name}`, "\0");
    assertEquals(await opened(`/${name}`, {}), 1 + looks, name);
  }
});

Deno.test("what has changed is seen at once, however it has", async () => {
  using site = counted();
  const { root, ask } = site;
  const path = `${root}/a.txt`;
  Deno.mkdirSync(`${root}/one`);
  Deno.mkdirSync(`${root}/two`);
  Deno.writeTextFileSync(`${root}/one/x`, "one");
  Deno.writeTextFileSync(`${root}/two/x`, "two");
  const changes: ReadonlyArray<[string, () => void]> = [
    ["200 first", () => Deno.writeTextFileSync(path, "first")],
    ["200 other", () => Deno.writeTextFileSync(path, "other")],
    ["200 longer text", () => Deno.writeTextFileSync(path, "longer text")],
    ["200 moved", () => {
      Deno.writeTextFileSync(`${root}/b`, "moved");
      Deno.renameSync(`${root}/b`, path);
    }],
    ["200 timed", () => {
      Deno.writeTextFileSync(path, "timed");
      Deno.utimeSync(path, 1, 1);
    }],
    ["404", () => Deno.removeSync(path)],
    ["200 one", () => Deno.symlinkSync("one/x", path)],
    ["200 two", () => {
      Deno.removeSync(path);
      Deno.symlinkSync("two/x", path);
    }],
    ["404", () => {
      Deno.removeSync(path);
      Deno.symlinkSync("/etc/hostname", path);
    }],
    ["301", () => {
      Deno.removeSync(path);
      Deno.mkdirSync(path);
    }],
  ];
  for (const [expected, change] of changes) {
    change();
    if (isWritten(path)) age(path);
    for (let time = 0; time < 3; time++) {
      assertEquals((await ask("/a.txt")).startsWith(expected), true, expected);
    }
  }
});

Deno.test("a directory that moves is seen at once: its link leads elsewhere", async () => {
  using site = counted();
  const { root, ask } = site;
  for (const release of ["one", "two"]) {
    Deno.mkdirSync(`${root}/${release}`);
    Deno.writeTextFileSync(`${root}/${release}/index.html`, release);
  }
  Deno.symlinkSync("one", `${root}/now`);
  assertEquals(await ask("/now/"), "200 one");
  assertEquals(await costOf(site, () => ask("/now/")), ONE_GLANCE);
  Deno.symlinkSync("two", `${root}/next`);
  Deno.renameSync(`${root}/next`, `${root}/now`);
  assertEquals(await ask("/now/"), "200 two");
});

Deno.test("an index is kept only where no other could come before it", async () => {
  using site = counted();
  const { root, ask } = site;
  Deno.writeTextFileSync(`${root}/index.htm`, "second");
  assertEquals(await ask("/"), "200 second");
  Deno.writeTextFileSync(`${root}/index.html`, "first");
  assertEquals(await ask("/"), "200 first");
  assertEquals(await costOf(site, () => ask("/")), ONE_GLANCE);
});

Deno.test("a page without its extension is one look at its file, and one at each name that would come before it", async () => {
  const rows = [
    ["keep", "/about", "about.html", "about", 1],
    ["never", "/about", "about.html", "about", 1],
    ["never", "/d", "d/index.html", "d.html", 2],
    ["always", "/about/", "about.html", undefined, 2],
    ["always", "/d/", "d/index.html", undefined, 0],
    ["keep", "/d/", "d/index.html", undefined, 0],
  ] as const;
  for (const [trailingSlash, url, name, before, looks] of rows) {
    using site = counted({ cleanUrls: true, trailingSlash });
    const { root, ask } = site;
    const what = `${trailingSlash} ${url}`;
    Deno.mkdirSync(`${root}/d`);
    Deno.writeTextFileSync(`${root}/${name}`, "page");
    assertEquals(await ask(url), "200 page", what);
    const cost = await costOf(site, () => ask(url));
    assertEquals(cost, { ...ONE_GLANCE, glance: 1 + looks }, what);
    if (before === undefined) continue;
    Deno.writeTextFileSync(`${root}/${before}`, "other");
    assertEquals(await ask(url), "200 other", what);
    Deno.removeSync(`${root}/${before}`);
    assertEquals(await ask(url), "200 page", what);
  }
});

Deno.test("a sidecar counts from the next second on, and is looked at with its file", async () => {
  using site = counted();
  const { root, ask } = site;
  const gzip = { "Accept-Encoding": "gzip" };
  Deno.writeTextFileSync(`${root}/a.txt`, "plain");
  [`${root}/a.txt`, root].forEach(age);
  assertEquals(await ask("/a.txt", gzip), "200 plain");
  Deno.writeTextFileSync(`${root}/a.txt.gz`, "coded");
  age(`${root}/a.txt.gz`);
  site.pass(1000);
  assertEquals(await ask("/a.txt", gzip), "200 coded");
  const cost = await costOf(site, async () => {
    assertEquals(await ask("/a.txt", gzip), "200 coded");
  });
  assertEquals(cost, { glance: 2, realPath: 0, open: 0 });
  assertEquals(await ask("/a.txt"), "200 plain");
  Deno.writeTextFileSync(`${root}/a.txt.gz`, "anew!");
  assertEquals(await ask("/a.txt", gzip), "200 anew!");
  Deno.writeTextFileSync(`${root}/a.txt`, "newer");
  Deno.utimeSync(`${root}/a.txt`, new Date(), new Date(Date.now() + 5000));
  assertEquals(await ask("/a.txt", gzip), "200 newer");
  Deno.removeSync(`${root}/a.txt`);
  assertStringIncludes(await ask("/a.txt", gzip), "404");
});

Deno.test("policies are applied again every second, where the way has changed", async () => {
  using site = counted();
  const { root, ask } = site;
  Deno.mkdirSync(`${root}/d`);
  Deno.writeTextFileSync(`${root}/d/a.txt`, "hello");
  [`${root}/d`, root].forEach(age);
  assertEquals(await ask("/d/a.txt"), "200 hello");
  site.pass(1000);
  const again = await costOf(site, () => ask("/d/a.txt"));
  assertEquals(again, { glance: 3, realPath: 0, open: 0 }, "and on its way");
  const outside = Deno.makeTempDirSync();
  try {
    Deno.renameSync(`${root}/d`, `${outside}/d`);
    Deno.symlinkSync(`${outside}/d`, `${root}/d`);
    site.pass(1000);
    assertStringIncludes(await ask("/d/a.txt"), "404");
  } finally {
    Deno.removeSync(outside, { recursive: true });
  }
});

Deno.test("what links lead through is looked at as well", async () => {
  using site = counted();
  const { root, ask } = site;
  const outside = Deno.makeTempDirSync();
  try {
    Deno.mkdirSync(`${root}/x/y`, { recursive: true });
    Deno.writeTextFileSync(`${root}/x/y/a.txt`, "hello");
    Deno.symlinkSync("x/y", `${root}/l`);
    Deno.symlinkSync("x/y/a.txt", `${root}/a.txt`);
    [`${root}/x/y`, `${root}/x`, root].forEach(age);
    const paths = ["/l/a.txt", "/a.txt"];
    for (const path of paths) assertEquals(await ask(path), "200 hello");
    Deno.renameSync(`${root}/x/y`, `${outside}/y`);
    Deno.symlinkSync(`${outside}/y`, `${root}/x/y`);
    site.pass(1000);
    for (const path of paths) assertStringIncludes(await ask(path), "404");
  } finally {
    Deno.removeSync(outside, { recursive: true });
  }
});

Deno.test("what may be seen no more is not sent, however often somebody asks", async () => {
  using site = counted();
  const { root, ask } = site;
  const outside = Deno.makeTempDirSync();
  try {
    Deno.mkdirSync(`${root}/d`);
    Deno.writeTextFileSync(`${root}/d/a.txt`, "hello");
    Deno.utimeSync(root, 1, Date.now() / 1000 + 3600);
    assertEquals(await ask("/d/a.txt"), "200 hello");
    assertEquals(await costOf(site, () => ask("/d/a.txt")), ONE_GLANCE);
    Deno.renameSync(`${root}/d`, `${outside}/d`);
    Deno.symlinkSync(`${outside}/d`, `${root}/d`);
    site.pass(1000);
    for (let time = 0; time < 4; time++) {
      assertStringIncludes(await ask("/d/a.txt"), "404");
      site.pass(50);
    }
  } finally {
    Deno.removeSync(outside, { recursive: true });
  }
});

Deno.test("a sidecar that was too old counts when it is written again", async () => {
  using site = counted();
  const { root, ask } = site;
  const gzip = { "Accept-Encoding": "gzip" };
  for (const name of ["a.txt.gz", "a.txt"]) {
    Deno.writeTextFileSync(`${root}/${name}`, name);
    age(`${root}/${name}`);
  }
  age(root);
  assertEquals(await ask("/a.txt", gzip), "200 a.txt");
  Deno.writeTextFileSync(`${root}/a.txt.gz`, "anew");
  assertEquals(await ask("/a.txt", gzip), "200 anew");
});

Deno.test("what is known of a target is of that target, Host and query alone", async () => {
  using site = counted();
  const { root, ask } = site;
  Deno.writeTextFileSync(`${root}/a.txt`, "hello");
  const good = { host: "x" };
  assertEquals(await ask("/a.txt", good), "200 hello");
  assertStringIncludes(await ask("/a.txt", { host: "x/y" }), "400");
  assertStringIncludes(await ask("/a.txt", good, "POST"), "405");
  assertStringIncludes(await ask("/a.txt/", good), "404");
  const handler = createHandler({ root, log: false });
  for (const query of ["?download", "", "?download", ""]) {
    const response = await handler(new Request(`http://x/a.txt${query}`));
    await response.body?.cancel();
    const kept = response.headers.has("content-disposition");
    assertEquals(kept, query !== "");
  }
});

Deno.test("what was written a moment ago, what is large and what has a long URL is not kept", async () => {
  using site = counted();
  const { root, ask } = site;
  Deno.writeTextFileSync(`${root}/a.txt`, "hello");
  const path = `/a.txt?${"x".repeat(2000)}`;
  await ask(path);
  assertEquals((await costOf(site, () => ask(path))).open, 1);
  Deno.writeFileSync(`${root}/large`, new Uint8Array(131_073));
  await ask("/large");
  assertEquals((await costOf(site, () => ask("/large"))).open, 1);
  site.pass(-LATER_MS);
  Deno.writeTextFileSync(`${root}/new.txt`, "hello");
  await ask("/new.txt");
  assertEquals((await costOf(site, () => ask("/new.txt"))).open, 1);
});

Deno.test("parts that are together as long as the file are not taken for it", async () => {
  using site = counted();
  const { root, ask } = site;
  const text = "x".repeat(1000);
  Deno.writeTextFileSync(`${root}/a.txt`, text);
  // What stands around the bytes depends on how many digits the numbers have.
  const lengthOf = async (path: string, last: number) =>
    (await ask(path, { Range: `bytes=0-0,100-${last}` })).length +
    "\r\n".length;
  const around = await lengthOf("/a.txt", 199) - "206 ".length - 101;
  Deno.writeTextFileSync(`${root}/b.txt`, text);
  const length = await lengthOf("/b.txt", 100 + text.length - around - 2);
  assertEquals(length, "206 ".length + text.length);
  assertEquals(await ask("/b.txt"), `200 ${text}`);
});

Deno.test("who finds resources or files in their own way is asked every time", async () => {
  let asked = 0;
  const handler = createHandler({
    root: ".",
    log: false,
    resolve: (target, next) => (asked++, next(target)),
  });
  for (let time = 1; time <= 3; time++) {
    const response = await handler(new Request("http://x/deno.json"));
    await response.body?.cancel();
    assertEquals(asked, time);
  }
});

Deno.test("one glance serves a turn, and the next turn has its own", async () => {
  const { files } = currentRuntime();
  let looks = 0;
  const turns: Array<() => void> = [];
  const shared = shareGlances({
    ...files,
    glance: (path) => (looks++, files.glance?.(path)),
  }, (callback) => turns.push(callback));
  for (let time = 0; time < 3; time++) shared.glance?.("deno.json");
  shared.glance?.("main.ts");
  assertEquals([looks, turns.length], [2, 1]);
  turns.forEach((end) => end());
  shared.glance?.("deno.json");
  assertEquals([looks, turns.length], [3, 2]);
  const { promise, resolve } = Promise.withResolvers<void>();
  currentRuntime().onNextTurn(resolve);
  await promise;
});

Deno.test("one look at what is not there serves a turn, too, and the disk finds as before", () => {
  const { files } = currentRuntime();
  const { find } = files;
  assert(find?.isMissing !== undefined);
  let looks = 0;
  let turn = () => {};
  const shared = shareGlances({
    ...files,
    find: Object.assign(
      (root: string, names: readonly string[]) => find(root, names),
      { look: find.look, isMissing: () => looks++ > 0 },
    ),
  }, (callback) => turn = callback);
  const isMissing = () => shared.find?.isMissing?.("none");
  assertEquals([isMissing(), isMissing(), looks], [false, false, 1]);
  turn();
  assertEquals([isMissing(), isMissing(), looks], [true, true, 2]);
  assertEquals(shared.find?.look, find.look);
  assertEquals(shared.find?.(".", ["deno.json"]), find(".", ["deno.json"]));
});
