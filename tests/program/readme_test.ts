/** What the READMEs tell people to type does what they say. */
import { assert, assertEquals } from "@std/assert";
import { parseCommandLine } from "../support/command_line.ts";
import {
  PROJECT,
  startCommand,
  temporaryDirectory,
} from "../support/program.ts";
import { findProgram } from "../support/browser.ts";
import { request } from "../support/raw.ts";
import { freePort, until } from "../support/wait.ts";

const READMES = [
  "README.md",
  ...[
    "cgi",
    "files",
    "handler",
    "hosts",
    "log",
    "program",
    "reload",
    "server",
    "upload",
  ]
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
  const log = `${path}/log.txt`;
  await until(() => Deno.readTextFileSync(log).includes("GET /a.txt"));
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
  const told = await started.log("/my site/a.txt");
  assertEquals(told.split("\n").length, 2, told);
  // It would be another one if the project needed more or less.
  assertEquals(Deno.readTextFileSync(`${clone}/deno.lock`), lock);
  const packages = [...Deno.readDirSync(`${clone}/node_modules/.deno`)]
    .map(({ name }) => name);
  assert(packages.length > 10 && packages.length < 39, packages.join(" "));
  for (const name of ["typescript", "hono", "ipaddr", "esbuild", "axe"]) {
    assert(!packages.some((other) => other.includes(name)), name);
  }
});

Deno.test("README: the command that it makes serves from everywhere, with every flag", async () => {
  using somebody = newcomer();
  const { path, env } = somebody;
  const [, make = ""] = /```sh\n(mkdir -p ~\/\.local\/bin\n[^]*?)```/
    .exec(read("README.md")) ?? [];
  const made = await new Deno.Command("sh", {
    args: ["-ec", make],
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
  const log = `${path}/log.txt`;
  await until(() => Deno.readTextFileSync(log).includes("GET /a.txt"));
});

/** What is checked of a block of shell: what a client gets, what it prints, or why it is not run. */
type Check =
  | { readonly kind: "serves"; readonly path: string; readonly text: string }
  | { readonly kind: "ends"; readonly output: string }
  | { readonly kind: "not run"; readonly because: string };

/** The blocks of shell of the README in their order, by their first words, and where they are said. */
const BLOCKS: readonly (readonly [
  start: string,
  where: "clone" | "home" | "my-project",
  check: Check,
])[] = [
  ["npx -y deno@2.9.6 task -q serve\n", "clone", {
    kind: "serves",
    path: "/LICENSE",
    text: "MIT",
  }],
  ["mkdir -p ~/.local/bin\n", "clone", { kind: "ends", output: "" }],
  ["mkdir -p site/cgi-bin\n", "home", { kind: "ends", output: "" }],
  ["serve --cgi 8000 site\n", "home", {
    kind: "serves",
    path: "/cgi-bin/hello.py?world",
    text: "Hello, world\n",
  }],
  ['curl "http://localhost:8000/', "home", {
    kind: "ends",
    output: "Hello, world\n",
  }],
  ["npx -y deno@2.9.6 task -q npm\n", "clone", {
    kind: "ends",
    output: "added ",
  }],
  ["npx -y deno@2.9.6 run ", "my-project", {
    kind: "serves",
    path: "/hello.txt",
    text: "Hello\n",
  }],
  ["npx -y deno@2.9.6 task test\n", "clone", {
    kind: "not run",
    because: "this is it",
  }],
];

/** The program that the README embeds, on a port of its own: it has none on its command line. */
function writeProgram(path: string): number {
  const [, program = ""] = /### In Deno\.serve\n\n```ts.*\n([^]*?)```/
    .exec(read("README.md")) ?? [];
  const port = freePort();
  Deno.writeTextFileSync(path, program.replace("8000", `${port}`));
  return port;
}

/** Starts a block that serves, in a group of its own: npx starts others, whom a signal to itself does not reach. */
async function startBlock(
  block: string,
  port: number,
  options: Deno.CommandOptions,
): Promise<AsyncDisposable> {
  const child = new Deno.Command("setsid", {
    ...options,
    args: ["sh", "-ec", block],
    stdout: "null",
    stderr: "null",
  }).spawn();
  const answers = () =>
    Deno.connect({ hostname: "127.0.0.1", port })
      .then((connection) => (connection.close(), true), () => false);
  let hasEnded = false;
  child.status.then(() => hasEnded = true);
  while (!await answers()) {
    assert(!hasEnded, block);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    [Symbol.asyncDispose]: async () => {
      Deno.kill(-child.pid, "SIGKILL");
      await child.status;
    },
  };
}

Deno.test({
  name:
    "README: every block of shell does what it says, as it stands, in their order",
  ignore: [findProgram("setsid"), findProgram("python3"), findProgram("curl")]
    .includes(undefined),
  fn: async () => {
    using somebody = newcomer();
    const home = somebody.path;
    // Where root runs the tests, scripts run as nobody.
    Deno.chmodSync(home, 0o755);
    const cache = `${Deno.env.get("HOME")}/.npm`;
    const env = { ...somebody.env, INIT_CWD: "", NPM_CONFIG_CACHE: cache };
    const blocks = [...read("README.md").matchAll(/```sh\n([^]*?)```/g)]
      .map(([, block = ""]) => block);
    assertEquals(blocks.length, BLOCKS.length);
    await using started = new AsyncDisposableStack();
    let port = freePort();
    for (const [index, [start, where, check]] of BLOCKS.entries()) {
      const block = blocks[index]?.replaceAll("8000", `${port}`) ?? "";
      assert(block.startsWith(start.replace("8000", `${port}`)), block);
      const directories = {
        clone: PROJECT,
        home,
        "my-project": `${home}/${where}`,
      };
      const options = { cwd: directories[where], env };
      switch (check.kind) {
        case "not run":
          break;
        case "serves": {
          if (where === "my-project") {
            port = writeProgram(`${options.cwd}/main.ts`);
          }
          // The first one would take port 8000, which may be in use here.
          const own = where === "clone" ? freePort() : port;
          const line = where === "clone" ? `${block.trim()} ${own}` : block;
          started.use(await startBlock(line, own, options));
          const { text } = await request(own, check.path);
          assert(text.startsWith(check.text), text);
          break;
        }
        case "ends": {
          const { success, stdout, stderr } = await new Deno.Command("sh", {
            ...options,
            args: ["-ec", block],
          }).output();
          const decoder = new TextDecoder();
          assert(success, `${block}: ${decoder.decode(stderr)}`);
          const printed = decoder.decode(stdout);
          assert(printed.includes(check.output), printed);
        }
      }
    }
  },
});

Deno.test("README: what is to be copied holds no brackets for arguments, dots, prompt or output", () => {
  const text = read("README.md");
  const blocks = [...text.matchAll(/```sh\n([^]*?)```/g)];
  assertEquals(blocks.length, BLOCKS.length);
  for (const [, block = ""] of blocks) {
    assert(!/\[(?!")[a-z]+\]|…|\.\.\.|^\$ |\/path\/to/m.test(block), block);
  }
  // Everything else is marked as what it is.
  const others = [...text.matchAll(/^```(\w.*)$/gm)].map(([, kind]) => kind)
    .filter((kind) => !["sh", "text", "ts", "ts ignore"].includes(kind ?? ""));
  assertEquals(others, []);
  assertEquals([...text.matchAll(/^```/gm)].length % 2, 0);
  for (const [, block = ""] of text.matchAll(/```text\n([^]*?)```/g)) {
    assert(!block.includes("$ "), block);
  }
});
