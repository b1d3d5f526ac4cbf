/**
 * Other programs, by Deno.
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
import {
  chooseUser,
  createGroups,
  signalGroup,
  startFirst,
  surroundings,
} from "./spawn.ts";

/** What Deno is asked for. */
export interface DenoPermissions {
  /** Whether something is permitted. */
  readonly isGranted: (descriptor: Deno.PermissionDescriptor) => boolean;
  /** Whose rules hold. */
  readonly os: OperatingSystem;
}

/**
 * The programs of Deno.
 *
 * @param permissions What Deno is asked for.
 * @returns The port.
 */
export function denoProcesses(
  { isGranted, os }: DenoPermissions,
): Processes {
  const groups = createGroups();
  addEventListener("unload", groups.killAll);
  let own: number | undefined; // asked for by the command line, and by each site
  const uid = () => own ??= ownUid(isGranted);
  return {
    environment: surroundings(
      os,
      (variable) =>
        isGranted({ name: "env", variable })
          ? Deno.env.get(variable)
          : undefined,
    ),
    chooseUser: (name) =>
      chooseUser(name, { uid, os, permission: "--allow-sys=uid" }),
    start: (command) =>
      startFirst(
        command,
        os,
        (command) => Promise.resolve(groups.add(start(command, os))),
      ),
    endAll: groups.endAll,
  };
}

/** Who may run everything may ask who they are. */
function ownUid(isGranted: DenoPermissions["isGranted"]): number | undefined {
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

/** To signal a group Deno wants permission to run everything; to run `kill` it does not. */
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
