/**
 * What programs that read listings ask for: the entries, what their users know they ask for by
 * themselves, and nothing else. Those that are not at hand are skipped.
 */

import { assert, assertEquals } from "@std/assert";
import { formatSize } from "../../lib/pages/quantity.ts";
import { findProgram } from "../support/browser.ts";
import { missingForFuse } from "../support/folding_disk.ts";
import { type Program, start, temporaryDirectory } from "../support/program.ts";
import { until } from "../support/wait.ts";

/** That of the system, which has the packages of the system. */
const PYTHON = "/usr/bin/python3";
const MODIFIED = new Date("2025-03-04T05:06:07Z");
const BIG = "b 1&'.bin";
const WHEEL = "pkg-1.0-py3-none-any.whl";
/** The files and their sizes. */
const FILES: Readonly<Record<string, number>> = {
  "a.txt": 5,
  [BIG]: 150_000,
  "sub/c.txt": 2000,
  "sub/d é/e.html": 11_000,
};
const ALL_FILES = [...Object.keys(FILES), WHEEL];
const TOP_FILES = ALL_FILES.filter((path) => !path.includes("/"));
const DIRECTORIES = ["", "sub/", "sub/d é/"];

/** A wheel of nothing, which pip takes. */
const MAKE_WHEEL = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as wheel:
  wheel.writestr("pkg-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: pkg\\nVersion: 1.0\\n")
  wheel.writestr("pkg-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
  wheel.writestr("pkg-1.0.dist-info/RECORD", "")`;

async function furnish(root: string): Promise<void> {
  for (const below of DIRECTORIES) {
    Deno.mkdirSync(`${root}/${below}`, { recursive: true });
  }
  for (const [name, size] of Object.entries(FILES)) {
    Deno.writeFileSync(`${root}/${name}`, new Uint8Array(size));
  }
  const wheel = `${root}/${WHEEL}`;
  await run([PYTHON, "-c", MAKE_WHEEL, wheel], root);
  for (const path of ALL_FILES) {
    Deno.utimeSync(`${root}/${path}`, MODIFIED, MODIFIED);
  }
}

/** Runs a program to its end; tells what it printed. */
async function run(
  [name = "", ...args]: readonly string[],
  home: string,
): Promise<string> {
  const env = { HOME: home, LC_ALL: "C.UTF-8", TZ: "UTC", "no_proxy": "*" };
  const { success, stdout, stderr } = await new Deno.Command(name, {
    args,
    env,
    cwd: home,
  }).output();
  const decoder = new TextDecoder();
  assert(success, `${name}: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}

/** Whether a module of Python is at hand. */
async function canImport(module: string): Promise<boolean> {
  if (findProgram("python3") === undefined) return false;
  const args = ["-c", `import ${module}`];
  const { success } = await new Deno.Command(PYTHON, { args, stderr: "null" })
    .output();
  return success;
}

/** Serves the files. */
async function withSite(use: (program: Program) => Promise<void>) {
  using directory = temporaryDirectory();
  await furnish(directory.path);
  const format = ["--log-format", "%m %U%q"];
  await using program = await start("Deno", ["0", directory.path, ...format]);
  await use(program);
}

/** The requests that were logged, sorted, each once, with decoded targets. */
async function requestsTo(program: Program): Promise<readonly string[]> {
  await (await fetch(`${program.url}/end?`)).body?.cancel();
  const log = await program.log("GET /end");
  const lines = log.split("\n").filter((line) => /^(?:GET|HEAD) /.test(line));
  const requests = lines.map((line) => decodeURIComponent(line));
  return [...new Set(requests)].filter((line) => !line.startsWith("GET /end"))
    .sort();
}

const get = (path: string) => `GET /${path}`;
const head = (path: string) => `HEAD /${path}`;

interface Row {
  readonly client: string;
  readonly isThere: boolean;
  /** Its command line, for the URL of the directory. */
  readonly words: (url: string, home: string) => readonly string[];
  /** What it asks for; what it asks for by itself stands last. */
  readonly requests: readonly string[];
  /** What it printed. */
  readonly check?: (output: string) => void;
}

const DEEP = [
  ...DIRECTORIES.map(get),
  ...ALL_FILES.map(get),
];
const LFTP = "set net:max-retries 1; set net:timeout 10;";
const HAS_LFTP = findProgram("lftp") !== undefined;
const READ_GDAL = `
import sys
from osgeo import gdal
def walk(url):
  entry = (opened := gdal.OpenDir("/vsicurl/" + url, 0)) and gdal.GetNextDirEntry(opened)
  while entry:
    print(entry.name, entry.size, entry.mtime)
    entry = gdal.GetNextDirEntry(opened)
walk(sys.argv[1].rstrip("/"))`;

const rows: readonly Row[] = [
  {
    client: "lftp ls",
    isThere: HAS_LFTP,
    words: (url) => ["lftp", "--norc", "-c", `${LFTP} open ${url}; ls`],
    requests: [get(""), head("")],
    // It shows what it has read in the rows.
    check(output) {
      const lines = output.split("\n").map((line) => line.replace(/ +/g, " "));
      for (const name of ["a.txt", BIG]) {
        const size = formatSize(FILES[name] ?? NaN).replace(" ", "\xa0");
        const line = `-rw-r--r-- ${size} 2025-03-04 05:06 ${name}`;
        assert(lines.includes(line), `${line}\n${output}`);
      }
      const line = /^drwxr-xr-x - \d{4}-\d\d-\d\d \d\d:\d\d sub$/;
      assert(lines.some((one) => line.test(one)), output);
    },
  },
  {
    client: "lftp cls -l",
    isThere: HAS_LFTP,
    words: (url) => [
      ...["lftp", "--norc", "-c"],
      `${LFTP} open ${url}; cls -l --time-style=%Y-%m-%dT%H:%M`,
    ],
    requests: [get(""), head(""), head("sub/"), ...TOP_FILES.map(head)],
    check(output) {
      assert(/^-rw.* 5 2025-03-04T05:06 a\.txt$/m.test(output), output);
      assert(/^-rw.* 150000 2025-03-04T05:06 b 1/m.test(output), output);
      assert(/^drwx.* \d{4}-\d\d-\d\dT\d\d:\d\d sub\/$/m.test(output), output);
    },
  },
  {
    client: "lftp mirror",
    isThere: HAS_LFTP,
    words: (url, home) => [
      ...["lftp", "--norc", "-c"],
      `${LFTP} open ${url}; mirror . ${home}/copy`,
    ],
    requests: [
      ...DEEP,
      ...DEEP.map((request) => request.replace("GET", "HEAD")),
    ],
  },
  {
    client: "wget -r -np",
    isThere: findProgram("wget") !== undefined,
    words: (url) => ["wget", "-q", "-r", "-np", url],
    requests: [...DEEP, get("robots.txt")],
  },
  {
    client: "wget2 -r -np",
    isThere: findProgram("wget2") !== undefined,
    words: (url) => ["wget2", "-q", "-r", "-np", url],
    requests: [...DEEP, get("robots.txt")],
  },
  {
    client: "httrack",
    isThere: findProgram("httrack") !== undefined,
    words: (url, home) => [
      ...["httrack", "-q", "-O", `${home}/copy`, "--disable-security-limits"],
      ...["--max-rate=100000000", "-c8", url],
    ],
    requests: [...DEEP, get("robots.txt")],
  },
  {
    client: "rclone lsf -R",
    isThere: findProgram("rclone") !== undefined,
    words: (url) => [
      ...[
        "rclone",
        "lsf",
        "-R",
        "--format",
        "pst",
        "--http-url",
        url,
        ":http:",
      ],
    ],
    requests: [...DIRECTORIES.map(get), ...ALL_FILES.map(head)],
    check(output) {
      const lines = output.split("\n");
      for (const [name, size] of Object.entries(FILES)) {
        assert(lines.includes(`${name};${size};2025-03-04 05:06:07`), output);
      }
    },
  },
  {
    client: "pip download --find-links",
    isThere: await canImport("pip"),
    words: (url) => [
      ...[PYTHON, "-m", "pip", "download", "-q", "--no-index", "--no-deps"],
      ...["--disable-pip-version-check", "--find-links", url, "pkg"],
    ],
    requests: [get(""), get(WHEEL)],
  },
  {
    client: "GDAL",
    isThere: await canImport("osgeo"),
    words: (url) => [PYTHON, "-c", READ_GDAL, url],
    requests: [get(""), ...TOP_FILES.map(head)],
    check(output) {
      const time = MODIFIED.getTime() / 1000;
      assert(output.includes(`a.txt 5 ${time}\n`), output);
      assert(output.includes(`b%201%26%27.bin 150000 ${time}\n`), output);
      assert(output.includes("sub "), output);
    },
  },
];

for (const { client, isThere, words, requests, check } of rows) {
  Deno.test({
    name: `${client} asks for entries alone`,
    ignore: !isThere,
    fn: async () => {
      using home = temporaryDirectory();
      await withSite(async (program) => {
        const line = words(`${program.url}/`, home.path);
        const output = await run(line, home.path);
        assertEquals(await requestsTo(program), [...requests].sort());
        check?.(output);
      });
    },
  });
}

/** Mounts a URL; the directory is free again at the end. */
async function mount(url: string, point: string) {
  const args = ["-f", url, point];
  const child = new Deno.Command("httpdirfs", {
    args,
    stdout: "null",
    stderr: "null",
  }).spawn();
  const device = Deno.statSync(point).dev;
  await until(() => Deno.statSync(point).dev !== device, "a mount");
  return {
    async [Symbol.asyncDispose]() {
      await run(["fusermount3", "-u", point], point.replace(/[^/]*$/, ""));
      await child.status;
    },
  };
}

Deno.test({
  name: "httpdirfs asks for entries alone, and has their sizes and times",
  ignore: findProgram("httpdirfs") === undefined ||
    missingForFuse() !== undefined,
  fn: async () => {
    using home = temporaryDirectory();
    await withSite(async (program) => {
      const point = `${home.path}/mounted`;
      Deno.mkdirSync(point);
      {
        await using _ = await mount(`${program.url}/`, point);
        for (const [name, size] of Object.entries(FILES)) {
          const stat = await Deno.stat(`${point}/${name}`);
          assertEquals([stat.size, stat.mtime], [size, MODIFIED], name);
        }
        assertEquals(Deno.readFileSync(`${point}/sub/c.txt`).length, 2000);
      }
      assertEquals(
        await requestsTo(program),
        [
          ...DIRECTORIES.map(get),
          // It asks for a directory without the slash first.
          ...DIRECTORIES.filter((path) => path !== "").map((path) =>
            get(path.slice(0, -1))
          ),
          ...ALL_FILES.map(head),
          get("sub/c.txt"),
        ].sort(),
      );
    });
  },
});
