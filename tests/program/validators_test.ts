/**
 * Validators that tell the truth (RFC 9110 §8.8, decision P4): new bytes under a URL never
 * have the tag of the old ones, however they came there, and If-Modified-Since alone never
 * says 304 for them. What has not changed is known again, also after a new start.
 */

import { assert, assertEquals } from "@std/assert";
import * as zlib from "node:zlib";
import {
  type Program,
  start,
  SUBJECTS,
  temporaryDirectory,
} from "../support/program.ts";
import { type RawResponse, request } from "../support/raw.ts";
import { settle, tagOf } from "../support/tagged.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** How new bytes come to a path; each has the same size as the old ones. */
interface Change {
  readonly name: string;
  /** Puts the old bytes there, and what the new ones need. */
  readonly prepare: (path: string, old: Bytes, next: Bytes) => void;
  readonly change: (path: string, next: Bytes) => void;
}

/** How a path is asked for. */
interface Kind {
  readonly name: string;
  /** The name of the file that changes. */
  readonly file: string;
  /** What is asked for. */
  readonly target: string;
  readonly coding?: "br" | "gzip";
  /** Whether the file is coded on the way. */
  readonly isCoded?: boolean;
  /** What lies beside. */
  readonly plain?: string;
  readonly size: number;
}

const KINDS: readonly Kind[] = [
  { name: "direct", file: "a.bin", target: "a.bin", size: 3000 },
  { name: "large", file: "b.bin", target: "b.bin", size: 300_000 },
  { name: "index", file: "index.html", target: "", size: 3000 },
  {
    name: "sidecar",
    file: "s.txt.gz",
    target: "s.txt",
    coding: "gzip",
    plain: "s.txt",
    size: 3000,
  },
  {
    name: "coded br",
    file: "c.txt",
    target: "c.txt",
    coding: "br",
    isCoded: true,
    size: 3000,
  },
  {
    name: "coded gzip",
    file: "d.txt",
    target: "d.txt",
    coding: "gzip",
    isCoded: true,
    size: 200_000,
  },
];

/** When the files were made whose time is pinned to that of their source. */
const SOURCE_DATE_EPOCH = 1_700_000_000;

function pin(seconds: number): (path: string) => void {
  return (path) => Deno.utimeSync(path, seconds, seconds);
}

/** Written anew in its place, and then given a time. */
function written(name: string, time: (path: string) => void): Change {
  return {
    name,
    prepare: (path, old) => {
      Deno.writeFileSync(path, old);
      time(path);
    },
    change: (path, next) => {
      Deno.writeFileSync(path, next);
      time(path);
    },
  };
}

function run(program: string, ...args: string[]): void {
  const { success } = new Deno.Command(program, { args }).outputSync();
  assert(success, `${program} ${args.join(" ")}`);
}

const CHANGES: readonly Change[] = [
  written("written in place", () => {}),
  ...[0, 1, 315_532_800, 499_162_500, SOURCE_DATE_EPOCH].map((seconds) =>
    written(`pinned to ${seconds}`, pin(seconds))
  ),
  {
    name: "touch -r",
    prepare: (path, old) => {
      Deno.writeFileSync(path, old);
      Deno.writeFileSync(`${path}.time`, old);
      run("touch", "-r", path, `${path}.time`);
    },
    change: (path, next) => {
      Deno.writeFileSync(path, next);
      run("touch", "-r", `${path}.time`, path);
    },
  },
  {
    name: "cp -p",
    prepare: (path, old, next) => {
      Deno.writeFileSync(path, old);
      Deno.writeFileSync(`${path}.next`, next);
      run("touch", "-r", path, `${path}.next`);
    },
    change: (path) => run("cp", "-p", `${path}.next`, path),
  },
  {
    name: "rename",
    prepare: (path, old, next) => {
      Deno.writeFileSync(path, old);
      // In the same tick of the clock.
      Deno.writeFileSync(`${path}.next`, next);
    },
    change: (path) => Deno.renameSync(`${path}.next`, path),
  },
  {
    name: "a link",
    prepare: (path, old, next) => {
      Deno.writeFileSync(`${path}.one`, old);
      Deno.writeFileSync(`${path}.two`, next);
      Deno.symlinkSync(`${path}.one`, path);
    },
    change: (path) => {
      Deno.symlinkSync(`${path}.two`, `${path}.link`);
      Deno.renameSync(`${path}.link`, path);
    },
  },
  {
    name: "a link to a directory",
    prepare: (path, old, next) => {
      const [, directory = "", name = ""] = /^(.*)\/(.*)$/.exec(path) ?? [];
      // The directory itself becomes a link; what was put beside moves with it.
      Deno.renameSync(directory, `${directory}.one`);
      run("cp", "-rp", `${directory}.one`, `${directory}.two`);
      Deno.writeFileSync(`${directory}.one/${name}`, old);
      Deno.writeFileSync(`${directory}.two/${name}`, next);
      Deno.symlinkSync(`${directory}.one`, directory);
    },
    change: (path) => {
      const directory = path.slice(0, path.lastIndexOf("/"));
      Deno.symlinkSync(`${directory}.two`, `${directory}.link`);
      Deno.renameSync(`${directory}.link`, directory);
    },
  },
];

/** A URL whose bytes change. */
interface Case {
  readonly name: string;
  readonly path: string;
  readonly target: string;
  readonly change: Change;
  readonly kind: Kind;
  readonly old: Bytes;
  readonly next: Bytes;
}

function content(kind: Kind, version: string): Bytes {
  const text = `${version} ${kind.name} `.repeat(kind.size);
  return new TextEncoder().encode(text.slice(0, kind.size));
}

function furnish(root: string): readonly Case[] {
  return CHANGES.flatMap((change, row) =>
    KINDS.map((kind, column) => {
      const directory = `${root}/${row}-${column}`;
      const path = `${directory}/${kind.file}`;
      const old = content(kind, "old");
      const next = content(kind, "new");
      Deno.mkdirSync(directory);
      if (kind.plain !== undefined) {
        Deno.writeTextFileSync(`${directory}/${kind.plain}`, "plain");
        Deno.utimeSync(`${directory}/${kind.plain}`, 0, 0);
      }
      change.prepare(path, old, next);
      const target = `/${row}-${column}/${kind.target}`;
      const name = `${kind.name}, ${change.name}`;
      return { name, path, target, change, kind, old, next };
    })
  );
}

function ask(
  { port }: Program,
  { target, kind: { coding } }: Case,
  fields: Record<string, string> = {},
): Promise<RawResponse> {
  const accept: Record<string, string> = coding === undefined
    ? {}
    : { "Accept-Encoding": coding };
  return request(port, target, { ...accept, ...fields });
}

function decode({ kind: { isCoded, coding } }: Case, bytes: Bytes): Bytes {
  if (isCoded !== true) return bytes;
  const decoded = coding === "br"
    ? zlib.brotliDecompressSync(bytes)
    : zlib.gunzipSync(bytes);
  return new Uint8Array(decoded);
}

function acceptOf({ kind: { coding } }: Case): Record<string, string> {
  return coding === undefined ? {} : { "Accept-Encoding": coding };
}

interface Validators {
  readonly tag: string;
  readonly date: string | null;
}

async function validators(program: Program, one: Case): Promise<Validators> {
  const tag = await tagOf(program.port, one.target, acceptOf(one));
  const { fields } = await ask(program, one);
  return { tag, date: fields.get("last-modified") };
}

/** Who has the old bytes, gets all of the new ones. */
async function checkStale(
  program: Program,
  one: Case,
  { tag, date }: Validators,
): Promise<void> {
  const conditions: Array<Record<string, string>> = [
    {},
    { "If-None-Match": tag },
    { Range: "bytes=10-", "If-Range": tag },
  ];
  if (date !== null) {
    conditions.push(
      { "If-Modified-Since": date },
      { Range: "bytes=10-", "If-Range": date },
    );
  }
  for (const fields of conditions) {
    const response = await ask(program, one, fields);
    const what = `${one.name}: ${JSON.stringify(fields)}`;
    assertEquals(response.status, 200, what);
    assert(response.fields.get("etag") !== tag, what);
    const bytes = decode(one, response.content as Bytes);
    assertEquals(bytes, one.next, what);
  }
}

/** Who has the new bytes, need not get them again, and can get the rest of them. */
async function checkFresh(
  program: Program,
  one: Case,
  tag: string,
): Promise<void> {
  const again = await ask(program, one, { "If-None-Match": tag });
  assertEquals(again.status, 304, one.name);
  assertEquals(again.fields.get("etag"), tag, one.name);
  if (one.kind.isCoded === true) return;
  const rest = { Range: "bytes=10-", "If-Range": tag };
  const response = await ask(program, one, rest);
  assertEquals(response.status, 206, one.name);
  assertEquals(response.content, one.next.subarray(10), one.name);
}

for (const subject of SUBJECTS) {
  Deno.test(`${subject}: new bytes never have the validators of the old ones`, async () => {
    using directory = temporaryDirectory();
    const cases = furnish(directory.path);
    await settle();
    const known = new Map<Case, Validators>();
    const words = ["0", directory.path, "-b", "127.0.0.1"];
    {
      await using program = await start(subject, words);
      for (const one of cases) known.set(one, await validators(program, one));
      for (const { change, path, next } of cases) change.change(path, next);
      // While they are young, when their digests are made, and afterwards.
      const end = Date.now() + 4500;
      do {
        for (const [one, before] of known) {
          await checkStale(program, one, before);
        }
      } while (Date.now() < end);
      for (const one of cases) {
        const after = await validators(program, one);
        assert(after.tag !== known.get(one)?.tag, one.name);
        known.set(one, after);
        await checkFresh(program, one, after.tag);
      }
    }
    await using program = await start(subject, words);
    for (const [one, { tag }] of known) await checkFresh(program, one, tag);
  });
}

Deno.test("copies that keep their times have equal tags on every runtime, whatever time that is", async () => {
  using directory = temporaryDirectory();
  const { path } = directory;
  const names = ["a.txt", "b.bin", "0.txt", "1980.bin"];
  Deno.mkdirSync(`${path}/0`);
  for (const [index, name] of names.entries()) {
    Deno.writeTextFileSync(`${path}/0/${name}`, name.repeat(60_000 * index));
  }
  pin(0)(`${path}/0/0.txt`);
  pin(315_532_800)(`${path}/0/1980.bin`);
  await settle(); // so that copies are none of the same second
  const found: Array<readonly string[]> = [];
  for (const [index, subject] of SUBJECTS.entries()) {
    run("cp", "-a", `${path}/0`, `${path}/${index + 1}`);
    const words = ["0", `${path}/${index + 1}`, "-b", "127.0.0.1"];
    await using program = await start(subject, words);
    const tags: string[] = [];
    for (const name of names) {
      for (const coding of ["identity", "gzip"]) {
        const fields = { "Accept-Encoding": coding };
        tags.push(await tagOf(program.port, `/${name}`, fields));
      }
    }
    found.push(tags);
  }
  for (const tags of found) assertEquals(tags, found[0]);
});

Deno.test("--no-etag: for all, or by glob; Last-Modified stays", async () => {
  using directory = temporaryDirectory();
  const { path } = directory;
  Deno.mkdirSync(`${path}/d`);
  for (const name of ["a.gem", "d/b.gem", "c.txt"]) {
    Deno.writeTextFileSync(`${path}/${name}`, "x".repeat(2000));
  }
  await settle();
  const rows: Array<[words: string[], untagged: string[]]> = [
    [["--no-etag"], ["/a.gem", "/d/b.gem", "/c.txt", "/d/"]],
    [["--no-etag=*.gem"], ["/a.gem"]],
    [["--no-etag=**/*.gem"], ["/a.gem", "/d/b.gem"]],
    [["--no-etag=/d/**", "--no-etag=c.txt"], ["/d/b.gem", "/c.txt", "/d/"]],
  ];
  for (const subject of SUBJECTS) {
    for (const [words, untagged] of rows) {
      await using program = await start(subject, ["0", path, ...words]);
      for (const target of ["/a.gem", "/d/b.gem", "/c.txt", "/d/"]) {
        for (const coding of ["identity", "gzip"]) {
          const accept = { "Accept-Encoding": coding };
          const { fields } = await request(program.port, target, accept);
          const what = `${subject} ${words.join(" ")} ${target} ${coding}`;
          assertEquals(fields.has("etag"), !untagged.includes(target), what);
          assertEquals(fields.has("last-modified"), target !== "/d/", what);
        }
      }
    }
  }
});

/** How many files change; each once, as soon as its old state has been sent. */
const FILES = 250;

for (const subject of SUBJECTS) {
  Deno.test(`${subject}: a change is seen by the next request, however soon that comes (D91)`, async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    const names = Array.from({ length: FILES }, (_, index) => `f${index}.txt`);
    for (const name of names) Deno.writeTextFileSync(`${path}/${name}`, "old");
    await settle();
    await using program = await start(subject, [
      "0",
      path,
      "-b",
      "127.0.0.1",
      "-q",
    ]);
    const { port } = program;
    const get = async (name: string) => (await request(port, `/${name}`)).text;
    for (const name of names) assertEquals(await get(name), "old");
    const late: string[] = [];
    for (const name of names) {
      assertEquals(await get(name), "old");
      Deno.writeTextFileSync(`${path}/${name}`, "newer");
      if (await get(name) !== "newer") late.push(name);
    }
    assertEquals(late, []);
  });
}
