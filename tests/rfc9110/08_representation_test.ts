/** RFC 9110 §8: representation data and metadata. */

import { assert, assertEquals } from "@std/assert";
import { NOW, site, YESTERDAY, YESTERDAY_TEXT } from "../support/site.ts";

Deno.test("RFC 9110 §8.3: Content-Type by name, text with its charset", async () => {
  const fetch = site({ "/a.txt": "é", "/a.wasm": "", "/README": "" });
  const rows = [
    ["/a.txt", "text/plain; charset=utf-8"],
    ["/a.wasm", "application/wasm"],
    ["/README", "application/octet-stream"],
  ] as const;
  for (const [path, type] of rows) {
    assertEquals((await fetch(path)).headers.get("content-type"), type);
  }
});

Deno.test("RFC 9110 §8.4: an archive is not taken for a coding of something else", async () => {
  const response = await site({ "/a.tar.gz": "x" })("/a.tar.gz");
  assertEquals(response.headers.get("content-type"), "application/gzip");
  assertEquals(response.headers.get("content-encoding"), null);
});

Deno.test("RFC 9110 §8.6: Content-Length is the number of bytes, also for HEAD", async () => {
  const fetch = site({ "/a.txt": "привет", "/empty": "" });
  const rows = [
    ["/a.txt", "12"],
    ["/empty", "0"],
  ] as const;
  for (const [path, length] of rows) {
    for (const method of ["GET", "HEAD"]) {
      const { headers } = await fetch(path, { method });
      assertEquals(headers.get("content-length"), length, `${method} ${path}`);
    }
  }
});

Deno.test("RFC 9110 §8.8.2: Last-Modified is when the file was modified", async () => {
  const { headers } = await site({ "/a": "a" })("/a");
  assertEquals(headers.get("last-modified"), YESTERDAY_TEXT);
});

Deno.test("RFC 9110 §8.8.2.1: Last-Modified is never later than Date", async () => {
  const fetch = site({ "/a": { content: "a", mtime: NOW + 3_600_000 } });
  const { headers } = await fetch("/a");
  assertEquals(headers.get("last-modified"), headers.get("date"));
});

Deno.test("RFC 9110 §8.8.2.2: a file that could still change within the tick has no validators", async () => {
  const validators = async (mtime: number) => {
    const fetch = site({ "/a": { content: "a", mtime } });
    const { headers } = await fetch("/a");
    return [headers.has("etag"), headers.has("last-modified")];
  };
  const rows: Array<[number, boolean]> = [
    [NOW + 999, false],
    [NOW, false],
    [NOW - 500, false],
    [NOW - 999, false],
    // a time in whole seconds may be that of a file system that has only every second one
    [NOW - 1000, false],
    [NOW - 1001, true],
    [NOW - 2000, true],
  ];
  for (const [mtime, expected] of rows) {
    const found = await validators(mtime);
    assertEquals(found, [expected, expected], String(NOW - mtime));
  }
});

Deno.test("RFC 9110 §8.8: where the time is a constant of build tools, the content is the tag", async () => {
  const files = async (content: string, mtime: number) => {
    const fetch = site({ "/a": { content, mtime } });
    const { headers } = await fetch("/a");
    return [headers.get("etag"), headers.get("last-modified")];
  };
  const constants = [
    "1970-01-01T00:00:00Z",
    "1970-01-01T00:00:01Z",
    "1980-01-01T00:00:00Z",
    "1985-10-26T08:15:00Z",
  ].map((text) => Date.parse(text));
  for (const time of constants) {
    const [tag = "", date] = await files("a", time);
    assertEquals(tag, '"sha-ca978112ca1bbdcafac231b39a23dc4d"');
    assertEquals(date, null);
    assert((await files("b", time))[0] !== tag);
  }
});

Deno.test("RFC 9110 §8.8.3: another state has another tag, the same state the same", async () => {
  const tag = async (content: string, mtime = YESTERDAY) => {
    const fetch = site({ "/a": { content, mtime } });
    return (await fetch("/a")).headers.get("etag");
  };
  const first = await tag("a");
  assertEquals(await tag("b"), first); // size and time are what is looked at (D2)
  assert(await tag("aa") !== first);
  assert(await tag("a", YESTERDAY + 1) !== first);
});

Deno.test("RFC 9110 §8.8.3.3: each coding has a tag of its own, which no proxy that codes derives; what is coded now is weak (D180)", async () => {
  const old = { content: "x".repeat(5000), mtime: YESTERDAY };
  const set = { content: "x".repeat(5000), mtime: 0 };
  const tree = {
    "/old.txt": old,
    "/set.txt": set,
    "/side.txt": old,
    "/side.txt.gz": { content: "coded", mtime: YESTERDAY },
  };
  const fetch = site(tree, { compress: true });
  const rows = [
    ["/old.txt", "identity", /^"1388-[\da-f]+"$/],
    ["/old.txt", "gzip", /^W\/"to-gzip-1388-[\da-f]+"$/],
    ["/old.txt", "br", /^W\/"to-br-1388-[\da-f]+"$/],
    ["/side.txt", "gzip", /^"gzip-5-[\da-f]+"$/],
    ["/set.txt", "identity", /^"sha-[\da-f]{32}"$/],
    ["/set.txt", "gzip", /^W\/"to-gzip-sha-[\da-f]{32}"$/],
  ] as const;
  for (const [path, coding, expected] of rows) {
    const headers = { "accept-encoding": coding };
    const response = await fetch(path, { headers });
    await response.body?.cancel();
    const tag = response.headers.get("etag") ?? "";
    assert(expected.test(tag), `${path} ${coding} ${tag}`);
  }
});

Deno.test("RFC 9110 §8.8.3: a listing has the tag of its bytes", async () => {
  const tag = async (tree: Record<string, string>) =>
    (await site(tree)("/")).headers.get("etag");
  const first = await tag({ "/a": "1", "/b": "2" });
  assertEquals(await tag({ "/b": "3", "/a": "4" }), first);
  assert(await tag({ "/a": "1", "/c": "2" }) !== first);
  assert(first?.startsWith('"'));
});
