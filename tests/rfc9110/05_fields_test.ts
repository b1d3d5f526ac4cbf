/** RFC 9110 §5 (fields), §6.6.1 (Date), §7.2 (Host). */

import { assertEquals } from "@std/assert";
import { createHandler, readTarget } from "../../main.ts";
import { filesOf, NOW, rawRequest, site } from "../support/site.ts";

const NOW_TEXT = "Sun, 06 Nov 1994 08:49:37 GMT";

Deno.test("RFC 9110 §6.6.1: every answer has a Date", async () => {
  const fetch = site({ "/a.txt": "a", "/d/b": "b" });
  const rows: Array<[string, string, number]> = [
    ["GET", "/a.txt", 200],
    ["HEAD", "/a.txt", 200],
    ["GET", "/d", 301],
    ["GET", "/d/", 200],
    ["GET", "/x", 404],
    ["POST", "/a.txt", 405],
    ["OPTIONS", "/a.txt", 204],
    ["GET", "/%zz", 400],
  ];
  for (const [method, path, status] of rows) {
    const response = await fetch(path, { method });
    assertEquals(response.status, status, path);
    assertEquals(response.headers.get("date"), NOW_TEXT, path);
  }
});

Deno.test("RFC 9110 §7.2: a malformed Host is answered 400, whatever path it feigns", () => {
  for (const host of ["a/b?x#", "evil@host", "a b", "[::1"]) {
    assertEquals(readTarget(rawRequest("/", { host })).kind, "malformed", host);
  }
});

Deno.test("RFC 9110 §7.2: Host takes no part in which resource it is", async () => {
  const handler = createHandler({
    root: "/",
    files: filesOf({ "/a": "a" }),
    log: false,
  });
  for (const host of ["localhost", "example.com:1", "[::1]:8000"]) {
    const request = new Request(`http://${host}/a`);
    assertEquals((await handler(request)).status, 200, host);
  }
});

Deno.test("RFC 9110 §5.6.7: dates are compared in whole seconds", async () => {
  const tree = { "/a": { content: "a", mtime: NOW - 4500 } };
  const response = await site(tree)("/a");
  const date = response.headers.get("last-modified") ?? "";
  const again = await site(tree)("/a", {
    headers: { "if-modified-since": date },
  });
  assertEquals(again.status, 304);
});
