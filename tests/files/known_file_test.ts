/** A file among known names is answered at once, and like any other. */
import { assert, assertEquals } from "@std/assert";
import {
  createHandler,
  createResolve,
  type Files,
  type SiteOptions,
} from "../../lib/mod.ts";
import { currentRuntime } from "../../lib/runtime/mod.ts";
import { temporaryDirectory } from "../support/program.ts";

const ignore = Deno.build.os === "windows";
/** Far enough from now that what a test writes has lain for a while. */
const clock = { now: () => Date.now() + 10_000 };

const CONTENT: Readonly<Record<string, string>> = {
  "1.txt": "hello",
  "empty.txt": "",
  "long.txt": "hello ".repeat(500),
  "both.txt": "hello both",
  "both.txt.gz": "coded",
  "set.txt": "its time was set",
  "a.md": "# Hello",
  "page.html": "<p>Page",
  "index.html": "<p>Index",
  "picture.svgz": "coded",
  "noextension": "plain text",
  "app.3f2a9c1b.js": "1",
  ".hidden": "hidden",
  "_headers": "/*\n  X-Hosted: yes",
};

function write(root: string): void {
  for (const directory of [root, `${root}/d`, `${root}/.git`]) {
    Deno.mkdirSync(directory, { recursive: true });
    for (const [name, text] of Object.entries(CONTENT)) {
      Deno.writeTextFileSync(`${directory}/${name}`, text);
    }
    Deno.utimeSync(`${directory}/set.txt`, 1_000_000_000, 1_000_000_000);
  }
  Deno.symlinkSync("1.txt", `${root}/link.txt`);
  Deno.symlinkSync("d", `${root}/linked`);
}

/** The same disk, but that each file is looked for. */
function unknown(files: Files): Files {
  return { ...files, find: (...given) => files.find?.(...given) };
}

const PATHS = [
  ...Object.keys(CONTENT).map((name) => `/${name}`),
  ..."/d/1.txt /d/both.txt /d/index.html /d/app.3f2a9c1b.js /.git/1.txt /1.txt/"
    .split(" "),
  ..."/1.txt?view /a.md?view /1.txt?download /d//1.txt //1.txt /d%2f1.txt"
    .split(" "),
  ..."/page / /d /link.txt /linked/1.txt /D/1.txt /none /m/1.txt /M/1.txt"
    .split(" "),
  ..."/m//1.txt /d/../1.txt /%31.txt /1.txt%00".split(" "),
];

const REQUESTS: ReadonlyArray<RequestInit> = [
  {},
  { method: "HEAD" },
  { headers: { "accept-encoding": "gzip, br" } },
  { headers: { range: "bytes=1-2" } },
  { headers: { "if-none-match": "*" } },
  { headers: { origin: "https://a.example", "want-repr-digest": "sha-256=1" } },
];

const OPTIONS: ReadonlyArray<Partial<SiteOptions>> = [
  {},
  { urlRoot: "/m" },
  { compress: true, cors: true },
  { cors: ["https://a.example"], dotfiles: true },
  { sidecars: false, noEtag: ["/d/**"] },
  { cleanUrls: true },
  { hostFiles: "netlify", hostFilesLog: false },
  { mergeSlashes: true, followSymlinks: true },
  { guessType: () => "text/x-own", listing: false },
  { resolve: (target, next) => next(target) },
  { resolve: createResolve({ root: ".", log: false }) },
  { basicAuth: { users: { ada: "secret" } } },
  { headersByPath: [["/d/**", { "X-A": "b" }]] },
];

async function told(
  answer: Response | Promise<Response>,
): Promise<readonly unknown[]> {
  const { status, headers, body } = await answer;
  headers.delete("date");
  const text = body === null ? "" : await new Response(body).text();
  return [status, [...headers], text];
}

Deno.test({
  name:
    "what is found among known names is answered as what is looked for, whatever is asked and whatever the options say",
  ignore,
  fn: async () => {
    using directory = temporaryDirectory();
    const root = `${directory.path}/root`;
    write(root);
    const { files } = currentRuntime();
    for (const options of OPTIONS) {
      const site = { root, log: false, clock, ...options } as const;
      const known = createHandler({ ...site, files });
      const other = createHandler({ ...site, files: unknown(files) });
      for (const path of PATHS) {
        for (const [at, init] of REQUESTS.entries()) {
          // By a URL that nobody has asked for before.
          const url = `http://x${path}${path.includes("?") ? "&" : "?"}${at}`;
          const expected = await told(other(new Request(url, init)));
          const what = JSON.stringify([options, path, init]);
          const answer = known(new Request(url, init));
          assertEquals(await told(answer), expected, what);
        }
      }
    }
  },
});

Deno.test({
  name: "a file among known names is answered without a promise",
  ignore,
  fn: async () => {
    using directory = temporaryDirectory();
    const root = `${directory.path}/root`;
    write(root);
    const asking = async () => {
      const handler = createHandler({
        root,
        log: false,
        clock,
        compress: true,
      });
      const ask = (path: string, init?: RequestInit) =>
        handler.answer(new Request(`http://x${path}`, init));
      for (const name of ["a.md", "empty.txt"]) {
        await ask(`/${name}`);
        await ask(`/d/${name}`);
      }
      return ask;
    };
    const ask = await asking();
    for (const path of ["/1.txt", "/d/1.txt", "/d/long.txt", "/picture.svgz"]) {
      for (const init of REQUESTS.slice(0, 2)) {
        const answer = ask(`${path}?${init.method}`, init);
        assert(!(answer instanceof Promise), `${path} ${init.method}`);
        assertEquals(answer.status, 200);
      }
      const headers = { "if-none-match": "*" };
      const answer = ask(`${path}?304`, { headers });
      assert(!(answer instanceof Promise));
      assertEquals(answer.status, 304);
    }
    for (const coding of ["gzip", "br", "zstd"]) {
      // Others would have their turn first, after one that was slow.
      const ask = await asking();
      const headers = { "accept-encoding": coding };
      for (const path of ["/long.txt", "/long.txt"]) {
        const answer = ask(path, { headers });
        assert(!(answer instanceof Promise), coding);
        assertEquals(answer.headers.get("content-encoding"), coding);
      }
    }
    for (const path of ["/both.txt", "/set.txt", "/link.txt", "/none"]) {
      assert(ask(path) instanceof Promise, path);
      await ask(path);
    }
  },
});
