/** `cleanUrls` and `trailingSlash`: which file answers, and the one URL of each page. */

import { assert, assertEquals } from "@std/assert";
import type { SiteOptions, TrailingSlash } from "../../main.ts";
import { readTar } from "../support/archives.ts";
import { site } from "../support/site.ts";
import { uploadSite } from "../support/uploads.ts";

const TREE = {
  "/index.html": "ROOT",
  "/about.html": "ABOUT",
  "/blog.html": "BLOG",
  "/blog/post.html": "POST",
  "/d/index.html": "D",
  "/both.html": "BOTH",
  "/both/index.html": "BOTH INDEX",
  "/x": "X",
  "/x.html": "X PAGE",
  "/old/index.htm": "OLD",
  "/old/more.htm": "MORE",
  "/list/a.txt": "a",
  "/.html": "hidden",
  "/style.css": "css",
};

/** What a URL gives: the text of a file, the URL it leads to, or a status. */
async function give(
  fetch: ReturnType<typeof site>,
  path: string,
): Promise<string> {
  const response = await fetch(path);
  const text = await response.text();
  if (response.status !== 200) {
    return response.headers.get("location") ?? String(response.status);
  }
  return text.startsWith("<!DOCTYPE") ? "list" : text;
}

type Row = readonly [path: string, keep: string, always: string, never: string];

async function check(rows: readonly Row[], options: Partial<SiteOptions>) {
  const modes: readonly TrailingSlash[] = ["keep", "always", "never"];
  for (const [index, trailingSlash] of modes.entries()) {
    const fetch = site(TREE, { ...options, trailingSlash });
    for (const [path, ...wanted] of rows) {
      const given = await give(fetch, path);
      assertEquals(given, wanted[index], `${trailingSlash}: ${path}`);
    }
  }
}

Deno.test("cleanUrls: a page has one URL, and every other spelling leads there at once (301)", async () => {
  const rows: readonly Row[] = [
    // asked for    keep        always       never
    ["/", "ROOT", "ROOT", "ROOT"],
    ["/index", "/", "/", "/"],
    ["/index.html", "/", "/", "/"],
    ["/about", "ABOUT", "/about/", "ABOUT"],
    ["/about/", "/about", "ABOUT", "/about"],
    ["/about.html", "/about", "/about/", "/about"],
    ["/about.html?a=1&b#c", "/about?a=1&b", "/about/?a=1&b", "/about?a=1&b"],
    ["/about.html/", "404", "404", "404"],
    ["/about/more", "404", "404", "404"],
    // A folder without an index is shown by the page of its name.
    ["/blog", "BLOG", "/blog/", "BLOG"],
    ["/blog/", "/blog", "BLOG", "/blog"],
    ["/blog/post", "POST", "/blog/post/", "POST"],
    ["/d", "/d/", "/d/", "D"],
    ["/d/", "D", "D", "/d"],
    ["/d/index", "/d/", "/d/", "/d"],
    ["/d/index.html", "/d/", "/d/", "/d"],
    // Two pages for one name: who has the URL as it is, counts; the other keeps what it has.
    ["/both", "BOTH", "/both/", "BOTH"],
    ["/both/", "BOTH INDEX", "BOTH INDEX", "/both"],
    ["/both.html", "/both", "BOTH", "/both"],
    ["/both/index", "/both/", "/both/", "/both/index.html"],
    ["/both/index.html", "/both/", "/both/", "BOTH INDEX"],
    // A file of that very name comes first.
    ["/x", "X", "X", "X"],
    ["/x/", "/x.html", "X PAGE", "/x.html"],
    ["/x.html", "X PAGE", "/x/", "X PAGE"],
    // `.htm` stays, but the index of a folder has the folder's URL.
    ["/old/", "OLD", "OLD", "/old"],
    ["/old/index.htm", "/old/", "/old/", "/old"],
    ["/old/more.htm", "MORE", "MORE", "MORE"],
    ["/old/more", "404", "404", "404"],
    // Links in a list are relative to its slash.
    ["/list", "/list/", "/list/", "/list/"],
    ["/list/", "list", "list", "list"],
    ["/style.css", "css", "css", "css"],
    ["/style.css/", "404", "404", "404"],
    ["/.html", "404", "404", "404"],
    ["/none", "404", "404", "404"],
    ["//about.html", "/about", "/about/", "/about"],
    ["//d//index.html?q", "/d/?q", "/d/?q", "/d?q"],
    ["/d%2Findex.html", "/d/", "/d/", "/d"],
    ["/d/../about.html", "/about", "/about/", "/about"],
  ];
  await check(rows, { cleanUrls: true });
});

Deno.test("trailingSlash without cleanUrls is about folders with an index; names of files stay", async () => {
  const rows: readonly Row[] = [
    // asked for    keep        always       never
    ["/", "ROOT", "ROOT", "ROOT"],
    ["/index.html", "ROOT", "ROOT", "ROOT"],
    ["/about", "404", "404", "404"],
    ["/about.html", "ABOUT", "ABOUT", "ABOUT"],
    ["/about.html/", "404", "404", "404"],
    ["/d", "/d/", "/d/", "D"],
    ["/d/?q", "D", "D", "/d?q"],
    ["/d/index.html", "D", "D", "D"],
    ["/list", "/list/", "/list/", "/list/"],
    ["/list/", "list", "list", "list"],
  ];
  await check(rows, {});
});

Deno.test("cleanUrls: the Location is below urlRoot, begins with one slash, and names what was asked for in any alphabet", async () => {
  const tree = {
    "/grüße.html": "G",
    "/日本 語/index.html": "J",
    "/100%25.html": "P",
    "/a?b.html": "Q",
    "/evil.com.html": "E",
  };
  const rows = [
    ["/r/gr%C3%BC%C3%9Fe.html", "/r/gr%C3%BC%C3%9Fe"],
    ["/r/gr%C3%BC%C3%9Fe", "G"],
    [
      "/r/%E6%97%A5%E6%9C%AC%20%E8%AA%9E/index.html",
      "/r/%E6%97%A5%E6%9C%AC%20%E8%AA%9E/",
    ],
    ["/r/%E6%97%A5%E6%9C%AC%20%E8%AA%9E/", "J"],
    ["/r/100%2525.html", "/r/100%2525"],
    ["/r/100%2525", "P"],
    ["/r/a%3Fb.html?c", "/r/a%3Fb?c"],
    ["/r/a%3Fb", "Q"],
    ["/r//evil.com.html", "/r/evil.com"],
    ["/r/%2Fevil.com.html", "/r/evil.com"],
    ["/r/evil.com", "E"],
    ["/evil.com.html", "404"],
  ] as const;
  const fetch = site(tree, { cleanUrls: true, urlRoot: "/r" });
  for (const [path, wanted] of rows) {
    assertEquals(await give(fetch, path), wanted, path);
  }
});

Deno.test("cleanUrls: policies hold for pages as for every file", async () => {
  const tree = {
    "/.secret.html": "S",
    "/.d/index.html": "S",
    "/run.html": "S",
    "/cgi-bin/page.html": "S",
  };
  const cgi = { extensions: { ".html": ["x"] } };
  const fetch = site(tree, { cleanUrls: true, cgi });
  const paths = ["/.secret", "/.d", "/.d/", "/.d/index", "/run"];
  for (const path of [...paths, "/cgi-bin/page"]) {
    assertEquals(await give(fetch, path), "404", path);
  }
});

Deno.test("cleanUrls: the only file that is served keeps its name", async () => {
  const fetch = site({ "/page.html": "P" }, {
    root: "/page.html",
    singleFile: true,
    cleanUrls: true,
    trailingSlash: "never",
  });
  assertEquals(await give(fetch, "/"), "/page.html");
  assertEquals(await give(fetch, "/page.html"), "P");
  assertEquals(await give(fetch, "/page"), "404");
});

Deno.test("cleanUrls: lists, archives and uploads have the names of files", async () => {
  const site = uploadSite({ onDuplicate: "overwrite" }, { cleanUrls: true }, {
    "/about.html": "old",
    "/list/page.html": "page",
  });
  const list = await (await site.fetch("/list/?format=text")).text();
  assertEquals(list.trim(), "page.html");
  const archive = await site.fetch("/list/?archive=tar");
  const entries = readTar(new Uint8Array(await archive.arrayBuffer()));
  assert(entries.some(({ name }) => name.endsWith("page.html")));
  const put = async (path: string) => {
    const response = await site.fetch(path, { method: "PUT", body: "new" });
    await response.body?.cancel();
    return response.status;
  };
  assertEquals(await put("/about.html"), 204);
  assertEquals(site.text("/about.html"), "new");
  assertEquals(await give(site.fetch, "/about"), "new");
  assertEquals(await put("/other.html"), 201);
  assertEquals(await give(site.fetch, "/other"), "new");
});

Deno.test("cleanUrls: an archive has the pages that a resolve of the user's own finds", async () => {
  const fetch = site({ "/old/page.html": "P" }, {
    cleanUrls: true,
    resolve: (target, next) => next(target),
  });
  const archive = await fetch("/old/?archive=tar");
  const entries = readTar(new Uint8Array(await archive.arrayBuffer()));
  const names = entries.map(({ name }) => name.replace(/^.*\//, ""));
  assert(names.includes("page.html"), String(names));
});
