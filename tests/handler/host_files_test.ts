/** `_redirects` and `_headers` of a site, as the handler obeys them. */
import { assert, assertEquals } from "@std/assert";
import { createHandler, memoryFiles, type SiteOptions } from "../../main.ts";

type Tree = Record<string, string>;

const TREE: Tree = {
  "/index.html": "home",
  "/page.html": "<p>page",
  "/404.html": "own 404",
  "/sub/index.html": "sub",
  "/list/a.txt": "a",
  "/secret/.env": "hidden",
};

/** A site whose files can change, with a clock. */
function hosted(
  hostFiles: "netlify" | "cloudflare",
  tree: Tree,
  options: Partial<SiteOptions> = {},
) {
  const all: Tree = { ...TREE, ...tree };
  const told: string[] = [];
  let time = 1e12;
  const handler = createHandler({
    root: "/",
    files: memoryFiles(all, { mtime: 1e9 }),
    log: false,
    hostFiles,
    hostFilesLog: (line) => told.push(line),
    clock: { now: () => time },
    ...options,
  });
  const ask = async (path: string, init?: RequestInit) => {
    const response = await handler(
      new Request(`http://localhost${path}`, init),
    );
    const { status, headers } = response;
    return { status, headers, text: await response.text() };
  };
  const lead = async (path: string, init?: RequestInit) => {
    const { status, headers, text } = await ask(path, init);
    return `${status} ${headers.get("location") ?? text}`;
  };
  const pass = (milliseconds: number) => time += milliseconds;
  return { ask, lead, all, told, pass, handler };
}

Deno.test("a file wins over a rule at Netlify unless ! says so; at Cloudflare the rule wins", async () => {
  const rows = [
    ["/page.html /x", "/page.html", "200 <p>page", "302 /x"],
    ["/page.html /x 302!", "/page.html", "302 /x", "200 <p>page"],
    ["/sub /x", "/sub", "301 /sub/", "302 /x"],
    ["/sub/ /x", "/sub/", "200 sub", "302 /x"],
    // A listing is no page of a host.
    ["/list/* /x/:splat", "/list/", "301 /x/", "302 /x/"],
    ["/list/* /x/:splat", "/list", "301 /x/", "301 /list/"],
    ["/* /page.html 200", "/none", "200 <p>page", "200 <p>page"],
    ["/* /page.html 200", "/sub/", "200 sub", "200 <p>page"],
    ["/* /index.html 200", "/any/route", "200 home", "404 own 404"],
  ] as const;
  for (const [rule, path, netlify, cloudflare] of rows) {
    const tree = { "/_redirects": rule };
    assertEquals(
      await hosted("netlify", tree).lead(path),
      netlify,
      `Netlify ${rule}`,
    );
    assertEquals(
      await hosted("cloudflare", tree).lead(path),
      cloudflare,
      `Cloudflare ${rule}`,
    );
  }
});

Deno.test("200: a directory without an index is no page of a host: 404, and its listing stays at its own URL", async () => {
  for (const host of ["netlify", "cloudflare"] as const) {
    for (const to of ["/list/", "/list", "/list/?archive=zip"]) {
      const { ask, lead } = hosted(host, { "/_redirects": `/app ${to} 200` });
      assertEquals(await lead("/app"), "404 own 404", `${host} ${to}`);
      const { status } = await ask("/app", { method: "POST" });
      assertEquals(status, 404);
      const own = await ask("/list/");
      assertEquals([own.status, own.text.includes("a.txt")], [200, true]);
    }
  }
  const { ask } = hosted("netlify", { "/_redirects": "/app /list/ 410" });
  const gone = await ask("/app");
  assertEquals([gone.status, gone.text.includes("a.txt")], [410, false]);
});

Deno.test("every method is redirected; OPTIONS says what GET is", async () => {
  const { ask } = hosted("netlify", { "/_redirects": "/a /b 307" });
  for (const method of ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"]) {
    const { status, headers, text } = await ask("/a?q", { method });
    assertEquals(
      [status, headers.get("location"), text],
      [307, "/b?q", ""],
      method,
    );
    assertEquals(headers.get("cache-control"), "no-cache");
  }
  const { status, headers } = await ask("/a", { method: "OPTIONS" });
  assertEquals([status, headers.get("allow")], [204, "GET, HEAD, OPTIONS"]);
});

Deno.test("200: the target is answered as if it had been asked for: its validators, ranges, policies", async () => {
  const rules = [
    "/p /page.html 200",
    "/env /secret/.env 200",
    "/up /../../etc/passwd 200",
    "/none /nothing 200",
    "/dir /sub 200",
    "/one /two 200",
    "/two /page.html 200",
    "/self /_redirects 200",
  ];
  const { ask, lead } = hosted("netlify", { "/_redirects": rules.join("\n") });
  const tag = (await ask("/p")).headers.get("etag") ?? "";
  assert(tag.length > 4, tag);
  const condition = { headers: { "If-None-Match": tag } };
  assertEquals((await ask("/p", condition)).status, 304);
  const part = await ask("/p", { headers: { Range: "bytes=3-" } });
  assertEquals([part.status, part.text], [206, "page"]);
  assertEquals((await ask("/p", { method: "POST" })).status, 405);
  assertEquals(await lead("/env"), "404 own 404");
  assertEquals(await lead("/up"), "404 own 404");
  assertEquals(await lead("/none"), "404 own 404");
  assertEquals(await lead("/self"), "404 own 404");
  assertEquals(await lead("/dir"), "301 /sub/");
  // Rules are applied once.
  assertEquals(await lead("/one"), "404 own 404");
  assertEquals(await lead("/two"), "200 <p>page");
});

Deno.test("404 and 410 at Netlify: the page with that status, whatever conditions and ranges say", async () => {
  const rules = "/gone /page.html 410\n/no /nothing 410\n/* /page.html 404";
  const { ask } = hosted("netlify", { "/_redirects": rules });
  for (const [path, status] of [["/gone", 410], ["/x", 404]] as const) {
    for (
      const headers of [{}, { Range: "bytes=0-1" }, { "If-None-Match": "*" }]
    ) {
      const answer = await ask(path, { headers });
      assertEquals([answer.status, answer.text], [status, "<p>page"], path);
      assertEquals(answer.headers.get("etag"), null);
      assertEquals(answer.headers.get("accept-ranges"), null);
    }
  }
  assertEquals((await ask("/no")).status, 410);
  assertEquals((await ask("/")).status, 200);
});

Deno.test("the files themselves are hidden, in every form, only where a host is named", async () => {
  const tree = {
    "/_redirects": "/q /r",
    "/_headers": "/q\n X-A: 1",
    "/_redirects.gz": "x",
    "/_headers.br": "x",
    "/sub/_redirects": "this is nobody's",
  };
  const { ask } = hosted("netlify", tree);
  const plain = createHandler({
    root: "/",
    files: memoryFiles({ ...TREE, ...tree }),
    log: false,
  });
  const paths = [
    "/_redirects",
    "/_headers",
    "/_redirects/",
    "//_redirects",
    "/%5Fredirects",
    "/sub/../_headers",
    "/_redirects?download",
    "/_redirects.gz",
    "/_headers.br",
  ];
  for (const path of paths) {
    assertEquals((await ask(path)).status, 404, path);
    const response = await plain(new Request(`http://localhost${path}`));
    await response.body?.cancel();
    assertEquals(response.status === 404, path === "/_redirects/", path);
  }
  assertEquals((await ask("/sub/_redirects")).text, "this is nobody's");
  assertEquals((await ask("/_redirect")).text.includes("_redirects"), false);
});

Deno.test("listings, searches and archives do not have them", async () => {
  const { ask, all } = hosted("netlify", {
    "/_redirects": "/q /r",
    "/_headers.gz": "x",
    "/d/_headers": "",
  });
  delete all["/index.html"];
  const listed = await ask("/?format=json");
  const names = (text: string) =>
    [...text.matchAll(/"name":\s*"([^"]*)"/g)].map(([, name]) => name);
  assertEquals(names(listed.text), [
    "d",
    "list",
    "secret",
    "sub",
    "404.html",
    "page.html",
  ]);
  const searched = await ask("/?format=json&q=_&recursive");
  assertEquals(
    names(searched.text).filter((name) => name?.startsWith("_")),
    [],
  );
  const archive = await ask("/?archive=tar");
  assertEquals(archive.status, 200);
  assertEquals(archive.text.includes("_redirects"), false);
  assertEquals(archive.text.includes("d/_headers"), true);
});

Deno.test("_headers: files get the fields, errors and listings do not; redirects at Cloudflare alone", async () => {
  const tree = {
    "/_headers":
      "/*\n X-A: 1\n Cache-Control: max-age=9\n Content-Security-Policy: default-src 'none'",
    "/_redirects": "/a /b",
  };
  for (
    const [host, onRedirects] of [["netlify", null], [
      "cloudflare",
      "1",
    ]] as const
  ) {
    const { ask } = hosted(host, tree);
    const found = async (path: string, headers = {}) =>
      (await ask(path, { headers })).headers;
    const page = await found("/page.html");
    assertEquals(page.get("x-a"), "1");
    assertEquals(page.get("cache-control"), "max-age=9");
    const tag = page.get("etag") ?? "";
    const current = await found("/page.html", { "If-None-Match": tag });
    assertEquals([current.get("x-a"), current.get("cache-control")], [
      null,
      "max-age=9",
    ]);
    assertEquals(
      (await found("/page.html", { Range: "bytes=0-0" })).get("x-a"),
      "1",
    );
    assertEquals((await found("/a")).get("x-a"), onRedirects, host);
    assertEquals((await found("/sub")).get("x-a"), onRedirects, host);
    assertEquals((await found("/none")).get("x-a"), null);
    const listing = await found("/list/", { Accept: "text/html" });
    assertEquals(listing.get("x-a"), null);
    assert(
      listing.get("content-security-policy")?.includes("default-src 'none';"),
    );
  }
});

Deno.test("_headers: the path is that of the request, also where a rule leads elsewhere; --header says more", async () => {
  const tree = {
    "/_headers": "/p\n X-A: asked\n X-B: file",
    "/_redirects": "/p /page.html 200",
  };
  const { ask } = hosted("netlify", tree, { headers: { "X-B": "flag" } });
  const { headers } = await ask("/p");
  assertEquals([headers.get("x-a"), headers.get("x-b")], ["asked", "flag"]);
  assertEquals((await ask("/page.html")).headers.get("x-a"), null);
});

Deno.test("what has changed holds within a second, on the cached URL, too; all lines are told again", async () => {
  const { ask, lead, all, told, pass } = hosted("cloudflare", {
    "/_headers": "/page.html\n X-A: 1",
  });
  const field = async () => (await ask("/page.html")).headers.get("x-a");
  for (let times = 0; times < 3; times++) assertEquals(await field(), "1");
  assertEquals(told, [
    "_redirects: 0 rules, _headers: 1 block, as Cloudflare Pages reads them",
  ]);
  all["/_headers"] = "/page.html\n X-A: two";
  pass(1000);
  for (let times = 0; times < 3; times++) assertEquals(await field(), "two");
  all["/_redirects"] = "/page.html /x\n/y";
  pass(1000);
  assertEquals(await lead("/page.html"), "302 /x");
  assertEquals(told.slice(2), [
    "_redirects:2: a rule needs a path and a target",
    "_redirects: 1 rule, _headers: 1 block, as Cloudflare Pages reads them; 1 ignored",
  ]);
  delete all["/_redirects"];
  pass(1000);
  assertEquals(await field(), "two");
  pass(-5000);
  all["/_headers"] = "";
  assertEquals(await field(), null);
});

Deno.test("a file that cannot be read says why, and has no rules", async () => {
  const rows: Array<[Tree, string]> = [
    [{ "/_redirects/x": "" }, "_redirects: it is no file"],
    [
      { "/_redirects": `#${"x".repeat(1_048_576)}` },
      "_redirects: it is larger than 1048576 bytes",
    ],
  ];
  for (const [tree, line] of rows) {
    const { ask, told } = hosted("netlify", tree);
    await ask("/");
    assertEquals(told, [
      line,
      "_redirects: 0 rules, _headers: 0 blocks, as Netlify reads them; 1 ignored",
    ]);
  }
});

Deno.test("below a mount, rules are relative to the root, and a path in Location has the mount in front", async () => {
  const tree = {
    "/_redirects": "/a/* /b/:splat\n/p /page.html 200\n/h https://h.example/",
  };
  for (const host of ["netlify", "cloudflare"] as const) {
    const { lead } = hosted(host, tree, { urlRoot: "/x y" });
    const status = host === "netlify" ? 301 : 302;
    assertEquals(await lead("/x%20y/a/c?q"), `${status} /x%20y/b/c?q`);
    assertEquals(await lead("/x%20y/p"), "200 <p>page");
    assertEquals(await lead("/x%20y/h"), `${status} https://h.example/`);
    assertEquals((await lead("/a/c")).slice(0, 3), "404");
  }
});

Deno.test("rules come behind the login, and behind the methods of uploads", async () => {
  const tree = { "/_redirects": "/* /page.html 301!" };
  const { lead } = hosted("netlify", tree, {
    basicAuth: { users: { a: "b" } },
  });
  assertEquals((await lead("/x")).slice(0, 3), "401");
  assertEquals(
    await lead("/x", { headers: { Authorization: `Basic ${btoa("a:b")}` } }),
    "301 /page.html",
  );
});

Deno.test("uploads do not write the files, in any spelling", async () => {
  const all: Tree = { ...TREE, "/_redirects": "/q /r" };
  const files = memoryFiles(all, { writable: true });
  const handler = createHandler({
    root: "/",
    files,
    log: false,
    upload: { onDuplicate: "overwrite" },
    hostFiles: "netlify",
    hostFilesLog: false,
  });
  for (
    const name of [
      "_redirects",
      "_Redirects",
      "_headers",
      "_HEADERS",
      "_redirects.gz",
    ]
  ) {
    const response = await handler(
      new Request(`http://localhost/${name}`, {
        method: "PUT",
        body: "/* /evil",
      }),
    );
    await response.body?.cancel();
    assertEquals(response.status, 403, name);
  }
  assertEquals(all["/_redirects"], "/q /r");
});

Deno.test("with one file, or without a host, nothing is read", async () => {
  const told: string[] = [];
  const files = memoryFiles({
    "/index.html": "home",
    "/_redirects": "/ /x 301!",
  });
  const options = {
    files,
    log: false,
    hostFilesLog: (line: string) => told.push(line),
  } as const;
  const one = createHandler({
    root: "/index.html",
    singleFile: true,
    hostFiles: "netlify",
    ...options,
  });
  assertEquals(
    await (await one(new Request("http://localhost/index.html"))).text(),
    "home",
  );
  const off = createHandler({ root: "/", ...options });
  await off.ready();
  assertEquals(
    await (await off(new Request("http://localhost/"))).text(),
    "home",
  );
  assertEquals(told, []);
});

Deno.test("clean URLs are files that win at Netlify; the page of an application is for what no rule leads to", async () => {
  const tree = {
    "/_redirects": "/page /x\n/page.html /x\n/app/old /new",
    "/_headers": "/app/*\n X-A: 1",
  };
  const html = { headers: { Accept: "text/html" } };
  const { ask, lead } = hosted("netlify", tree, { cleanUrls: true, spa: true });
  assertEquals(await lead("/page"), "200 <p>page");
  assertEquals(await lead("/page.html"), "301 /page");
  assertEquals(await lead("/app/old", html), "301 /new");
  for (
    const [path, field] of [["/app/route", "1"], ["/other", null], [
      "/app/route",
      "1",
    ]] as const
  ) {
    const { status, headers, text } = await ask(path, html);
    assertEquals(
      [status, headers.get("x-a"), text],
      [200, field, "home"],
      path,
    );
  }
});

Deno.test("a field that an option sets stays as it is; the line in _headers is told", async () => {
  const rows = [
    ["Cross-Origin-Opener-Policy: unsafe-none", { isolate: true }],
    ["! Cross-Origin-Opener-Policy", { isolate: true }],
    ["Access-Control-Allow-Origin: https://b.example", { cors: true }],
    ["Access-Control-Allow-Origin: *", { cors: ["https://a.example"] }],
  ] as const;
  for (const [line, options] of rows) {
    const tree = { "/_headers": `/*\n  ${line}` };
    const { ask, told } = hosted("cloudflare", tree, options);
    const init = { headers: { Origin: "https://a.example" } };
    const { headers } = await ask("/", init);
    const { headers: plain } = await hosted("cloudflare", {}, options)
      .ask("/", init);
    assertEquals([...headers], [...plain], line);
    const name = /[\w-]{3,}/.exec(line)?.[0].toLowerCase();
    assertEquals(
      told[0],
      `_headers:2: ${name} cannot be changed: an option of the server sets it`,
    );
  }
  const tree = { "/_headers": "/*\n  Cross-Origin-Opener-Policy: same-origin" };
  const same = hosted("cloudflare", tree, { isolate: true });
  const { headers } = await same.ask("/");
  assertEquals(headers.get("cross-origin-opener-policy"), "same-origin");
  assertEquals(same.told, [
    "_redirects: 0 rules, _headers: 1 block, as Cloudflare Pages reads them",
  ]);
});

Deno.test("RFC 9110 §8.8.3: a tag of what a rule led to is none of what another rule leads to", async () => {
  const tree: Tree = {
    "/_redirects": "/a /one.html 200",
    "/one.html": "1",
    // As large, and as old: a build writes many files within a tick of the clock.
    "/two.html": "2",
  };
  const { ask, all, pass } = hosted("cloudflare", tree);
  const { headers, text } = await ask("/a");
  const tag = headers.get("etag") ?? "";
  all["/_redirects"] = "/a /two.html 200 # other";
  pass(1000);
  const init = { headers: { "If-None-Match": tag } };
  assertEquals([text, (await ask("/a", init)).text], ["1", "2"]);
  assertEquals((await ask("/two.html", init)).status, 200);
});

Deno.test("ready() reads the files again, also where they were read within the last second", async () => {
  const { all, handler, lead } = hosted("netlify", {});
  assertEquals(await lead("/a"), "404 own 404");
  all["/_redirects"] = "/a /b";
  assertEquals(await lead("/a"), "404 own 404");
  await handler.ready();
  assertEquals(await lead("/a"), "301 /b");
});
