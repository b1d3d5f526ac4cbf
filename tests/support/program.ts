/** The real program as a child process: on Deno, on Bun, on Node.js, and as an executable. */
import { findBun } from "../../scripts/executables/bun.ts";
import { hostTarget } from "../../scripts/executables/targets.ts";
import { PROJECT } from "./build.ts";
import { findProgram } from "./browser.ts";
import { findExecutable } from "./executable.ts";
import { findNode, findPackage } from "./package.ts";
import { PATIENCE_MS } from "./wait.ts";

export { PROJECT } from "./build.ts";

export type RuntimeName = "Deno" | "Bun" | "Node";

/**
 * What the program is run as; the executable is one of Bun, which needs the npm registry only.
 * Node is the one in PATH, which may be too old to share ports.
 */
export type SubjectName = RuntimeName | "executable" | "Node 24";

export const RUNTIMES: readonly RuntimeName[] = ["Deno", "Bun", "Node"];

export const SUBJECTS: readonly SubjectName[] = hostTarget() === undefined
  ? RUNTIMES
  : [...RUNTIMES, "executable"];

/** The subject that can share ports. */
export function sharing(subject: SubjectName): SubjectName {
  return subject === "Node" ? "Node 24" : subject;
}

/** What the runtime in a subject calls itself. */
export function productOf(subject: SubjectName): string {
  const runtime = runtimeOf(subject);
  return runtime === "Node" ? "Node.js" : runtime;
}

/** The runtime that is in a subject. */
export function runtimeOf(subject: SubjectName): RuntimeName {
  if (subject === "Node 24") return "Node";
  return subject === "executable" ? "Bun" : subject;
}

let zstdVersion: string | undefined;

/** The codings that a runtime makes: Node.js has zstd from 22.15 on. */
export function codingsOf(runtime: RuntimeName): readonly string[] {
  if (runtime !== "Node") return ["br", "zstd", "gzip"];
  zstdVersion ??= new TextDecoder().decode(
    new Deno.Command("node", { args: ["-p", "process.versions.zstd"] })
      .outputSync().stdout,
  );
  const isThere = zstdVersion !== "undefined\n";
  return isThere ? ["br", "zstd", "gzip"] : ["br", "gzip"];
}

export interface Program {
  readonly runtime: RuntimeName;
  readonly port: number;
  readonly url: string;
  readonly process: Deno.ChildProcess;
  /** What was printed so far. */
  readonly output: () => string;
  /** Waits for a text to be printed. */
  readonly printed: (text: string) => Promise<void>;
  /** What was logged so far; waits for a text to appear. */
  readonly log: (text: string) => Promise<string>;
  readonly errors: () => string;
  /** Asks the program to end and waits until it has. */
  readonly stop: (signal?: Deno.Signal) => Promise<number>;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

export interface Finished {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

const MAIN = `${PROJECT}lib/program/entry.ts`;
const NODE = findProgram("node") ?? "node";
/** The least permissions that are enough; of reading the program keeps what it needs. */
const PERMISSIONS = ["--allow-net", "--allow-read=/"];

/** The words that start the program. */
export async function command(
  subject: SubjectName,
  permissions: readonly string[] = PERMISSIONS,
): Promise<[string, ...string[]]> {
  switch (subject) {
    case "Deno":
      return [Deno.execPath(), "run", "--no-prompt", ...permissions, MAIN];
    case "Bun":
      return [await findBun(), "run", MAIN];
    case "Node":
      return [NODE, `${await findPackage()}lib/program/entry.js`];
    case "Node 24":
      return [
        await findNode("24"),
        `${await findPackage()}lib/program/entry.js`,
      ];
    case "executable":
      return [await findExecutable()];
  }
}

function spawn(
  [program, ...words]: readonly [string, ...string[]],
  more: readonly string[],
  cwd?: string,
  env: Record<string, string> = {},
): Deno.ChildProcess {
  return new Deno.Command(program, {
    args: [...words, ...more],
    clearEnv: true,
    env: { ...withoutSettings(), NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    ...cwd === undefined ? {} : { cwd },
  }).spawn();
}

/** The variables of the tests, but for those that would be settings of the program. */
function withoutSettings(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(Deno.env.toObject())
      .filter(([name]) => !name.startsWith("SERVE_")),
  );
}

/** Runs the program to its end. */
export async function runToEnd(
  subject: SubjectName,
  words: readonly string[],
  { permissions = PERMISSIONS, cwd, env }: {
    permissions?: readonly string[];
    cwd?: string;
    env?: Record<string, string>;
  } = {},
): Promise<Finished> {
  const child = spawn(await command(subject, permissions), words, cwd, env);
  return toFinished(await child.output());
}

/** What a program has printed, as text. */
export function toFinished(
  { code, stdout, stderr }: Deno.CommandOutput,
): Finished {
  const decoder = new TextDecoder();
  return {
    code,
    output: decoder.decode(stdout),
    errors: decoder.decode(stderr),
  };
}

/** Starts the program and waits until it serves. */
export async function start(
  subject: SubjectName,
  words: readonly string[],
  cwd?: string,
  permissions?: readonly string[],
  env?: Record<string, string>,
): Promise<Program> {
  const first = await command(subject, permissions);
  return await startCommand(subject, [...first, ...words], cwd, env);
}

/** So few descriptors that tests use them up: Node.js opens all modules at once when it starts, more than 200. */
export const FEW_DESCRIPTORS = 330;

/** Starts the program with no more than some descriptors. */
export async function startWith(
  descriptors: number,
  subject: SubjectName,
  words: readonly string[],
  permissions?: readonly string[],
): Promise<Program> {
  const line = [...await command(subject, permissions), ...words]
    .map((word) => `'${word}'`).join(" ");
  const shell = `ulimit -n ${descriptors}; exec ${line}`;
  return await startCommand(subject, ["bash", "-c", shell]);
}

/** Starts a module that embeds the handler and prints ` port N ` when it serves. */
export async function startModule(
  runtime: RuntimeName,
  path: string,
): Promise<Program> {
  return await startCommand(
    runtime,
    await moduleCommand(runtime, path),
    PROJECT,
  );
}

/** The words that run a module, which may import the sources. */
export async function moduleCommand(
  runtime: RuntimeName,
  path: string,
  permissions: readonly string[] = ["--allow-net", "--allow-read"],
): Promise<[string, ...string[]]> {
  const [program] = await command(runtime);
  switch (runtime) {
    case "Deno": {
      const config = `--config=${PROJECT}deno.json`;
      return [program, "run", "--no-check", ...permissions, config, path];
    }
    case "Bun":
      return [program, "run", path];
    case "Node":
      return [program, await toJavaScript(path)];
  }
}

/** For Node.js 20 a module without types, which imports the package in place of the sources. */
async function toJavaScript(path: string): Promise<string> {
  const made = await findPackage();
  const text = Deno.readTextFileSync(path)
    .replaceAll(
      /"([^"\n]+)\.ts"/g,
      (whole, name: string) =>
        name.startsWith(PROJECT)
          ? `"${made}${name.slice(PROJECT.length)}.js"`
          : whole,
    );
  const module = path.replace(/\.ts$/, ".mjs");
  Deno.writeTextFileSync(module, text);
  return module;
}

/** Starts `deno serve` with our handler; the runtime says where it listens. */
export function startDenoServe(
  words: readonly string[],
  env: Record<string, string>,
): Promise<Program> {
  return startCommand(
    "Deno",
    [
      Deno.execPath(),
      ...["serve", "--no-prompt", "--host", "127.0.0.1", ...words],
      `${PROJECT}lib/program/fetch.ts`,
    ],
    undefined,
    env,
    ["errors", /127\.0\.0\.1:(\d+)/],
  );
}

/** Starts a program that prints ` port N `, or says otherwise where it listens, and waits for that. */
export async function startCommand(
  subject: SubjectName,
  words: readonly [string, ...string[]],
  cwd?: string,
  env?: Record<string, string>,
  [where, told]: readonly ["output" | "errors", RegExp] = [
    "output",
    / port (\d+) | on unix:/,
  ],
): Promise<Program> {
  const child = spawn(words, [], cwd, env);
  const output = collect(child.stdout);
  const errors = collect(child.stderr);
  const line = await { output, errors }[where].wait(told).catch(
    async (error) => {
      end(child, "SIGKILL");
      await Promise.all([child.status, output.done, errors.done]);
      throw new Error(`The program ended: ${errors.text()}`, { cause: error });
    },
  );
  const port = Number(line[1] ?? 0);
  const stop = async (signal: Deno.Signal = "SIGINT") => {
    end(child, signal);
    // What does not end fails a test by its status.
    const late = setTimeout(() => end(child, "SIGKILL"), PATIENCE_MS);
    const { code } = await child.status;
    clearTimeout(late);
    await Promise.all([output.done, errors.done]);
    return code;
  };
  return {
    runtime: runtimeOf(subject),
    port,
    url: `http://127.0.0.1:${port}`,
    process: child,
    output: output.text,
    printed: async (text) => {
      await output.wait(new RegExp(RegExp.escape(text)));
    },
    errors: errors.text,
    log: async (text) => {
      await errors.wait(new RegExp(RegExp.escape(text)));
      return errors.text();
    },
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop();
    },
  };
}

/** Sends a signal to a process that may have ended. */
function end(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch {
    // it has
  }
}

/** Reads a stream to its end, and tells when something has appeared in it. */
function collect(stream: ReadableStream<Uint8Array>): {
  text: () => string;
  wait: (pattern: RegExp) => Promise<RegExpExecArray>;
  done: Promise<void>;
} {
  let text = "";
  let ended = false;
  const waiting: Array<() => void> = [];
  const notify = () => waiting.splice(0).forEach((resolve) => resolve());
  const read = async () => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      text += decoder.decode(chunk, { stream: true });
      notify();
    }
    ended = true;
    notify();
  };
  const wait = async (pattern: RegExp) => {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      notify();
    }, PATIENCE_MS);
    try {
      for (;;) {
        const match = pattern.exec(text);
        if (match !== null) return match;
        if (ended || isLate) throw new Error(`${pattern} never came: ${text}`);
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    } finally {
      clearTimeout(timer);
    }
  };
  return { text: () => text, wait, done: read() };
}

/** A directory that is removed afterwards. */
export function temporaryDirectory(): { path: string } & Disposable {
  const path = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "serve_" }));
  return {
    path,
    [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }),
  };
}
