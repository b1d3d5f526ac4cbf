/** `deno task compile`, as far as it needs no network. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { hostTarget, TARGETS } from "../../scripts/executables/targets.ts";
import {
  permissionsFor,
  V8_FLAGS,
} from "../../scripts/executables/backends.ts";
import { CONTRACT, CONTRACT_FLAGS, furnish } from "../program/contract.ts";
import { findExecutable } from "../support/executable.ts";
import {
  type Finished,
  PROJECT,
  start,
  startCommand,
  temporaryDirectory,
  toFinished,
} from "../support/program.ts";
import { request } from "../support/raw.ts";

async function compile(
  words: readonly string[],
  env: Record<string, string> = {},
): Promise<Finished> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "scripts/compile.ts", ...words],
    cwd: PROJECT,
    env: { NO_COLOR: "1", ...env },
  });
  return toFinished(await command.output());
}

const HOST = hostTarget()?.name ?? "";
const OTHER = HOST.startsWith("macos") ? "linux-x64" : "macos-x64";

Deno.test("compile: mistakes are one line, with exit status 2", async () => {
  const rows: Array<[string[], RegExp]> = [
    [["--nope"], /unknown argument "--nope"$/],
    [["linux-x64"], /unknown argument "linux-x64"$/],
    [["--backend", "node"], /--backend is auto, deno or bun, not "node"$/],
    [
      ["--target", "plan9"],
      /unknown target "plan9"; there are linux-x64, .*, all$/,
    ],
  ];
  for (const [words, pattern] of rows) {
    const { code, output, errors } = await compile(words);
    assertEquals(code, 2, errors);
    assertEquals(output, "");
    assertMatch(errors.trimEnd(), pattern);
    assertEquals(errors.trimEnd().split("\n").length, 1);
  }
});

Deno.test("compile: --help tells what can be asked for, and makes nothing", async () => {
  for (const word of ["--help", "-h"]) {
    const { code, output, errors } = await compile([word]);
    assertEquals(code, 0, errors);
    assertMatch(output, /^usage: deno task compile \[--target NAME\|all\]/);
    assertMatch(output, /linux-x64, .*\n/);
    assertEquals(errors, "");
  }
});

Deno.test("compile: a system that the backend has no runtime for is exit status 1", async () => {
  using directory = temporaryDirectory();
  const words = ["--target", "linux-x64-musl", "--out", directory.path];
  const { code, errors } = await compile([...words, "--backend", "deno"]);
  assertEquals(code, 1);
  assertEquals(errors, "compile: deno has no runtime for linux-x64-musl\n");
});

Deno.test("compile: a DENORT_BIN for another system is refused, and so is none", async () => {
  using directory = temporaryDirectory();
  const words = ["--target", OTHER, "--out", directory.path];
  const other = await compile(words, { DENORT_BIN: Deno.execPath() });
  assertEquals(other.code, 1);
  assertMatch(other.errors, new RegExp(`is not for ${OTHER}\n$`));
  const none = await compile(words, { DENORT_BIN: `${directory.path}/none` });
  assertEquals(none.code, 1);
  assertMatch(none.errors, /^compile: DENORT_BIN ".*none" cannot be read\n$/);
});

/** Deno itself in the place of denort: everything but the runtime is as it would be. */
Deno.test("compile: Deno embeds one bundle and what it says, of nothing but the program; what is no denort is found out", async () => {
  using directory = temporaryDirectory();
  const { code, output, errors } = await compile(
    ["--list", "--out", directory.path],
    { DENORT_BIN: Deno.execPath() },
  );
  assertEquals(code, 1, output);
  assertMatch(
    errors,
    /^compile: \S+ does not say its version; is DENORT_BIN a denort\?\n$/,
  );
  const list = /Embedded besides deno:\n((?: {2}.*\n)+)/.exec(output)?.[1] ??
    "";
  const lines = list.split("\n").map((line) => line.trim()).filter(Boolean);
  assert(lines.includes("lib/program/entry.ts"));
  assert(lines.includes("lib/handler/walk.ts"));
  assert(lines.some((line) => /^\.deno_compile_bundle_\w+\.mjs$/.test(line)));
  assert(lines.some((line) => /^\.deno_compile_worker_\w+\.mjs$/.test(line)));
  const strangers = lines.filter((line) =>
    !/^(?:program\.ts|deno\.json|package\.json|lib\/.+\.ts|scripts\/std\/.+\.ts|npm:.+|\.deno_compile_.+)$/
      .test(line)
  );
  assertEquals(strangers, []);
});

/** As in the executable, but for where the bundle lies: alone, without packages. */
Deno.test("compile: the bundle of Deno passes the program contract, with the permissions that are baked in", async (t) => {
  using directory = temporaryDirectory();
  using root = temporaryDirectory();
  const bundle = `${directory.path}/main.mjs`;
  const words = ["bundle", "--quiet", "--minify", "--output", bundle];
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: [...words, "lib/program/entry.ts"],
    cwd: PROJECT,
    stderr: "null",
  }).output();
  assert(success);
  await furnish(root.path);
  const deno = [
    Deno.execPath(),
    "run",
    "--no-config",
    V8_FLAGS,
    ...permissionsFor("linux-x64"),
  ];
  const serving = [bundle, "0", root.path, ...CONTRACT_FLAGS];
  const [first = "", ...rest] = [...deno, ...serving];
  await using program = await startCommand("Deno", [first, ...rest]);
  for (const { name, check } of CONTRACT) {
    await t.step(name, () => check({ program, root: root.path }));
  }
  const secure = [...deno, bundle, "0", root.path, "--tls-self-signed", "--qr"];
  const [, ...more] = secure;
  await using https = await startCommand("Deno", [first, ...more]);
  assertMatch(https.output(), /^Serving HTTPS /);
});

Deno.test("compile: without denort one line says what to do, and the task for this system alone takes Bun in its place", async () => {
  using directory = temporaryDirectory();
  // Nothing but the npm registry can be reached, and nothing was downloaded before.
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  taken.close();
  const env = {
    HTTPS_PROXY: `http://127.0.0.1:${port}`,
    NO_PROXY: "registry.npmjs.org",
    DENO_DIR: `${directory.path}/cache`,
  };
  const words = ["--out", `${directory.path}/dist`];
  const deno = await compile([...words, "--backend", "deno"], env);
  assertEquals(deno.code, 1);
  assertEquals(deno.output, "");
  // Before it Deno tells of what it downloads for the script itself.
  assertMatch(
    deno.errors,
    /^compile: denort \S+ cannot be downloaded \(dl\.deno\.land\): set DENORT_BIN to one, or use --backend bun\n$/m,
  );
  assertEquals([...Deno.readDirSync(`${directory.path}/dist`)], []);
  const auto = await compile(words, env);
  assertEquals(auto.code, 0, auto.errors);
  assertMatch(
    auto.output,
    /^denort \S+ cannot be downloaded \(dl\.deno\.land\): Bun is used in its place\n/,
  );
  assertEquals(auto.output.split("\n").length, 3, auto.output);
  const { version } = config;
  assertEquals(
    [...Deno.readDirSync(`${directory.path}/dist`)].map(({ name }) => name)
      .sort(),
    ["SHA256SUMS", `serve-${version}-${HOST}`, `serve-${version}.cdx.json`],
  );
});

Deno.test("the executable reads no bunfig.toml and no .env of the directory that it is started in", async () => {
  using directory = temporaryDirectory();
  const { path } = directory;
  const stolen = `${path}/stolen`;
  Deno.writeTextFileSync(`${path}/bunfig.toml`, 'preload = ["./evil.js"]\n');
  Deno.writeTextFileSync(
    `${path}/evil.js`,
    `require("node:fs").writeFileSync(${JSON.stringify(stolen)}, "");`,
  );
  Deno.writeTextFileSync(`${path}/.env`, "SERVE_TEST_SECRET=1\n");
  await findExecutable();
  await using program = await start("executable", ["0", path], path);
  assertEquals((await request(program.port, "/evil.js")).status, 200);
  assertEquals([...Deno.readDirSync(path)].map(({ name }) => name).sort(), [
    ".env",
    "bunfig.toml",
    "evil.js",
  ]);
});

Deno.test("every target is for one system, by its names", () => {
  assertEquals(new Set(TARGETS.map(({ name }) => name)).size, TARGETS.length);
  for (const { name, bun, header } of TARGETS) {
    assert(bun.endsWith(name.replace("macos", "darwin")), name);
    assert(name.split("-").includes(header.machine), name);
  }
});
