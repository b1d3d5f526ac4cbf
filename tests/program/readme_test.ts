/** What the READMEs tell people to type does what they say. */
import { assert, assertEquals } from "@std/assert";
import { parseCommandLine } from "../../lib/program/command_line.ts";
import {
  PROJECT,
  startCommand,
  temporaryDirectory,
} from "../support/program.ts";
import { request } from "../support/raw.ts";

const READMES = [
  "README.md",
  ...["cgi", "files", "handler", "log", "program", "server"]
    .map((room) => `lib/${room}/docs.md`),
];
/** A word of a shell: pieces without quotes, or between them. */
const WORD_REGEXP = /(?:'[^']*'|"[^"]*"|[^\s'"])+/g;

function read(path: string): string {
  return Deno.readTextFileSync(PROJECT + path);
}

/** The command lines of `serve` in blocks of shell and in tables. */
function commandLines(text: string): readonly string[] {
  const blocks = [...text.matchAll(/```sh\n([^]*?)```/g)]
    .flatMap(([, block = ""]) => block.split(/\n|&& /));
  const inTables = text.split("\n").filter((line) => line.startsWith("| "))
    .flatMap((line) => [...line.matchAll(/`([^`]+)`/g)])
    .map(([, code = ""]) => code);
  return [...blocks, ...inTables]
    .filter((line) => /^serve(?: |$)/.test(line) && !line.includes("…"))
    .map((line) => line.replace(/\s+(?:#|>|\|).*/, ""));
}

Deno.test("every command line of the READMEs is understood", () => {
  const lines = READMES.map(read).flatMap(commandLines);
  assert(lines.length > 40);
  for (const line of lines) {
    const words = [...line.matchAll(WORD_REGEXP)]
      .map(([word]) => word.replaceAll(/['"]/g, "")).slice(1);
    const parsed = parseCommandLine(words);
    assert(parsed.kind !== "invalid", `${line}: ${JSON.stringify(parsed)}`);
  }
});

/** What people can read, by its path. */
function texts(directory: string): readonly string[] {
  return [...Deno.readDirSync(PROJECT + directory)].flatMap((entry) => {
    const path = directory + entry.name;
    if (entry.isDirectory) return texts(`${path}/`);
    return path.endsWith(".md") ? [path] : [];
  });
}

/** The anchors of headings, as GitHub makes them. */
function anchors(path: string): readonly string[] {
  return [...read(path).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading.toLowerCase().replaceAll(/[^\w\- ]/g, "").replaceAll(" ", "-")
  );
}

Deno.test("every link in the READMEs leads somewhere", () => {
  const paths = ["README.md", "CHANGELOG.md", ...texts("lib/")];
  paths.push(...texts("scripts/"));
  let count = 0;
  for (const path of paths) {
    for (const [, link = ""] of read(path).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(link)) continue;
      const { pathname, hash } = new URL(link, `file:///${path}`);
      const target = pathname.slice(1);
      const name = `${path}: ${link}`;
      assert(Deno.lstatSync(PROJECT + target) !== undefined, name);
      count++;
      if (hash === "") continue;
      assert(anchors(target).includes(decodeURIComponent(hash.slice(1))), name);
    }
  }
  assert(count > 20, String(count));
});

/** A directory with a site in it, and the environment of somebody who has just cloned. */
function newcomer() {
  const directory = temporaryDirectory();
  const { path } = directory;
  Deno.mkdirSync(`${path}/my site`);
  Deno.writeTextFileSync(`${path}/my site/a.txt`, "a");
  const deno = Deno.execPath().replace(/\/[^/]+$/, "");
  const PATH = `${path}/.local/bin:${deno}:${Deno.env.get("PATH")}`;
  // What npx says of where it was started would count for more than where we are.
  const env = { PATH, HOME: path, INIT_CWD: path };
  return { path, env, [Symbol.dispose]: directory[Symbol.dispose] };
}

const WORDS = ["0", "my site", "--log-file", "log.txt", "-b", "127.0.0.1"];

Deno.test("README: deno task serve serves a directory below the one in which it is started, with every flag", async () => {
  using somebody = newcomer();
  const { path, env } = somebody;
  const config = ["--config", `${PROJECT}deno.json`];
  const words = [Deno.execPath(), "task", "-q", ...config, "serve", ...WORDS];
  const [program = "", ...more] = words;
  await using started = await startCommand(
    "Deno",
    [program, ...more],
    path,
    env,
  );
  assertEquals((await request(started.port, "/a.txt")).text, "a");
  assert(Deno.readTextFileSync(`${path}/log.txt`).includes("GET /a.txt"));
});

Deno.test("README: the first command in a fresh clone prints only what the program does, and downloads nothing that only developers need", async () => {
  using somebody = newcomer();
  const { path, env } = somebody;
  const clone = `${path}/clone`;
  Deno.mkdirSync(clone);
  const names = "deno.json deno.lock lib main.ts package.json scripts";
  const { success } = await new Deno.Command("cp", {
    args: ["-r", ...names.split(" "), clone],
    cwd: PROJECT,
  }).output();
  assert(success);
  const lock = Deno.readTextFileSync(`${clone}/deno.lock`);
  const [line = ""] = /^npx -y deno@\S+ .*$/m.exec(read("README.md")) ?? [];
  const words = line.split(" ").slice(3);
  assertEquals(words, ["task", "-q", "serve"]);
  await using started = await startCommand(
    "Deno",
    [Deno.execPath(), ...words, "0", "-b", "127.0.0.1"],
    clone,
    { ...env, INIT_CWD: path, DENO_DIR: `${path}/cache` },
  );
  assertEquals((await request(started.port, "/my%20site/a.txt")).text, "a");
  assertEquals(started.errors().split("\n").length, 2, started.errors());
  // It would be another one if the project needed more or less.
  assertEquals(Deno.readTextFileSync(`${clone}/deno.lock`), lock);
  const packages = [...Deno.readDirSync(`${clone}/node_modules/.deno`)]
    .map(({ name }) => name);
  assert(packages.length > 10 && packages.length < 30, packages.join(" "));
  for (const name of ["typescript", "hono", "ipaddr"]) {
    assert(!packages.some((other) => other.includes(name)), name);
  }
});

Deno.test("README: the command that it makes serves from everywhere, with every flag", async () => {
  using somebody = newcomer();
  const { path, env } = somebody;
  const [make = ""] = /^mkdir -p ~\/\.local\/bin\nprintf .*$/m
    .exec(read("README.md")) ?? [];
  const made = await new Deno.Command("sh", {
    args: ["-c", make],
    cwd: PROJECT,
    env,
  }).output();
  assert(made.success);
  const program = `${path}/.local/bin/serve`;
  await using started = await startCommand(
    "Deno",
    [program, ...WORDS],
    path,
    env,
  );
  assertEquals((await request(started.port, "/a.txt")).text, "a");
  assert(Deno.readTextFileSync(`${path}/log.txt`).includes("GET /a.txt"));
});
