/** Live reload: which answers have the script, and that all others are what they are without it. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { site } from "../support/site.ts";
import { NAVIGATION, reloadSite, tagAt } from "../support/reload.ts";
import { until } from "../support/wait.ts";

const PAGE = `<!doctype html><title>a</title><p>${"text ".repeat(400)}`;
const TREE = {
  "/a.html": PAGE,
  "/empty.html": "",
  "/a.xhtml": "<html xmlns='http://www.w3.org/1999/xhtml'/>",
  "/a.svg": "<svg/>",
  "/a.txt": "text",
  "/a.css": "p { color: red }",
  "/a.js": "1",
  "/folder/b.txt": "b",
  "/own/404.html": "<p>lost",
  "/page.md": "# Page",
};
const MODERN = { "accept-encoding": "gzip, br" };
type Row = readonly [
  what: string,
  path: string,
  fields: Record<string, string>,
  has: boolean,
];

Deno.test("reload: RFC 9110 §12.1: navigations get the page with the script, all other requests without it", async () => {
  const { fetch } = reloadSite(TREE);
  const ACCEPT = { accept: NAVIGATION.accept };
  const rows: readonly Row[] = [
    ["a document", "/a.html", NAVIGATION, true],
    ["an empty one", "/empty.html", NAVIGATION, true],
    [
      "an iframe",
      "/a.html",
      { ...NAVIGATION, "sec-fetch-dest": "iframe" },
      true,
    ],
    ["a frame", "/a.html", { ...NAVIGATION, "sec-fetch-dest": "frame" }, true],
    ["no Sec-Fetch fields, Accept names HTML", "/a.html", ACCEPT, true],
    ["no fields", "/a.html", {}, false],
    ["*/*, as curl and fetch() send", "/a.html", { accept: "*/*" }, false],
    [
      "fetch() that names HTML",
      "/a.html",
      { ...ACCEPT, "sec-fetch-mode": "cors", "sec-fetch-dest": "empty" },
      false,
    ],
    [
      "an object",
      "/a.html",
      { ...NAVIGATION, "sec-fetch-dest": "object" },
      false,
    ],
    ["Range", "/a.html", { ...NAVIGATION, range: "bytes=0-" }, false],
    [
      "Want-Repr-Digest",
      "/a.html",
      { ...NAVIGATION, "want-repr-digest": "sha-256=1" },
      false,
    ],
    ["a download", "/a.html?download", NAVIGATION, false],
    ["XHTML", "/a.xhtml", NAVIGATION, false],
    ["SVG", "/a.svg", NAVIGATION, false],
    ["text", "/a.txt", NAVIGATION, false],
    ["a style sheet", "/a.css", NAVIGATION, false],
    ["a script", "/a.js", NAVIGATION, false],
    ["a listing", "/folder/", NAVIGATION, true],
    ["a listing as JSON", "/folder/?format=json", NAVIGATION, false],
    ["a page of Markdown", "/page.md?view", NAVIGATION, true],
    ["404, our page", "/absent", NAVIGATION, true],
    ["404, the page of the site", "/own/absent", NAVIGATION, true],
    ["404, a program", "/absent", { accept: "*/*" }, false],
  ];
  for (const [what, path, headers, has] of rows) {
    const response = await fetch(path, { headers });
    const text = await response.text();
    assertEquals(text.endsWith(tagAt(0)), has, what);
    assertEquals(text.includes("/.serve/"), has, what);
  }
});

Deno.test("reload: routes of an application have the script as its page has it; what it lacks has not", async () => {
  const { fetch } = reloadSite({ "/index.html": PAGE }, { spa: true });
  const rows: ReadonlyArray<[path: string, fields: object, content: string]> = [
    ["/", NAVIGATION, PAGE + tagAt(0)],
    ["/route/of", NAVIGATION, PAGE + tagAt(0)],
    ["/route/of", { accept: NAVIGATION.accept }, PAGE + tagAt(0)],
    ["/", {}, PAGE],
  ];
  for (const [path, headers, content] of rows) {
    const response = await fetch(path, { headers: { ...headers } });
    assertEquals([response.status, await response.text()], [200, content]);
  }
  const missing = await fetch("/missing.js");
  assertEquals(missing.status, 404);
  assert(!(await missing.text()).includes("<script"));
});

Deno.test("reload: without the script all is as without --reload, but for Vary of pages (RFC 9110 §12.5.5)", async () => {
  const { fetch } = reloadSite(TREE);
  const plain = site(TREE);
  const requests: ReadonlyArray<[path: string, init: RequestInit]> = [
    ["/a.html", { headers: MODERN }],
    ["/a.html", { method: "HEAD" }],
    ["/a.html", { headers: { range: "bytes=2-9" } }],
    ["/a.html", { headers: { ...NAVIGATION, range: "bytes=2-9" } }],
    ["/a.css", { headers: NAVIGATION }],
    ["/a.txt", { headers: { range: "bytes=0-0, -1" } }],
    ["/folder/", { headers: { accept: "*/*" } }],
    ["/absent", { headers: { accept: "application/json" } }],
  ];
  for (const [path, init] of requests) {
    const [got, expected] = [await fetch(path, init), await plain(path, init)];
    const boundary = /boundary=\S+|--[\w-]{36}/g;
    const read = async (response: Response) =>
      (await response.text()).replace(boundary, "");
    assertEquals(await read(got), await read(expected), path);
    const fields = (response: Response) =>
      [...response.headers]
        .filter(([name]) => name !== "vary" && name !== "server")
        .map(([name, value]) => [name, value.replace(boundary, "")]);
    assertEquals(fields(got), fields(expected), path);
    const isPage = got.status < 300 &&
      /html/.test(got.headers.get("content-type") ?? "");
    const vary = got.headers.get("vary") ?? "";
    assertEquals(/Sec-Fetch-Mode, Sec-Fetch-Dest/.test(vary), isPage, path);
  }
});

Deno.test("reload: the page has a length, a tag of its own, no ranges, no date and no coding; HEAD says the same", async () => {
  const { fetch, reload } = reloadSite(TREE, { compress: true });
  const plain = await fetch("/a.html");
  await plain.body?.cancel();
  const tag = plain.headers.get("etag")?.slice(1, -1);
  for (const method of ["GET", "HEAD"]) {
    const { status, headers, body } = await fetch("/a.html", {
      method,
      headers: NAVIGATION,
    });
    await body?.cancel();
    assertEquals(status, 200);
    assertEquals(
      headers.get("content-length"),
      `${PAGE.length + tagAt(0).length}`,
    );
    assertEquals(headers.get("etag"), `"reload-run.0-${tag}"`);
    assertEquals(headers.get("accept-ranges"), "none");
    assertEquals(headers.get("last-modified"), null);
    assertEquals(headers.get("content-encoding"), null);
    assertEquals(
      headers.get("vary"),
      "Accept-Encoding, Sec-Fetch-Mode, Sec-Fetch-Dest, Accept",
    );
  }
  reload.tell({ kind: "reload" });
  const later = await fetch("/a.html", { headers: NAVIGATION });
  assertEquals(await later.text(), PAGE + tagAt(1));
  assertEquals(later.headers.get("etag"), `"reload-run.1-${tag}"`);
  const coded = await fetch("/a.html", { headers: MODERN });
  await coded.body?.cancel();
  assertEquals(coded.headers.get("content-encoding"), "gzip");
});

Deno.test("reload: RFC 9110 §13.2.2: the tag of the page with the script is 304, every other one 200; a date tells nothing", async () => {
  const { fetch, reload } = reloadSite(TREE);
  const plain = await fetch("/a.html");
  await plain.body?.cancel();
  const [tag = "", date = ""] = ["etag", "last-modified"].map((name) =>
    plain.headers.get(name) ?? ""
  );
  const own = `"reload-run.0-${tag.slice(1)}`;
  const rows: ReadonlyArray<
    [fields: Record<string, string>, navigation: number, other: number]
  > = [
    [{ "if-none-match": own }, 304, 200],
    [{ "if-none-match": tag }, 200, 304],
    [{ "if-none-match": "*" }, 304, 304],
    [{ "if-modified-since": date }, 200, 304],
    [{ "if-match": tag }, 412, 200],
  ];
  for (const [fields, navigation, other] of rows) {
    for (
      const [headers, status] of [
        [{ ...NAVIGATION, ...fields }, navigation],
        [fields, other],
      ] as const
    ) {
      // Twice: the second time the cache may have it.
      for (const _ of [1, 2]) {
        const response = await fetch("/a.html", { headers });
        await response.body?.cancel();
        assertEquals(response.status, status, JSON.stringify(headers));
      }
    }
  }
  reload.tell({ kind: "reload" });
  const changed = await fetch("/a.html", {
    headers: { ...NAVIGATION, "if-none-match": own },
  });
  await changed.body?.cancel();
  assertEquals(changed.status, 200);
});

Deno.test("reload: of the cache, too, navigations and programs get each their own", async () => {
  const { fetch } = reloadSite(TREE);
  for (const headers of [NAVIGATION, {}, NAVIGATION, {}, NAVIGATION]) {
    const text = await (await fetch("/a.html", { headers })).text();
    assertEquals(text, headers === NAVIGATION ? PAGE + tagAt(0) : PAGE);
    const absent = await (await fetch("/absent", { headers })).text();
    assertEquals(absent.includes(tagAt(0)), headers === NAVIGATION);
  }
});

Deno.test("reload: a policy of the user that forbids the script holds: the page is as it is, and that is told once", async () => {
  const rows: ReadonlyArray<[policy: string, has: boolean]> = [
    ["default-src 'self'", true],
    ["default-src 'none'; script-src 'self'; connect-src 'self'", true],
    ["script-src-elem 'self'; script-src 'none'", true],
    ["img-src 'none'", true],
    ["default-src *", true],
    ["default-src http:", true],
    ["default-src 'none'", false],
    ["default-src https:", false],
    ["script-src 'nonce-abc'", false],
    ["script-src 'self' 'nonce-abc' 'strict-dynamic'", false],
    ["script-src 'sha256-abc='", false],
    ["connect-src 'none'", false],
    ["default-src 'self'; connect-src https://api.example", false],
    ["sandbox", false],
    ["sandbox allow-scripts allow-same-origin", true],
    ["default-src 'self', script-src 'none'", false],
  ];
  for (const [policy, has] of rows) {
    const headers = { "content-security-policy": policy };
    const { fetch, forbidden } = reloadSite(TREE, { headers });
    for (const _ of [1, 2]) {
      const response = await fetch("/a.html", { headers: NAVIGATION });
      assertEquals((await response.text()).endsWith(tagAt(0)), has, policy);
      assertEquals(response.headers.get("content-security-policy"), policy);
    }
    assertEquals(forbidden, has ? [] : ["/a.html"], policy);
  }
});

Deno.test("reload: rules of _redirects and _headers: rewritten pages have the script, policies hold, and the events are in no rule's reach", async () => {
  const { fetch, forbidden, reload } = reloadSite({
    "/index.html": PAGE,
    "/strict.html": PAGE,
    "/_redirects": "/app/* /index.html 200\n/* /elsewhere 302\n",
    "/_headers":
      "/strict.html\n  Content-Security-Policy: default-src 'none'\n",
  }, { hostFiles: "netlify" });
  const rows: ReadonlyArray<[path: string, status: number, content: string]> = [
    ["/app/one", 200, PAGE + tagAt(0)],
    ["/strict.html", 200, PAGE],
    ["/absent", 302, ""],
  ];
  for (const [path, status, content] of rows) {
    const response = await fetch(path, { headers: NAVIGATION });
    assertEquals([response.status, await response.text()], [status, content]);
  }
  assertEquals(forbidden, ["/strict.html"]);
  for (const path of ["/.serve/reload.js", "/.serve/events"]) {
    const { status, body } = await fetch(path, { headers: NAVIGATION });
    assertEquals(status, 200, path);
    await body?.cancel();
  }
  reload.end();
});

Deno.test("reload: our own pages let this one script run and listen, with --reload alone", async () => {
  const { fetch, forbidden } = reloadSite(TREE);
  for (const path of ["/folder/", "/absent", "/page.md?view"]) {
    const shown = await fetch(path, { headers: NAVIGATION });
    await shown.body?.cancel();
    const policy = shown.headers.get("content-security-policy") ?? "";
    assertMatch(policy, /script-src [^;]*'self'/, path);
    assertMatch(policy, /connect-src [^;]*'self'/, path);
    assertMatch(policy, /^default-src 'none'; style-src 'sha256-/, path);
    const plain = await site(TREE)(path, { headers: NAVIGATION });
    await plain.body?.cancel();
    assert(
      !/script-src [^;]*'self'/.test(
        plain.headers.get("content-security-policy") ?? "",
      ),
    );
  }
  assertEquals(forbidden, []);
});

Deno.test("reload: paths of its own lie below the mount and are no file; the script is cached by its tag", async () => {
  const tree = { ...TREE, "/.serve/reload.js": "not this" };
  const { fetch } = reloadSite(tree, { urlRoot: "/under", dotfiles: true });
  const page = await fetch("/under/a.html", { headers: NAVIGATION });
  assertEquals(await page.text(), PAGE + tagAt(0, "/under"));
  const rows: ReadonlyArray<[method: string, path: string, status: number]> = [
    ["GET", "/under/.serve/reload.js", 200],
    ["HEAD", "/under/.serve/reload.js", 200],
    ["OPTIONS", "/under/.serve/reload.js", 204],
    ["POST", "/under/.serve/reload.js", 405],
    ["GET", "/.serve/reload.js", 404],
    ["GET", "/under/.serve/other", 404],
    ["GET", "/under/.serve/reload.js/x", 404],
    ["HEAD", "/under/.serve/events", 200],
    ["POST", "/under/.serve/events", 405],
  ];
  for (const [method, path, status] of rows) {
    const response = await fetch(path, { method });
    await response.body?.cancel();
    assertEquals(response.status, status, `${method} ${path}`);
  }
  const script = await fetch("/under/.serve/reload.js");
  assertMatch(await script.text(), /EventSource/);
  assertEquals(
    script.headers.get("content-type"),
    "text/javascript; charset=utf-8",
  );
  const again = await fetch("/under/.serve/reload.js", {
    headers: { "if-none-match": script.headers.get("etag") ?? "" },
  });
  assertEquals(again.status, 304);
});

Deno.test("reload: whoever may not read the site may not read the events, and its page of 401 has no script", async () => {
  const { fetch, reload } = reloadSite(TREE, {
    basicAuth: { users: { ann: "secret" } },
  });
  const own = ["/.serve/reload.js", "/.serve/events"];
  for (const path of [...own, "/a.html"]) {
    const refused = await fetch(path, { headers: NAVIGATION });
    assertEquals(refused.status, 401, path);
    assert(!(await refused.text()).includes("<script async"), path);
  }
  const authorization = `Basic ${btoa("ann:secret")}`;
  for (const path of own) {
    const { status, body } = await fetch(path, { headers: { authorization } });
    assertEquals(status, 200, path);
    await body?.cancel();
  }
  reload.end();
});

Deno.test("reload: requests of its own stand in the log only when they fail", async () => {
  const { fetch, records } = reloadSite(TREE);
  for (
    const [path, method] of [
      ["/.serve/reload.js", "GET"],
      ["/.serve/events", "GET"],
      ["/.serve/events", "DELETE"],
      ["/a.txt", "GET"],
    ] as const
  ) {
    const { body } = await fetch(path, { method });
    await body?.cancel();
  }
  // A log is told a moment after the answer.
  await until(() => records.length === 2);
  assertEquals(
    records.map(({ method, target }) => `${method} ${target}`).toSorted(),
    ["DELETE /.serve/events", "GET /a.txt"],
  );
});

Deno.test("reload: with spa, Vary says once what the page depends on", async () => {
  const tree = { "/index.html": "<p>app" };
  const { fetch } = reloadSite(tree, { spa: true });
  const { headers, body } = await fetch("/users/5", { headers: NAVIGATION });
  await body?.cancel();
  assertEquals(
    headers.get("vary"),
    "Accept-Encoding, Sec-Fetch-Mode, Sec-Fetch-Dest, Accept",
  );
});
