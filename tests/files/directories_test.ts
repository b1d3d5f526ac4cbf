/** Files in directories whose names are known: few calls, and never what was there before, or elsewhere. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  createHandler,
  type Files,
  type Find,
  type SiteOptions,
} from "../../lib/mod.ts";
import { createDirectories } from "../../lib/files/directories.ts";
import { siteDefaults } from "../../lib/handler/defaults.ts";
import { createSiteHandler } from "../../lib/handler/handler.ts";
import { currentRuntime } from "../../lib/runtime/mod.ts";
import { createSite } from "../../lib/site/site.ts";

const ignore = Deno.build.os === "windows";
/** Far enough from now that what a test writes has lain for a while. */
const LATER_MS = 10_000;

interface Known {
  /** The root, in a directory of the test's own. */
  readonly root: string;
  /** The calls since `ask` was called last. */
  readonly calls: string[];
  /** What happens before each call. */
  before: (call: number) => void;
  /** Asks by a URL that nobody has asked for before. */
  readonly ask: (
    path: string,
    headers?: Record<string, string>,
  ) => Promise<string>;
  readonly [Symbol.dispose]: () => void;
}

let asked = 0;
let oldest = 0;

/** A site whose calls are told: `d/e/` has ten files, and a few more lie above it. */
function known(options: Partial<SiteOptions> = {}): Known {
  const top = Deno.makeTempDirSync();
  const root = `${top}/root`;
  for (const path of ["root/d/e", "outside/e", "root/.hidden"]) {
    Deno.mkdirSync(`${top}/${path}`, { recursive: true });
  }
  for (let at = 0; at < 10; at++) write(`${root}/d/e/${at}.txt`, `deep ${at}`);
  for (let at = 0; at < 10; at++) write(`${root}/d/${at}.txt`, `in d ${at}`);
  for (let at = 0; at < 10; at++) write(`${root}/${at}.txt`, `top ${at}`);
  write(`${top}/outside/1.txt`, "FOREIGN");
  write(`${top}/outside/e/1.txt`, "FOREIGN");
  write(`${root}/.hidden/1.txt`, "FOREIGN");
  settle(root);
  const site: Known = {
    root,
    calls: [],
    before: () => {},
    ask: async (path, headers = {}) => {
      site.calls.length = 0;
      const url = `http://x${path}?${++asked}`;
      const response = await handler(new Request(url, { headers }));
      return `${response.status} ${await response.text()}`.trim();
    },
    [Symbol.dispose]: () => Deno.removeSync(top, { recursive: true }),
  };
  const handler = createHandler({
    root,
    log: false,
    clock: { now: () => Date.now() + LATER_MS },
    ...options,
    files: told(site, options.files ?? currentRuntime().files),
  });
  return site;
}

function told(site: Known, files: Files): Files {
  const tell =
    <A extends unknown[], R>(name: string, call: (...a: A) => R) =>
    (...given: A): R => {
      site.before(site.calls.length);
      site.calls.push(name);
      return call(...given);
    };
  const { glance = () => undefined, find = () => undefined } = files;
  const look = (find as Find).look;
  return {
    ...files,
    stat: tell("stat", files.stat),
    glance: tell("glance", glance),
    realPath: tell("realPath", files.realPath),
    list: tell("list", files.list),
    open: Object.assign(tell("open", files.open), {
      whole: tell("read", files.open.whole ?? (() => undefined)),
    }),
    find: Object.assign(tell("find", find), {
      look: look && tell("stat", look),
    }),
  };
}

function write(path: string, text: string): void {
  Deno.writeTextFileSync(path, text);
  Deno.utimeSync(path, ++oldest, oldest);
}

/** As if nothing had changed in the directories for a while. */
function settle(root: string): void {
  for (const path of [`${root}/d/e`, `${root}/d`, root]) {
    Deno.utimeSync(path, ++oldest, oldest);
  }
}

/** Asks until the directories are known. */
async function learn({ ask }: Known): Promise<void> {
  for (let at = 2; at < 5; at++) {
    for (const directory of ["", "/d", "/d/e"]) {
      assert((await ask(`${directory}/${at}.txt`)).startsWith("200 "));
    }
  }
}

Deno.test({
  name:
    "a file in a known directory costs one look, and one for each directory on the way",
  ignore,
  fn: async () => {
    using site = known();
    await learn(site);
    const rows = [["/9.txt", 2], ["/d/9.txt", 3], ["/d/e/9.txt", 4]] as const;
    for (const [path, looks] of rows) {
      await site.ask(path);
      const stats = Array.from({ length: looks }, () => "stat");
      assertEquals(site.calls, ["read", ...stats], path);
      await site.ask(path, { "If-None-Match": "*" });
      assertEquals(site.calls, stats, "304 reads nothing");
      await site.ask(path, { Range: "bytes=0-1" });
      assertEquals(site.calls, [...stats, "open"]);
    }
    await site.ask("/d/", {});
    assert(site.calls.includes("find"), "what is absent is looked for");
  },
});

Deno.test({
  name: "the first file in a small root is found among its names",
  ignore,
  fn: async () => {
    using site = known();
    assertEquals(await site.ask("/1.txt"), "200 top 1");
    assertEquals(site.calls.filter((call) => call === "list").length, 1);
    assert(!site.calls.includes("find"), site.calls.join());
    assertEquals(await site.ask("/2.txt"), "200 top 2");
    assertEquals(site.calls, ["read", "stat", "stat"]);
  },
});

Deno.test({
  name:
    "once a handler is ready, the first file in a small root is answered without a promise",
  ignore,
  fn: async () => {
    const root = Deno.makeTempDirSync();
    Deno.writeTextFileSync(`${root}/1.txt`, "first");
    const clock = { now: () => Date.now() + LATER_MS };
    const site = createSite(
      { root, log: false, clock },
      siteDefaults(currentRuntime()),
    );
    const handler = createSiteHandler(site);
    await handler.ready();
    const answer = handler.answer(new Request("http://x/1.txt"));
    Deno.removeSync(root, { recursive: true });
    assert(!(answer instanceof Promise));
    assertEquals(answer.status, 200);
  },
});

Deno.test({
  name: "names that could not be read are read when they are wanted again",
  ignore,
  fn: async () => {
    const root = Deno.makeTempDirSync();
    Deno.writeTextFileSync(`${root}/1.txt`, "first");
    const { files } = currentRuntime();
    let left = 2;
    const list: Files["list"] = (path) => {
      if (left-- > 0) throw new Error("too many open files");
      return files.list(path);
    };
    const directories = createDirectories(
      { ...files, list },
      () => Date.now() + LATER_MS,
    );
    const find = () => directories.find(root, ["1.txt"], false);
    await assertRejects(() => directories.list(root));
    const first = await find();
    const names = await directories.list(root);
    const found = await find();
    Deno.removeSync(root, { recursive: true });
    assertEquals(first, undefined);
    assertEquals(names?.get("1.txt"), "file");
    assertEquals(found?.stat.kind, "file");
  },
});

Deno.test({
  name: "conditions count at the first visit of a file among known names, too",
  ignore,
  fn: async () => {
    const root = Deno.makeTempDirSync();
    const clock = { now: () => Date.now() + LATER_MS };
    const handler = createHandler({ root, log: false, clock });
    const rows: Array<[status: number, headers: Record<string, string>]> = [
      [200, {}],
      [412, { "If-Match": '"other"' }],
      [412, { "If-Unmodified-Since": "Thu, 01 Jan 1998 00:00:00 GMT" }],
      [304, { "If-None-Match": "*" }],
      [304, { "If-Modified-Since": new Date(clock.now()).toUTCString() }],
      [206, { "Range": "bytes=0-0" }],
    ];
    rows.forEach((_, at) => Deno.writeTextFileSync(`${root}/${at}.txt`, "a"));
    for (const [at, [status, headers]] of rows.entries()) {
      const url = `http://x/${at}.txt`;
      const response = await handler(new Request(url, { headers }));
      await response.body?.cancel();
      assertEquals(response.status, status, JSON.stringify(headers));
    }
    Deno.removeSync(root, { recursive: true });
  },
});

Deno.test({
  name: "what has changed in a known directory is seen at once",
  ignore,
  fn: async () => {
    using site = known();
    const { root, ask } = site;
    await learn(site);
    const outside = `${root}/../outside`;
    const gzip = { "accept-encoding": "gzip" };
    const rows: ReadonlyArray<
      [what: string, answer: string, path: string, change: () => void]
    > = [
      ["a new file", "200 new", "/d/e/new.txt", () => {
        write(`${root}/d/e/new.txt`, "new");
      }],
      ["a file that is gone", "404", "/d/e/new.txt", () => {
        Deno.removeSync(`${root}/d/e/new.txt`);
      }],
      ["a renamed file", "200 deep 2", "/d/e/moved.txt", () => {
        Deno.renameSync(`${root}/d/e/2.txt`, `${root}/d/e/moved.txt`);
      }],
      ["a replaced file", "200 deep 3", "/d/e/moved.txt", () => {
        Deno.renameSync(`${root}/d/e/3.txt`, `${root}/d/e/moved.txt`);
      }],
      ["a written file", "200 written", "/d/e/4.txt", () => {
        write(`${root}/d/e/4.txt`, "written");
      }],
      ["a new sidecar", "200 coded", "/d/e/4.txt", () => {
        write(`${root}/d/e/4.txt.gz`, "coded");
      }],
      ["a sidecar that is gone", "200 written", "/d/e/4.txt", () => {
        Deno.removeSync(`${root}/d/e/4.txt.gz`);
      }],
      ["a sidecar by a link", "404", "/d/e/1.txt.gz", () => {
        Deno.symlinkSync(`${outside}/1.txt`, `${root}/d/e/1.txt.gz`);
      }],
      ["which does not count", "200 deep 1", "/d/e/1.txt", () => {}],
      ["a link to what is hidden", "404", "/d/e/5.txt", () => {
        Deno.removeSync(`${root}/d/e/5.txt`);
        Deno.symlinkSync(`${root}/.hidden/1.txt`, `${root}/d/e/5.txt`);
      }],
      ["a link to the outside", "404", "/d/e/6.txt", () => {
        Deno.removeSync(`${root}/d/e/6.txt`);
        Deno.symlinkSync(`${outside}/1.txt`, `${root}/d/e/6.txt`);
      }],
      ["a directory in place of a file", "301", "/d/e/7.txt", () => {
        Deno.removeSync(`${root}/d/e/7.txt`);
        Deno.mkdirSync(`${root}/d/e/7.txt`);
      }],
      ["a directory that was replaced", "200 in another", "/d/e/1.txt", () => {
        Deno.renameSync(`${root}/d/e`, `${root}/d/aside`);
        Deno.mkdirSync(`${root}/d/e`);
        write(`${root}/d/e/1.txt`, "in another");
      }],
      ["a directory by a link", "404", "/d/e/1.txt", () => {
        Deno.removeSync(`${root}/d/e`, { recursive: true });
        Deno.symlinkSync(`${outside}/e`, `${root}/d/e`);
      }],
      ["a directory that is there again", "200 deep 1", "/d/e/1.txt", () => {
        Deno.removeSync(`${root}/d/e`);
        Deno.renameSync(`${root}/d/aside`, `${root}/d/e`);
      }],
    ];
    for (const [what, answer, path, change] of rows) {
      change();
      settle(root);
      for (let time = 0; time < 4; time++) {
        const seen = await ask(path, gzip);
        assert(seen.startsWith(answer), `${what}: ${seen}`);
      }
      await ask("/8.txt");
      await ask("/d/8.txt");
      await ask("/d/e/8.txt");
    }
  },
});

Deno.test({
  name: "a root that a link leads to elsewhere is another root at once",
  ignore,
  fn: async () => {
    const top = Deno.makeTempDirSync();
    try {
      using one = known();
      using two = known();
      write(`${two.root}/d/e/1.txt`, "of the second");
      settle(two.root);
      Deno.symlinkSync(one.root, `${top}/now`);
      const { ask } = one;
      const site = known({ root: `${top}/now` });
      await learn(site);
      assertEquals(await site.ask("/d/e/1.txt"), "200 deep 1");
      assertEquals(site.calls.includes("find"), false);
      Deno.symlinkSync(two.root, `${top}/next`);
      Deno.renameSync(`${top}/next`, `${top}/now`);
      assertEquals(await site.ask("/d/e/1.txt"), "200 of the second");
      // The directories above it are exchanged: the same root, by another path.
      await learn(site);
      const above = two.root.replace(/\/root$/, "");
      Deno.renameSync(above, `${above}-moved`);
      Deno.mkdirSync(`${two.root}/d/e`, { recursive: true });
      write(`${two.root}/d/e/1.txt`, "FOREIGN");
      Deno.removeSync(`${top}/now`);
      Deno.symlinkSync(`${above}-moved/root`, `${top}/now`);
      assertEquals(await site.ask("/d/e/1.txt"), "200 of the second");
      assertEquals(await ask("/d/e/1.txt"), "200 deep 1");
      Deno.removeSync(`${above}-moved`, { recursive: true });
      site[Symbol.dispose]();
    } finally {
      Deno.removeSync(top, { recursive: true });
    }
  },
});

Deno.test({
  name:
    "a link that takes the place of a name between any two calls, and goes again, leads nowhere",
  ignore,
  fn: async () => {
    for (const exchanged of ["d", "d/e", "d/e/1.txt"]) {
      let calls = 12;
      for (let from = 0; from < calls; from++) {
        for (let until = from + 1; until <= calls; until++) {
          using site = known();
          const { root } = site;
          await learn(site);
          const [path, aside] = [`${root}/${exchanged}`, `${root}/../aside`];
          const link = `${root}/../outside${exchanged.slice(1)}`
            .replace("e/1.txt", "1.txt");
          site.before = (call) => {
            if (call === from) {
              Deno.renameSync(path, aside);
              Deno.symlinkSync(link, path);
            } else if (call === until) {
              Deno.removeSync(path);
              Deno.renameSync(aside, path);
            }
          };
          const answer = await site.ask("/d/e/1.txt");
          const isTrue = answer === "200 deep 1" || answer.startsWith("404");
          assert(isTrue, `${exchanged} ${from} ${until}: ${answer}`);
          // So many that the last rows exchange nothing.
          calls = Math.min(calls, site.calls.length);
        }
      }
    }
  },
});

Deno.test({
  name: "a user's own find() is asked for each file",
  ignore,
  fn: async () => {
    const { files } = currentRuntime();
    using site = known({
      files: {
        ...files,
        find: (root, names) =>
          names.includes("1.txt") ? undefined : files.find?.(root, names),
      },
    });
    await learn(site);
    assertEquals((await site.ask("/d/e/1.txt")).slice(0, 3), "404");
    await site.ask("/d/e/9.txt");
    assert(site.calls.includes("find"));
  },
});

Deno.test({
  name:
    "what the cache of representations watches holds no names: those of many large directories would have no bound",
  ignore,
  fn: async () => {
    using site = known();
    const directories = createDirectories(
      currentRuntime().files,
      () => Date.now() + LATER_MS,
    );
    const now = Date.now() + LATER_MS;
    const [watched] = directories.watch([site.root], now) ?? [];
    const found = await directories.find(site.root, ["1.txt"], false);
    assert(found?.beside.has("2.txt"));
    assert(watched !== undefined);
    const kept = Object.keys(watched).sort();
    assertEquals(kept, ["due", "hasChanged", "path", "stat", "time"]);
  },
});

Deno.test({
  name:
    "a directory whose size does not tell that it is large (rclone, ZFS) is listed once, and not for each file",
  ignore,
  fn: async () => {
    for (const count of [30_000, 200_000]) {
      const { files } = currentRuntime();
      const kind = "file" as const;
      let lists = 0;
      using site = known({
        files: {
          ...files,
          list: (path, root) => {
            if (!path.endsWith("/d")) return files.list(path, root);
            lists++;
            return Array.from({ length: count }, (_, at) => (
              { name: `${at}.txt`, kind }
            ));
          },
        },
      });
      for (let round = 0; round < 3; round++) {
        for (let at = 0; at < 10; at++) {
          assertEquals(await site.ask(`/d/${at}.txt`), `200 in d ${at}`);
        }
      }
      assertEquals(lists, 1, `${count} names`);
    }
  },
});

/** Runs nothing: a script answers with its path and its text. */
const SCRIPTS: SiteOptions["cgi"] = {
  processes: {
    environment: {},
    chooseUser: () => ({ kind: "own" }),
    endAll: () => Promise.resolve(),
    start: ({ program }) => {
      const text = `Content-Type: text/plain\n\n${
        Deno.readTextFileSync(program)
      }`;
      return Promise.resolve({
        input: undefined,
        output: new Blob([text]).stream(),
        errors: new Blob().stream(),
        ended: Promise.resolve({ code: 0, signal: undefined }),
        signal: () => false,
      });
    },
  },
};

function writeScript(path: string, text: string): void {
  write(path, `#!/bin/sh\n${text}`);
  Deno.chmodSync(path, 0o755);
}

Deno.test({
  name:
    "a script in a known directory is looked for as a file is, and is never another one",
  ignore,
  fn: async () => {
    using site = known({ cgi: SCRIPTS });
    const { root, ask } = site;
    const outside = `${root}/../outside`;
    Deno.mkdirSync(`${root}/cgi-bin`);
    for (const name of ["a", "b"]) {
      writeScript(`${root}/cgi-bin/${name}`, name);
      writeScript(`${outside}/${name}`, "FOREIGN");
    }
    const rest = () => {
      Deno.utimeSync(`${root}/cgi-bin`, ++oldest, oldest);
      settle(root);
    };
    rest();
    const script = "200 #!/bin/sh\n";
    for (let time = 0; time < 3; time++) {
      assertEquals(await ask("/cgi-bin/a"), `${script}a`);
    }
    assertEquals(site.calls, ["stat", "stat", "stat"]);
    const rows: ReadonlyArray<
      [what: string, answer: string, change: () => void]
    > = [
      ["written", `${script}written`, () => {
        writeScript(`${root}/cgi-bin/a`, "written");
      }],
      ["not to be executed", "403", () => {
        Deno.chmodSync(`${root}/cgi-bin/a`, 0o644);
      }],
      ["replaced", `${script}b`, () => {
        Deno.renameSync(`${root}/cgi-bin/b`, `${root}/cgi-bin/a`);
      }],
      ["a link to the outside", "404", () => {
        Deno.removeSync(`${root}/cgi-bin/a`);
        Deno.symlinkSync(`${outside}/a`, `${root}/cgi-bin/a`);
      }],
      ["in a directory by a link", "404", () => {
        Deno.renameSync(`${root}/cgi-bin`, `${root}/aside`);
        Deno.symlinkSync(outside, `${root}/cgi-bin`);
      }],
    ];
    for (const [what, answer, change] of rows) {
      change();
      rest();
      for (let time = 0; time < 4; time++) {
        const seen = await ask("/cgi-bin/a");
        assert(seen.startsWith(answer), `${what}: ${seen}`);
      }
    }
  },
});

Deno.test({
  name: "a script runs by the real path of now, whatever lies above the root",
  ignore,
  fn: async () => {
    using one = known();
    const above = one.root.replace(/\/root$/, "");
    const now = `${above}-now`;
    Deno.mkdirSync(`${one.root}/cgi-bin`);
    writeScript(`${one.root}/cgi-bin/a`, "the same");
    Deno.utimeSync(`${one.root}/cgi-bin`, ++oldest, oldest);
    settle(one.root);
    Deno.symlinkSync(above, now);
    const site = known({ root: `${now}/root`, cgi: SCRIPTS });
    const answer = "200 #!/bin/sh\nthe same";
    for (let time = 0; time < 3; time++) {
      assertEquals(await site.ask("/cgi-bin/a"), answer);
    }
    assert(!site.calls.includes("find"));
    Deno.renameSync(above, `${above}-moved`);
    Deno.mkdirSync(`${one.root}/cgi-bin`, { recursive: true });
    writeScript(`${one.root}/cgi-bin/a`, "FOREIGN");
    Deno.removeSync(now);
    Deno.symlinkSync(`${above}-moved`, now);
    for (let time = 0; time < 3; time++) {
      assertEquals(await site.ask("/cgi-bin/a"), answer);
    }
    Deno.removeSync(now);
    Deno.removeSync(`${above}-moved`, { recursive: true });
    site[Symbol.dispose]();
  },
});
