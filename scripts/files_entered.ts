/**
 * Counts the modules and functions of `lib/` that run for one request, by V8's precise coverage
 * of the real program on Deno; what ran at the start does not count.
 *
 * `deno task files-entered [--functions]` prints a line for each kind of request; with
 * `--functions` also their names.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- it is a script
import { pause } from "./bench/processes.ts";
import { connect, type Conversation, readMatch } from "./devtools.ts";

const PROJECT = new URL("../", import.meta.url);
const LIB = new URL("lib/", PROJECT).href;
/** How long the program may take, in milliseconds. */
const DEADLINE_MS = 60_000;
/** In this time an answer is logged, in milliseconds. */
const LOG_MS = 300;
/** After this a file is old enough to be cached, in milliseconds. */
const SETTLED_MS = 3000;

/** What V8 tells of a script (Chrome DevTools Protocol, `Profiler.ScriptCoverage`). */
interface ScriptCoverage {
  readonly url: string;
  readonly functions: ReadonlyArray<{
    readonly functionName: string;
    readonly ranges: ReadonlyArray<{ readonly count: number }>;
  }>;
}

/** What ran since the last call: the names of functions by module. */
async function takeCoverage(
  { send }: Conversation,
): Promise<Map<string, string[]>> {
  const { result } = await send("Profiler.takePreciseCoverage") as {
    readonly result: readonly ScriptCoverage[];
  };
  const entered = new Map<string, string[]>();
  for (const { url, functions } of result) {
    if (!url.startsWith(LIB)) continue;
    // The module itself is a function without a name; its range is the first.
    const names = functions
      .filter(({ ranges: [range] }) => (range?.count ?? 0) > 0)
      .map(({ functionName }) => functionName)
      .filter((name) => name !== "");
    if (names.length > 0) entered.set(url.slice(LIB.length), names);
  }
  return entered;
}

function siteWithScript(): string {
  const root = Deno.makeTempDirSync({ prefix: "serve-" });
  Deno.writeTextFileSync(`${root}/a.txt`, "hello\n");
  Deno.chmodSync(root, 0o755); // as root, scripts run as nobody
  Deno.mkdirSync(`${root}/cgi-bin`);
  const script = `${root}/cgi-bin/hello`;
  Deno.writeTextFileSync(
    script,
    "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\nhello\\n'\n",
  );
  Deno.chmodSync(script, 0o755);
  return root;
}

/** Starts the program, and prints what runs for each target. */
async function count(
  flags: readonly string[],
  targets: ReadonlyArray<readonly [name: string, path: string]>,
): Promise<void> {
  const root = siteWithScript();
  const program = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-check",
      "--inspect=127.0.0.1:0",
      "lib/program/entry.ts",
    ]
      .concat([...flags, "-b", "127.0.0.1", "-d", root, "0"]),
    cwd: PROJECT,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const deadline = setTimeout(() => program.kill("SIGKILL"), DEADLINE_MS);
  try {
    const [{ match: port }, { match: endpoint }] = await Promise.all([
      readMatch(program.stdout, / port (\d+)/),
      readMatch(program.stderr, /(ws:\/\/\S+)/),
    ]);
    const inspector = await connect(endpoint);
    const coverage = { callCount: true, detailed: false };
    await inspector.send("Profiler.enable");
    await inspector.send("Profiler.startPreciseCoverage", coverage);
    const ask = async (path: string) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      await response.text();
      await pause(LOG_MS);
    };
    // What the first request of all loads is part of the start.
    await ask("/none");
    await pause(SETTLED_MS);
    await takeCoverage(inspector);
    for (const [name, path] of targets) {
      await ask(path);
      print(name, await takeCoverage(inspector));
    }
    inspector.socket.close();
  } finally {
    clearTimeout(deadline);
    program.kill("SIGTERM");
    await program.status;
    await Deno.remove(root, { recursive: true });
  }
}

function print(name: string, entered: Map<string, string[]>): void {
  const functions = [...entered.values()].flat().length;
  console.log(`${name}: ${entered.size} files, ${functions} functions`);
  if (!Deno.args.includes("--functions")) return;
  for (const [module, names] of [...entered].sort()) {
    console.log(`  ${module}: ${names.join(" ")}`);
  }
}

await count([], [
  ["cold GET", "/a.txt"],
  ["first hit", "/a.txt"],
  ["hit", "/a.txt"],
]);
await count(["--cgi"], [["CGI", "/cgi-bin/hello"]]);
