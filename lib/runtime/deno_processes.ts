/**
 * Other programs, by Deno.
 *
 * @module
 */

import type { OperatingSystem } from "../ports.ts";
import type { Command, Processes, Running } from "../processes.ts";
import { createGroups } from "./groups.ts";
import { DEFAULT_PATH, startFirst } from "./lookup.ts";
import { chooseUser } from "./user.ts";

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
  const uid = () => ownUid(isGranted);
  return {
    path: isGranted({ name: "env", variable: "PATH" })
      ? Deno.env.get("PATH") ?? DEFAULT_PATH
      : DEFAULT_PATH,
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
    signal: (name) => signalGroup(child, name, os),
  };
}

function signalGroup(
  child: Deno.ChildProcess,
  name: "SIGTERM" | "SIGKILL",
  os: OperatingSystem,
): boolean {
  try {
    // Windows has no groups.
    if (os === "windows") child.kill(name);
    else Deno.kill(-child.pid, name);
    return os !== "windows";
  } catch (error) {
    return error instanceof Deno.errors.NotCapable &&
      signalByProgram(child, name);
  }
}

/** To signal a group Deno wants permission to run everything; to run `kill` it does not. */
function signalByProgram(
  child: Deno.ChildProcess,
  name: "SIGTERM" | "SIGKILL",
): boolean {
  try {
    const args = ["-s", name.slice(3), "--", `-${child.pid}`];
    const command = new Deno.Command("kill", { args, stderr: "null" });
    return command.outputSync().success;
  } catch {
    return false;
  }
}
