/** The handler inside other people's servers: what the README tells people to write, run as it stands. */

import { assert, assertEquals } from "@std/assert";
import { installPackage } from "../support/package.ts";
import {
  command,
  PROJECT,
  type RuntimeName,
  RUNTIMES,
} from "../support/program.ts";
import { request } from "../support/raw.ts";
import { freePort, until } from "../support/wait.ts";

interface Example {
  /** The heading above it. */
  readonly heading: string;
  readonly runtime: RuntimeName;
  /** The words of Deno that run it. */
  readonly words?: readonly string[];
  /** Paths, and what is there. */
  readonly rows: readonly (readonly [
    path: string,
    status: number,
    content: string,
  ])[];
}

const ALONE = [["/a.txt", 200, "a"], ["/none", 404, ""]] as const;
const BESIDE = [
  ["/static/a.txt", 200, "a"],
  ["/static", 301, ""],
  ["/", 200, "Hello"],
] as const;
const EXAMPLES: readonly Example[] = [
  { heading: "In Deno.serve", runtime: "Deno", rows: ALONE },
  { heading: "In Bun.serve", runtime: "Bun", rows: ALONE },
  {
    heading: "In Hono",
    runtime: "Deno",
    words: ["serve", "--port=8000"],
    rows: [...BESIDE, ["/staticfoo", 404, "404 Not Found"]],
  },
  {
    heading: "In Hono",
    runtime: "Bun",
    rows: [...BESIDE, ["/staticfoo", 404, "404 Not Found"]],
  },
  {
    heading: "In Hono on Node.js",
    runtime: "Node",
    rows: [...BESIDE, ["/staticfoo", 404, "404 Not Found"]],
  },
  ...RUNTIMES.flatMap((runtime): Example[] => [
    { heading: "In node:http", runtime, rows: ALONE },
    {
      heading: "In Express",
      runtime,
      rows: [...BESIDE, ["/staticfoo", 404, "<!DOCTYPE html>"]],
    },
    {
      heading: "In Fastify",
      runtime,
      rows: [...BESIDE, ["/staticfoo", 404, '{"message":"Route GET:']],
    },
  ]),
  {
    heading: "In Oak",
    runtime: "Deno",
    rows: [...BESIDE, ["/staticfoo", 200, "Hello"]],
  },
  {
    heading: "In Oak",
    runtime: "Bun",
    rows: [...BESIDE, ["/staticfoo", 200, "Hello"]],
  },
];

Deno.test("what the READMEs say of embedding, in a project that has the package", async (t) => {
  await using installed = await installPackage(
    "hono",
    "@hono/node-server",
    "@oakserver/oak",
    "express",
    "fastify",
  );
  for (const one of EXAMPLES) {
    await t.step(
      `${one.heading}: on ${one.runtime} it answers as it says`,
      () => check(one, installed.path),
    );
  }
});

async function check(
  { heading, runtime, words = ["run"], rows }: Example,
  project: string,
): Promise<void> {
  using directory = exampleDirectory(project);
  const { path } = directory;
  const port = freePort();
  const withPort = (text: string) => text.replaceAll("8000", `${port}`);
  // Node.js 20 reads no types, and these examples have none.
  const main = runtime === "Node" ? "main.mjs" : "main.ts";
  Deno.writeTextFileSync(`${path}/${main}`, withPort(example(heading)));
  const [program] = await command(runtime);
  const parameters = {
    Deno: [...words.map(withPort), "--allow-all", "--no-check", main],
    Bun: ["run", main],
    Node: [main],
  }[runtime];
  const child = new Deno.Command(program, {
    args: parameters,
    cwd: path,
    env: { NO_COLOR: "1" },
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let log = "";
  const logged = child.stderr.pipeThrough(new TextDecoderStream())
    .pipeTo(new WritableStream({ write: (text) => void (log += text) }));
  try {
    await answers(port);
    for (const [path, status, content] of rows) {
      const response = await request(port, path);
      assertEquals(response.status, status, path);
      assert(response.text.startsWith(content), response.text);
    }
    // It is not in the way of answers.
    await until(() => log.includes(`"GET ${rows[0]?.[0]} HTTP/1.1" 200 1\n`));
  } finally {
    child.kill("SIGKILL");
    await child.status;
  }
  await logged;
  assert(log.includes("127.0.0.1 - - ["), log);
}

/** The first block of code below a heading. */
function example(heading: string): string {
  const readme = ["README.md", "lib/handler/docs.md"]
    .map((path) => Deno.readTextFileSync(PROJECT + path)).join("");
  const section = readme.split(`\n### ${heading}\n`)[1] ?? "";
  return /```ts.*\n([^]*?)```/.exec(section)?.[1] ?? "";
}

/** Inside a project, where `@x/serve` and the frameworks are found. */
function exampleDirectory(project: string): { path: string } & Disposable {
  const path = Deno.makeTempDirSync({ dir: project, prefix: "example_" });
  Deno.mkdirSync(`${path}/public`);
  Deno.writeTextFileSync(`${path}/public/a.txt`, "a");
  const remove = () => Deno.removeSync(path, { recursive: true });
  return { path, [Symbol.dispose]: remove };
}

async function answers(port: number): Promise<void> {
  await until(async () => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port })
      .catch(() => undefined);
    connection?.close();
    return connection !== undefined;
  }, "an example that listens");
}
