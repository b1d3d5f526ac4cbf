/** `404.html` of the nearest directory and `50x.html` of the root: pages of the site for its errors. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  createHandler,
  type Files,
  type LogRecord,
  memoryFiles,
  type SiteOptions,
} from "../../main.ts";
import { countedFiles } from "../support/counted_files.ts";
import { temporaryDirectory } from "../support/program.ts";
import { filesOf, site } from "../support/site.ts";

const TREE = {
  "/404.html": "ROOT",
  "/a.txt": "a",
  "/docs/404.html": "DOCS",
  "/docs/guide/x": "",
  "/bare/x": "",
};
const OURS = "<p>Error code: ";

Deno.test("404.html of the nearest directory answers for what is not there, up to the root", async () => {
  const rows = [
    ["/none", "ROOT"],
    ["/none/of/these", "ROOT"],
    ["/bare/none", "ROOT"],
    ["/docs/none", "DOCS"],
    ["/docs/guide/none", "DOCS"],
    ["/docs/none/404.html", "DOCS"],
    ["/a.txt/", "ROOT"],
    ["/.env", "ROOT"],
    ["//docs//none", "DOCS"],
  ] as const;
  const fetch = site(TREE);
  for (const [path, text] of rows) {
    for (let time = 0; time < 2; time++) {
      const response = await fetch(path);
      assertEquals([response.status, await response.text()], [404, text], path);
    }
  }
  const below = site(TREE, { urlRoot: "/x" });
  assertEquals(await (await below("/x/docs/none")).text(), "DOCS");
  assertStringIncludes(await (await below("/docs/none")).text(), OURS);
});

Deno.test("404.html has the status, and no field by which it could be cached or cut", async () => {
  const rules: SiteOptions["headersByPath"] = [
    ["/404.html", { "Cache-Control": "max-age=600", "X-A": "1" }],
    ["**", { Expires: "Sun, 06 Nov 2044 08:49:37 GMT" }],
  ];
  const fetch = site(TREE, {
    cacheControl: "max-age=60",
    headers: { "X-B": "1" },
    headersByPath: rules,
    compress: true,
  });
  const own = await fetch("/404.html");
  const etag = own.headers.get("etag") ?? "";
  assertEquals([own.status, await own.text(), etag === ""], [
    200,
    "ROOT",
    false,
  ]);
  const asked: ReadonlyArray<Record<string, string>> = [
    {},
    { range: "bytes=0-1" },
    { "if-none-match": etag },
    { "if-none-match": "*" },
    { "if-match": '"x"' },
    { "if-modified-since": "Sun, 06 Nov 2044 08:49:37 GMT" },
    { "accept-encoding": "gzip" },
    { accept: "text/html" },
  ];
  for (const headers of asked) {
    for (const method of ["GET", "HEAD"]) {
      const response = await fetch("/none", { headers, method });
      const fields = [...response.headers].filter(([name]) =>
        name !== "date" && name !== "server"
      );
      assertEquals(response.status, 404);
      assertEquals(fields, [
        ["cache-control", "no-cache"],
        ["content-length", "4"],
        ["content-type", "text/html; charset=utf-8"],
        ["x-content-type-options", "nosniff"],
      ], JSON.stringify(headers));
      assertEquals(await response.text(), method === "HEAD" ? "" : "ROOT");
    }
  }
});

Deno.test("50x.html of the root answers for 500, 502, 503 and 504, and for no other status", async () => {
  const tree = { ...TREE, "/50x.html": "SORRY", "/docs/50x.html": "NO" };
  const bug = () => {
    throw new Error("oops");
  };
  const exhausted = () => {
    throw Object.assign(new Error("none left"), { name: "ExhaustedError" });
  };
  const rows: Array<[number, string, Partial<SiteOptions>, RequestInit?]> = [
    [500, "SORRY", { guessType: bug }],
    [503, "SORRY", { guessType: exhausted }],
    [501, OURS, {}, { method: "EGGS" }],
    [405, OURS, {}, { method: "PUT" }],
  ];
  for (const [status, text, options, init] of rows) {
    const response = await site(tree, options)("/docs/guide/x", init);
    assertEquals(response.status, status);
    assertStringIncludes(await response.text(), text);
    const retry = status === 503 ? "1" : null;
    assertEquals(response.headers.get("retry-after"), retry);
  }
});

Deno.test("before the login, and where there is no place, nothing is looked up: no 50x.html, no names", async () => {
  const { files, counts } = countedFiles();
  using directory = temporaryDirectory();
  const root = directory.path;
  Deno.writeTextFileSync(`${root}/50x.html`, "SORRY");
  const verify = (user: string) => {
    if (user === "bug") throw new Error("oops");
    return user === "ada";
  };
  const handler = createHandler({
    root,
    files,
    log: false,
    basicAuth: { verify },
    guessType: () => {
      throw new Error("oops");
    },
  });
  const ask = async (user: string) => {
    const authorization = `Basic ${btoa(`${user}:x`)}`;
    const headers = { authorization, accept: "text/html" };
    const url = "http://x/50x.html";
    const response = await handler(new Request(url, { headers }));
    return { status: response.status, text: await response.text() };
  };
  // The page is in memory by now.
  assertEquals(await ask("ada"), { status: 500, text: "SORRY" });
  const before = { ...counts };
  for (const [user, status] of [["bug", 500], ["bob", 401]] as const) {
    const answer = await ask(user);
    assertEquals(answer.status, status);
    assert(!answer.text.includes("SORRY"), user);
  }
  assertEquals(counts, before);
});

Deno.test("404.html obeys the policies: hidden, outside, scripts, directories, and too large ones are not used", async () => {
  using directory = temporaryDirectory();
  const path = directory.path;
  const root = `${path}/www`;
  for (
    const name of ["out", "dir/404.html", ".git", "cgi-bin", "big", "link"]
  ) {
    Deno.mkdirSync(`${root}/${name}`, { recursive: true });
  }
  Deno.writeTextFileSync(`${path}/secret.html`, "SECRET");
  Deno.writeTextFileSync(`${root}/.git/404.html`, "SECRET");
  Deno.writeTextFileSync(`${root}/cgi-bin/404.html`, "SECRET");
  Deno.writeTextFileSync(`${root}/inside.html`, "INSIDE");
  Deno.writeTextFileSync(`${root}/big/404.html`, "x".repeat(1_048_577));
  Deno.symlinkSync("../../secret.html", `${root}/out/404.html`);
  Deno.symlinkSync("../inside.html", `${root}/link/404.html`);
  const rows = [
    ["/out/none", OURS],
    ["/dir/none", OURS],
    ["/.git/none", OURS],
    ["/cgi-bin/none", OURS],
    ["/big/none", OURS],
    ["/link/none", "INSIDE"],
  ] as const;
  for (const cgi of [false, true]) {
    const handler = createHandler({ root, log: false, cgi });
    for (const [path, text] of rows) {
      if (!cgi && path.startsWith("/cgi-bin")) continue;
      const response = await handler(new Request(`http://x${path}`));
      assertEquals(response.status, 404, path);
      const page = await response.text();
      assertStringIncludes(page, text, path);
      assert(!page.includes("SECRET"), path);
    }
  }
  const cgi = { extensions: { ".html": ["/bin/cat"] } };
  const run = createHandler({ root: `${root}/link`, log: false, cgi });
  const response = await run(new Request("http://x/none"));
  assertStringIncludes(await response.text(), OURS);
});

Deno.test("a 404.html that comes, changes, goes, or cannot be read: within a second, and without an error", async () => {
  using directory = temporaryDirectory();
  const root = directory.path;
  let now = Date.now();
  const clock = { now: () => now };
  const records: LogRecord[] = [];
  const log = (record: LogRecord) => records.push(record);
  const { files: disk } = countedFiles();
  let isBroken = false;
  const files: Files = {
    ...disk,
    open: (path) => {
      if (isBroken) throw new Error("a broken disk");
      return disk.open(path);
    },
  };
  const handler = createHandler({ root, files, clock, log });
  const ask = async () => {
    now += 1000;
    const response = await handler(new Request("http://x/none"));
    assertEquals(response.status, 404);
    return await response.text();
  };
  const page = `${root}/404.html`;
  assertStringIncludes(await ask(), OURS);
  Deno.writeTextFileSync(page, "one");
  assertEquals(await ask(), "one");
  Deno.writeTextFileSync(page, "another");
  assertEquals(await ask(), "another");
  Deno.writeTextFileSync(page, "");
  assertEquals(await ask(), "");
  isBroken = true;
  assertStringIncludes(await ask(), OURS);
  isBroken = false;
  Deno.removeSync(page);
  assertStringIncludes(await ask(), OURS);
  // A clock that was set back must not make it last.
  Deno.writeTextFileSync(page, "late");
  now -= 100_000;
  assertEquals(await ask(), "late");
});

Deno.test("a file that vanishes while it is opened is 404 with that page, and trying ends", async () => {
  const disk = memoryFiles({ "/a.txt": "a", "/404.html": "ROOT" });
  const files: Files = {
    ...disk,
    open: (path) => path === "/a.txt" ? undefined : disk.open(path),
  };
  const response = await site({}, { files })("/a.txt");
  assertEquals([response.status, await response.text()], [404, "ROOT"]);
});

Deno.test("what is passed on has no page; nor has a site of one file, or with a resolve of its own", async () => {
  const files = filesOf(TREE);
  const passing = createHandler({
    root: "/",
    files,
    fallthrough: true,
    log: false,
  });
  assertEquals(await passing(new Request("http://x/none")), undefined);
  const rows: Array<Partial<SiteOptions>> = [
    { root: "/404.html", singleFile: true },
    { resolve: () => ({ kind: "absent" }) },
  ];
  for (const options of rows) {
    const response = await site(TREE, options)("/none");
    assertEquals(response.status, 404);
    assertStringIncludes(await response.text(), OURS);
  }
});

Deno.test("a 404 for a client without wishes looks for no page again within a second", async () => {
  const { files, counts } = countedFiles();
  using directory = temporaryDirectory();
  const root = directory.path;
  Deno.mkdirSync(`${root}/d/e`, { recursive: true });
  for (const text of [undefined, "ROOT"]) {
    if (text !== undefined) Deno.writeTextFileSync(`${root}/404.html`, text);
    const now = Date.now() + 10_000;
    const clock = { now: () => now };
    const handler = createHandler({ root, files, clock, log: false });
    const ask = async (path: string) => {
      const before = { ...counts };
      await (await handler(new Request(`http://x${path}`))).text();
      return [counts.find - before.find, counts.open - before.open];
    };
    await ask("/none");
    await ask("/d/e/none");
    assertEquals(await ask("/other"), [1, 0]);
    assertEquals(await ask("/d/e/other"), [1, 0]);
    // Of a path that is not there one directory is looked for, however long it is.
    assertEquals(await ask(`/x${"/y".repeat(1000)}`), [2, 0]);
  }
});

Deno.test("404.html: an encoded slash is no way to have another directory forgotten", async () => {
  const fetch = site({ "/d/e/404.html": "own", "/d/e/f": "" });
  const text = async (path: string) => await (await fetch(path)).text();
  assert(!(await text("/d%2fe/none")).includes("own"));
  assertEquals(await text("/d/e/none"), "own");
});
