/** A handler below a prefix, and beside others. */

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { createHandler, type PassingOptions } from "../../main.ts";
import { filesOf, loggedSite, site } from "../support/site.ts";

const TREE = {
  "/a.txt": "a",
  "/sub/b.txt": "b",
  "/sub/deep/c.txt": "c",
  "/empty/": "",
};

Deno.test("urlRoot: the root is below a prefix, bounded at a segment", async () => {
  const rows: Array<
    [urlRoot: string, path: string, expected: number | string]
  > = [
    ["/static", "/static/a.txt", "a"],
    ["/static/", "/static/a.txt", "a"],
    ["/static", "/static/sub/b.txt", "b"],
    ["/static", "/%73tatic/a.txt", "a"],
    ["/static", "//static/a.txt", 301],
    ["/static", "//static//sub/b.txt", 301],
    ["/static", "//static/none", 404],
    ["/static", "//staticfoo", 404],
    ["/static", "//a.txt", 404],
    ["/static", "/staticfoo", 404],
    ["/static", "/static%2fa.txt", 404],
    ["/static", "/a.txt", 404],
    ["/static", "/", 404],
    ["/static", "/STATIC/a.txt", 404],
    ["/static", "/static/../a.txt", 404],
    ["/static", "/static/static/a.txt", 404],
    ["/a/b", "/a/b/a.txt", "a"],
    ["/a/b", "/a/b/../a.txt", 404],
    ["/a/b", "/a//b/a.txt", 301],
    ["/a/b", "//a//b//sub//b.txt", 301],
    ["/a/b", "/a//none/a.txt", 404],
    ["/a/b", "/a//", 404],
    ["/a%20b", "/a%20b/a.txt", "a"],
    ["/é", "/%C3%A9/a.txt", "a"],
    ["/", "/a.txt", "a"],
  ];
  for (const [urlRoot, path, expected] of rows) {
    const response = await site(TREE, { urlRoot })(path);
    const text = await response.text();
    const actual = typeof expected === "number" ? response.status : text;
    assertEquals(actual, expected, `${urlRoot} ${path}`);
  }
});

Deno.test("urlRoot: redirects and listings name the whole path", async () => {
  const fetch = site(TREE, { urlRoot: "/x/static" });
  const rows = [
    ["/x/static", "/x/static/"],
    ["/x/static?q", "/x/static/?q"],
    ["/x/static/sub", "/x/static/sub/"],
  ] as const;
  for (const [path, location] of rows) {
    const response = await fetch(path);
    assertEquals(response.status, 301);
    assertEquals(response.headers.get("location"), location);
  }
  const root = await (await fetch("/x/static/")).text();
  assertStringIncludes(root, "<title>Index of /x/static</title>");
  assertEquals(root.includes('<a href="../'), false);
  const sub = await (await fetch("/x/static/sub/")).text();
  assertStringIncludes(sub, '<a href="../"');
});

Deno.test("urlRoot: globs and directories of options are below the root", async () => {
  const fetch = site(TREE, {
    urlRoot: "/static",
    headersByPath: [["/sub/**", { "X-Sub": "1" }]],
  });
  const inside = await fetch("/static/sub/b.txt");
  assertEquals(inside.headers.get("x-sub"), "1");
  assertEquals((await fetch("/static/a.txt")).headers.get("x-sub"), null);
});

Deno.test("urlRoot: what is no path is a TypeError", () => {
  for (const urlRoot of ["static", "", "/a?b", "/a#b", "/%zz", "/a//b", "*"]) {
    assertThrows(() => site({}, { urlRoot }), TypeError, "Cannot serve below");
  }
});

function passing(options: Partial<PassingOptions> = {}) {
  const handler = createHandler({
    root: "/",
    files: filesOf(TREE),
    log: false,
    ...options,
    fallthrough: true,
  });
  return (path: string, init?: RequestInit) =>
    handler(new Request(`http://localhost${path}`, init));
}

Deno.test("fallthrough: what is not there is left to the caller, what is there is answered", async () => {
  const rows: Array<[method: string, path: string, status?: number]> = [
    ["GET", "/static/a.txt", 200],
    ["GET", "/static/sub", 301],
    ["GET", "/static/sub/", 200],
    ["POST", "/static/a.txt", 405],
    ["OPTIONS", "/static/a.txt", 204],
    ["GET", "/static/none"],
    ["POST", "/static/none"],
    ["GET", "/static/.env"],
    ["GET", "/staticfoo"],
    ["GET", "/"],
    ["POST", "/api"],
    ["SPAM", "/static/a.txt"],
    ["GET", "/%zz"],
  ];
  const fetch = passing({ urlRoot: "/static" });
  for (const [method, path, status] of rows) {
    const response = await fetch(path, { method });
    assertEquals(response?.status, status, `${method} ${path}`);
    await response?.body?.cancel();
  }
});

Deno.test("fallthrough: what is passed on is not logged, and no page is made for it", async () => {
  const statuses: number[] = [];
  const pages: number[] = [];
  const fetch = passing({
    log: ({ status }) => statuses.push(status),
    errorPage: (status) => {
      pages.push(status);
      return { body: "own" };
    },
  });
  assertEquals(await fetch("/none"), undefined);
  assertEquals(await (await fetch("/a.txt"))?.text(), "a");
  const refused = await fetch("/a.txt", { method: "PUT" });
  assertEquals(await refused?.text(), "own");
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(statuses, [200, 405]);
  assertEquals(pages, [405]);
});

Deno.test("two handlers in one process share nothing", async () => {
  const one = loggedSite({ "/a.txt": "one" }, { urlRoot: "/one" });
  const two = loggedSite({ "/a.txt": "two" }, {
    urlRoot: "/two",
    compress: true,
    headers: { "X-Two": "2" },
    mediaTypes: { ".txt": "text/x-two" },
    errorPage: () => ({ body: "two" }),
  });
  assertEquals(await (await one.fetch("/one/a.txt")).text(), "one");
  const response = await two.fetch("/two/a.txt");
  assertEquals(await response.text(), "two");
  assertEquals(response.headers.get("x-two"), "2");
  const plain = await one.fetch("/one/a.txt");
  assertEquals(plain.headers.get("x-two"), null);
  assertEquals(plain.headers.get("content-type"), "text/plain; charset=utf-8");
  assertEquals((await one.fetch("/two/a.txt")).status, 404);
  assertEquals(await (await two.fetch("/one/a.txt")).text(), "two");
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(one.records.map(({ status }) => status), [200, 200, 404]);
  assertEquals(two.records.map(({ status }) => status), [200, 404]);
});

Deno.test("fallthrough: preflights, expectations and places are only for what is here", async () => {
  const asked: string[] = [];
  const fetch = passing({
    urlRoot: "/static",
    cors: true,
    maxConnections: 1,
    expectContinue: (request) => {
      asked.push(new URL(request.url).pathname);
      return false;
    },
  });
  const preflight = {
    method: "OPTIONS",
    headers: {
      Origin: "https://a.example",
      "Access-Control-Request-Method": "PUT",
    },
  };
  assertEquals(await fetch("/api", preflight), undefined);
  assertEquals(await fetch("/static/none", preflight), undefined);
  assertEquals((await fetch("/static/a.txt", preflight))?.status, 204);
  const announced = { method: "POST", headers: { Expect: "100-continue" } };
  assertEquals(await fetch("/api", announced), undefined);
  assertEquals(await fetch("/static/none", announced), undefined);
  assertEquals((await fetch("/static/a.txt", announced))?.status, 417);
  assertEquals(asked, ["/static/a.txt"]);
  for (let time = 0; time < 3; time++) {
    assertEquals(await fetch("/static/none"), undefined);
  }
  assertEquals(await (await fetch("/static/a.txt"))?.text(), "a");
});

Deno.test("fallthrough can be decided at run time, and is a TypeError where it is no boolean", async () => {
  const options = { root: "/", files: filesOf(TREE), log: false } as const;
  const request = new Request("http://localhost/none");
  const decided: boolean = request.url.length > 0;
  const handler = createHandler({ ...options, fallthrough: decided });
  assertEquals(await handler(request), undefined);
  const usual = createHandler({ ...options, fallthrough: false });
  assertEquals((await usual(request)).status, 404);
  const wrong = { ...options, fallthrough: "yes" as unknown as true };
  assertThrows(() => createHandler(wrong), TypeError, "fallthrough");
});
