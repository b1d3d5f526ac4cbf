/** `?archive=`: what is in an archive, by the policies that listings have, and what is answered where there is none. */
import { assert, assertEquals } from "@std/assert";
import { createHandler, memoryFiles, type SiteOptions } from "../../main.ts";
import { type ReadEntry, readTar, readZip } from "../support/archives.ts";
import { temporaryDirectory } from "../support/program.ts";

/** A time that tells: the file is neither young nor of a build. */
const MTIME = 1_700_000_000_000;

const TREE = {
  "/a.txt": "a",
  "/run.sh": { content: "#!/bin/sh", mtime: MTIME, executable: true },
  "/.env": "SECRET",
  "/sub/b.txt": "b",
  "/sub/deep/c.txt": "c".repeat(2000),
  "/sub/.git/config": "SECRET",
  "/empty/": "",
  "/site/index.html": "<h1>index",
  "/site/hidden.txt": "hidden behind the index",
};

type Handler = (request: Request) => Response | Promise<Response>;

function serving(options: Omit<SiteOptions, "root"> = {}): Handler {
  const files = memoryFiles(TREE, { mtime: MTIME });
  return createHandler({ root: "/", files, log: false, ...options });
}

function ask(handler: Handler, path: string, init: RequestInit = {}) {
  return handler(new Request(`http://localhost${path}`, init));
}

async function bytesOf(response: Response): Promise<Uint8Array> {
  assertEquals(response.status, 200);
  return new Uint8Array(await response.arrayBuffer());
}

async function zipped(handler: Handler, path = "/?archive=zip") {
  return readZip(await bytesOf(await ask(handler, path)));
}

const namesOf = (entries: readonly ReadEntry[]) =>
  entries.map(({ name }) => name);

function textOf(entries: readonly ReadEntry[], name: string): string {
  const entry = entries.find((entry) => entry.name === name);
  assert(entry !== undefined, name);
  return new TextDecoder().decode(entry.bytes);
}

const ALL = [
  "a.txt",
  "empty/",
  "run.sh",
  "site/",
  "site/index.html",
  "sub/",
  "sub/b.txt",
  "sub/deep/",
  "sub/deep/c.txt",
  "NOT-INCLUDED.txt",
];

Deno.test("what a visitor could see, folders with their times, and executable bits", async () => {
  const expected = [
    ["a.txt", 0o100644],
    ["empty/", 0o40755],
    ["run.sh", 0o100755],
  ];
  const entries = await zipped(serving());
  assertEquals(namesOf(entries), ALL);
  assertEquals(
    entries.slice(0, 3).map(({ name, mode }) => [name, mode]),
    expected,
  );
  assert(entries.every(({ seconds }) => seconds === MTIME / 1000));
  assertEquals(
    textOf(entries, "NOT-INCLUDED.txt"),
    "This archive does not have:\n\nsite/: only its index page can be seen\n",
  );
  const tar = readTar(
    await bytesOf(await ask(serving(), "/?archive=tar")),
  );
  assertEquals(namesOf(tar), ALL);
  assertEquals(
    tar.slice(0, 3).map(({ mode }) => mode),
    [0o644, 0o755, 0o755],
  );
});

Deno.test("a selection: names of the directory, each once, a folder with all below it", async () => {
  const rows: Array<[query: string, names: string[]]> = [
    ["name=a.txt", ["a.txt"]],
    ["name=sub&name=a.txt&name=a.txt", [
      "a.txt",
      ...ALL.filter((name) => name.startsWith("sub/")),
    ]],
    ["name=empty/", ["empty/"]],
    ["name=", ALL],
  ];
  for (const [query, names] of rows) {
    const path = `/?archive=zip&${query}`;
    assertEquals(namesOf(await zipped(serving(), path)), names, query);
  }
  const below = await zipped(serving(), "/sub/?archive=zip&name=deep");
  assertEquals(namesOf(below), ["deep/", "deep/c.txt"]);
});

Deno.test("no archive: 400, 404, 403, and in which words", async () => {
  const few = { archive: { maxEntries: 3, maxBytes: 10 } };
  const large = { archive: { maxBytes: 10 } };
  const rows: Array<
    [path: string, options: Omit<SiteOptions, "root">, number, RegExp]
  > = [
    ["/?archive=rar", {}, 400, /\?archive=zip, \?archive=tar/],
    ["/?archive=", {}, 400, /No such form/],
    ["/?archive=zip&name=none", {}, 404, /"none"/],
    ["/?archive=zip&name=.env", {}, 404, /No such entry/],
    ["/?archive=zip&name=sub/b.txt", {}, 404, /No such entry/],
    ["/?archive=zip&name=..", {}, 404, /No such entry/],
    ["/none/?archive=zip", {}, 404, /File not found/],
    ["/?archive=zip", few, 403, /--archive-max-entries/],
    ["/?archive=zip", large, 403, /--archive-max-bytes/],
    ["/?archive=zip", { listing: false }, 404, /File not found/],
  ];
  for (const [path, options, status, words] of rows) {
    const headers = { accept: "text/plain" };
    const response = await ask(serving(options), path, { headers });
    const text = await response.text();
    assertEquals(response.status, status, path);
    assert(words.test(text), `${path}: ${text}`);
  }
});

Deno.test("where there are no archives the query means nothing, as for a file", async () => {
  const rows: Array<
    [path: string, options: Omit<SiteOptions, "root">, string]
  > = [
    ["/?archive=zip", { archive: false }, "text/html; charset=utf-8"],
    ["/a.txt?archive=zip", {}, "text/plain; charset=utf-8"],
    ["/site/?archive=zip", {}, "text/html; charset=utf-8"],
  ];
  for (const [path, options, type] of rows) {
    const response = await ask(serving(options), path);
    await response.body?.cancel();
    assertEquals(response.headers.get("content-type"), type, path);
  }
});

Deno.test("fields of each form; what is compressed has neither length nor ranges", async () => {
  const rows: Array<[form: string, type: string, ranges: string]> = [
    ["zip", "application/zip", "bytes"],
    ["tar", "application/x-tar", "bytes"],
    ["tar.gz", "application/gzip", "none"],
    ["tar.zst", "application/zstd", "none"],
  ];
  for (const [form, type, ranges] of rows) {
    for (const method of ["HEAD", "GET"]) {
      const path = `/sub/?archive=${form}`;
      const { headers, body } = await ask(serving(), path, { method });
      await body?.cancel();
      assertEquals(headers.get("content-type"), type);
      assertEquals(headers.get("accept-ranges"), ranges);
      assertEquals(headers.get("content-encoding"), null);
      assertEquals(
        headers.get("content-disposition"),
        `attachment; filename="sub.${form}"`,
      );
      assertEquals(headers.has("content-length"), ranges === "bytes");
    }
  }
  const root = await ask(serving(), "/?archive=zip", { method: "HEAD" });
  const disposition = root.headers.get("content-disposition");
  assertEquals(disposition, 'attachment; filename="files.zip"');
});

Deno.test("tar.gz is the tar, compressed", async () => {
  const packed = await ask(serving(), "/?archive=tar.gz");
  const stream = packed.body?.pipeThrough(new DecompressionStream("gzip"));
  const bytes = new Uint8Array(
    await new Response(stream ?? null).arrayBuffer(),
  );
  const plain = await bytesOf(await ask(serving(), "/?archive=tar"));
  assertEquals(bytes, plain);
});

Deno.test("RFC 9110 §13, §14 for an archive: 304, 412, 206, 416, If-Range, several ranges", async () => {
  const handler = serving();
  const path = "/?archive=zip";
  const whole = await ask(handler, path);
  const tag = whole.headers.get("etag") ?? "";
  const bytes = await bytesOf(whole);
  assert(/^"zip-[0-9a-f]{32}"$/.test(tag), tag);
  const rows: Array<[Record<string, string>, number, Uint8Array | undefined]> =
    [
      [{ "if-none-match": tag }, 304, new Uint8Array()],
      [{ "if-match": '"other"' }, 412, undefined],
      [{ range: "bytes=10-2000" }, 206, bytes.slice(10, 2001)],
      [{ range: "bytes=-5", "if-range": tag }, 206, bytes.slice(-5)],
      [{ range: "bytes=-5", "if-range": '"other"' }, 200, bytes],
      [{ range: `bytes=${bytes.length}-` }, 416, undefined],
    ];
  for (const [headers, status, expected] of rows) {
    const response = await ask(handler, path, { headers });
    const got = new Uint8Array(await response.arrayBuffer());
    assertEquals(response.status, status, JSON.stringify(headers));
    if (expected !== undefined) assertEquals(got, expected);
  }
  const headers = { range: "bytes=0-199,300-599" };
  const parts = await ask(handler, path, { headers });
  const length = Number(parts.headers.get("content-length"));
  assertEquals(parts.status, 206);
  assertEquals((await parts.arrayBuffer()).byteLength, length);
});

Deno.test("the tag is another one when a file, a name or the selection is; none of files that may change unnoticed", async () => {
  const tagOf = async (
    tree: typeof TREE,
    path = "/?archive=zip",
    mtime = MTIME,
  ) => {
    const files = memoryFiles(tree, { mtime });
    const handler = createHandler({ root: "/", files, log: false });
    const { headers } = await ask(handler, path, { method: "HEAD" });
    return headers.get("etag");
  };
  const { "/a.txt": a, ...rest } = TREE;
  const tags = [
    await tagOf(TREE),
    await tagOf(TREE, "/?archive=tar"),
    await tagOf(TREE, "/?archive=zip&name=a.txt"),
    await tagOf({ ...TREE, "/a.txt": "aa" }),
    await tagOf({ ...rest, "/b.txt": a } as unknown as typeof TREE),
    await tagOf(TREE, "/?archive=zip", MTIME + 1000),
  ];
  assertEquals(new Set(tags).size, tags.length);
  assertEquals(await tagOf(TREE), tags[0]);
  assertEquals(await tagOf(TREE, "/?archive=zip", Date.now()), null);
});

Deno.test("four at a time, then 503 with Retry-After; a place is given back at the end, and by who leaves", async () => {
  const handler = serving({ archive: { maxAtOnce: 2 } });
  const ask2 = (method = "GET", form = "zip") =>
    ask(handler, `/?archive=${form}`, { method });
  const [first, second] = [await ask2(), await ask2("GET", "tar.gz")];
  for (const form of ["zip", "tar.gz"]) {
    const third = await ask2("GET", form);
    await third.body?.cancel();
    assertEquals([third.status, third.headers.get("retry-after")], [503, "1"]);
  }
  await first.body?.cancel();
  await bytesOf(await ask2());
  await second.arrayBuffer();
  // What sends nothing takes no place for longer than it is decided.
  const tag = (await ask2("HEAD")).headers.get("etag") ?? "";
  for (let round = 0; round < 5; round++) {
    await ask2("HEAD", "tar.gz");
    const headers = { "if-none-match": tag };
    const path = "/?archive=zip";
    assertEquals((await ask(handler, path, { headers })).status, 304);
  }
  const both = [await ask2(), await ask2()];
  for (const response of both) await bytesOf(response);
});

Deno.test("names that Windows cannot have are replaced in zip, and are others' no more; tar keeps them", async () => {
  const rows: Array<[name: string, zipped: string]> = [
    ["..\\up.txt", ".._up.txt"],
    ["a:b", "a_b"],
    ["a_b", "a_b"],
    ["con.txt", "_con.txt"],
    ["dot.", "dot_"],
    ["line\nfeed", "line_feed"],
    ["space ", "space_"],
    ["ä日🎉", "ä日🎉"],
  ];
  const tree = Object.fromEntries(rows.map(([name]) => [`/${name}`, "x"]));
  const files = memoryFiles(tree, { mtime: MTIME });
  const handler = createHandler({
    root: "/",
    files,
    log: false,
    dotfiles: true,
  });
  const expected = rows.map(([name, zipped]) =>
    name === "a:b" ? "a_b (2)" : zipped
  );
  assertEquals(namesOf(await zipped(handler)).sort(), expected.sort());
  const tar = await bytesOf(await ask(handler, "/?archive=tar"));
  assertEquals(namesOf(readTar(tar)).sort(), rows.map(([name]) => name).sort());
});

Deno.test("links, circles, odd kinds, scripts and what may not be read, on the disk", async () => {
  using directory = temporaryDirectory();
  const { path } = directory;
  for (const name of ["/sub", "/cgi-bin", "/closed", "/other"]) {
    Deno.mkdirSync(path + name);
  }
  Deno.writeTextFileSync(`${path}/sub/a.txt`, "a");
  Deno.writeTextFileSync(`${path}/NOT-INCLUDED.txt`, "taken");
  Deno.writeTextFileSync(`${path}/cgi-bin/run`, "secret");
  Deno.writeTextFileSync(`${path}/other/x.py`, "secret");
  Deno.symlinkSync("..", `${path}/sub/up`);
  Deno.symlinkSync("sub/a.txt", `${path}/link.txt`);
  Deno.symlinkSync("sub", `${path}/linked`);
  Deno.symlinkSync("/etc/passwd", `${path}/outside`);
  Deno.symlinkSync("cgi-bin/run", `${path}/program`);
  Deno.symlinkSync("none", `${path}/broken`);
  const handler = createHandler({
    root: path,
    log: false,
    cgi: { extensions: { ".py": ["python3"] } },
  });
  const entries = await zipped(handler);
  assertEquals(namesOf(entries), [
    "NOT-INCLUDED.txt",
    "closed/",
    "link.txt",
    "linked/",
    "linked/a.txt",
    "other/",
    "sub/",
    "sub/a.txt",
    "NOT-INCLUDED (2).txt",
  ]);
  assertEquals(textOf(entries, "link.txt"), "a");
  assertEquals(textOf(entries, "NOT-INCLUDED (2).txt").split("\n").slice(2), [
    "cgi-bin: it is run, and not sent",
    "linked/up/: it leads back to a folder that it is in",
    "other/x.py: it is run, and not sent",
    "sub/up/: it leads back to a folder that it is in",
    "",
  ]);
});

Deno.test("what may not be read is told, never left out in silence", async () => {
  const memory = memoryFiles(TREE, { mtime: MTIME });
  const files = {
    ...memory,
    isReadable: (path: string) => path !== "/a.txt" && path !== "/sub/deep",
    list: (path: string) =>
      path === "/sub/deep" ? undefined : memory.list(path),
  };
  const entries = await zipped(serving({ files }));
  assertEquals(namesOf(entries).includes("a.txt"), false);
  assertEquals(textOf(entries, "NOT-INCLUDED.txt").split("\n").slice(2), [
    "a.txt: no permission to read it",
    "site/: only its index page can be seen",
    "sub/deep: no permission to read it",
    "",
  ]);
});

Deno.test("a user's own resolve decides on every file and folder", async () => {
  const handler = serving({
    resolve: async (target, next) => {
      const hidden = target.segments.includes("deep") ||
        target.segments.at(-1) === "a.txt";
      return hidden ? { kind: "absent" } : await next(target);
    },
  });
  const names = namesOf(await zipped(handler));
  assertEquals(names.includes("sub/b.txt"), true);
  assertEquals(names.filter((name) => /deep|a\.txt/.test(name)), []);
});
