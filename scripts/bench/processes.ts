/**
 * Programs that are started for a measurement, their memory, and their end.
 *
 * @module
 */

/** A program that runs. */
export interface Running {
  readonly process: Deno.ChildProcess;
  /** Ends it, and waits until it has ended. */
  readonly stop: () => Promise<void>;
  /** The end of what it said on its error output, after it has ended. */
  readonly complaint: () => Promise<string>;
}

/** A program and its arguments. */
export type Words = readonly [string, ...string[]];

/** How to start a program. */
export interface Command {
  readonly words: Words;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /**
   * Whether it logs every request on its error output. That is thrown away then: reading
   * it would take time from what is measured.
   */
  readonly logs?: boolean;
}

/** USER_HZ, the same on all Linux systems. */
const TICKS_PER_SECOND = 100;
const GRACE_MS = 3000;
const COMPLAINT_MS = 500;
const COMPLAINT_LENGTH = 4096;
const REASON_LENGTH = 160;
const running = new Set<Deno.ChildProcess>();

/**
 * Starts a program without input and output; of its errors the end is kept.
 *
 * @param command Words, directory and environment.
 * @returns The program.
 */
export function startProgram(
  { words, cwd, env, logs = false }: Command,
): Running {
  const [program, ...args] = words;
  const process = new Deno.Command(program, {
    args,
    stdin: "null",
    stdout: "null",
    stderr: logs ? "null" : "piped",
    ...cwd === undefined ? {} : { cwd },
    env: { NO_COLOR: "1", ...env },
  }).spawn();
  running.add(process);
  const ended = process.status.then(() => void running.delete(process));
  const stop = async () => {
    signal(process, "SIGTERM");
    const timer = setTimeout(() => signal(process, "SIGKILL"), GRACE_MS);
    await ended;
    clearTimeout(timer);
  };
  const complaint = logs ? () => Promise.resolve("") : listen(process.stderr);
  return { process, stop, complaint };
}

/** Reads all the time, so that nobody waits at a full pipe. */
function listen(errors: ReadableStream<Uint8Array>): () => Promise<string> {
  let tail = "";
  const read = async () => {
    for await (const text of errors.pipeThrough(new TextDecoderStream())) {
      tail = (tail + text).slice(-COMPLAINT_LENGTH);
    }
  };
  const whole = read().catch(() => {});
  // A child of the program may keep the pipe open.
  return async () => {
    await Promise.race([whole, pause(COMPLAINT_MS)]);
    return tail;
  };
}

/**
 * Why a program has ended, in its own words: the last line that names an error, because
 * traces and versions come after it; else the last line.
 *
 * @param complaint What it said on its error output.
 * @returns One line of at most 160 characters; `undefined` when it said nothing.
 */
export function reasonOf(complaint: string): string | undefined {
  const lines = complaint.split("\n").map((line) => line.trim())
    .filter((line) => line !== "");
  const named = lines.findLast((line) => /^(\w*Error\b.*:|error:)/.test(line));
  return (named ?? lines.at(-1))?.slice(0, REASON_LENGTH);
}

/**
 * Waits.
 *
 * @param milliseconds How long.
 */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Ends everything that is still running, at once. */
export function killAll(): void {
  for (const process of running) signal(process, "SIGKILL");
}

function signal(process: Deno.ChildProcess, name: Deno.Signal): void {
  try {
    process.kill(name);
  } catch {
    // It has ended by itself.
  }
}

/**
 * Runs a program to its end.
 *
 * @param words The program and its arguments.
 * @param cwd Its directory.
 * @returns What it printed on both outputs.
 * @throws {Error} When it fails, with the end of what it said.
 */
export async function run(
  words: Words,
  cwd?: string,
): Promise<string> {
  const [program, ...args] = words;
  const output = await new Deno.Command(program, {
    args,
    stdin: "null",
    ...cwd === undefined ? {} : { cwd },
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  const errors = decoder.decode(output.stderr);
  if (output.success) return decoder.decode(output.stdout) + errors;
  throw new Error(`${program} failed: ${errors.trim().slice(-300)}`);
}

/**
 * Looks for a program.
 *
 * @param name Its name, or a path.
 * @returns Its path; `undefined` where there is none.
 */
export async function findProgram(name: string): Promise<string | undefined> {
  const path = Deno.env.get("PATH") ?? "";
  const candidates = name.includes("/")
    ? [name]
    : [...path.split(":"), "/usr/sbin", "/sbin"].map((place) =>
      `${place}/${name}`
    );
  for (const candidate of candidates) {
    const found = await Deno.stat(candidate).catch(() => undefined);
    if (found?.isFile) return candidate;
  }
  return undefined;
}

/**
 * A port that was free a moment ago.
 *
 * @returns Its number.
 */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/**
 * Memory of a program and of all that it has started: what is resident, as Linux counts it
 * (pages that processes share are counted for each).
 *
 * @param pid The program.
 * @returns Bytes; NaN where there is no `/proc`.
 */
export function residentMemory(pid: number): number {
  const own = residentPages(pid);
  return children(pid).reduce((sum, child) => sum + residentMemory(child), own);
}

function residentPages(pid: number): number {
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? NaN) * 1024;
  } catch {
    return NaN;
  }
}

/**
 * Time on the processor that a program and all that it has started have taken so far, also
 * in the system.
 *
 * @param pid The program.
 * @returns Seconds; NaN where there is no `/proc`.
 */
export function processorTime(pid: number): number {
  const own = processorTicks(pid) / TICKS_PER_SECOND;
  return children(pid).reduce((sum, child) => sum + processorTime(child), own);
}

function processorTicks(pid: number): number {
  try {
    const text = Deno.readTextFileSync(`/proc/${pid}/stat`);
    // The name, in parentheses, may have spaces.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return NaN;
  }
}

function children(pid: number): number[] {
  try {
    const text = Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`);
    return text.split(" ").filter((word) => word !== "").map(Number);
  } catch {
    return [];
  }
}

/**
 * Asks Bun for its version.
 *
 * @param path Its program.
 * @returns The version, such as `1.4.5`.
 */
export async function bunVersion(path: string): Promise<string> {
  return (await run([path, "-v"])).trim();
}
