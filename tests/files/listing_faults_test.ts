/** Listings where something fails, takes long, or is decided by the user. */

import { assert, assertEquals } from "@std/assert";
import {
  createHandler,
  type Entry,
  type Files,
  type SiteOptions,
  type Stat,
} from "../../main.ts";
import { temporaryDirectory } from "../support/program.ts";
import { filesOf, site } from "../support/site.ts";

interface Readable {
  readonly name: string;
  readonly readable: boolean;
}

const HTML = { headers: { accept: "text/html" } };

function broken(path: string): void {
  if (path.endsWith("/dead")) throw new Error("ENOTCONN: no connection");
}

Deno.test("an entry that fails, as a dead mount does, is marked, and the others are listed", async () => {
  const files = filesOf({ "/a": "1", "/dead/x": "", "/z": "2" });
  const glance: Files["glance"] = (path) => {
    broken(path);
    return files.stat(path) as Stat | undefined;
  };
  const realPath: Files["realPath"] = (path) => {
    broken(path);
    return files.realPath(path);
  };
  const states: Files["states"] = (_path, _root, names) =>
    names.map((name) =>
      name === "dead" ? "withheld" : files.stat(`/${name}`) as Stat | undefined
    );
  const listed = async (kind: Entry["kind"]) => {
    const list: Files["list"] = async (path) =>
      (await files.list(path))?.map((entry) =>
        entry.name === "dead" ? { ...entry, kind } : entry
      );
    const fetch = site({}, {
      files: { ...files, list, glance, states, realPath },
    });
    const response = await fetch("/?format=json");
    assertEquals(response.status, 200);
    const { entries } = await response.json();
    return entries.map(({ name, readable }: Readable) => [name, readable]);
  };
  assertEquals(await listed("directory"), [
    ["dead", false],
    ["a", true],
    ["z", true],
  ]);
  assertEquals(await listed("link"), [["a", true], ["z", true]]);
});

Deno.test("no descriptors are left: 503, and no entries that look broken", async () => {
  const files = filesOf({ "/a": "1" });
  const states = () => {
    throw Object.assign(new Error("EMFILE"), { name: "ExhaustedError" });
  };
  const response = await site({}, { files: { ...files, states } })("/");
  assertEquals(response.status, 503);
});

Deno.test("files of a class are listed: methods are called on their object", async () => {
  const files = filesOf({ "/a": "1" });
  class Own implements Files {
    readonly os = "posix";
    readonly #files = files;
    readonly stat: Files["stat"] = function (this: Own, path) {
      return this.#files.stat(path);
    };
    realPath(path: string) {
      return this.#files.realPath(path);
    }
    list(path: string) {
      return this.#files.list(path);
    }
    open(path: string) {
      return this.#files.open(path);
    }
  }
  const response = await site({}, { files: new Own() })("/?format=json");
  const { entries } = await response.json();
  assertEquals(entries.map(({ name }: { name: string }) => name), ["a"]);
});

const HIDING: SiteOptions["resolve"] = ({ ...target }, next) =>
  target.segments.some((name) => name === "private" || name === "README.md")
    ? { kind: "absent" }
    : next(target);

Deno.test("what a user's `resolve` hides, no search finds, and no listing shows as its README", async () => {
  const tree = { "/README.md": "secret", "/private/f": "", "/open/f": "" };
  const fetch = site(tree, { resolve: HIDING });
  const found = await (await fetch("/?recursive&q=f&format=text")).text();
  assertEquals(found, "open/f\n");
  const page = await (await fetch("/", HTML)).text();
  assert(!page.includes("secret"));
  assert((await (await site(tree)("/", HTML)).text()).includes("secret"));
});

Deno.test("a search ends in time in a directory of links, too", async () => {
  const count = 2000;
  let looks = 0;
  const files = filesOf({ "/a": "" });
  const entries = Array.from(
    { length: count },
    (_, at) => ({ name: `l${at}`, kind: "link" }) as const,
  );
  const realPath: Files["realPath"] = (path) => {
    if (path.startsWith("/l")) looks++;
    return path;
  };
  const stat: Files["stat"] = (path) => files.stat(path === "/" ? "/" : "/a");
  const fetch = site({}, {
    files: { ...files, list: () => entries, realPath, stat },
  });
  const { now } = performance;
  let time = 0;
  performance.now = () => time += 500;
  try {
    const { cut } = await (await fetch("/?recursive&format=json")).json();
    assertEquals(cut, "time");
  } finally {
    performance.now = now;
  }
  assert(looks < count, `${looks}`);
});

Deno.test("a directory that may be entered, but not read, is a link where it has an index", async () => {
  const files = filesOf({ "/with/index.html": "i", "/without/a": "" });
  const isReadable: Files["isReadable"] = (path) => !path.includes("/with");
  const fetch = site({}, { files: { ...files, isReadable } });
  const { entries } = await (await fetch("/?format=json")).json();
  assertEquals(entries.map((entry: Readable) => [entry.name, entry.readable]), [
    ["with", true],
    ["without", false],
  ]);
});

Deno.test("a tag of a listing is that of the file, or left out: a link on the way makes another", async () => {
  using directory = temporaryDirectory();
  const root = directory.path;
  Deno.mkdirSync(`${root}/d`);
  Deno.writeTextFileSync(`${root}/d/a.txt`, "a");
  Deno.symlinkSync("d", `${root}/link`);
  const clock = { now: () => Date.now() + 10_000 };
  const handler = createHandler({ root, log: false, clock });
  const get = async (path: string) =>
    await handler(new Request(`http://localhost${path}`));
  for (const name of ["d", "link"]) {
    const { entries } = await (await get(`/${name}/?format=json`)).json();
    const file = await get(`/${name}/a.txt`);
    assertEquals(await file.text(), "a");
    const tag = file.headers.get("etag");
    assertEquals(entries[0].etag, name === "d" ? tag : undefined, name);
  }
});

Deno.test("behind the last page the way back leads to the last one", async () => {
  const tree = Object.fromEntries(
    Array.from({ length: 1001 }, (_, at) => [`/f${at}`, ""]),
  );
  const page = await (await site(tree)("/?page=9", HTML)).text();
  assert(page.includes('href="?page=2">Previous'), page.slice(-900));
});
