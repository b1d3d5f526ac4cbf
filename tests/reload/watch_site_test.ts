/** What of a site has changed, and when it is told: by a watch that the tests speak for. */

import { assert, assertEquals } from "@std/assert";
import { siteDefaults } from "../../lib/handler/defaults.ts";
import type { Files } from "../../lib/ports/files.ts";
import type { Change, Watch, WatchFailure } from "../../lib/ports/watch.ts";
import { type SiteChanges, watchSite } from "../../lib/reload/watch_site.ts";
import { currentRuntime } from "../../lib/runtime/mod.ts";
import type { SiteOptions } from "../../lib/site/options.ts";
import { createSite } from "../../lib/site/site.ts";
import { temporaryDirectory } from "../support/program.ts";
import { until } from "../support/wait.ts";
import { namesIn } from "../support/watched_site.ts";

const runtime = currentRuntime();

interface Watched extends Disposable {
  readonly root: string;
  readonly told: SiteChanges[];
  readonly notices: string[];
  /** The directories that are watched, below the root. */
  readonly directories: Set<string>;
  /** Tells of paths below the root, or of anything. */
  readonly tell: (...paths: string[]) => void;
  readonly tellAny: () => void;
  readonly fail: (failure: WatchFailure) => void;
  readonly names: () => string[];
  readonly write: (path: string, text?: string) => void;
}

/** Watches a new site with some files; `failure` is what adding a directory gives. */
async function watched(
  paths: readonly string[],
  options: Partial<SiteOptions> = {},
  failure?: WatchFailure,
): Promise<Watched> {
  const directory = temporaryDirectory();
  const root = Deno.realPathSync(directory.path);
  let count = 0;
  // Each text is longer than the last: within a tick of the system's clock nothing else tells them apart.
  const write = (path: string, text = "x".repeat(++count)) => {
    const [, folder] = /^(.*)\/[^/]*$/.exec(`${root}/${path}`) ?? [];
    Deno.mkdirSync(folder ?? root, { recursive: true });
    Deno.writeTextFileSync(`${root}/${path}`, text);
  };
  for (const path of paths) write(path);
  const directories = new Set<string>();
  let onChange: (change: Change) => void = () => {};
  let fail: (failure: WatchFailure) => void = () => {};
  const watch: Watch = (change, failed) => {
    [onChange, fail] = [change, failed];
    return {
      add: (path) => {
        if (failure === undefined) directories.add(path.slice(root.length));
        return Promise.resolve(failure);
      },
      remove: (path) => void directories.delete(path.slice(root.length)),
      close: () => directories.clear(),
    };
  };
  const told: SiteChanges[] = [];
  const notices: string[] = [];
  const site = createSite(
    { root, log: false, ...options },
    siteDefaults(runtime),
  );
  const { ready, close } = watchSite(site, watch, {
    changed: (changes) => told.push(changes),
    notice: (line) => notices.push(line),
  });
  await ready;
  return {
    root,
    told,
    notices,
    directories,
    tell: (...paths) =>
      paths.forEach((path) =>
        onChange({ kind: "path", path: `${root}/${path}` })
      ),
    tellAny: () => onChange({ kind: "any" }),
    fail: (failure) => fail(failure),
    names: () => namesIn(told),
    write,
    [Symbol.dispose]: () => {
      close();
      directory[Symbol.dispose]();
    },
  };
}

/** How long is waited for files that have vanished, in milliseconds. */
const VANISHED_MS = 2000;

/** Does something until it was in time: a slow machine is late now and then, and what waits is each time. */
async function inTime(act: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 5; tries++) if (await act()) return;
  throw new Error("It was never in time");
}

Deno.test("every folder that the site shows is watched, and no other", async () => {
  using site = await watched(["a/b/c", ".git/d", ".well-known/e", "f"]);
  assertEquals([...site.directories].toSorted(), [
    "",
    "/.well-known",
    "/a",
    "/a/b",
  ]);
  using all = await watched(["a/b/c", ".git/d"], { dotfiles: true });
  assertEquals([...all.directories].toSorted(), ["", "/.git", "/a", "/a/b"]);
});

Deno.test("files that the host reads are no names of the site, but change its pages", async () => {
  using site = await watched(["_redirects", "d/_headers"], {
    hostFiles: "netlify",
  });
  site.write("_redirects");
  site.tell("_redirects");
  await until(() => site.told.length === 1);
  site.write("_headers");
  site.tell("_headers");
  await until(() => site.told.length === 2);
  assertEquals(site.names(), ["there _redirects", "there _headers"]);
});

Deno.test("one event is enough for all that has changed below it, and too many change nothing", async () => {
  using site = await watched(["a.html", "d/b.html"]);
  site.tell("a.html", "d", "d/b.html", "d/absent", ".git/x", "../outside");
  site.write("n/o/p.css");
  site.tell("n");
  await until(() => site.told.length > 0);
  assertEquals(site.names().toSorted(), [
    "there n",
    "there n/o",
    "there n/o/p.css",
  ]);
  assert(site.directories.has("/n/o"));
});

Deno.test("a lost change is found when the system tells that it has lost some, and beyond 2,000 events in a burst", async () => {
  using site = await watched(["a.html", "d/b.html"]);
  site.write("d/b.html");
  site.tellAny();
  await until(() => site.told.length === 1);
  assertEquals(site.names(), ["there d/b.html"]);
  site.write("d/b.html");
  for (let count = 0; count < 2001; count++) site.tell("a.html");
  await until(() => site.told.length === 2);
  assertEquals(site.names(), ["there d/b.html", "there d/b.html"]);
});

Deno.test("more than 1,000 names are not told: anything may have changed", async () => {
  using site = await watched(["a.html"]);
  for (let count = 0; count < 1001; count++) site.write(`many/${count}`);
  site.tell("many");
  await until(() => site.told.length > 0);
  assertEquals(site.told, [{ kind: "any" }]);
});

Deno.test("a build empties its folder and writes it later: told once, when all of it is back", async (test) => {
  for (const pause of [30, 300]) {
    await test.step(`${pause} ms later`, () =>
      inTime(async () => {
        using site = await watched([
          "index.html",
          "style.css",
          "about/index.html",
        ]);
        for (const path of ["index.html", "style.css", "about"]) {
          Deno.removeSync(`${site.root}/${path}`, { recursive: true });
          site.tell(path);
        }
        for (const path of ["style.css", "about/index.html", "index.html"]) {
          const before = performance.now();
          await new Promise((resolve) => setTimeout(resolve, pause));
          if (performance.now() - before >= VANISHED_MS) return false;
          assertEquals(site.told, [], path);
          site.write(path);
          site.tell(path);
        }
        await until(() => site.told.length > 0);
        assertEquals(site.told.length, 1);
        assertEquals(site.names().toSorted(), [
          "there about/index.html",
          "there index.html",
          "there style.css",
        ]);
        return true;
      }));
  }
});

Deno.test("a file with another hash in its name takes the place of one: nothing is waited for", () =>
  inTime(async () => {
    using site = await watched(["index.html", "assets/main-1.js"]);
    Deno.removeSync(`${site.root}/assets/main-1.js`);
    site.write("assets/main-2.js");
    site.write("index.html");
    const start = performance.now();
    site.tell("assets/main-1.js", "assets/main-2.js", "index.html");
    await until(() => site.told.length > 0);
    assertEquals(site.names().toSorted(), [
      "gone assets/main-1.js",
      "there assets/main-2.js",
      "there index.html",
    ]);
    return performance.now() - start < VANISHED_MS;
  }));

Deno.test("a file that is not written again is told in the end", async () => {
  using site = await watched(["index.html", "old.html"]);
  Deno.removeSync(`${site.root}/old.html`);
  site.tell("old.html");
  await until(() => site.told.length > 0);
  assertEquals(site.told, [{
    kind: "some",
    changes: [{ kind: "gone", type: "file", segments: ["old.html"] }],
  }]);
});

Deno.test("a file that was moved away and back is not told", async () => {
  using site = await watched(["a.html", "b.html"]);
  Deno.renameSync(`${site.root}/a.html`, `${site.root}/.a`);
  site.tell("a.html");
  await new Promise((resolve) => setTimeout(resolve, 100));
  Deno.renameSync(`${site.root}/.a`, `${site.root}/a.html`);
  site.write("b.html");
  site.tell("a.html", "b.html");
  await until(() => site.told.length > 0);
  assertEquals(site.names(), ["there b.html"]);
});

Deno.test("links are followed as the site follows them, in circles, too", async () => {
  using outside = temporaryDirectory();
  Deno.writeTextFileSync(`${outside.path}/f`, "");
  for (const followSymlinks of [false, true]) {
    using site = await watched(["a/x.html", "b/y.html", ".hidden/z"], {
      followSymlinks,
    });
    const { root } = site;
    Deno.symlinkSync(outside.path, `${root}/out`);
    Deno.symlinkSync("../b", `${root}/a/to-b`);
    Deno.symlinkSync("../a", `${root}/b/to-a`);
    Deno.symlinkSync(".hidden", `${root}/shown`);
    site.tell("out", "a/to-b", "b/to-a", "shown");
    await until(() => site.told.length === 1);
    assertEquals(
      site.names().toSorted(),
      [
        "there a/to-b",
        "there b/to-a",
        "there b/to-a/to-b",
        "there a/to-b/to-a",
        ...followSymlinks ? ["there out", "there out/f"] : [],
      ].toSorted(),
    );
    site.told.length = 0;
    site.write("a/x.html");
    site.write(".hidden/z");
    site.tell("a/x.html", ".hidden/z");
    await until(() => site.told.length === 1);
    assertEquals(site.names().toSorted(), [
      "there a/to-b/to-a/x.html",
      "there a/x.html",
      "there b/to-a/x.html",
    ]);
  }
});

Deno.test("a site that is a file is looked at, and its directory is not watched: only that is told, also behind a link that is re-pointed", async () => {
  using directory = temporaryDirectory();
  const path = Deno.realPathSync(directory.path);
  const write = (name: string) =>
    Deno.writeTextFileSync(`${path}/${name}`, crypto.randomUUID());
  ["1.html", "2.html"].forEach(write);
  Deno.symlinkSync("1.html", `${path}/page.html`);
  using site = await watched([], {
    root: `${path}/page.html`,
    singleFile: true,
  });
  write("other.html");
  write("1.html");
  await until(() => site.told.length === 1);
  Deno.symlinkSync("2.html", `${path}/new`);
  Deno.renameSync(`${path}/new`, `${path}/page.html`);
  await until(() => site.told.length === 2);
  assertEquals(site.names(), ["there page.html", "there page.html"]);
  assertEquals(site.directories.size, 0);
});

Deno.test("the root is another directory: all may have changed; while there is none, nothing is told", async () => {
  using directory = temporaryDirectory();
  const path = Deno.realPathSync(directory.path);
  for (const name of ["1", "2"]) {
    Deno.mkdirSync(`${path}/${name}`);
    Deno.writeTextFileSync(`${path}/${name}/a.html`, name);
  }
  Deno.symlinkSync("1", `${path}/current`);
  using site = await watched([], { root: `${path}/current` });
  Deno.removeSync(`${path}/current`);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  assertEquals(site.told, []);
  Deno.symlinkSync("2", `${path}/current`);
  await until(() => site.told.length > 0);
  assertEquals(site.told, [{ kind: "any" }]);
});

const FAILURES: readonly (readonly [WatchFailure, RegExp])[] = [
  [
    { kind: "limit", message: "ENOSPC" },
    /^The system's limit of watches is reached .*fs\.inotify\.max_user_watches.*: changes are looked for every second$/,
  ],
  [
    { kind: "permission", message: "start with --allow-read=/" },
    /^Cannot watch the files \(start with --allow-read=\/\): changes are looked for every second$/,
  ],
];

for (const [failure, line] of FAILURES) {
  Deno.test(`${failure.kind}: people are told once, and changes are found all the same`, async () => {
    using first = await watched(["a.html", "d/e/f.html"], {}, failure);
    using later = await watched(["a.html", "d/e/f.html"]);
    later.fail(failure);
    later.fail(failure);
    for (const site of [first, later]) {
      assertEquals(site.notices.length, 1);
      assert(line.test(site.notices[0] ?? ""), site.notices[0]);
      assertEquals(site.directories.size, 0);
      site.write("d/e/f.html");
      await until(() => site.told.length === 1, "a change");
      site.write("d/e/new.css");
      await until(() => site.told.length === 2, "a new file");
      assertEquals(site.names(), ["there d/e/f.html", "there d/e/new.css"]);
      assertEquals(site.notices.length, 1);
    }
  });
}

Deno.test("a disk that fails for a while is told once, and looked at again", async () => {
  const { files } = runtime;
  let isFailing = false;
  const faulty: Files = {
    ...files,
    stat: (path) => {
      if (isFailing && path.endsWith(".html")) throw new Error("broken");
      return files.stat(path);
    },
  };
  using site = await watched(["a.html"], { files: faulty });
  isFailing = true;
  site.write("a.html");
  site.tell("a.html");
  await until(() => site.notices.length > 0);
  assertEquals(site.notices, ["Cannot look for changes: broken"]);
  isFailing = false;
  await until(() => site.told.length > 0);
  assertEquals(site.names(), ["there a.html"]);
});
