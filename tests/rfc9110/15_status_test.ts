/** RFC 9110 §15 (status codes) and §10.2 (Allow, Location, Server), with what `http.server` says. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { site } from "../support/site.ts";

const TREE = {
  "/a.txt": "hello",
  "/d/index.html": "<p>index",
  "/htm/index.htm": "<p>htm",
  "/both/index.html": "html",
  "/both/index.htm": "htm",
  "/list/b": "",
  "/with space/ü?#/x": "",
};

Deno.test("RFC 9110 §15.3.1: a file is answered 200 with its bytes", async () => {
  const response = await site(TREE)("/a.txt");
  assertEquals(response.status, 200);
  assertEquals(await response.text(), "hello");
  assertEquals(response.headers.get("accept-ranges"), "bytes");
  assertEquals(response.headers.get("cache-control"), "no-cache");
  assert(response.headers.get("server")?.startsWith("serve/"));
});

Deno.test("RFC 9110 §15.4.2: a directory without its slash is answered 301, the query kept", async () => {
  const rows = [
    ["/d", "/d/"],
    ["/d?x=1&y=%20", "/d/?x=1&y=%20"],
    ["/d?", "/d/?"],
    ["/d?a?b", "/d/?a?b"],
    ["/with%20space", "/with%20space/"],
    ["/with%20space/%C3%BC%3F%23", "/with%20space/%C3%BC%3F%23/"],
    ["/x/../d", "/d/"],
  ] as const;
  for (const [path, location] of rows) {
    const response = await site(TREE)(path);
    assertEquals(response.status, 301, path);
    assertEquals(response.headers.get("location"), location);
    assertEquals(response.headers.get("content-length"), "0");
    // browsers would remember it for ever (decision D10)
    assertEquals(response.headers.get("cache-control"), "no-cache");
  }
});

Deno.test("a directory is answered with index.html, then index.htm, then a listing", async () => {
  const fetch = site(TREE);
  assertEquals(await (await fetch("/d/")).text(), "<p>index");
  assertEquals(await (await fetch("/htm/")).text(), "<p>htm");
  assertEquals(await (await fetch("/both/")).text(), "html");
  assertStringIncludes(
    await (await fetch("/list/")).text(),
    "<title>Index of /list</title>",
  );
});

Deno.test("the index option takes the place of the usual names", async () => {
  const fetch = site(TREE, { index: ["b"] });
  assertEquals(await (await fetch("/list/")).text(), "");
  assertStringIncludes(await (await fetch("/d/")).text(), "Index of");
});

Deno.test("RFC 9110 §15.5.1: a malformed target is answered 400", async () => {
  for (const path of ["/%zz", "/%", "/%00", "/%c0%ae"]) {
    assertEquals((await site(TREE)(path)).status, 400, path);
  }
});

Deno.test("RFC 9110 §15.5.5: what is not there is answered 404", async () => {
  const rows = [
    "/x",
    "/a.txt/",
    "/a.txt/b",
    "/d/x",
    "//x",
    "//a.txt//",
    "/d%2fx",
  ];
  for (const path of rows) {
    const response = await site(TREE)(path);
    assertEquals(response.status, 404, path);
    assertStringIncludes(await response.text(), "File not found");
  }
});

Deno.test("RFC 9110 §15.4.2: doubled and encoded slashes are redirected to the one URL (301), where something may be seen", async () => {
  const tree = {
    "/@scope/name": "",
    "/@scope/dir/index.html": "",
    "/a b/c": "",
    "/.git/config": "",
    "/cgi-bin/x": "",
  };
  const rows: Array<[path: string, location: string | null]> = [
    ["/@scope%2fname", "/@scope/name"],
    ["/@scope%2Fname?write=true", "/@scope/name?write=true"],
    ["/@scope%2fdir", "/@scope/dir/"],
    ["/@scope%2fdir%2f", "/@scope/dir/"],
    ["/@scope%2fdir%2findex.html", "/@scope/dir/index.html"],
    ["//@scope//name", "/@scope/name"],
    ["/a%20b%2fc", "/a%20b/c"],
    // The rules for names are those of the decoded path.
    ["/@scope%2fnone", null],
    ["/@scope%2f..%2f@scope%2fname", null],
    ["/@scope%2f.%2fname", null],
    ["/..%2f@scope%2fname", null],
    ["/.git%2fconfig", null],
    ["//.git/config", null],
    ["/@scope%2fname%2f", null],
    ["/@scope%252fname", null],
    ["/%5c@scope%2fname", null],
  ];
  for (const [path, location] of rows) {
    const response = await site(tree)(path);
    assertEquals(response.status, location === null ? 404 : 301, path);
    assertEquals(response.headers.get("location"), location, path);
  }
  for (const [method, status] of [["POST", 405], ["OPTIONS", 204]] as const) {
    const response = await site(tree)("/@scope%2fname", { method });
    assertEquals(response.status, status, method);
  }
});

Deno.test("mergeSlashes: doubled slashes are answered at once, encoded ones are not", async () => {
  const fetch = site(TREE, { mergeSlashes: true });
  const one = await fetch("/d/index.html");
  const rows: Array<[path: string, status: number]> = [
    ["//d//index.html", 200],
    ["//d//", 200],
    ["///d", 301],
    ["/d%2findex.html", 301],
    ["//x", 404],
    ["//a.txt//", 404],
  ];
  for (const [path, status] of rows) {
    const response = await fetch(path);
    assertEquals(response.status, status, path);
    if (status !== 200) continue;
    assertEquals(response.headers.get("etag"), one.headers.get("etag"), path);
    assertEquals(await response.text(), await (await fetch("/d/")).text());
  }
});

Deno.test("mergeSlashes: a listing is that of the directory, by whatever slashes it was asked for", async () => {
  const fetch = site({ "/d/e/f": "", "/d/g": "" }, {
    mergeSlashes: true,
    headersByPath: [["/d/", { "X-Listing": "d" }]],
  });
  for (const [path, doubled] of [["/", "//"], ["/d/", "//d//"]] as const) {
    const one = await fetch(path);
    const other = await fetch(doubled);
    assertEquals(await other.text(), await one.text(), doubled);
    for (const name of ["etag", "x-listing"]) {
      assertEquals(other.headers.get(name), one.headers.get(name), doubled);
    }
  }
});

Deno.test("errors have the page of http.server: code, message and explanation", async () => {
  const response = await site(TREE)("/x");
  const text = await response.text();
  assertEquals(
    response.headers.get("content-type"),
    "text/html; charset=utf-8",
  );
  assertEquals(
    response.headers.get("content-length"),
    String(new TextEncoder().encode(text).length),
  );
  assertStringIncludes(text, "<title>Error response</title>");
  assertStringIncludes(text, "<p>Error code: 404</p>");
  assertStringIncludes(text, "<p>Message: File not found.</p>");
  assertStringIncludes(
    text,
    "<p>Error code explanation: 404 - Nothing matches the given URI.</p>",
  );
});

Deno.test("RFC 9111 §4.2.2: no error and no redirect may be cached without asking", async () => {
  const fetch = site(TREE, { headers: { "Cache-Control": "max-age=60" } });
  for (const path of ["/x", "/d", "/%zz"]) {
    assertEquals((await fetch(path)).headers.get("cache-control"), "no-cache");
  }
  const { headers } = await fetch("/a.txt");
  assertEquals(headers.get("cache-control"), "max-age=60");
});

Deno.test("headers are added to what carries a representation, and only to that", async () => {
  const headers = [["X-A", "1"], ["Set-Cookie", "a=1"], [
    "Set-Cookie",
    "b=2",
  ]] as const;
  const fetch = site(TREE, { headers });
  for (const path of ["/a.txt", "/list/"]) {
    const answer = await fetch(path);
    assertEquals(answer.headers.get("x-a"), "1", path);
    assertEquals(answer.headers.getSetCookie(), ["a=1", "b=2"], path);
  }
  assertEquals((await fetch("/x")).headers.get("x-a"), null);
  assertEquals((await fetch("/d")).headers.get("x-a"), null);
});

Deno.test("a field of the user takes the place of ours, but Vary is added to", async () => {
  const tree = { "/a.js": "a", "/a.js.gz": "b" };
  const headers = {
    Server: "mine",
    "X-Content-Type-Options": "x",
    Vary: "Cookie",
  };
  const answer = await site(tree, { headers })("/a.js");
  assertEquals(answer.headers.get("server"), "mine");
  assertEquals(answer.headers.get("x-content-type-options"), "x");
  assertEquals(answer.headers.get("vary"), "Accept-Encoding, Cookie");
});

Deno.test("RFC 9110 §10.2.4: Server can be changed, and left out", async () => {
  const server = async (serverVersion: string | false) =>
    (await site(TREE, { serverVersion })("/a.txt")).headers.get("server");
  assertEquals(await server("x/1"), "x/1");
  assertEquals(await server(false), null);
});

Deno.test("RFC 9110 §15.6.1: a broken disk is answered 500, and tells the client nothing", async () => {
  const files = {
    os: "posix" as const,
    stat: () => {
      throw new Error("EIO: /secret/path");
    },
    realPath: (path: string) => path,
    list: () => [],
    open: () => undefined,
  };
  const response = await site({}, { files })("/a");
  assertEquals(response.status, 500);
  assert(!(await response.text()).includes("secret"));
});
