/** What is not there: after the first 404 the short door answers, and says the same as the long way. */
import { assert, assertEquals } from "@std/assert";
import {
  createHandler,
  type Files,
  type LogRecord,
  type SiteOptions,
} from "../../lib/mod.ts";
import { currentRuntime } from "../../lib/runtime/mod.ts";
import { temporaryDirectory } from "../support/program.ts";

const LATER_MS = 10_000;

/** The disk, where calls that tell of a name are counted. */
function countedNames(): { files: Files; counts: Record<string, number> } {
  const { files } = currentRuntime();
  const counts = { find: 0, isMissing: 0 };
  const { find } = files;
  assert(find?.isMissing !== undefined);
  const { isMissing } = find;
  return {
    counts,
    files: {
      ...files,
      find: Object.assign(
        (...asked: Parameters<typeof find>) => (counts.find++, find(...asked)),
        {
          look: find.look,
          isMissing: (path: string) => (counts.isMissing++, isMissing(path)),
        },
      ),
    },
  };
}

function makeSite(root: string): void {
  Deno.mkdirSync(`${root}/d/e`, { recursive: true });
  Deno.mkdirSync(`${root}/own`);
  Deno.mkdirSync(`${root}/.hidden`);
  Deno.writeTextFileSync(`${root}/a.txt`, "hello");
  Deno.writeTextFileSync(`${root}/page.html`, "page");
  Deno.writeTextFileSync(`${root}/own/404.html`, "our own");
  Deno.writeTextFileSync(`${root}/.hidden/b.txt`, "hidden");
  Deno.symlinkSync("/etc/hostname", `${root}/outside`);
  Deno.symlinkSync("nowhere", `${root}/dangling`);
}

const PATHS = [
  "/none",
  "/none/",
  "/none?query",
  "/d/none",
  "/d/e/none/at/all",
  "/own/none",
  "/.hidden",
  "/.hidden/b.txt",
  "/.hidden/none",
  "/.well-known/none",
  "/outside",
  "/dangling",
  "/page",
  "/a.txt/",
  "/a.txt/none",
  "//none",
  "/d//none",
  "/d%2Fnone",
  "/d%2f",
  "/%00",
  "/%ff",
  `/${"x".repeat(300)}`,
  "/_redirects",
  "/a.txt",
  "/d",
  "/",
] as const;

/** Methods, and what is accepted. */
const ASKED: ReadonlyArray<[method: string, accept: string | null]> = [
  ["GET", null],
  ["HEAD", "*/*"],
  ["GET", "text/html"],
  ["GET", "application/json"],
];

Deno.test("whatever the options, both doors give one answer to what is not there", async () => {
  const rows: ReadonlyArray<Partial<SiteOptions>> = [
    {},
    { listing: "plain" },
    { listing: false, dotfiles: true, followSymlinks: true },
    { mergeSlashes: true },
    { urlRoot: "/mount/" },
    { cleanUrls: true },
    { spa: "page.html" },
    { hostFiles: "netlify" },
    { cgi: true },
    { upload: true },
    { upload: { only: true } },
    { trailingSlash: "never", cleanUrls: true },
    { urlRoot: "/mount/", redirectRoot: true },
    { cors: true },
    { cors: ["https://example.com"] },
    { headers: { "X-Own": "1" } },
    { maxConnections: 4 },
    { errorPage: (status) => ({ body: `page of ${status}` }) },
    {
      resolve: (target, next) =>
        target.segments[0] === "none" ? { kind: "absent" } : next(target),
    },
  ];
  using directory = temporaryDirectory();
  makeSite(directory.path);
  const now = Date.now() + LATER_MS;
  const make = (options: Partial<SiteOptions>) => {
    const records: LogRecord[] = [];
    const handler = createHandler({
      root: directory.path,
      clock: { now: () => now },
      log: (record) => records.push(record),
      hostFilesLog: () => {},
      ...options,
    });
    return { handler, records };
  };
  for (const options of rows) {
    const { urlRoot = "/" } = options;
    const warm = make(options);
    const ask = async (
      { handler, records }: ReturnType<typeof make>,
      path: string,
      method: string,
      accept: string | null,
    ) => {
      const url = `http://x${urlRoot.slice(0, -1)}${path}`;
      const headers = accept === null ? [] : [["accept", accept]];
      const response = await handler(
        new Request(url, {
          method,
          headers: new Headers(headers as [string, string][]),
        }),
      );
      const fields = [...response.headers];
      const content = await response.text();
      while (records.length === 0) {
        await new Promise((next) => setTimeout(next));
      }
      const { status, reason, message, bytes, aborted } = records.pop() ?? {};
      const logged = { status, reason, message, bytes, aborted };
      return { status: response.status, fields, content, logged };
    };
    for (const path of ["/none", "/d/none", "/none"]) {
      await ask(warm, path, "GET", null);
    }
    for (const path of PATHS) {
      for (const [method, accept] of ASKED) {
        assertEquals(
          await ask(warm, path, method, accept),
          await ask(make(options), path, method, accept),
          JSON.stringify([options, path, method, accept]),
        );
      }
    }
  }
});

Deno.test("what is not there costs one call of the system and no promise, once a 404 was sent", async () => {
  const rows: ReadonlyArray<[Partial<SiteOptions>, isShort: boolean]> = [
    [{}, true],
    [{ urlRoot: "/d/" }, true],
    [{ cors: true, log: () => {} }, true],
    [{ cleanUrls: true }, false],
    [{ basicAuth: { users: { ada: "secret" } } }, false],
  ];
  for (const [options, isShort] of rows) {
    using directory = temporaryDirectory();
    const { files, counts } = countedNames();
    const handler = createHandler({
      root: directory.path,
      log: false,
      ...options,
      files,
    });
    const ask = (name: string) => {
      const { urlRoot = "/" } = options;
      const headers = { authorization: `Basic ${btoa("ada:secret")}` };
      return handler(new Request(`http://x${urlRoot}${name}`, { headers }));
    };
    for (const name of ["first", "second"]) {
      assertEquals((await ask(name)).status, 404);
    }
    const before = { ...counts };
    const answer = ask("none");
    assertEquals(answer instanceof Promise, !isShort, JSON.stringify(options));
    assertEquals((await answer).status, 404);
    if (!isShort) continue;
    assertEquals(
      [counts.isMissing, counts.find],
      [Number(before.isMissing) + 1, before.find],
    );
    assertEquals((await ask(".hidden")).status, 404);
    assertEquals(counts.isMissing, Number(before.isMissing) + 1);
  }
});

Deno.test("a file that comes is found at once, and one that goes is not", async () => {
  using directory = temporaryDirectory();
  const handler = createHandler({ root: directory.path, log: false });
  const ask = async (path: string) => {
    const response = await handler(new Request(`http://x${path}`));
    await response.text();
    return response.status;
  };
  for (let time = 0; time < 3; time++) {
    assertEquals(await ask("/a.txt"), 404);
    assertEquals(await ask("/d/a.txt"), 404);
    Deno.writeTextFileSync(`${directory.path}/a.txt`, "a");
    Deno.mkdirSync(`${directory.path}/d`);
    Deno.writeTextFileSync(`${directory.path}/d/a.txt`, "a");
    assertEquals(await ask("/a.txt"), 200);
    assertEquals(await ask("/d/a.txt"), 200);
    Deno.removeSync(`${directory.path}/a.txt`);
    Deno.removeSync(`${directory.path}/d`, { recursive: true });
  }
});
