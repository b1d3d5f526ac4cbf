/** RFC 9110 §8.4 and §12.5: content codings, from sidecars and on the way. */
import { assert, assertEquals } from "@std/assert";
import type { Files } from "../../main.ts";
import {
  type Fetch,
  filesOf,
  NOW,
  site,
  watched,
  YESTERDAY,
  YESTERDAY_TEXT,
} from "../support/site.ts";
import { until } from "../support/wait.ts";

const TEXT = "All work and no play makes Jack a dull boy.\n".repeat(100);
const TREE = {
  "/a.js": "plain",
  "/a.js.br": "brotli",
  "/a.js.gz": "gzip",
  "/b.js": "plain",
  "/b.js.zst": "zstd",
  "/old.js": { content: "plain", mtime: YESTERDAY + 5000 },
  "/old.js.gz": "older",
  "/dir.js": "plain",
  "/dir.js.gz/x": "",
  "/index/index.html": "plain",
  "/index/index.html.br": "brotli",
  "/none.js": "plain",
  "/only.tar.gz": "archive",
};

type Row = [path: string, accept: string, coding: string | null, text: string];

Deno.test("RFC 9110 §12.5.3: sidecars answer by weights, then by our preference", async () => {
  const rows: Row[] = [
    ["/a.js", "gzip, deflate, br, zstd", "br", "brotli"],
    ["/a.js", "gzip", "gzip", "gzip"],
    ["/a.js", "br;q=0.5, gzip", "gzip", "gzip"],
    ["/a.js", "zstd", null, "plain"],
    ["/a.js", "gzip;q=0", null, "plain"],
    ["/a.js", "identity", null, "plain"],
    ["/a.js", "*;q=0, gzip", "gzip", "gzip"],
    ["/a.js", "", null, "plain"],
    ["/b.js", "gzip, br, zstd", "zstd", "zstd"],
    ["/index/", "br", "br", "brotli"],
    // older than its file, or no file: none
    ["/old.js", "gzip", null, "plain"],
    ["/dir.js", "gzip", null, "plain"],
    ["/none.js", "gzip", null, "plain"],
    // asked for by its own name
    ["/a.js.gz", "gzip", null, "gzip"],
    ["/only.tar.gz", "gzip", null, "archive"],
  ];
  for (const [path, accept, coding, text] of rows) {
    const headers = { "accept-encoding": accept };
    const response = await site(TREE)(path, { headers });
    assertEquals(response.status, 200);
    const what = `${path} ${accept}`;
    assertEquals(response.headers.get("content-encoding"), coding, what);
    assertEquals(response.headers.get("content-length"), String(text.length));
    assertEquals(await response.text(), text, what);
  }
});

Deno.test("RFC 9110 §8.3: the media type of a coding is that of the original", async () => {
  const headers = { "accept-encoding": "br" };
  const coded = await site(TREE)("/a.js", { headers });
  assertEquals(
    coded.headers.get("content-type"),
    "text/javascript; charset=utf-8",
  );
  const own = await site(TREE)("/a.js.gz", { headers });
  assertEquals(own.headers.get("content-type"), "application/gzip");
});

Deno.test("RFC 9110 §12.5.5: Vary where the choice depended on Accept-Encoding, 304 and 406 included", async () => {
  const tag = async (accept: string) => {
    const headers = { "accept-encoding": accept };
    return (await site(TREE)("/a.js", { headers })).headers.get("etag") ?? "";
  };
  const rows: Array<[string, Record<string, string>, number, string | null]> = [
    ["/a.js", { "accept-encoding": "br" }, 200, "Accept-Encoding"],
    ["/a.js", { "accept-encoding": "identity" }, 200, "Accept-Encoding"],
    ["/a.js", {}, 200, "Accept-Encoding"],
    [
      "/a.js",
      { "accept-encoding": "br", "if-none-match": await tag("br") },
      304,
      "Accept-Encoding",
    ],
    [
      "/a.js",
      { "accept-encoding": "br", range: "bytes=0-0" },
      206,
      "Accept-Encoding",
    ],
    ["/a.js", { "accept-encoding": "*;q=0" }, 406, "Accept-Encoding, Accept"],
    [
      "/a.js",
      { "accept-encoding": "br", "if-match": '"x"' },
      412,
      "Accept-Encoding, Accept",
    ],
    [
      "/a.js",
      { "accept-encoding": "br", range: "bytes=99-" },
      416,
      "Accept-Encoding, Accept",
    ],
    ["/none.js", { "accept-encoding": "br" }, 200, null],
  ];
  for (const [path, headers, status, vary] of rows) {
    const response = await site(TREE)(path, { headers });
    assertEquals(response.status, status);
    assertEquals(response.headers.get("vary"), vary, JSON.stringify(headers));
  }
});

Deno.test("RFC 9110 §15.5.7: 406 only when nothing at all is acceptable", async () => {
  const rows: Array<[string, string, number]> = [
    ["/a.js", "identity;q=0", 406],
    ["/a.js", "*;q=0", 406],
    ["/a.js", "identity;q=0, gzip", 200],
    ["/none.js", "identity;q=0, gzip", 406],
    ["/none.js", "deflate", 200],
  ];
  for (const [path, accept, status] of rows) {
    const headers = { "accept-encoding": accept };
    assertEquals((await site(TREE)(path, { headers })).status, status, accept);
  }
});

Deno.test("RFC 9110 §8.8.3.3: every coding has a tag of its own; a coded tag gives 304", async () => {
  const tags = new Set<string>();
  for (const accept of ["br", "gzip", "identity"]) {
    const headers = { "accept-encoding": accept };
    const first = await site(TREE)("/a.js", { headers });
    const tag = first.headers.get("etag") ?? "";
    tags.add(tag);
    const again = { ...headers, "if-none-match": tag };
    assertEquals((await site(TREE)("/a.js", { headers: again })).status, 304);
    const other = { "accept-encoding": "zstd", "if-none-match": tag };
    const status = accept === "identity" ? 304 : 200;
    assertEquals(
      (await site(TREE)("/a.js", { headers: other })).status,
      status,
    );
  }
  assertEquals(tags.size, 3);
});

Deno.test("RFC 9110 §14.2: ranges are of identity; of a sidecar only by its tag, or where the client refuses identity (206)", async () => {
  const fetch = site(TREE);
  const tagOf = async (accept: string) =>
    (await fetch("/a.js", { headers: { "accept-encoding": accept } }))
      .headers.get("etag") ?? "";
  const [identity, br, gzip] = [
    await tagOf("identity"),
    await tagOf("br"),
    await tagOf("gzip"),
  ];
  // All sidecars of the tree are as old as their files: a date tells none apart.
  const rows: Array<
    [accept: string, ifRange: string, status: number, coding: string | null]
  > = [
    ["br", "", 206, null],
    ["gzip, br", "", 206, null],
    ["br, identity;q=0.1", "", 206, null],
    ["br, identity;q=0", "", 206, "br"],
    ["br, *;q=0", "", 206, "br"],
    ["br", identity, 206, null],
    ["br", br, 206, "br"],
    ["br", gzip, 200, "br"],
    ["gzip", gzip, 206, "gzip"],
    ["identity", br, 200, null],
    ["br", '"x"', 200, "br"],
    ["br", YESTERDAY_TEXT, 200, "br"],
    ["identity", YESTERDAY_TEXT, 206, null],
  ];
  for (const [accept, ifRange, status, coding] of rows) {
    const headers = {
      "accept-encoding": accept,
      range: "bytes=0-2",
      ...ifRange === "" ? {} : { "if-range": ifRange },
    };
    const response = await fetch("/a.js", { headers });
    const what = `${accept} ${ifRange}`;
    assertEquals(response.status, status, what);
    assertEquals(response.headers.get("content-encoding"), coding, what);
    const text = coding === "br" ? "brotli" : coding ?? "plain";
    const content = status === 206 ? text.slice(0, 3) : text;
    assertEquals(await response.text(), content, what);
    assertEquals(response.headers.get("vary"), "Accept-Encoding", what);
  }
});

Deno.test("the sidecars option turns them off", async () => {
  const headers = { "accept-encoding": "br" };
  const response = await site(TREE, { sidecars: false })("/a.js", { headers });
  assertEquals(await response.text(), "plain");
  assertEquals(response.headers.get("vary"), null);
});

Deno.test("hidden sidecars stay hidden", async () => {
  const tree = { "/.a.js": "plain", "/.a.js.gz": "gzip" };
  const headers = { "accept-encoding": "gzip" };
  assertEquals((await site(tree)("/.a.js", { headers })).status, 404);
});

async function decode(response: Response): Promise<string> {
  const coding = response.headers.get("content-encoding");
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (coding === null) return new TextDecoder().decode(bytes);
  const zlib = await import("node:zlib");
  const decoders = {
    br: zlib.brotliDecompressSync,
    zstd: zlib.zstdDecompressSync,
    gzip: zlib.gunzipSync,
  };
  return new TextDecoder().decode(
    decoders[coding as keyof typeof decoders](bytes),
  );
}

const DYNAMIC = {
  "/a.txt": TEXT,
  "/small.txt": "x".repeat(1023),
  "/a.png": "x".repeat(5000),
  "/large.txt": TEXT.repeat(500),
  "/side.txt": TEXT,
  "/side.txt.gz": "gzip",
};

Deno.test("RFC 9110 §8.4.1: with compress, text from 1 KiB up is coded on the way", async () => {
  const fetch = site(DYNAMIC, { compress: true });
  const rows: Array<[string, string, string | null]> = [
    ["/a.txt", "br", "br"],
    ["/a.txt", "zstd", "zstd"],
    ["/a.txt", "gzip", "gzip"],
    ["/a.txt", "gzip, br;q=0.9", "gzip"],
    ["/a.txt", "identity", null],
    ["/small.txt", "br", null],
    ["/a.png", "br", null],
    ["/large.txt", "br", "br"],
    ["/large.txt", "gzip", "gzip"],
    ["/large.txt", "zstd", "zstd"],
  ];
  for (const [path, accept, coding] of rows) {
    const headers = { "accept-encoding": accept };
    const response = await fetch(path, { headers });
    const what = `${path} ${accept}`;
    assertEquals(response.headers.get("content-encoding"), coding, what);
    const varies = path === "/a.txt" || path === "/large.txt";
    assertEquals(
      response.headers.get("vary"),
      varies ? "Accept-Encoding" : null,
      what,
    );
    const length = response.headers.get("content-length");
    const copy = response.clone();
    const size = (await copy.arrayBuffer()).byteLength;
    assertEquals(length, path === "/large.txt" ? null : String(size), what);
    assertEquals(
      await decode(response),
      DYNAMIC[path as keyof typeof DYNAMIC],
      what,
    );
  }
});

Deno.test("compress is off by default in the library", async () => {
  const headers = { "accept-encoding": "br" };
  const response = await site(DYNAMIC)("/a.txt", { headers });
  assertEquals(response.headers.get("content-encoding"), null);
});

Deno.test("of equal weights gzip is chosen for a small text, brotli for a longer one", async () => {
  const fetch = site({
    "/small.txt": "x".repeat(131_072),
    "/long.txt": "x".repeat(131_073),
  }, { compress: true });
  const rows = [
    ["/small.txt", "gzip, deflate, br, zstd", "gzip"],
    ["/small.txt", "gzip;q=0.9, br", "br"],
    ["/small.txt", "br, zstd", "br"],
    ["/long.txt", "gzip, deflate, br, zstd", "br"],
  ] as const;
  for (const [path, accept, coding] of rows) {
    const { headers } = await fetch(path, {
      headers: { "accept-encoding": accept },
    });
    assertEquals(headers.get("content-encoding"), coding, `${path} ${accept}`);
  }
});

Deno.test("a sidecar comes before what would be coded now", async () => {
  const headers = { "accept-encoding": "br, gzip" };
  const response = await site(DYNAMIC, { compress: true })("/side.txt", {
    headers,
  });
  assertEquals(await response.text(), "gzip");
});

Deno.test("a range is of the identity representation where coding is dynamic", async () => {
  const fetch = site(DYNAMIC, { compress: true });
  const headers = { "accept-encoding": "br", range: "bytes=0-7" };
  const response = await fetch("/a.txt", { headers });
  assertEquals(response.status, 206);
  assertEquals(response.headers.get("content-encoding"), null);
  assertEquals(await response.text(), "All work");
  const strict = { "accept-encoding": "br, identity;q=0", range: "bytes=0-7" };
  const coded = await fetch("/a.txt", { headers: strict });
  assertEquals(coded.status, 200);
  assertEquals(await decode(coded), TEXT);
});

Deno.test("a Range field that is ignored does not keep text from being coded", async () => {
  const fetch = site(DYNAMIC, { compress: true });
  const rows: Array<Record<string, string>> = [
    { range: "lines=1-2" },
    { range: "bytes=9-5" },
    { range: "bytes=0-1", "if-range": '"x"' },
  ];
  for (const fields of rows) {
    const headers = { "accept-encoding": "gzip", ...fields };
    const response = await fetch("/a.txt", { headers });
    assertEquals(response.status, 200);
    assertEquals(
      response.headers.get("content-encoding"),
      "gzip",
      JSON.stringify(fields),
    );
    assertEquals(await decode(response), TEXT);
  }
});

Deno.test("RFC 9110 §8.6: HEAD tells the length of identity where GET would be coded on the way, before and after", async () => {
  const headers = { "accept-encoding": "gzip" };
  for (const path of ["/a.txt", "/large.txt"] as const) {
    const fetch = site(DYNAMIC, { compress: true });
    const identity = await fetch(path);
    for (const method of ["HEAD", "GET", "HEAD"]) {
      const response = await fetch(path, { method, headers });
      await response.body?.cancel();
      if (method === "GET") continue;
      const { length } = DYNAMIC[path];
      assertEquals(response.headers.get("content-encoding"), null);
      assertEquals(response.headers.get("content-length"), String(length));
      for (const name of ["etag", "vary", "accept-ranges"]) {
        assertEquals(response.headers.get(name), identity.headers.get(name));
      }
    }
    // Ranges by that length are of the same representation.
    const range = `bytes=${DYNAMIC[path].length - 5}-`;
    const part = await fetch(path, { headers: { ...headers, range } });
    assertEquals(part.status, 206);
    assertEquals(await part.text(), DYNAMIC[path].slice(-5));
    assertEquals(part.headers.get("etag"), identity.headers.get("etag"));
  }
});

Deno.test("RFC 9110 §8.6: HEAD of what is coded on the way tells no length, least of all 0, where identity is refused", async () => {
  const headers = { "accept-encoding": "gzip, identity;q=0" };
  for (const path of ["/a.txt", "/large.txt"]) {
    const fetch = site(DYNAMIC, { compress: true });
    const head = await fetch(path, { method: "HEAD", headers });
    assertEquals(head.headers.get("content-encoding"), "gzip");
    assertEquals(head.headers.get("content-length"), null);
    assert(head.body !== null); // to null the runtimes would add a length of 0
    assertEquals(await head.text(), "");
  }
});

Deno.test("RFC 9110 §8.6: HEAD tells the length of a sidecar, as GET does", async () => {
  const headers = { "accept-encoding": "gzip" };
  const fetch = site(DYNAMIC, { compress: true });
  const head = await fetch("/side.txt", { method: "HEAD", headers });
  assertEquals(head.headers.get("content-encoding"), "gzip");
  assertEquals(head.headers.get("content-length"), "4");
});

Deno.test("a sidecar that cannot be opened gives way to the file", async () => {
  const memory = filesOf(DYNAMIC);
  const files: Files = {
    ...memory,
    open: (path) => path.endsWith(".gz") ? undefined : memory.open(path),
  };
  const headers = { "accept-encoding": "gzip" };
  const response = await site({}, { files })("/side.txt", { headers });
  assertEquals(response.status, 200);
  assertEquals(await response.text(), TEXT);
});

Deno.test("a client that reads slowly holds back the coding of a large file", async () => {
  let pulled = 0;
  let cancelled = false;
  const noise = () => crypto.getRandomValues(new Uint8Array(65_536));
  const memory = filesOf({ "/large.txt": "" });
  const stat = {
    kind: "file",
    size: 500 * 65_536,
    mtime: YESTERDAY,
  } as const;
  const files: Files = {
    ...memory,
    stat: (path) => path === "/large.txt" ? stat : memory.stat(path),
    open: () => ({
      stat,
      close: () => {},
      digest: () => Promise.reject(new Error("not asked for")),
      content: () => ({
        ended: Promise.resolve(),
        taken: () => 0,
        body: new ReadableStream({
          pull: (controller) => {
            pulled++;
            if (pulled > 500) controller.close();
            else controller.enqueue(noise());
          },
          cancel: () => {
            cancelled = true;
          },
        }, { highWaterMark: 0 }),
      }),
    }),
  };
  for (const coding of ["gzip", "br", "zstd"]) {
    pulled = 0;
    cancelled = false;
    const fetch = site({}, { files, compress: true, sidecars: false });
    const headers = { "accept-encoding": coding };
    const response = await fetch("/large.txt", { headers });
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.read();
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert(pulled < 100, `${coding}: ${pulled} chunks were read for two`);
    await reader?.cancel();
    await until(() => cancelled, coding);
  }
});

Deno.test("If-None-Match with the tag of a dynamic coding gives 304, and opens nothing", async () => {
  const { files, opened } = watched(filesOf(DYNAMIC));
  const fetch = site({}, { compress: true, files });
  const headers = { "accept-encoding": "br, identity;q=0" };
  const tag =
    (await fetch("/a.txt", { method: "HEAD", headers })).headers.get("etag") ??
      "";
  assert(tag.startsWith('W/"to-br-'));
  const again = await fetch("/a.txt", {
    headers: { ...headers, "if-none-match": tag },
  });
  assertEquals(again.status, 304);
  assertEquals(opened.length, 0);
});

Deno.test("a file is coded once for each state of it; HEAD then knows the length, where identity is refused", async () => {
  const tree: Record<string, string | { content: string; mtime: number }> = {
    "/a.txt": TEXT,
  };
  const { files, opened } = watched(filesOf(tree));
  const fetch = site({}, { compress: true, files });
  const headers = { "accept-encoding": "gzip" };
  const get = async () => await decode(await fetch("/a.txt", { headers }));
  await Promise.all([get(), get(), get()]);
  assertEquals(await get(), TEXT);
  assertEquals(opened.length, 1);
  const strict = { "accept-encoding": "gzip, identity;q=0" };
  const head = await fetch("/a.txt", { method: "HEAD", headers: strict });
  const whole = await fetch("/a.txt", { headers });
  assertEquals(
    head.headers.get("content-length"),
    whole.headers.get("content-length"),
  );
  tree["/a.txt"] = { content: `new ${TEXT}`, mtime: NOW - 5000 };
  assertEquals(await get(), `new ${TEXT}`);
  assertEquals(opened.length, 2);
});

Deno.test("what was coded of a file that has just changed is not kept", async () => {
  const tree: Record<string, { content: string; mtime: number }> = {
    "/a.txt": { content: TEXT, mtime: NOW - 10 },
  };
  const fetch = site({}, { compress: true, files: filesOf(tree) });
  const headers = { "accept-encoding": "gzip" };
  assertEquals(await decode(await fetch("/a.txt", { headers })), TEXT);
  const other = TEXT.replaceAll("Jack", "Jill");
  tree["/a.txt"] = { content: other, mtime: NOW - 10 }; // the same size and time
  assertEquals(await decode(await fetch("/a.txt", { headers })), other);
});

Deno.test("listings are compressed, too", async () => {
  const tree = Object.fromEntries(
    Array.from({ length: 100 }, (_, at) => [`/file-${at}`, ""]),
  );
  const fetch = site(tree, { compress: true });
  const headers = { "accept-encoding": "br" };
  const response = await fetch("/", { headers });
  assertEquals(response.headers.get("content-encoding"), "br");
  assert((await decode(response)).includes("file-99"));
});

/** How many streams one handler codes at a time. */
const CODED_STREAMS = 16;
const BR = { "accept-encoding": "br" };

/** Takes all places, by clients that read their first chunk and nothing more, and returns what has them leave. */
async function crowd(
  fetch: Fetch,
  path = "/large.txt",
): Promise<() => Promise<void>> {
  const responses = await Promise.all(
    Array.from({ length: CODED_STREAMS }, () => fetch(path, { headers: BR })),
  );
  const readers = responses.map(({ headers, body }) => {
    assertEquals(headers.get("content-encoding"), "br");
    return body?.getReader();
  });
  await Promise.all(readers.map((reader) => reader?.read()));
  return async () => {
    for (const reader of readers) await reader?.cancel();
  };
}

Deno.test("answers that nobody reads give their places back; who reads one late gets all of it", async () => {
  const memory = filesOf({ ...DYNAMIC, "/d/x": "" });
  const long = { kind: "directory", size: 524_288, mtime: YESTERDAY } as const;
  const files: Files = {
    ...memory,
    stat: (path) => path === "/d" ? long : memory.stat(path),
    open: (path) => path === "/d" ? memory.open("/a.txt") : memory.open(path),
  };
  for (const path of ["/large.txt", "/d/"]) {
    const fetch = site({}, { compress: true, files });
    const ask = () => fetch(path, { headers: BR });
    const unread = await Promise.all(Array.from({ length: 20 }, ask));
    const coded = unread.filter(({ headers }) =>
      headers.get("content-encoding") === "br"
    );
    assertEquals(coded.length, CODED_STREAMS, path);
    const areFree = async () => {
      const asked = Array.from({ length: CODED_STREAMS }, ask);
      const responses = await Promise.all(asked);
      for (const { body } of responses) await body?.cancel();
      return responses.every(({ headers }) => headers.has("content-encoding"));
    };
    let left = 30;
    while (left > 0 && !await areFree()) {
      left--;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    assert(left > 0, `${path}: the places are lost`);
    const leave = await crowd(fetch, path);
    const texts = await Promise.all(coded.map(decode));
    assertEquals(new Set(texts).size, 1);
    assert(texts[0]?.includes(path === "/d/" ? 'href="x"' : TEXT));
    await leave();
    await Promise.all(unread.map(({ body }) => body?.cancel().catch(() => {})));
    assert(await areFree());
  }
});

/** More than what is coded at once, as a test has it. */
const QUEUED = TEXT.repeat(100);

Deno.test("text that has just changed is coded once for all who wait for it, and not for those who have left", async () => {
  const tree = Object.fromEntries(
    Array.from({ length: 9 }, (_, at) => [
      `/${at}.txt`,
      { content: QUEUED, mtime: NOW - 10 },
    ]),
  );
  const { files, opened } = watched(filesOf(tree));
  const fetch = site({}, { compress: true, files });
  const waiting = Array.from(
    { length: 10 },
    () => fetch("/0.txt", { headers: BR }),
  );
  for (const response of await Promise.all(waiting)) {
    assertEquals(await decode(response), QUEUED);
  }
  assertEquals(opened.length, 1);
  const leaving = new AbortController();
  const { signal } = leaving;
  const all = Array.from(
    { length: 90 },
    (_, at) => fetch(`/${at % 9}.txt`, { headers: BR, signal }),
  );
  const staying = fetch("/8.txt", { headers: BR });
  leaving.abort();
  assertEquals(await decode(await staying), QUEUED);
  for (const { status, body } of await Promise.all(all.slice(0, 8))) {
    assertEquals(status, 503);
    await body?.cancel();
  }
  assertEquals(opened.length, 2);
  await Promise.all(all);
  assertEquals(await decode(await fetch("/8.txt", { headers: BR })), QUEUED);
  assertEquals(opened.length, 3, "and is not kept");
});

Deno.test("beyond 16 coded streams identity answers, with its own tag and length, and Vary", async () => {
  const fetch = site(DYNAMIC, { compress: true });
  const plain = await fetch("/large.txt");
  await plain.body?.cancel();
  const leave = await crowd(fetch);
  const response = await fetch("/large.txt", { headers: BR });
  assertEquals(response.status, 200);
  for (const name of ["content-encoding", "content-length", "etag", "vary"]) {
    assertEquals(response.headers.get(name), plain.headers.get(name), name);
  }
  assertEquals(response.headers.get("vary"), "Accept-Encoding");
  assertEquals(await response.text(), DYNAMIC["/large.txt"]);
  // Nothing of that is remembered.
  await leave();
  const later = await fetch("/large.txt", { headers: BR });
  assertEquals(later.headers.get("content-encoding"), "br");
  assertEquals(await decode(later), DYNAMIC["/large.txt"]);
});

Deno.test("beyond 16 coded streams, too, an If-Range with a date gets the whole: the parts so far may be coded", async () => {
  const fetch = site(DYNAMIC, { compress: true });
  const leave = await crowd(fetch);
  const rows: Array<[accept: Record<string, string>, status: number]> = [
    [BR, 200],
    [{ "accept-encoding": "identity" }, 206],
    [{}, 206],
  ];
  for (const [accept, status] of rows) {
    const condition = { range: "bytes=9-", "if-range": YESTERDAY_TEXT };
    const headers = { ...accept, ...condition };
    const response = await fetch("/large.txt", { headers });
    assertEquals(response.headers.get("content-encoding"), null);
    assertEquals(response.status, status, JSON.stringify(accept));
    const text = DYNAMIC["/large.txt"];
    assertEquals(
      await response.text(),
      status === 200 ? text : text.slice(9),
    );
  }
  await leave();
});

Deno.test("what is coded once and kept, 304, HEAD and digests need no place", async () => {
  const fetch = site(DYNAMIC, { compress: true });
  const strict = { "accept-encoding": "br, identity;q=0" };
  const head = () => fetch("/large.txt", { method: "HEAD", headers: strict });
  for (let time = 0; time <= CODED_STREAMS; time++) await head();
  for (let time = 0; time <= CODED_STREAMS; time++) {
    const headers = { ...strict, "want-repr-digest": "sha-256=1" };
    await fetch("/large.txt", { method: "HEAD", headers });
  }
  const tag = (await head()).headers.get("etag") ?? "";
  const leave = await crowd(fetch);
  const again = { ...BR, "if-none-match": tag };
  assertEquals((await fetch("/large.txt", { headers: again })).status, 304);
  assertEquals((await head()).headers.get("content-encoding"), "br");
  const kept = await fetch("/a.txt", { headers: BR });
  assertEquals(kept.headers.get("content-encoding"), "br");
  assertEquals(await decode(kept), TEXT);
  await leave();
});

Deno.test("without a place, a client that has identity gets 304, and one that wants none 406", async () => {
  const fetch = site(DYNAMIC, { compress: true });
  const plain = await fetch("/large.txt", { method: "HEAD" });
  const identity = { ...BR, "if-none-match": plain.headers.get("etag") ?? "" };
  const strict = { "accept-encoding": "br, identity;q=0" };
  const leave = await crowd(fetch);
  assertEquals((await fetch("/large.txt", { headers: identity })).status, 304);
  const refused = await fetch("/large.txt", { headers: strict });
  assertEquals(refused.status, 406);
  assertEquals(refused.headers.get("vary"), "Accept-Encoding, Accept");
  await leave();
  for (const headers of [identity, strict]) {
    const response = await fetch("/large.txt", { headers });
    assertEquals(response.headers.get("content-encoding"), "br");
    await response.body?.cancel();
  }
});

Deno.test("a place is free again when a stream ends, fails, or its file is gone", async () => {
  const memory = filesOf(DYNAMIC);
  let open = memory.open;
  const files: Files = { ...memory, open: (path) => open(path) };
  const fetch = site({}, { compress: true, files });
  const status = async () => {
    const response = await fetch("/large.txt", { headers: BR });
    return [
      response.status,
      await response.text().then(() => "whole", () => "cut"),
    ];
  };
  const failing = (path: string) => {
    const file = memory.open(path);
    if (file === undefined || file instanceof Promise) return file;
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (controller) => controller.error(new Error("disk")),
    });
    const content = { body, taken: () => 0, ended: Promise.resolve() };
    return { ...file, content: () => content };
  };
  const rows: Array<[typeof open, number, string]> = [
    [memory.open, 200, "whole"],
    [failing, 200, "cut"],
    [() => undefined, 404, "whole"],
    [
      () => {
        throw new Error("disk");
      },
      500,
      "whole",
    ],
  ];
  for (const [opening, code, end] of rows) {
    open = opening;
    for (let time = 0; time <= CODED_STREAMS; time++) {
      assertEquals(await status(), [code, end]);
    }
  }
  open = memory.open;
  await (await crowd(fetch))();
});

Deno.test("a long listing takes a place, too", async () => {
  const memory = filesOf({ ...DYNAMIC, "/d/x": "" });
  const long = { kind: "directory", size: 524_288, mtime: YESTERDAY } as const;
  const files: Files = {
    ...memory,
    stat: (path) => path === "/d" ? long : memory.stat(path),
    open: (path) => path === "/d" ? memory.open("/a.txt") : memory.open(path),
  };
  const fetch = site({}, { compress: true, files });
  for (const path of ["/large.txt", "/d/"]) {
    const leave = await crowd(fetch, path);
    for (const other of ["/large.txt", "/d/"]) {
      const response = await fetch(other, { headers: BR });
      assertEquals(response.status, 200);
      assertEquals(response.headers.get("content-encoding"), null);
      const vary = other === "/d/" ? "Accept, Accept-Language, " : "";
      assertEquals(response.headers.get("vary"), `${vary}Accept-Encoding`);
      await response.text();
    }
    await leave();
  }
  const coded = await fetch("/d/", { headers: BR });
  assert((await decode(coded)).includes('href="x"'));
});
