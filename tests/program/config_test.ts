/** Settings in a file, in variables and on the command line: what counts, and what SIGHUP changes. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  type Program,
  runToEnd,
  sharing,
  start,
  SUBJECTS,
  temporaryDirectory,
} from "../support/program.ts";
import { request } from "../support/raw.ts";
import { noise, slowDownload } from "../support/slow.ts";
import { until } from "../support/wait.ts";

const LOGS = ["--allow-net", "--allow-read=/", "--allow-write=/"];
const VARIABLES = ["--allow-net", "--allow-read=/", "--allow-env"];

function write(path: string, settings: unknown): void {
  Deno.writeTextFileSync(path, JSON.stringify(settings));
}

/** A field of the answer for a file. */
async function field(
  { port }: Program,
  name: string,
  path = "/a",
): Promise<string | null> {
  return (await request(port, path)).fields.get(name);
}

/** Has the settings read again, and waits for the line that tells of it; gives what was told. */
async function hangUp(program: Program, expected: string): Promise<string> {
  const before = program.errors().length;
  program.process.kill("SIGHUP");
  const told = () => program.errors().slice(before);
  await until(() => told().includes(expected), expected);
  return told();
}

/** How many descriptors of a process are open for a file. */
function descriptors({ process }: Program, path: string): number {
  const directory = `/proc/${process.pid}/fd`;
  return [...Deno.readDirSync(directory)].filter(({ name }) => {
    try {
      return Deno.readLinkSync(`${directory}/${name}`) === path;
    } catch {
      return false; // closed by now
    }
  }).length;
}

for (const subject of SUBJECTS) {
  Deno.test(`${subject}: a flag counts before a variable, that before the file, and --print-config tells which`, async () => {
    using site = temporaryDirectory();
    using settings = temporaryDirectory();
    Deno.mkdirSync(`${settings.path}/dist`);
    Deno.writeTextFileSync(`${settings.path}/dist/a`, "of the file");
    const file = `${settings.path}/serve.json`;
    Deno.writeTextFileSync(
      file,
      `{ // comments are fine
        "directory": "dist", "port": 1, "isolate": true,
        "header": ["X-A: file", "X-B: file"],
        "cache-control": "max-age=1",
      }`,
    );
    const env = {
      SERVE_CONFIG: file,
      SERVE_PORT: "2",
      SERVE_HEADER: "X-A: variable",
      SERVE_PROT: "1",
    };
    const words = ["--port", "0", "-b", "127.0.0.1"];
    const printed = await runToEnd(subject, [...words, "--print-config"], {
      permissions: VARIABLES,
      cwd: site.path,
      env,
    });
    assertEquals([printed.code, printed.errors], [0, ""]);
    for (
      const line of [
        '"port": 0, // flag',
        '"header": ["X-A: variable"], // SERVE_HEADER',
        `"directory": "${settings.path}/dist", // ${file}:2`,
        '// "cors": false, // default',
      ]
    ) assert(printed.output.includes(`\n  ${line}\n`), printed.output);
    await using program = await start(
      subject,
      words,
      site.path,
      VARIABLES,
      env,
    );
    const { fields, text } = await request(program.port, "/a");
    assertEquals(
      ["x-a", "x-b", "cache-control", "cross-origin-opener-policy"]
        .map((name) => fields.get(name)),
      ["variable", null, "max-age=1", "same-origin"],
    );
    assertEquals(text, "of the file");
    await program.printed("SERVE_PROT is no setting");
  });

  Deno.test(`${subject}: all that is wrong is told with its place, and the status is 2`, async () => {
    using settings = temporaryDirectory();
    const file = `${settings.path}/Serve.json`;
    Deno.writeTextFileSync(file, '{\n  "prot": 1,\n  "cors": yes\n}');
    const { code, errors, output } = await runToEnd(subject, [
      "--config",
      file,
    ]);
    assertEquals([code, output], [2, ""]);
    assertEquals(
      errors,
      `serve: ${file}:2:3: unknown setting "prot" (did you mean protocol?)
serve: ${file}:3:11: no value of JSON; text stands in double quotes
`,
    );
    const absent = await runToEnd(subject, ["--config=/nowhere.json"]);
    assertEquals([absent.code, absent.errors], [
      2,
      'serve: --config "/nowhere.json": there is no such file\n',
    ]);
  });

  Deno.test(`${subject}: SIGHUP reads the settings again, all or nothing`, async () => {
    using site = temporaryDirectory();
    using settings = temporaryDirectory();
    const bytes = noise(8_388_608);
    Deno.writeTextFileSync(`${site.path}/a`, "a");
    Deno.writeFileSync(`${site.path}/large`, bytes);
    const file = `${settings.path}/serve.json`;
    const log = `${settings.path}/log`;
    const good = {
      "port": 0,
      "directory": site.path,
      "log-file": "log",
      "header": "X-A: 1",
    };
    write(file, good);
    const words = ["--config", file];
    await using program = await start(subject, words, undefined, LOGS);
    assertEquals(await field(program, "x-a"), "1");

    // What is in flight is finished as it was begun.
    using download = await slowDownload(program.port, "/large");
    write(file, { ...good, "port": 1, "header": "X-A: 2", "isolate": true });
    const told = await hangUp(program, "hold now");
    assertEquals(
      told,
      `serve: SIGHUP: "port" needs a restart; the old value stays
serve: SIGHUP: the settings of ${file} hold now
`,
    );
    assertEquals(await field(program, "x-a"), "2");
    const policy = "cross-origin-opener-policy";
    assertEquals(await field(program, policy), "same-origin");
    const { same } = await download.finish(bytes);
    assert(same);

    // One that is wrong, and nothing else of the file counts.
    const rows: Array<[wrong: object, reason: string]> = [
      [{ "max-requests": -1 }, `${file}:1:`],
      [{ "directory": `${site.path}/nowhere` }, "there is no such directory"],
      [{ "cgi-dir": ["nowhere"] }, '--cgi-dir "nowhere"'],
      [{ "upload": "nowhere" }, '--upload "nowhere"'],
      [{ "basic-auth-file": `${site.path}/nowhere` }, "there is no such file"],
      [{ "url-root": "x" }, 'cannot serve below "x"'],
    ];
    for (const [wrong, reason] of rows) {
      write(file, { ...good, "header": "X-A: 3", ...wrong });
      const told = await hangUp(program, "\n");
      assertMatch(told, /^serve: SIGHUP: the old settings stay: .*\n$/);
      assert(told.toLowerCase().includes(reason.toLowerCase()), told);
      assertEquals(await field(program, "x-a"), "2", told);
    }
    Deno.removeSync(file);
    await hangUp(program, "the old settings stay: --config");

    // The log goes on, by one descriptor, and is opened anew.
    Deno.renameSync(log, `${log}.1`);
    write(file, { ...good, "log-format": "common" });
    await hangUp(program, "hold now");
    assertEquals(await field(program, "x-a", "/a?last"), "1");
    assertEquals(await program.stop(), 0);
    assertMatch(Deno.readTextFileSync(log), /"GET \/a\?last HTTP\/1\.1" 200 1/);
    assertEquals(program.errors().match(/Error/g), null);
  });
}

Deno.test("Bun: a log stays open by one descriptor, however often the settings are read", async () => {
  using settings = temporaryDirectory();
  const file = `${settings.path}/serve.json`;
  Deno.mkdirSync(`${settings.path}/dist`);
  write(file, { port: 0, directory: "dist", "log-file": "log" });
  await using program = await start("Bun", ["--config", file]);
  for (let times = 0; times < 5; times++) await hangUp(program, "hold now");
  assertEquals(descriptors(program, `${settings.path}/log`), 1);
});

Deno.test("Deno: what permissions were given back for needs a restart, and is told", async () => {
  using site = temporaryDirectory();
  using other = temporaryDirectory();
  using settings = temporaryDirectory();
  Deno.writeTextFileSync(`${site.path}/a`, "a");
  const file = `${settings.path}/serve.json`;
  const good = { port: 0, directory: site.path };
  write(file, good);
  await using program = await start("Deno", ["--config", file]);
  const rows: Array<[change: object, reason: string]> = [
    [{ directory: other.path }, `no permission to read "${other.path}"`],
    [{ cgi: true }, "no permission to run scripts"],
    [{ upload: true }, "no permission to receive files"],
  ];
  for (const [change, reason] of rows) {
    write(file, { ...good, header: "X-A: 1", ...change });
    assert((await hangUp(program, "old settings stay")).includes(reason));
    assertEquals(await field(program, "x-a"), null);
  }
  write(file, { ...good, header: "X-A: 1", "follow-symlinks": true });
  const told = await hangUp(program, "hold now");
  assert(told.includes(`"follow-symlinks" needs a restart`), told);
  assertEquals(await field(program, "x-a"), "1");
});

for (const subject of [sharing("Deno"), sharing("Node")]) {
  Deno.test(`${subject}: SIGHUP changes the settings of every thread`, async () => {
    using site = temporaryDirectory();
    using settings = temporaryDirectory();
    Deno.writeTextFileSync(`${site.path}/a`, "a");
    const file = `${settings.path}/serve.json`;
    const good = { port: 0, directory: site.path, workers: 2 };
    write(file, { ...good, header: "X-A: 1" });
    const words = ["--config", file];
    await using program = await start(subject, words, undefined, [
      "--allow-net",
      "--allow-read",
      "--unstable-net",
    ]);
    const seen = async () => {
      const all = Array.from({ length: 40 }, () => field(program, "x-a"));
      return [...new Set(await Promise.all(all))];
    };
    assertEquals(await seen(), ["1"]);
    write(file, { ...good, header: "X-A: 2" });
    await hangUp(program, "hold now");
    assertEquals(await seen(), ["2"]);
    write(file, { ...good, header: "X-A: 3", directory: "/nowhere" });
    await hangUp(program, "the old settings stay");
    assertEquals(await seen(), ["2"]);
  });
}

Deno.test("Node: a file of settings that would be served is told, and refused where it has a password", async () => {
  using site = temporaryDirectory();
  const file = `${site.path}/serve.json`;
  write(file, { port: 0, directory: "." });
  await using program = await start("Node", ["--config", file]);
  await program.printed(
    `The settings "${file}" are served themselves: everybody can read them; move`,
  );
  await program.stop();
  write(file, { port: 0, directory: ".", "basic-auth": "ada:secret" });
  const { code, errors } = await runToEnd("Node", ["--config", file]);
  assertEquals(code, 1);
  assertMatch(
    errors,
    /^serve: the settings ".*" are served themselves: everybody can read the passwords in them; move/,
  );

  // No SIGHUP leads there, either.
  Deno.mkdirSync(`${site.path}/dist`);
  write(file, { port: 0, directory: "dist", "basic-auth": "ada:secret" });
  await using later = await start("Node", ["--config", file]);
  write(file, { directory: ".", "basic-auth": "ada:secret" });
  const refused = await hangUp(later, "the old settings stay");
  assert(refused.includes(`"${file}" are served themselves`), refused);
  assertEquals((await request(later.port, "/serve.json")).status, 401);
  write(file, { directory: "." });
  const told = await hangUp(later, "hold now");
  assert(told.includes(`"${file}" are served themselves`), told);
});

Deno.test("Deno: --print-schema prints a schema; without --allow-env no variable is read", async () => {
  const { code, output, errors } = await runToEnd("Deno", ["--print-schema"]);
  assertEquals([code, errors], [0, ""]);
  assertEquals(JSON.parse(output).properties.port.default, 8000);
  const words = ["--print-config"];
  const env = { SERVE_PORT: "x", SERVE_DOTFILES: "1" };
  const blind = await runToEnd("Deno", words, { env });
  assertEquals([blind.code, blind.errors], [0, ""]);
  assert(!blind.output.includes("SERVE_"), blind.output);
  const one = await runToEnd("Deno", words, {
    env,
    permissions: ["--allow-read=/", "--allow-env=SERVE_DOTFILES"],
  });
  assertMatch(one.output, /"dotfiles": true, \/\/ SERVE_DOTFILES/);
  const all = await runToEnd("Deno", words, { env, permissions: VARIABLES });
  assertEquals([all.code, all.errors], [
    2,
    "serve: SERVE_PORT: bad port x: expected 0 to 65535; see serve --help\n",
  ]);
});
