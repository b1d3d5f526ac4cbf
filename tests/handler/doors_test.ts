/** The two doors of the handler: a hit, and everything else; what goes wrong behind either is an answer. */
import { assert, assertEquals } from "@std/assert";
import { createDirectories } from "../../lib/files/directories.ts";
import { createRepresentationCache } from "../../lib/files/representation_cache.ts";
import {
  createHandler,
  errorReply,
  type Files,
  type LogRecord,
  memoryFiles,
  send,
  type SiteOptions,
  wholeBody,
} from "../../lib/mod.ts";
import { bytesContent } from "../../lib/ports/content.ts";
import { currentRuntime } from "../../lib/runtime/mod.ts";
import { countedFiles } from "../support/counted_files.ts";
import { temporaryDirectory } from "../support/program.ts";

const LATER_MS = 10_000;
const ADA = `Basic ${btoa("ada:secret")}`;

/** A handler of one small file on the disk, whose calls are counted. */
function counted(
  root: string,
  options: Partial<SiteOptions> = {},
  content = "hello",
) {
  const { files, counts } = countedFiles();
  Deno.writeTextFileSync(`${root}/a.txt`, content);
  const handler = createHandler({
    root,
    log: false,
    clock: { now: () => Date.now() + LATER_MS },
    ...options,
    files,
  });
  return { counts, handler };
}

Deno.test("a hit is one stat behind a login, a limit and a question about Expect, too", async () => {
  const rows: ReadonlyArray<Partial<SiteOptions>> = [
    {},
    { maxConnections: 10 },
    { basicAuth: { users: { ada: "secret" } } },
    { expectContinue: () => true },
    { errorPage: () => ({ body: "sorry" }) },
    { cors: ["https://example.com"] },
  ];
  for (const options of rows) {
    using directory = temporaryDirectory();
    const { counts, handler } = counted(directory.path, options);
    const ask = async () => {
      const headers = { authorization: ADA };
      const response = await handler(
        new Request("http://x/a.txt", { headers }),
      );
      assertEquals([response.status, await response.text()], [200, "hello"]);
    };
    await ask();
    await ask();
    const before = { ...counts };
    await ask();
    const cost = [
      counts.glance - before.glance,
      counts.find - before.find,
      counts.open - before.open,
    ];
    assertEquals(cost, [1, 0, 0], JSON.stringify(options));
  }
});

Deno.test("a hit of an empty file is one stat, too, and it is read before: its owner may be the only one who can", async () => {
  using directory = temporaryDirectory();
  const { counts, handler } = counted(directory.path, {}, "");
  const ask = async (method: string) => {
    const { glance, open } = counts;
    const response = await handler(new Request("http://x/a.txt", { method }));
    assertEquals([response.status, await response.text()], [200, ""]);
    assertEquals(response.headers.get("content-length"), "0");
    return { glance: counts.glance - glance, open: counts.open - open };
  };
  await ask("HEAD");
  assertEquals((await ask("GET")).open, 1);
  for (const method of ["GET", "HEAD", "GET"]) {
    assertEquals(await ask(method), { glance: 1, open: 0 }, method);
  }
});

Deno.test("a client that announces its content is asked about, whatever the cache has", async () => {
  using directory = temporaryDirectory();
  const expectContinue = () => false;
  const { handler } = counted(directory.path, { expectContinue });
  const ask = async (headers: Record<string, string>) =>
    (await handler(new Request("http://x/a.txt", { headers }))).status;
  for (let time = 0; time < 3; time++) assertEquals(await ask({}), 200);
  assertEquals(await ask({ expect: "100-continue" }), 417);
});

/** A file that is another one at every opening, and after some of them gone. */
function restless(goneAfter: number): { files: Files; opened: () => number } {
  const disk = memoryFiles({ "/a.txt": "hello" }, { mtime: 1_000_000_000_000 });
  let opened = 0;
  const files: Files = {
    ...disk,
    open: async (path) => {
      const file = await disk.open(path);
      if (file === undefined || ++opened > goneAfter) return undefined;
      return { ...file, stat: { ...file.stat, inode: 0, size: 100 + opened } };
    },
  };
  return { files, opened: () => opened };
}

Deno.test("a file that never comes to rest is 503, and one that is gone at last 404: trying ends", async () => {
  const rows = [[1000, 503], [8, 404], [9, 404], [10, 503]] as const;
  for (const [goneAfter, status] of rows) {
    const { files, opened } = restless(goneAfter);
    const handler = createHandler({ root: "/", files, log: false });
    const response = await handler(new Request("http://x/a.txt"));
    assertEquals(response.status, status, String(goneAfter));
    await response.body?.cancel();
    assert(opened() <= 12, String(opened()));
  }
});

Deno.test("a file that may be found but not opened is 404 after two tries", async () => {
  const { files, opened } = restless(0);
  const handler = createHandler({ root: "/", files, log: false });
  const response = await handler(new Request("http://x/a.txt"));
  assertEquals([response.status, opened()], [404, 2]);
  await response.body?.cancel();
});

Deno.test("a disk that fails at a hit is a 500 with a line in the log", async () => {
  using directory = temporaryDirectory();
  const records: LogRecord[] = [];
  const { files } = currentRuntime();
  let isBroken = false;
  Deno.writeTextFileSync(`${directory.path}/a.txt`, "hello");
  const handler = createHandler({
    root: directory.path,
    log: (record) => records.push(record),
    clock: { now: () => Date.now() + LATER_MS },
    files: {
      ...files,
      glance: (path) => {
        if (isBroken) throw new Error("EIO");
        return files.glance?.(path);
      },
    },
  });
  const ask = async () => {
    const response = await handler(new Request("http://x/a.txt"));
    await response.text();
    return response.status;
  };
  for (let time = 0; time < 3; time++) assertEquals(await ask(), 200);
  isBroken = true;
  assertEquals(await ask(), 500);
  assertEquals(records.map(({ status }) => status), [200, 200, 200, 500]);
  assertEquals(String(records.at(-1)?.error), "Error: EIO");
});

Deno.test("above the limit a login is asked for first, and a page that fails is a 500", async () => {
  const { promise: hold, resolve: release } = Promise.withResolvers<void>();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const records: LogRecord[] = [];
  const files = memoryFiles({ "/a.txt": "hello", "/d/": "" });
  const handler = createHandler({
    root: "/",
    files,
    log: (record) => records.push(record),
    maxConnections: 1,
    basicAuth: { users: { ada: "secret" } },
    list: async () => {
      begin();
      await hold;
      return { body: "list" };
    },
    errorPage: (status) => {
      if (status === 503) throw new Error("no page");
      return { body: "page" };
    },
  });
  const ask = (path: string, headers: Record<string, string>) =>
    handler(new Request(`http://x${path}`, { headers }));
  const slow = ask("/d/", { authorization: ADA });
  await begun;
  assertEquals((await ask("/a.txt", {})).status, 401);
  assertEquals((await ask("/a.txt", { authorization: ADA })).status, 500);
  release();
  assertEquals((await slow).status, 200);
  assertEquals(records.some(({ status }) => status === 500), true);
});

Deno.test("send(): a reply whose file is gone is 404", async () => {
  const source = {
    kind: "file",
    path: "/nowhere/at/all",
    stat: { kind: "file", size: 5, mtime: 0 },
  } as const;
  const reply = { status: 200, fields: [], body: wholeBody(source) };
  const response = await send(reply, new Request("http://x/"));
  assertEquals(response.status, 404);
  assertEquals(errorReply(404).status, 404);
  await response.body?.cancel();
});

Deno.test("the cache counts coded bytes once, however many requests have made them", () => {
  const stat = { kind: "file", size: 1000, mtime: 1 } as const;
  const cache = createRepresentationCache(
    () => stat,
    createDirectories({ ...memoryFiles({}), glance: () => stat }, Date.now),
  );
  const source = { kind: "file", path: "/a", stat } as const;
  const candidate = {
    path: "/a",
    source,
    mediaType: "text/plain",
    fields: [],
    validators: {},
    sidecars: new Map(),
  };
  const request = new Request("http://x/a");
  const findings = {
    candidate,
    files: [{ path: "/a", stat }],
    preceding: [],
    directories: undefined,
  };
  const now = 1_000_000;
  const entry = cache.add(request, findings, now);
  const body = wholeBody(source);
  for (let time = 0; time < 2000; time++) {
    const representation = {
      metadata: [],
      validators: {},
      size: undefined,
      body,
    };
    if (entry === undefined) continue;
    const selected = entry.codings.br ??= { kind: "selected", representation };
    cache.addContent(entry, selected, bytesContent(new Uint8Array(100_000)));
  }
  assertEquals(cache.find(request, now) === entry, true);
});
