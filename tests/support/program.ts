/** The real program as a child process, on Deno and on Bun. */

import config from "../../package.json" with { type: "json" };

export type RuntimeName = "Deno" | "Bun";

export const RUNTIMES: readonly RuntimeName[] = ["Deno", "Bun"];

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

export const PROJECT: string = new URL("../../", import.meta.url).pathname;
const MAIN = `${PROJECT}main.ts`;
/** The least permissions that are enough. */
const PERMISSIONS = ["--allow-net", "--allow-read"];
let bunPath: Promise<string> | undefined;

/** The words that start the program on a runtime. */
export async function command(
  runtime: RuntimeName,
  permissions: readonly string[] = PERMISSIONS,
): Promise<[string, ...string[]]> {
  switch (runtime) {
    case "Deno":
      return [Deno.execPath(), "run", "--no-prompt", ...permissions, MAIN];
    case "Bun":
      return [await (bunPath ??= findBun()), "run", MAIN];
  }
}

/** Bun comes from the npm registry, in the version that `package.json` names. */
async function findBun(): Promise<string> {
  const { stdout, success, stderr } = await new Deno.Command("npx", {
    args: ["-y", `bun@${config.engines.bun}`, "-p", "process.execPath"],
    cwd: "/",
  }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`npx bun failed: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout).trim().split("\n").at(-1) ?? "";
}

function spawn(
  [program, ...words]: [string, ...string[]],
  more: readonly string[],
  cwd?: string,
  env: Record<string, string> = {},
): Deno.ChildProcess {
  return new Deno.Command(program, {
    args: [...words, ...more],
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    ...cwd === undefined ? {} : { cwd },
  }).spawn();
}

/** Runs the program to its end. */
export async function runToEnd(
  runtime: RuntimeName,
  words: readonly string[],
  { permissions = PERMISSIONS, cwd }: {
    permissions?: readonly string[];
    cwd?: string;
  } = {},
): Promise<Finished> {
  const child = spawn(await command(runtime, permissions), words, cwd);
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return {
    code,
    output: decoder.decode(stdout),
    errors: decoder.decode(stderr),
  };
}

/** Starts the program and waits until it serves. */
export async function start(
  runtime: RuntimeName,
  words: readonly string[],
  cwd?: string,
  permissions?: readonly string[],
  env?: Record<string, string>,
): Promise<Program> {
  const first = await command(runtime, permissions);
  return await startCommand(runtime, [...first, ...words], cwd, env);
}

/** Starts the program with no more than some descriptors. */
export async function startWith(
  descriptors: number,
  runtime: RuntimeName,
  words: readonly string[],
  permissions?: readonly string[],
): Promise<Program> {
  const line = [...await command(runtime, permissions), ...words]
    .map((word) => `'${word}'`).join(" ");
  const shell = `ulimit -n ${descriptors}; exec ${line}`;
  return await startCommand(runtime, ["bash", "-c", shell]);
}

/** Starts a module that embeds the handler and prints ` port N ` when it serves. */
export async function startModule(
  runtime: RuntimeName,
  path: string,
): Promise<Program> {
  const [program] = await command(runtime);
  const words = runtime === "Deno"
    ? ["run", "--no-check", "--allow-net", "--allow-read"]
    : ["run"];
  const config = runtime === "Deno" ? [`--config=${PROJECT}deno.json`] : [];
  const all = [program, ...words, ...config, path] as const;
  return await startCommand(runtime, [...all], PROJECT);
}

/** Starts a program that prints ` port N ` and waits for that. */
async function startCommand(
  runtime: RuntimeName,
  words: [string, ...string[]],
  cwd?: string,
  env?: Record<string, string>,
): Promise<Program> {
  const child = spawn(words, [], cwd, env);
  const output = collect(child.stdout);
  const errors = collect(child.stderr);
  const line = await output.wait(/ port (\d+) | on unix:/).catch(
    async (error) => {
      await errors.done;
      throw new Error(`The program ended: ${errors.text()}`, { cause: error });
    },
  );
  const port = Number(line[1] ?? 0);
  const stop = async (signal: Deno.Signal = "SIGINT") => {
    try {
      child.kill(signal);
    } catch {
      // it has ended
    }
    const { code } = await child.status;
    await Promise.all([output.done, errors.done]);
    return code;
  };
  return {
    runtime,
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
    for (;;) {
      const match = pattern.exec(text);
      if (match !== null) return match;
      if (ended) throw new Error(`${pattern} never came: ${text}`);
      await new Promise<void>((resolve) => waiting.push(resolve));
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
