/**
 * Other programs, by `Deno.Command`.
 *
 * @module
 */

import type { OperatingSystem } from "../ports/files.ts";
import type {
  Command,
  GroupSignal,
  Processes,
  Running,
} from "../ports/processes.ts";
import { createChooseLaunch, type Launch } from "./deno_launch.ts";
import { isGranted, readVariable } from "./deno_permissions.ts";
import { createProcesses, openerOf, signalGroup, whenFailed } from "./spawn.ts";

/** The programs of Deno. */
export function denoProcesses(os: OperatingSystem): Processes {
  let own: number | undefined; // the command line asks for it, and each site
  const chooseLaunch = createChooseLaunch();
  return createProcesses({
    os,
    // A descriptor without FD_CLOEXEC stays open in them (2.9.6); nothing here can set it.
    passSockets: true,
    readVariable,
    uid: () => own ??= ownUid(),
    permission: "--allow-sys=uid",
    start: (command) => start(command, os, chooseLaunch(command)),
    onExit: (callback) => addEventListener("unload", callback),
  });
}

/** With permission to run everything `id` tells it. */
function ownUid(): number | undefined {
  if (isGranted({ name: "sys", kind: "uid" })) return Deno.uid() ?? undefined;
  if (!isGranted({ name: "run" })) return undefined;
  const { stdout } = new Deno.Command("id", { args: ["-u"] }).outputSync();
  const uid = Number.parseInt(new TextDecoder().decode(stdout), 10);
  return Number.isNaN(uid) ? undefined : uid;
}

/** The exit statuses of what stands in front, when it cannot start the program. */
const NOT_STARTED: ReadonlySet<number> = new Set([125, 126, 127]);

function start(
  command: Command,
  os: OperatingSystem,
  { front, succeed, fail }: Launch,
): Running {
  const { user, hasInput } = command;
  const words = [...front, command.program, ...command.arguments];
  const [program = command.program, ...args] = words;
  const isOurs = front.length === 0;
  const child = new Deno.Command(program, {
    args,
    cwd: command.directory,
    env: { ...command.variables },
    clearEnv: true,
    ...isOurs && user !== undefined ? { uid: user.uid, gid: user.gid } : {},
    // A session of its own is a process group of its own; no terminal signals it.
    detached: isOurs && os !== "windows",
    stdin: hasInput ? "piped" : "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (isOurs) succeed();
  let isRunning = true;
  const ended = child.status.then(({ code, signal }) => {
    isRunning = false;
    if (!isOurs && NOT_STARTED.has(code)) fail();
    return { code, signal: signal ?? undefined };
  });
  const signalAll = (name: GroupSignal) =>
    signalGroup(child.pid, name, () => signalByProgram(child.pid, name));
  // Until `setsid` has run there is no group; what it has become meanwhile may have a child.
  const signalEarly = (name: GroupSignal) => {
    if (isOurs || !isRunning) return false;
    signalChild(child, name);
    signalAll(name);
    return true;
  };
  return {
    input: hasInput ? child.stdin : undefined,
    output: child.stdout,
    errors: child.stderr,
    hasByteStreams: true,
    ended,
    signal: (name) =>
      os === "windows"
        ? signalChild(child, name)
        : signalAll(name) || signalEarly(name),
  };
}

/** Windows has no groups. */
function signalChild(child: Deno.ChildProcess, name: GroupSignal): false {
  try {
    if (name !== 0) child.kill(name);
  } catch {
    // it has ended
  }
  return false;
}

/** To signal a group Deno requires permission to run everything; to run `kill` it does not. */
function signalByProgram(group: number, name: GroupSignal): boolean {
  try {
    const signal = name === 0 ? "0" : name.slice(3);
    const args = ["-s", signal, "--", `-${group}`];
    const command = new Deno.Command("kill", { args, stderr: "null" });
    return command.outputSync().success;
  } catch {
    return false;
  }
}

/** Opens a browser; it outlives this program, because it may be its child. Returns why it failed. */
export async function openBrowser(url: string): Promise<string | undefined> {
  const { program, arguments: args } = openerOf(Deno.build.os, url);
  if (!isGranted({ name: "run", command: program })) {
    return `no permission; start with --allow-run=${program}`;
  }
  try {
    const child = new Deno.Command(program, {
      args: [...args],
      detached: Deno.build.os !== "windows",
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    child.unref();
    return whenFailed(program, (await child.status).code);
  } catch (error) {
    return error instanceof Deno.errors.NotFound
      ? `there is no program "${program}"`
      : String(error);
  }
}
