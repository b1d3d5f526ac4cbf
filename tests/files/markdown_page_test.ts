/** A Markdown file that is asked for with `?view` is a page; by itself it stays text. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { filesOf, NOW, site, watched } from "../support/site.ts";

const TREE = {
  "/a b/c.md": "# Title <i>\n\n[d](d.md) ![e](e.png)",
  "/a b/plain.md": "no heading",
  "/a b/t.txt": "text",
  "/a b/long.md": "# Long\n\n".repeat(9000),
  "/a b/dense.md": "*a*".repeat(20_000),
};

Deno.test("?view: a Markdown file is a page with its own heading, policy and tag", async () => {
  const fetch = site(TREE);
  const response = await fetch("/a%20b/c.md?view");
  const { headers } = response;
  assertEquals(response.status, 200);
  assertEquals(headers.get("content-type"), "text/html; charset=utf-8");
  assertEquals(headers.get("cache-control"), "no-cache");
  assertEquals(headers.get("referrer-policy"), "same-origin");
  const policy = headers.get("content-security-policy") ?? "";
  assertStringIncludes(policy, "default-src 'none'; style-src 'sha256-");
  assertStringIncludes(policy, "img-src 'self' data:");
  assert(!policy.includes("script-src"), policy);
  const text = await response.text();
  assertEquals(
    headers.get("content-length"),
    String(new TextEncoder().encode(text).length),
  );
  assertStringIncludes(text, "<title>Title &lt;i&gt;</title>");
  assertStringIncludes(text, '<li><a href="../" aria-label="Home"><svg');
  assertStringIncludes(
    text,
    '</svg></a><li><a href="./"><bdi>a b</bdi></a><li><bdi aria-current="page">c.md</bdi></ol></nav>\n' +
      '<a href="c.md">Source</a>\n',
  );
  assertStringIncludes(
    text,
    '<article>\n<h1 id="section-title-i" dir="auto">Title &lt;i&gt;</h1>',
  );
  assertStringIncludes(text, '<a href="d.md?view">d</a> <img src="e.png"');
  assert(!text.includes("<script"));
});

Deno.test("?view: without a heading the name of the file is that of the page", async () => {
  const text = await (await site(TREE)("/a%20b/plain.md?view")).text();
  assertStringIncludes(text, "<title>plain.md</title>");
  assertStringIncludes(
    text,
    '<h1 dir="auto">plain.md</h1>\n<article>\n<p dir="auto">no heading</p>',
  );
});

Deno.test("?view: 304, HEAD, 206, 412 and codings are as for every representation (RFC 9110)", async () => {
  const fetch = site(TREE, { compress: true });
  const whole = await fetch("/a%20b/c.md?view");
  const tag = whole.headers.get("etag") ?? "";
  const text = await whole.text();
  assert(/^"[0-9a-f]+"$/.test(tag), tag);
  const ask = async (headers: Record<string, string>, method = "GET") =>
    await fetch("/a%20b/c.md?view", { method, headers });
  assertEquals((await ask({ "if-none-match": tag })).status, 304);
  assertEquals((await ask({ "if-match": '"other"' })).status, 412);
  const part = await ask({ range: "bytes=0-14", "if-range": tag });
  assertEquals(part.status, 206);
  assertEquals(await part.text(), "<!DOCTYPE html>");
  const head = await ask({}, "HEAD");
  assertEquals(
    head.headers.get("content-length"),
    whole.headers.get("content-length"),
  );
  assertEquals(head.headers.get("etag"), tag);
  assertEquals(await head.text(), "");
  const coded = await ask({ "accept-encoding": "gzip" });
  assertEquals(coded.headers.get("content-encoding"), "gzip");
  const stream = coded.body?.pipeThrough(new DecompressionStream("gzip"));
  assertEquals(await new Response(stream).text(), text);
  assertEquals((await ask({}, "POST")).status, 405);
  assertEquals((await ask({}, "OPTIONS")).status, 204);
});

Deno.test("?view: the raw file and its page do not answer for each other", async () => {
  const fetch = site(TREE);
  const typeOf = async (query: string) => {
    const response = await fetch(`/a%20b/c.md${query}`);
    await response.text();
    return response.headers.get("content-type");
  };
  const raw = "text/markdown; charset=utf-8";
  const page = "text/html; charset=utf-8";
  const rows: ReadonlyArray<readonly [query: string, type: string]> = [
    ["", raw],
    ["?view", page],
    ["?view=", page],
    ["?a=b&view", page],
    ["?view&a", page],
    ["?view=grid", raw],
    ["?preview", raw],
    ["?a=view", raw],
  ];
  for (const [query, type] of [...rows, ...rows]) {
    assertEquals(await typeOf(query), type, query);
  }
});

Deno.test("?view: what is no Markdown by its type, or longer than 64 KiB, is sent as it is", async () => {
  const fetch = site(TREE);
  for (
    const [name, type] of [["t.txt", "text/plain"], [
      "long.md",
      "text/markdown",
    ]]
  ) {
    const response = await fetch(`/a%20b/${name}?view`);
    assertEquals(
      response.headers.get("content-type"),
      `${type}; charset=utf-8`,
    );
    await response.body?.cancel();
  }
  const own = site(TREE, { mediaTypes: { ".md": "text/plain" } });
  const response = await own("/a%20b/c.md?view");
  assertEquals(
    response.headers.get("content-type"),
    "text/plain; charset=utf-8",
  );
  await response.body?.cancel();
  const absent = await fetch("/a%20b/none.md?view");
  assertEquals(absent.status, 404);
  await absent.body?.cancel();
});

Deno.test("?view: a text that is made to keep the server busy is shown as it is, and rendered once", async () => {
  const { files, opened, open } = watched(filesOf(TREE));
  const fetch = site({}, { files, clock: { now: () => NOW } });
  for (let time = 0; time < 3; time++) {
    const text = await (await fetch("/a%20b/dense.md?view")).text();
    assertStringIncludes(
      text,
      '<pre class="text" dir="auto" tabindex="0">*a**a*',
    );
  }
  assertEquals(opened, ["/a b/dense.md"]);
  assertEquals(open(), 0);
});

Deno.test("?view: the fields for the path of the file are those of its page, too", async () => {
  const fetch = site(TREE, {
    headersByPath: [["**/*.md", { "Cache-Control": "max-age=60" }]],
  });
  const { headers, body } = await fetch("/a%20b/c.md?view");
  await body?.cancel();
  assertEquals(headers.get("cache-control"), "max-age=60");
});
