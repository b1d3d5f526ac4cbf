/** A root below a secret: nobody outside learns it, and it stands in no log, no Referer and no index. */

import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import {
  createHandler,
  type LogRecord,
  type ScriptLine,
  secretPath,
  type SiteOptions,
} from "../../main.ts";
import { isSameText } from "../../lib/http/resource.ts";
import { createRedact } from "../../lib/site/secret_root.ts";
import { filesOf, loggedSite, site } from "../support/site.ts";
import { sending, uploadSite } from "../support/uploads.ts";

const TREE = {
  "/a.txt": "hello",
  "/404.html": "not for strangers",
  "/sub/page.html": "<p>page",
  "/page.md": "# Page",
};
const SECRET = "k7m2v9xqy4c8n5hzt3w6bfr2dj";
const OPTIONS = { urlRoot: `/${SECRET}`, secretRoot: true } as const;
const BROWSER = { accept: "text/html,*/*;q=0.8" };

Deno.test("secretPath() has 130 random bits without look-alikes", () => {
  const paths = Array.from({ length: 1000 }, secretPath);
  assertEquals(new Set(paths).size, 1000);
  for (const path of paths) assertMatch(path, /^\/[2-9a-km-np-z]{26}$/);
  const seen = new Set(paths.join("").replaceAll("/", ""));
  assertEquals(seen.size, 32);
});

Deno.test("isSameText() compares all of two texts", () => {
  const rows: Array<[asked: string, expected: boolean]> = [
    ["abc", true],
    ["", false],
    ["ab", false],
    ["abcd", false],
    ["abd", false],
    ["bbc", false],
    ["ABC", false],
  ];
  for (const [asked, expected] of rows) {
    assertEquals(isSameText(asked, "abc"), expected, asked);
  }
});

Deno.test("secretRoot: outside everything is the same 404, which has nothing of the secret", async () => {
  const fetch = site(TREE, OPTIONS);
  const wrong = `/${"k7m2v9xqy4c8n5hzt3w6bfr2dk"}`;
  const paths = [
    "/",
    wrong,
    `${wrong}/`,
    `${wrong}/a.txt`,
    `/${SECRET.toUpperCase()}/`,
    `/${SECRET}x/`,
    "/a.txt",
    "/404.html",
    `//${SECRET.slice(1)}/`,
  ];
  for (const headers of [BROWSER, { accept: "application/json" }, {}]) {
    const seen = new Set<string>();
    for (const path of paths) {
      const response = await fetch(path, { headers });
      // The page says what was asked for.
      const text = (await response.text()).replace(/<bdi>[^<]*<.bdi>/, "");
      response.headers.delete("content-length");
      seen.add(JSON.stringify([response.status, ...response.headers, text]));
    }
    const [only = ""] = seen;
    assertEquals([seen.size, only.startsWith("[404,")], [1, true]);
    assert(!only.includes(SECRET) && !only.includes("not for strangers"));
    assert(!/(?:href|src|action)="(?!data:)/.test(JSON.parse(only).at(-1)));
  }
});

Deno.test("secretRoot: every answer says no-referrer and noindex, once", async () => {
  const fetch = site(TREE, {
    ...OPTIONS,
    headers: { "Referrer-Policy": "unsafe-url", "X-Robots-Tag": "all" },
  });
  const rows: Array<[path: string, init: RequestInit, status: number]> = [
    [`/${SECRET}/`, { headers: BROWSER }, 200],
    [`/${SECRET}/`, {}, 200],
    [`/${SECRET}/?format=json`, {}, 200],
    [`/${SECRET}/a.txt`, {}, 200],
    [`/${SECRET}/a.txt`, {}, 200], // from memory
    [`/${SECRET}/a.txt`, { method: "HEAD" }, 200],
    [`/${SECRET}/a.txt`, { headers: { range: "bytes=0-1" } }, 206],
    [`/${SECRET}/a.txt`, { headers: { range: "bytes=9-" } }, 416],
    [`/${SECRET}/a.txt`, { headers: { "if-none-match": "*" } }, 304],
    [`/${SECRET}/a.txt`, { method: "DELETE" }, 405],
    [`/${SECRET}/a.txt`, { method: "OPTIONS" }, 204],
    [`/${SECRET}/page.md?view`, {}, 200],
    [`/${SECRET}/sub`, {}, 301],
    [`/${SECRET}/none`, {}, 404],
    [`/none`, { headers: BROWSER }, 404],
    [`/none`, {}, 404],
    [`/${SECRET}/%zz`, { headers: BROWSER }, 400],
  ];
  for (const [path, init, status] of rows) {
    const { headers, body, ...response } = await fetch(path, init);
    await body?.cancel();
    assertEquals(
      [headers.get("referrer-policy"), headers.get("x-robots-tag")],
      ["no-referrer", "noindex"],
      path,
    );
    assertEquals(response.status ?? status, status);
  }
});

Deno.test("secretRoot: links of pages are relative, a redirect has its path", async () => {
  const fetch = site(TREE, OPTIONS);
  for (const path of ["/", "/sub/", "/none", "/sub/pag"]) {
    const response = await fetch(`/${SECRET}${path}`, { headers: BROWSER });
    const hrefs = (await response.text()).match(
      /(?:href|src|action)="\/[^"]*/g,
    );
    assertEquals(hrefs, null, path);
  }
  const moved = await fetch(`/${SECRET}/sub`);
  assertEquals(moved.headers.get("location"), `/${SECRET}/sub/`);
});

Deno.test("secretRoot: the log has a sign in place of the secret, however a client writes it", async () => {
  const encoded = [...SECRET].map((character) =>
    `%${character.charCodeAt(0).toString(16)}`
  ).join("");
  const rows: Array<[path: string, target: string]> = [
    [`/${SECRET}/a.txt?x=${SECRET}`, "/…/a.txt?x=…"],
    [`/${encoded}/a.txt`, "/…/a.txt"],
    [`/%6B${SECRET.slice(1)}/a.txt`, "/…/a.txt"],
    [`/${SECRET.toUpperCase()}/a.txt`, "/…/a.txt"],
    [`/a/${SECRET}x`, "/a/…x"],
  ];
  for (const [path, target] of rows) {
    const { fetch, logged } = loggedSite(TREE, OPTIONS);
    const referer = `http://localhost/${SECRET}/`;
    await (await fetch(path, { headers: { "x-from": referer } })).text();
    const record = await logged();
    assertEquals(record.target, target);
    assertEquals(record.headers?.get("x-from"), "http://localhost/…/");
    assertEquals(record.headers?.get("x-none"), null);
  }
});

Deno.test("secretRoot: what is thrown, messages and lines of scripts have no secret", async () => {
  const records: LogRecord[] = [];
  const lines: ScriptLine[] = [];
  const options: SiteOptions = {
    root: "/",
    files: filesOf(TREE),
    ...OPTIONS,
    cgi: true,
    log: (record) => records.push(record),
    scriptLog: (line) => lines.push(line),
    resolve: ({ segments }) => {
      if (segments.includes("boom")) throw new Error(`at /${SECRET}/boom`);
      return {
        kind: "refused",
        status: 403,
        message: `Not for you ('/${SECRET}/x')`,
        reason: `/${SECRET}/x`,
      };
    },
  };
  const handler = createHandler(options);
  for (const name of ["boom", "x"]) {
    const url = `http://localhost/${SECRET}/${name}`;
    await (await handler(new Request(url))).text();
  }
  await new Promise((resolve) => setTimeout(resolve));
  const [thrown, refused] = records;
  assert(String(thrown?.error).includes("at /…/boom"));
  assertEquals(refused?.message, "Not for you ('/…/x')");
  assertEquals(refused?.reason, "/…/x");
  assert(!JSON.stringify([...records, ...lines]).includes(SECRET));
});

Deno.test("createRedact() finds names of any characters", () => {
  const rows: Array<[secret: string, text: string, expected: string]> = [
    ["a.b*c(d)[e]-f", "/a.b*c(d)[e]-f/", "/…/"],
    ["a.b*c(d)[e]-f", "/axb*c(d)[e]-f/", "/axb*c(d)[e]-f/"],
    ["é😀", "/%C3%A9%F0%9F%98%80/ /é😀/ /É%f0%9f%98%80", "/…/ /…/ /…"],
  ];
  for (const [secret, text, expected] of rows) {
    assertEquals(createRedact(secret)(text), expected);
  }
});

Deno.test("secretRoot: what could be guessed is refused", () => {
  for (const urlRoot of [undefined, "/", "/share", `/${SECRET}/x`]) {
    const options = { root: "/", files: filesOf(TREE), secretRoot: true };
    assertThrows(
      () => createHandler({ ...options, urlRoot }),
      TypeError,
      "must have 22; secretPath() makes one",
    );
  }
  const urlRoot = `/static/${SECRET}`;
  createHandler({ root: "/", files: filesOf(TREE), urlRoot, secretRoot: true });
});

Deno.test("secretRoot: a form sends files, though no-referrer makes its Origin `null`; pages elsewhere send none", async () => {
  const rows: Array<
    [
      options: typeof OPTIONS | object,
      at: string,
      from: Record<string, string>,
      status: number,
    ]
  > = [
    [OPTIONS, `/${SECRET}`, { origin: "null" }, 201],
    [OPTIONS, `/${SECRET}`, { origin: "http://a.example" }, 403],
    [
      OPTIONS,
      `/${SECRET}`,
      { origin: "null", "sec-fetch-site": "cross-site" },
      403,
    ],
    [OPTIONS, "", { origin: "null" }, 404],
    [{}, "", { origin: "null" }, 403],
  ];
  for (const [options, at, from, status] of rows) {
    const { fetch } = uploadSite(true, options);
    const answer = await fetch(`${at}/x`, sending("x", from));
    await answer.body?.cancel();
    assertEquals(answer.status, status, JSON.stringify(from));
  }
});
