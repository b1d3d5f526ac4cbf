/** `spa`: navigations to what is not there get the page of the application, nothing else does. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { createHandler, type SiteOptions } from "../../main.ts";
import { temporaryDirectory } from "../support/program.ts";
import { filesOf, loggedSite, site } from "../support/site.ts";

const APP = "<!doctype html><title>app</title>";
const TREE = {
  "/index.html": APP,
  "/assets/a.js": "js",
  "/d/index.html": "D",
  "/.env": "SECRET",
  "/link/x": "x",
};
const VARY = "Sec-Fetch-Mode, Sec-Fetch-Dest, Accept";
const HTML = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };

type Headers = Readonly<Record<string, string>>;

function fetchMetadata(mode: string, dest: string): Headers {
  return { ...HTML, "sec-fetch-mode": mode, "sec-fetch-dest": dest };
}

const NAVIGATION = fetchMetadata("navigate", "document");

Deno.test("spa: a navigation to what is not there is 200 with the page; a script, a style, a picture and an API stay 404", async () => {
  const rows: ReadonlyArray<[path: string, headers: Headers, status: number]> =
    [
      // Fetch Metadata decides, where a browser sends it.
      ["/users/5", NAVIGATION, 200],
      ["/users/john.doe", NAVIGATION, 200],
      ["/users/", NAVIGATION, 200],
      ["/users/5?tab=1", NAVIGATION, 200],
      ["/users/5", fetchMetadata("navigate", "iframe"), 200],
      ["/users/5", fetchMetadata("navigate", "frame"), 200],
      ["/users/5", { ...HTML, "sec-fetch-mode": "navigate" }, 200],
      ["/users/5", { "sec-fetch-dest": "document" }, 200],
      ["/logo.svg", fetchMetadata("navigate", "object"), 404],
      ["/logo.svg", fetchMetadata("navigate", "embed"), 404],
      ["/assets/gone.js", fetchMetadata("cors", "script"), 404],
      ["/assets/gone", fetchMetadata("no-cors", "script"), 404],
      ["/style", fetchMetadata("no-cors", "style"), 404],
      ["/logo", fetchMetadata("no-cors", "image"), 404],
      ["/api/users", fetchMetadata("cors", "empty"), 404],
      ["/users/5", fetchMetadata("nested-navigate", "document"), 404],
      ["/users/5", { ...HTML, "sec-fetch-dest": "empty" }, 404],
      // Else Accept, and that there is no extension.
      ["/users/5", HTML, 200],
      ["/users/v1.0/", HTML, 200],
      ["/users/.me", HTML, 200],
      ["/users/john.doe", HTML, 404],
      ["/assets/gone.js", HTML, 404],
      ["/users/5", { accept: "TEXT/HTML;q=0.1" }, 200],
      ["/users/5", { accept: "text/html;q=0" }, 404],
      ["/users/5", { accept: "text/*" }, 404],
      ["/users/5", { accept: "*/*" }, 404],
      ["/users/5", { accept: "application/json" }, 404],
      ["/users/5", {}, 404],
      // What is hidden is as what is not there: the page tells neither.
      ["/.env", NAVIGATION, 200],
      ["/.git/config", NAVIGATION, 200],
      ["/.env", {}, 404],
      ["/../../etc/passwd", NAVIGATION, 200],
      ["/index.html/", NAVIGATION, 200],
      ["/%ff", NAVIGATION, 400],
    ];
  const fetch = site(TREE, { spa: true });
  for (const [path, headers, status] of rows) {
    const what = `${path} ${JSON.stringify(headers)}`;
    for (const method of ["GET", "HEAD"]) {
      const response = await fetch(path, { headers, method });
      const text = await response.text();
      assertEquals(response.status, status, `${method} ${what}`);
      const isPage = status === 200 && method === "GET";
      assertEquals(text === APP, isPage, what);
      if (status === 400) continue;
      // A shared cache must not give one of them the answer of the other.
      assertMatch(response.headers.get("vary") ?? "", new RegExp(VARY), what);
      assertEquals(response.headers.get("cache-control"), "no-cache");
    }
  }
});

Deno.test("spa: what is there answers as ever, and other methods are answered 404 and 405", async () => {
  const fetch = site(TREE, { spa: true });
  const rows = [
    ["GET", "/", 200],
    ["GET", "/d/", 200],
    ["GET", "/d", 301],
    ["GET", "/assets/a.js", 200],
    ["GET", "/assets/", 200],
    ["POST", "/users/5", 404],
    ["PUT", "/users/5", 404],
    ["DELETE", "/users/5", 404],
    ["OPTIONS", "/users/5", 404],
    ["POST", "/", 405],
  ] as const;
  for (const [method, path, status] of rows) {
    const response = await fetch(path, { method, headers: NAVIGATION });
    const text = await response.text();
    assertEquals(response.status, status, `${method} ${path}`);
    assertEquals(text === APP, path === "/" && status === 200, path);
  }
  const vary = (await fetch("/assets/a.js")).headers.get("vary");
  assertEquals(vary?.includes("Sec-Fetch") ?? false, false);
});

Deno.test("spa: a folder without an index is listed; with no listing it is a route of the application", async () => {
  const rows: ReadonlyArray<
    [Partial<SiteOptions>, path: string, status: number, isPage: boolean]
  > = [
    [{}, "/assets/", 200, false],
    [{}, "/assets", 301, false],
    [{ listing: false }, "/assets/", 200, true],
    [{ listing: false }, "/assets", 200, true],
    [{ listing: false }, "/d", 301, false],
    [{ listing: false, trailingSlash: "never" }, "/assets", 200, true],
    [{ listing: false, trailingSlash: "always" }, "/assets", 200, true],
  ];
  for (const [options, path, status, isPage] of rows) {
    const fetch = site(TREE, { spa: true, ...options });
    const response = await fetch(path, { headers: NAVIGATION });
    const found = [response.status, await response.text() === APP];
    assertEquals(found, [status, isPage], `${path} ${JSON.stringify(options)}`);
  }
  const fetch = site(TREE, { listing: false });
  assertEquals((await fetch("/assets")).status, 301, "without spa as ever");
});

Deno.test("spa: the page is another file by its path; one that is not there, hidden, a folder or a script is none", async () => {
  const tree = {
    ...TREE,
    "/200.html": "200",
    "/app/start.html": "START",
    "/.app.html": "HIDDEN",
    "/run.php": "<?php",
    "/cgi-bin/x.html": "X",
  };
  const rows: ReadonlyArray<[spa: string | true, text: string | 404]> = [
    [true, APP],
    ["200.html", "200"],
    ["/200.html", "200"],
    ["./app/start.html", "START"],
    ["none.html", 404],
    [".app.html", 404],
    ["assets", 404],
    ["run.php", 404],
    ["cgi-bin/x.html", 404],
  ];
  const cgi = { extensions: { ".php": ["php-cgi"] } };
  for (const [spa, wanted] of rows) {
    const fetch = site(tree, { spa, cgi });
    const response = await fetch("/users/5", { headers: NAVIGATION });
    const text = await response.text();
    assertEquals(response.status === 200 ? text : 404, wanted, String(spa));
  }
});

Deno.test("spa with 404.html: navigations get the page, everything else 404.html; both say what that depends on", async () => {
  const fetch = site({ ...TREE, "/404.html": "GONE" }, { spa: true });
  const page = await fetch("/none", { headers: NAVIGATION });
  assertEquals([page.status, await page.text()], [200, APP]);
  const gone = await fetch("/none.js", { headers: HTML });
  assertEquals([gone.status, await gone.text()], [404, "GONE"]);
  assertEquals(gone.headers.get("vary"), VARY);
});

Deno.test("spa with cleanUrls: pages come first, and the application has the rest", async () => {
  const tree = { ...TREE, "/about.html": "ABOUT" };
  const fetch = site(tree, { spa: true, cleanUrls: true });
  const rows = [
    ["/about", 200, "ABOUT"],
    ["/about.html", 301, ""],
    ["/index.html", 301, ""],
    ["/users/5", 200, APP],
  ] as const;
  for (const [path, status, text] of rows) {
    const response = await fetch(path, { headers: NAVIGATION });
    const given = await response.text();
    assertEquals(response.status, status, path);
    if (status === 200) assertEquals(given, text);
  }
});

Deno.test("spa: the page is a file with a tag, ranges, codings and conditions (200, 206, 304, 412, 416)", async () => {
  const page = `${APP}${"<p>text</p>".repeat(200)}`;
  using directory = temporaryDirectory();
  const { path: root } = directory;
  Deno.writeTextFileSync(`${root}/index.html`, page);
  Deno.writeTextFileSync(`${root}/index.html.br`, "br");
  const handler = createHandler({
    root,
    spa: true,
    compress: true,
    log: false,
    clock: { now: () => Date.now() + 10_000 },
  });
  const ask = async (headers: Headers, method = "GET") => {
    const url = "http://x/users/5";
    const request = new Request(url, {
      method,
      headers: { ...NAVIGATION, ...headers },
    });
    const response = await handler(request);
    return { response, text: await response.text() };
  };
  for (let time = 0; time < 2; time++) {
    const { response, text } = await ask({});
    assertEquals([response.status, text], [200, page]);
    const tag = response.headers.get("etag") ?? "";
    assert(tag !== "" && response.headers.has("last-modified"));
    const rows: ReadonlyArray<[Headers, status: number, text?: string]> = [
      [{ "if-none-match": tag }, 304, ""],
      [{ "if-match": '"other"' }, 412],
      [{ range: "bytes=0-8" }, 206, "<!doctype"],
      [{ range: "bytes=0-8", "if-range": tag }, 206, "<!doctype"],
      [{ range: "bytes=0-8", "if-range": '"other"' }, 200, page],
      [{ range: "bytes=99999-" }, 416],
      [{ "accept-encoding": "br" }, 200, "br"],
    ];
    for (const [headers, status, content] of rows) {
      const what = JSON.stringify(headers);
      const { response, text } = await ask(headers);
      assertEquals(response.status, status, what);
      if (content !== undefined) assertEquals(text, content, what);
      assertMatch(response.headers.get("vary") ?? "", new RegExp(VARY), what);
    }
    const head = await ask({}, "HEAD");
    assertEquals(head.response.headers.get("etag"), tag);
    const digest = await ask({ "want-repr-digest": "sha-256=1" });
    assertMatch(digest.response.headers.get("repr-digest") ?? "", /^sha-256=/);
    const gzip = await ask({ "accept-encoding": "gzip" });
    assertEquals(gzip.response.headers.get("content-encoding"), "gzip");
  }
});

Deno.test("spa: what is built anew answers at once, and what comes to the URL comes first", async () => {
  using directory = temporaryDirectory();
  const { path: root } = directory;
  Deno.writeTextFileSync(`${root}/index.html`, "one");
  const clock = { now: () => Date.now() + 10_000 };
  const handler = createHandler({ root, spa: true, log: false, clock });
  const ask = async (headers: Headers = {}) => {
    const request = new Request("http://x/users", {
      headers: { ...NAVIGATION, ...headers },
    });
    const response = await handler(request);
    const tag = response.headers.get("etag");
    return { status: response.status, text: await response.text(), tag };
  };
  const first = await ask();
  assertEquals((await ask()).text, "one");
  Deno.writeTextFileSync(`${root}/index.html`, "other");
  assertEquals((await ask()).text, "other");
  Deno.removeSync(`${root}/index.html`);
  assertEquals((await ask()).status, 404);
  // A file in the same state, but another one.
  Deno.writeTextFileSync(`${root}/users`, "one");
  const tag = { "if-none-match": first.tag ?? "" };
  assertEquals((await ask(tag)).status, 200);
  assertEquals((await ask()).text, "one");
});

Deno.test("spa with fallthrough: navigations get the page, everything else is the caller's", async () => {
  const handler = createHandler({
    root: "/",
    spa: true,
    log: false,
    fallthrough: true,
    files: filesOf(TREE),
  });
  const rows = [[NAVIGATION, 200], [{}, undefined]] as const;
  for (const [headers, status] of rows) {
    const response = await handler(
      new Request("http://x/users/5", { headers }),
    );
    assertEquals(response?.status, status);
    await response?.body?.cancel();
  }
});

Deno.test("spa with a resolve of the user's own: what it finds for the page is the page", async () => {
  const fetch = site(TREE, {
    spa: "virtual.html",
    resolve: (target, next) =>
      target.segments.join("/") === "virtual.html"
        ? next({ ...target, segments: ["index.html"] })
        : next(target),
  });
  const response = await fetch("/users/5", { headers: NAVIGATION });
  assertEquals([response.status, await response.text()], [200, APP]);
});

Deno.test("spa: the log has 200 for the page", async () => {
  const { fetch, logged } = loggedSite(TREE, { spa: true });
  const response = await fetch("/users/5", { headers: NAVIGATION });
  await response.body?.cancel();
  assertEquals((await logged()).status, 200);
});
