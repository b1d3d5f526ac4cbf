/** Programs that read listings: lftp and GDAL, where they are at hand. */

import { assert, assertEquals } from "@std/assert";
import { findProgram } from "../support/browser.ts";
import {
  type Program,
  RUNTIMES,
  start,
  startCommand,
  type SubjectName,
  SUBJECTS,
  temporaryDirectory,
} from "../support/program.ts";
import { ODD_NAMES } from "./contract.ts";

const LFTP = findProgram("lftp");
/** That of the system, which has the packages of the system. */
const PYTHON = "/usr/bin/python3";
const HAS_GDAL = findProgram("python3") !== undefined &&
  await hasModule("osgeo");

async function hasModule(name: string): Promise<boolean> {
  try {
    const { success } = await new Deno.Command(PYTHON, {
      args: ["-c", `import ${name}`],
      stderr: "null",
    }).output();
    return success;
  } catch {
    return false;
  }
}

/** lftp ends a name at a line feed or a backslash, and those are rare. */
const NAMES: readonly string[] = [
  ...ODD_NAMES.filter((name) => !/[\n\\]/.test(name)),
  "it's (1)!*.txt",
  "(*)'!~.txt",
];
const DIRECTORIES: readonly string[] = ["sub", "sp ace", "é (1)", "d'ir & #1"];

/** The contents of all files below a directory, by path. */
function read(root: string, below = ""): Record<string, string> {
  const entries = [...Deno.readDirSync(`${root}/${below}`)].flatMap((entry) => {
    const path = `${below}${entry.name}`;
    return entry.isDirectory
      ? Object.entries(read(root, `${path}/`))
      : [[path, Deno.readTextFileSync(`${root}/${path}`)] as const];
  });
  return Object.fromEntries(entries);
}

/** Mirrors everything into `copy`; returns how long that took, in milliseconds. */
async function mirror({ url }: Program, target: string): Promise<number> {
  const start = performance.now();
  const commands = [
    "set net:timeout 10",
    `open ${url}/`,
    `mirror / ${target}/copy`,
  ];
  const { success, stderr } = await new Deno.Command("lftp", {
    args: ["--norc", "-c", commands.join(";")],
    env: { LC_ALL: "C.UTF-8", HOME: target },
    stdout: "null",
    stderr: "piped",
  }).output();
  assertEquals(success, true, new TextDecoder().decode(stderr));
  return performance.now() - start;
}

/** How many files are mirrored for a comparison, how much longer it may take, and how often it is tried: a machine is slow at times. */
const FILES = 30;
const MOST_TIMES_LONGER = 2;
const ROUNDS = 10;

Deno.test({
  name:
    `lftp mirrors ${FILES} files in at most ${MOST_TIMES_LONGER} times what it takes on Deno: pipelined HEADs cut nothing`,
  ignore: LFTP === undefined,
  fn: async () => {
    using directory = temporaryDirectory();
    // lftp sends a HEAD for a directory, whose answer takes longer, among those for files.
    Deno.mkdirSync(`${directory.path}/14`);
    for (let file = 0; file < FILES; file++) {
      const path = `${directory.path}/${file % 2 ? "14/" : ""}${file}.txt`;
      Deno.writeTextFileSync(path, `${file}\n`.repeat(100 * file));
    }
    const fastest = new Map<SubjectName, number>();
    const most = () => MOST_TIMES_LONGER * (fastest.get("Deno") ?? 0);
    const isEven = () => [...fastest.values()].every((time) => time <= most());
    for (let round = 0; round < ROUNDS; round++) {
      if (round > 0 && isEven()) break;
      for (const subject of SUBJECTS) {
        using target = temporaryDirectory();
        await using program = await start(subject, ["0", directory.path]);
        const time = await mirror(program, target.path);
        assertEquals(read(`${target.path}/copy`), read(directory.path));
        fastest.set(subject, Math.min(time, fastest.get(subject) ?? Infinity));
      }
    }
    assert(isEven(), `${[...fastest]} ms, more than ${most()} ms`);
  },
});

for (const runtime of RUNTIMES) {
  Deno.test({
    name: `${runtime}: lftp mirrors names with quotes, references and signs`,
    ignore: LFTP === undefined,
    fn: async () => {
      using directory = temporaryDirectory();
      for (const below of ["", ...DIRECTORIES.map((name) => `${name}/`)]) {
        Deno.mkdirSync(`${directory.path}/${below}`, { recursive: true });
        for (const name of NAMES) {
          Deno.writeTextFileSync(`${directory.path}/${below}${name}`, name);
        }
      }
      using target = temporaryDirectory();
      await using program = await start(runtime, ["0", directory.path]);
      await mirror(program, target.path);
      assertEquals(read(`${target.path}/copy`), read(directory.path));
    },
  });

  Deno.test({
    name: `${runtime}: GDAL reads listings, and the files that they name`,
    ignore: !HAS_GDAL,
    fn: async () => {
      using directory = temporaryDirectory();
      const names = ["a.tif", "a.tif.aux.xml", "b&c (1).tif", "é.tif", "x y"];
      for (const below of ["", "sub/", "sp ace/", "é (1)/"]) {
        Deno.mkdirSync(`${directory.path}/${below}`, { recursive: true });
        for (const name of names) {
          Deno.writeTextFileSync(`${directory.path}/${below}${name}`, name);
        }
      }
      await using program = await start(runtime, ["0", directory.path]);
      const script = `
import json, sys
from osgeo import gdal
from urllib.parse import quote, unquote
root = "/vsicurl/" + sys.argv[1]
listings = {}
for path in ["", "/sub", "/sp ace", "/é (1)"]:
    url = root + quote(path)
    names = gdal.ReadDir(url) or []
    sizes = {name: gdal.VSIStatL(url + "/" + name).size for name in names}
    listings[path] = {unquote(name): size for name, size in sizes.items()}
print(json.dumps(listings))`;
      const { stdout, stderr } = await new Deno.Command(PYTHON, {
        args: ["-c", script, program.url],
        env: { LC_ALL: "C.UTF-8", no_proxy: "*" },
      }).output();
      const errors = new TextDecoder().decode(stderr);
      const listings = JSON.parse(new TextDecoder().decode(stdout) || errors);
      const lengthOf = (name: string) => new TextEncoder().encode(name).length;
      const files = Object.fromEntries(
        names.map((name) => [name, lengthOf(name)]),
      );
      for (const path of ["/sub", "/sp ace", "/é (1)"]) {
        assertEquals(listings[path], files, path);
      }
      const found = Object.keys(listings[""]).sort();
      assertEquals(found, [...names, "sub", "sp ace", "é (1)"].sort());
    },
  });
}

/** The references and texts of the links of a page, in order. */
function linksOf(page: string): readonly string[] {
  return [...page.matchAll(/<a href="([^"]*)">([^<]*)<\/a>/g)].map(
    ([, reference = "", text = ""]) =>
      `${reference} ${text.replaceAll("&quot;", '"').replaceAll("&#39;", "'")}`,
  );
}

Deno.test({
  name:
    "--listing plain has the names, references and order of `python3 -m http.server`",
  ignore: findProgram("python3") === undefined,
  fn: async () => {
    using directory = temporaryDirectory();
    const names = ["\uff41.txt", "Z", "ä", "B+C", "_", "10", "9", ...NAMES];
    for (const below of ["", "Sub/", "d'ir & #1/"]) {
      Deno.mkdirSync(`${directory.path}/${below}`, { recursive: true });
      for (const name of names) {
        Deno.writeTextFileSync(`${directory.path}/${below}${name}`, name);
      }
    }
    const words = ["-u", "-m", "http.server", "0", "--bind", "127.0.0.1"];
    await using python = await startCommand(
      "Deno",
      [PYTHON, ...words, "--directory", directory.path],
      undefined,
      { LC_ALL: "C.UTF-8" },
    );
    const plain = ["0", directory.path, "--listing", "plain"];
    await using program = await start("Deno", plain);
    for (const path of ["/", "/Sub/", "/d%27ir%20%26%20%231/"]) {
      const [expected = "", found = ""] = await Promise.all(
        [python, program].map(async ({ url }) =>
          await (await fetch(url + path)).text()
        ),
      );
      assertEquals(linksOf(found), linksOf(expected));
      assert(linksOf(found).length >= names.length);
    }
  },
});
