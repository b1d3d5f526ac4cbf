/** "Did you mean": near names, only for browsers, and only among what a listing would show. */

import { assert, assertEquals } from "@std/assert";
import { createHandler, type Files, type SiteOptions } from "../../main.ts";
import { currentRuntime } from "../../lib/runtime/mod.ts";
import { temporaryDirectory } from "../support/program.ts";
import { type Fetch, filesOf, site } from "../support/site.ts";

const TREE = {
  "/about.html": "",
  "/photo.jpeg": "",
  "/photo.png": "",
  "/100%.txt": "",
  "/docs/guide/intro.txt": "",
  "/docs/guide/index1.txt": "",
  "/shown/index.html": "",
  "/shown/secret.txt": "",
  "/.hidden": "",
  "/cgi-bin/script": "",
};

/** The links of "Did you mean". */
async function near(fetch: Fetch, path: string): Promise<string[]> {
  const headers = { accept: "text/html" };
  const response = await fetch(path, { headers });
  const text = await response.text();
  const [, section = ""] = /<section[^>]*>([^]*?)<\/section>/.exec(text) ?? [];
  return [...section.matchAll(/<a href="([^"]*)"/g)].map(([, href = ""]) =>
    new URL(href, `http://localhost${path}`).pathname
  );
}

Deno.test("404: near names of the directory in which the path ends, as links that lead there", async () => {
  const rows: Array<[path: string, links: string[]]> = [
    ["/abuot.html", ["/about.html"]],
    ["/ABOUT.HTML", ["/about.html"]],
    ["/about", ["/about.html"]],
    ["/photo.jpg", ["/photo.jpeg", "/photo.png"]],
    ["/about.html/", ["/about.html"]],
    ["/about.html/x", ["/about.html"]],
    ["/dosc/guide/intro.txt", ["/docs/"]],
    ["/docs/gude/intro.txt", ["/docs/guide/"]],
    ["/docs/guide/intr.txt", ["/docs/guide/intro.txt"]],
    ["//docs//guide//intr.txt", ["/docs/guide/intro.txt"]],
    ["/docs/guide/intr.txt/", ["/docs/guide/intro.txt"]],
    ["/10%25.txt", ["/100%25.txt"]],
    ["/nothing-of-the-kind", []],
    ["/hidden", []],
    [`/${"x".repeat(5000)}`, []],
    ["/docs/guide/none/of/these", []],
  ];
  const fetch = site(TREE);
  for (const [path, links] of rows) {
    assertEquals(await near(fetch, path), links, path);
  }
  const below = site(TREE, { urlRoot: "/x" });
  assertEquals(await near(below, "/x/docs/gude"), ["/x/docs/guide/"]);
  for (const [path] of rows) {
    for (const link of await near(fetch, path)) {
      assertEquals((await fetch(link)).status, 200, link);
    }
  }
});

Deno.test("404: no names where the list of them is hidden, or made by the user", async () => {
  const rows: Array<[path: string, options: Partial<SiteOptions>]> = [
    ["/abuot.html", { listing: false }],
    ["/abuot.html", { list: () => ({ body: "" }) }],
    ["/abuot.html", { resolve: () => ({ kind: "absent" }) }],
    ["/abuot.html", { listing: "plain" }],
    ["/shown/secrte.txt", {}],
    ["/cgi-bni/", { cgi: {} }],
    ["/cgi-bin/scrpt", { cgi: {} }],
    ["/hiddn", {}],
  ];
  for (const [path, options] of rows) {
    assertEquals(await near(site(TREE, options), path), [], path);
  }
  // An index is a matter of each directory.
  assertEquals(await near(site(TREE), "/shwon/"), ["/shown/"]);
  const { headers } = await site(TREE)("/abuot.html");
  assertEquals(headers.get("content-type"), "text/html; charset=utf-8");
});

Deno.test("404: a link that leads nowhere or out of the root is no near name, three are enough", async () => {
  using directory = temporaryDirectory();
  const path = directory.path;
  const root = `${path}/www`;
  Deno.mkdirSync(root);
  Deno.writeTextFileSync(`${path}/file5`, "SECRET");
  Deno.symlinkSync("nowhere", `${root}/file1`);
  Deno.symlinkSync("../file5", `${root}/file2`);
  for (const name of ["file3", "file4", "file6", "file7"]) {
    Deno.writeTextFileSync(`${root}/${name}`, "");
  }
  const handler = createHandler({ root, log: false });
  const fetch: Fetch = async (path, init) =>
    await handler(new Request(`http://localhost${path}`, init));
  assertEquals(await near(fetch, "/file0"), ["/file3", "/file4", "/file6"]);
});

Deno.test("404: what is hidden and what is not there answer alike, to every client", async () => {
  const plain = { "/env": "", "/config.txt": "", "/d/x": "" };
  const full = {
    ...plain,
    "/.env": "SECRET",
    "/.git/config": "SECRET",
    "/d/.x": "SECRET",
  };
  for (const accept of ["text/html", "application/json", "*/*"]) {
    for (const path of ["/.env", "/.git/config", "/d/.x", "/.git/", "/.gti"]) {
      const answers = await Promise.all([plain, full].map(async (tree) => {
        const response = await site(tree)(path, { headers: { accept } });
        return [response.status, [...response.headers], await response.text()];
      }));
      assertEquals(answers[0], answers[1], `${path} ${accept}`);
    }
  }
});

Deno.test("404: only browsers cost a look into a directory, and a long one is not read", async () => {
  let listed = 0;
  let size = 0;
  const disk = filesOf(TREE);
  const files: Files = {
    ...disk,
    stat: async (path) => {
      const stat = await disk.stat(path);
      return stat?.kind === "directory" ? { ...stat, size } : stat;
    },
    list: (path, root) => {
      listed++;
      return disk.list(path, root);
    },
  };
  const ask = async (accept: string) => {
    const before = listed;
    const response = await site({}, { files })("/abuot.html", {
      headers: { accept },
    });
    const text = await response.text();
    return [listed - before, text.includes("Did you mean")];
  };
  assertEquals(await ask("*/*"), [0, false]);
  assertEquals(await ask("application/json"), [0, false]);
  assertEquals(await ask("text/html"), [1, true]);
  size = 65_536;
  assertEquals(await ask("text/html"), [0, false]);
});

Deno.test("404: a directory that may not be read gives no names, and a disk that fails no error", async () => {
  const { files: disk } = currentRuntime();
  using directory = temporaryDirectory();
  Deno.writeTextFileSync(`${directory.path}/about.html`, "");
  const lists: ReadonlyArray<Files["list"]> = [
    () => undefined,
    () => {
      throw new Error("a broken disk");
    },
  ];
  for (const list of lists) {
    const files = { ...disk, list };
    const handler = createHandler({ root: directory.path, files, log: false });
    const headers = { accept: "text/html" };
    const request = new Request("http://x/abuot.html", { headers });
    const response = await handler(request);
    assertEquals(response.status, 404);
    assert(!(await response.text()).includes("Did you mean"));
  }
});
