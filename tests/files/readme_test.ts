/** What describes a directory stands below its listing, where people look at it. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { MemoryFile, SiteOptions } from "../../main.ts";
import { filesOf, NOW, site, watched, YESTERDAY } from "../support/site.ts";

const HTML = { headers: { accept: "text/html" } };

/** The article below a listing; `undefined` where there is none. */
async function articleOf(
  tree: Record<string, MemoryFile>,
  path = "/",
  options: Partial<SiteOptions> = {},
): Promise<string | undefined> {
  const page = await (await site(tree, options)(path, HTML)).text();
  assertStringIncludes(page, "<main>");
  return /<article>([^]*)<\/article>/.exec(page)?.[1]?.trim();
}

Deno.test("README: README.md, index.md or README.txt in any case, the first of them", async () => {
  const rows: ReadonlyArray<readonly [names: string[], article?: string]> = [
    [["README.md", "index.md", "README.txt"], '<p dir="auto">README.md</p>'],
    [["index.md", "README.txt"], '<p dir="auto">index.md</p>'],
    [
      ["README.txt", "a.md"],
      '<pre class="text" dir="auto" tabindex="0">README.txt</pre>',
    ],
    [["readme.md"], '<p dir="auto">readme.md</p>'],
    [
      ["Readme.TXT"],
      '<pre class="text" dir="auto" tabindex="0">Readme.TXT</pre>',
    ],
    [["a.md", "README", "README.md.bak", "README.md/a"]],
  ];
  for (const [names, article] of rows) {
    const tree = Object.fromEntries(
      names.map((name) => [`/d/${name}`, name]),
    );
    assertEquals(await articleOf(tree, "/d/"), article, names.join());
  }
});

Deno.test("README: none where it may not be seen, or says nothing", async () => {
  const tree = { "/README.md": "# Text", "/a": "" };
  assertStringIncludes(await articleOf(tree) ?? "", ">Text</h2>");
  assertEquals(await articleOf(tree, "/", { readme: false }), undefined);
  assertEquals(await articleOf({ "/README.md": " \n" }), undefined);
  assertEquals(await articleOf({ "/.README.md": "a", "/b": "" }), undefined);
  // A script runs where it is asked for; nobody reads it.
  const cgi = { cgi: { extensions: { ".md": "/bin/cat" } } };
  assertEquals(await articleOf(tree, "/", cgi), undefined);
  const files = filesOf(tree);
  const unreadable = { ...files, open: () => undefined };
  assertEquals(await articleOf(tree, "/", { files: unreadable }), undefined);
});

Deno.test("README: none leads out of the root by a link", async () => {
  const root = await Deno.makeTempDir();
  const outside = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${outside}/secret.md`, "secret");
    await Deno.symlink(`${outside}/secret.md`, `${root}/README.md`);
    const { createHandler } = await import("../../main.ts");
    const ask = async (followSymlinks: boolean) => {
      const handler = createHandler({ root, followSymlinks, log: false });
      const request = new Request("http://localhost/", HTML);
      return (await (await handler(request)).text()).includes(">secret</p>");
    };
    assertEquals(await ask(false), false);
    assertEquals(await ask(true), true);
  } finally {
    await Deno.remove(root, { recursive: true });
    await Deno.remove(outside, { recursive: true });
  }
});

Deno.test("README: only on the first page that a browser gets, and in no other form", async () => {
  const many = Array.from({ length: 1001 }, (_, at) => [`/${at}`, ""]);
  const fetch = site({
    ...Object.fromEntries(many),
    "/zz/a": "",
    "/README.md": "described",
  });
  const has = async (path: string, accept = "text/html") =>
    (await (await fetch(path, { headers: { accept } })).text())
      .includes("described");
  assertEquals(await has("/"), true);
  assertEquals(await has("/?sort=size&order=desc"), true);
  for (
    const path of ["/?page=2", "/?q=0", "/?q=0&recursive", "/?format=json"]
  ) {
    assertEquals(await has(path), false, path);
  }
  // Programs follow links, and a README may have any.
  for (const accept of ["*/*", "application/json", "text/plain"]) {
    assertEquals(await has("/", accept), false, accept);
  }
});

Deno.test("README: of a long one the beginning up to the end of a line, and where to read on", async () => {
  const line = `${"word ".repeat(20)}\n\n`;
  const text = `${line.repeat(700)}the end`;
  const article = await articleOf({ "/README.md": text }) ?? "";
  assert(article.length > 60_000 && !article.includes("the end"));
  assert(
    article.endsWith(
      'word</p>\n<p class="note">This is the beginning. Read on in <a href="README.md"><bdi>README.md</bdi></a>.</p>',
    ),
    article.slice(-200),
  );
  assert(!(await articleOf({ "/README.md": line }) ?? "").includes("note"));
});

Deno.test("README: text and Markdown in UTF-8, whatever the bytes; HTML in either is text", async () => {
  const bytes = Uint8Array.of(0xef, 0xbb, 0xbf, 0x61, 0xff, 0x3c, 0x62, 0x3e);
  assertEquals(
    await articleOf({ "/README.md": bytes }),
    '<p dir="auto">a\ufffd&lt;b&gt;</p>',
  );
  assertEquals(
    await articleOf({ "/README.txt": bytes }),
    '<pre class="text" dir="auto" tabindex="0">a\ufffd&lt;b&gt;</pre>',
  );
});

Deno.test("README: a text that is made to keep the server busy is shown as it is", async () => {
  const text = "*a*".repeat(20_000);
  assertEquals(
    await articleOf({ "/README.md": text }),
    `<pre class="text" dir="auto" tabindex="0">${text}</pre>`,
  );
});

Deno.test("README: it is rendered once for each state of its file, and a change is seen", async () => {
  const tree: Record<string, MemoryFile> = { "/README.md": "one" };
  const { files, opened, open } = watched(filesOf(tree));
  const fetch = site({}, { files });
  const ask = async () => {
    const response = await fetch("/", HTML);
    const [, text = ""] = /<article><p dir="auto">(.*)<\/p>/
      .exec(await response.text()) ?? [];
    return { text, tag: response.headers.get("etag") };
  };
  const one = await ask();
  assertEquals(one.text, "one");
  assertEquals(await ask(), one);
  assertEquals(opened, ["/README.md"]);
  tree["/README.md"] = { content: "two", mtime: YESTERDAY + 60_000 };
  const two = await ask();
  assertEquals(two.text, "two");
  assert(two.tag !== one.tag);
  // Too young: it could change again unnoticed.
  tree["/README.md"] = { content: "new", mtime: NOW - 1 };
  await ask();
  await ask();
  assertEquals(opened.length, 4);
  assertEquals(open(), 0);
});
