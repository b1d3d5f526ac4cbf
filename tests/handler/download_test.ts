/** What the log tells of downloads: which bytes of which whole an answer has. */

import { assertEquals } from "@std/assert";
import { createHandler, type Download } from "../../main.ts";
import { filesOf, loggedSite } from "../support/site.ts";

const TREE = {
  "/a.txt": "0123456789",
  "/empty": "",
  "/sub/index.html": "<p>page",
  "/list/b.txt": "",
  "/page.md": "# Page",
  "/large.txt": "a".repeat(5000),
};

Deno.test("LogRecord.download: files and parts of them; no page, no listing, no error", async () => {
  type Row = [path: string, init: RequestInit, expected: unknown];
  const range = (value: string) => ({ headers: { range: value } });
  const rows: Row[] = [
    ["/a.txt", {}, { length: 10 }],
    ["/a.txt?download", {}, { length: 10 }],
    ["/empty", {}, { length: 0 }],
    ["/sub/", {}, { length: 7 }],
    ["/a.txt", range("bytes=2-4"), {
      length: 10,
      spans: [{ start: 2, end: 4 }],
    }],
    ["/a.txt", range("bytes=-3"), {
      length: 10,
      spans: [{ start: 7, end: 9 }],
    }],
    ["/large.txt", range("bytes=0-9,4000-4009"), {
      length: 5000,
      spans: [{ start: 0, end: 9 }, { start: 4000, end: 4009 }],
    }],
    ["/a.txt", range("bytes=99-"), undefined],
    ["/a.txt", { method: "HEAD" }, undefined],
    ["/a.txt", { headers: { "if-none-match": "*" } }, undefined],
    ["/list/", {}, undefined],
    ["/list/?format=json", {}, undefined],
    ["/page.md?view", {}, undefined],
    ["/list", {}, undefined],
    ["/none", {}, undefined],
  ];
  for (const [path, init, expected] of rows) {
    const { fetch, logged } = loggedSite(TREE);
    await (await fetch(path, init)).text();
    const { tag, ...download } = (await logged()).download?.() ?? {};
    assertEquals(
      { ...download, tag: typeof tag },
      expected === undefined
        ? { tag: "undefined" }
        : { ...expected as Download, tag: "string" },
      path,
    );
  }
});

Deno.test("LogRecord.download: what is coded while it is sent has a length only where that is known", async () => {
  const { fetch, logged } = loggedSite(TREE, { compress: true });
  const headers = { "accept-encoding": "gzip" };
  const response = await fetch("/large.txt", { headers });
  assertEquals(response.headers.get("content-encoding"), "gzip");
  const sent = (await response.arrayBuffer()).byteLength;
  const { length } = (await logged()).download?.() ?? {};
  assertEquals(length === undefined || length === sent, true);
});

Deno.test("LogRecord.download: the same from memory as from the disk", async () => {
  const seen: unknown[] = [];
  const handler = createHandler({
    root: "/",
    files: filesOf(TREE),
    log: ({ download }) => seen.push(download?.()),
  });
  for (let time = 0; time < 3; time++) {
    await (await handler(new Request("http://localhost/a.txt"))).text();
  }
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(seen.length, 3);
  assertEquals(seen[1], seen[0]);
  assertEquals(seen[2], seen[0]);
});
