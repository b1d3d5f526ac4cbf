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
import { isGranted, readVariable } from "./deno_permissions.ts";
import { createProcesses, openerOf, signalGroup, whenFailed } from "./spawn.ts";

/** The programs of Deno. */
export function denoProcesses(os: OperatingSystem): Processes {
  let own: number | undefined; // the command line asks for it, and each site
  return createProcesses({
    os,
    // A descriptor without FD_CLOEXEC stays open in them (2.9.6); nothing here can set it.
    passSockets: true,
    readVariable,
    uid: () => own ??= ownUid(),
    permission: "--allow-sys=uid",
    start: (command) => start(command, os),
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

function start(
  { program, arguments: args, directory, variables, user, hasInput }: Command,
  os: OperatingSystem,
): Running {
  const child = new Deno.Command(program, {
    args: [...args],
    cwd: directory,
    env: { ...variables },
    clearEnv: true,
    ...user === undefined ? {} : { uid: user.uid, gid: user.gid },
    // A session of its own is a process group of its own; no terminal signals it.
    detached: os !== "windows",
    stdin: hasInput ? "piped" : "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  return {
    input: hasInput ? child.stdin : undefined,
    output: child.stdout,
    errors: child.stderr,
    ended: child.status.then(({ code, signal }) => ({
      code,
      signal: signal ?? undefined,
    })),
    signal: (name) =>
      os === "windows"
        ? signalChild(child, name)
        : signalGroup(child.pid, name, () => signalByProgram(child.pid, name)),
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
