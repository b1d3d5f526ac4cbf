/** Why something is absent is told to the owner, by the log, and to nobody else (RFC 9110 §15.5.5). */

import { assertEquals } from "@std/assert";
import { currentRuntime } from "../../lib/runtime/mod.ts";
import { createHandler, type LogRecord, type SiteOptions } from "../../main.ts";
import { temporaryDirectory } from "../support/program.ts";
import { filesOf, loggedSite } from "../support/site.ts";

const HIDDEN = "names that begin with a dot are hidden: --dotfiles";
const OUTSIDE = "a link leads out of the directory: --follow-symlinks";
const DENIED = "no permission to read it";

/** A disk with everything that may be absent for a reason. */
function furnish(path: string): string {
  const root = `${path}/www`;
  for (const name of ["www/.git", "www/d", "www/closed", "www/cgi-bin"]) {
    Deno.mkdirSync(`${path}/${name}`, { recursive: true });
  }
  for (const name of ["a.txt", ".git/config", "closed/x", "cgi-bin/s"]) {
    Deno.writeTextFileSync(`${root}/${name}`, "content");
  }
  Deno.writeTextFileSync(`${path}/outside.txt`, "SECRET");
  const links = [
    ["out.txt", "../outside.txt"],
    ["d/out", "../.."],
    ["config", ".git/config"],
    ["dangling", "nowhere"],
    ["script", "cgi-bin/s"],
  ];
  for (const [name, target = ""] of links) {
    Deno.symlinkSync(target, `${root}/${name}`);
  }
  new Deno.Command("mkfifo", { args: [`${root}/fifo`] }).outputSync();
  return root;
}

/** The answer with everything that a client sees of it but the date, and its record. */
async function ask(options: SiteOptions, target: string) {
  const { promise, resolve } = Promise.withResolvers<LogRecord>();
  const handler = createHandler({ ...options, log: resolve });
  const response = await handler(new Request(`http://localhost${target}`));
  const fields = [...response.headers].filter(([name]) => name !== "date");
  const seen = [response.status, fields, await response.text()];
  return { seen, record: await promise };
}

Deno.test("404: the log says why, the client sees what it sees of a name that is not there", async () => {
  using directory = temporaryDirectory();
  const root = furnish(directory.path);
  const rows: Array<[target: string, reason: string | undefined]> = [
    ["/none", undefined],
    ["/d/none", undefined],
    ["/none/none/none", undefined],
    ["/a.txt/none", undefined],
    ["/dangling", undefined],
    ["/.git/config", HIDDEN],
    ["/.env", HIDDEN], // which is not there: nobody has looked
    ["/config", HIDDEN],
    ["/out.txt", OUTSIDE],
    ["/d/out/outside.txt", OUTSIDE],
    ["/a.txt/", "a file, but the URL ends with a slash"],
    ["/fifo", "neither a file nor a directory"],
    ["/script", "scripts are run, and not sent: --cgi"],
  ];
  const plain = (await ask({ root, cgi: {} }, "/none")).seen;
  for (const [target, reason] of rows) {
    const { seen, record } = await ask({ root, cgi: {} }, target);
    assertEquals(record.reason, reason, target);
    assertEquals(record.message, "File not found", target);
    assertEquals(seen, plain, target);
  }
});

Deno.test("404: the prepared answer, which all names share, keeps no reason of another one", async () => {
  const { fetch, records } = loggedSite({ "/a": "", "/.b": "" });
  for (const target of ["/.b", "/x", "/.b", "/y", "/a/", "/z"]) {
    await (await fetch(target)).text();
    await new Promise((resolve) => setTimeout(resolve));
  }
  assertEquals(records.map(({ reason }) => reason), [
    HIDDEN,
    undefined,
    HIDDEN,
    undefined,
    "a file, but the URL ends with a slash",
    undefined,
  ]);
});

Deno.test("404: what the system refuses is looked into when the answer has left", async () => {
  using directory = temporaryDirectory();
  const root = furnish(directory.path);
  const { files: disk } = currentRuntime();
  const asked: string[] = [];
  const files = {
    ...disk,
    // As for somebody who may not read these, and not search that one.
    open: (path: string) =>
      path.endsWith("a.txt") ? undefined : disk.open(path),
    find: (root: string, names: readonly string[]) =>
      names[0] === "closed" && names.length > 1
        ? undefined
        : names[0] === "config"
        ? "withheld" as const
        : disk.find?.(root, names),
    isWithheld: (path: string) => {
      asked.push(path);
      return true;
    },
  };
  for (const target of ["/a.txt", "/closed/x", "/config"]) {
    const { promise: completed, resolve } = Promise.withResolvers<void>();
    const { promise, resolve: log } = Promise.withResolvers<LogRecord>();
    const handler = createHandler({ root, files, log, dotfiles: true });
    const request = new Request(`http://localhost${target}`);
    const response = await handler(request, { address: "::1", completed });
    assertEquals(response.status, 404);
    assertEquals(asked, [], target);
    resolve();
    assertEquals((await promise).reason, DENIED, target);
    asked.length = 0;
  }
});

Deno.test("404: a name in the directory itself costs the log no call of the system", async () => {
  let asked = 0;
  const files = {
    ...currentRuntime().files,
    isWithheld: () => {
      asked++;
      throw new Error("a broken disk");
    },
  };
  const { seen, record } = await ask({ root: "/", files }, "/none-of-these");
  assertEquals([seen[0], record.reason, asked], [404, undefined, 0]);
  // A disk that cannot say why says nothing, and the request is logged.
  const deep = await ask({ root: "/", files }, "/none/x");
  assertEquals([deep.seen[0], deep.record.reason, asked], [404, undefined, 1]);
});

Deno.test("404: in a flood of them the log looks for a hundred reasons a second", async () => {
  let asked = 0;
  let now = 5000;
  const files = {
    ...currentRuntime().files,
    isWithheld: () => ++asked > 0,
  };
  const records: LogRecord[] = [];
  const log = (record: LogRecord) => records.push(record);
  const clock = { now: () => now };
  const handler = createHandler({ root: "/", files, clock, log });
  const flood = async () => {
    for (let count = 0; count < 150; count++) {
      await (await handler(new Request("http://localhost/none/x"))).text();
    }
    while (records.length < 150) await new Promise((next) => setTimeout(next));
    return records.splice(0).filter(({ reason }) => reason === DENIED).length;
  };
  assertEquals([await flood(), asked], [100, 100]);
  now = 6000;
  assertEquals([await flood(), asked], [100, 200]);
});

Deno.test("404: a user's own resolve may say why", async () => {
  const reasons = ["not today", () => Promise.resolve("not today")];
  for (const reason of reasons) {
    const options = {
      root: "/",
      files: filesOf({}),
      resolve: () => ({ kind: "absent", reason }) as const,
    };
    assertEquals((await ask(options, "/x")).record.reason, "not today");
  }
});

Deno.test("404: a script that may not be seen is told so, too", async () => {
  const { fetch, logged } = loggedSite({ "/cgi-bin/.s": "" }, { cgi: {} });
  const page = await (await fetch("/cgi-bin/.s")).text();
  assertEquals((await logged()).reason, HIDDEN);
  assertEquals(page.includes("dot"), false);
});
