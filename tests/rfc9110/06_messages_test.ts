/** RFC 9110 §6: messages: what has content, and when it was made. */

import { assertEquals } from "@std/assert";
import { site } from "../support/site.ts";

const TREE = { "/a.txt": "a", "/d/b": "b" };
const NOW_TEXT = "Sun, 06 Nov 1994 08:49:37 GMT";

Deno.test("RFC 9110 §6.4.1: HEAD, 204 and 304 have no content", async () => {
  const tag = (await site(TREE)("/a.txt")).headers.get("etag") ?? "";
  const rows: Array<[string, RequestInit, number]> = [
    ["/a.txt", { method: "HEAD" }, 200],
    ["/x", { method: "HEAD" }, 404],
    ["/d", { method: "HEAD" }, 301],
    ["/a.txt", { method: "OPTIONS" }, 204],
    ["/a.txt", { headers: { "if-none-match": tag } }, 304],
  ];
  for (const [path, init, status] of rows) {
    const response = await site(TREE)(path, init);
    assertEquals(response.status, status, path);
    assertEquals(response.body, null, path);
  }
});

Deno.test("RFC 9110 §6.6.1: every answer has a Date", async () => {
  const fetch = site(TREE);
  const rows: Array<[string, string, number]> = [
    ["GET", "/a.txt", 200],
    ["HEAD", "/a.txt", 200],
    ["GET", "/d", 301],
    ["GET", "/d/", 200],
    ["GET", "/x", 404],
    ["POST", "/a.txt", 405],
    ["SPAM", "/a.txt", 501],
    ["OPTIONS", "/a.txt", 204],
    ["GET", "/%zz", 400],
  ];
  for (const [method, path, status] of rows) {
    const response = await fetch(path, { method });
    assertEquals(response.status, status, path);
    assertEquals(response.headers.get("date"), NOW_TEXT, path);
  }
});
