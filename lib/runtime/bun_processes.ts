/**
 * Other programs, by `node:child_process` on Bun: `Bun.spawn` throws an error of its own
 * for every write to a program that does not read any more, and nobody can catch it.
 *
 * @module
 */

import type { ChildProcess } from "node:child_process";
import process from "node:process";
import type { OperatingSystem } from "../ports/files.ts";
import type {
  Command,
  Exit,
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
import { builtin } from "./system.ts";
import { toReadable, toWritable } from "./web_stream.ts";

/**
 * The programs of Bun.
 *
 * @param os Whose rules hold.
 * @returns The port.
 */
export function bunProcesses(os: OperatingSystem): Processes {
  const groups = createGroups();
  process.on("exit", groups.killAll);
  const uid = () => process.getuid?.();
  return {
    environment: surroundings(os, (variable) => process.env[variable]),
    chooseUser: (name) =>
      chooseUser(name, { uid, os, permission: "another runtime" }),
    start: (command) =>
      startFirst(
        command,
        os,
        async (command) => groups.add(await start(command, os)),
      ),
    endAll: groups.endAll,
  };
}

function start(command: Command, os: OperatingSystem): Promise<Running> {
  const { program, directory, variables, user, hasInput } = command;
  const child = builtin("node:child_process").spawn(program, [
    ...command.arguments,
  ], {
    cwd: directory,
    env: { ...variables },
    ...user === undefined ? {} : { uid: user.uid, gid: user.gid },
    // A session of its own is a process group of its own; no terminal signals it.
    detached: os !== "windows",
    stdio: [hasInput ? "pipe" : "ignore", "pipe", "pipe"],
  });
  const { promise, resolve, reject } = Promise.withResolvers<Running>();
  child.on("error", reject);
  if (child.pid !== undefined) resolve(toRunning(child, os));
  return promise;
}

function toRunning(child: ChildProcess, os: OperatingSystem): Running {
  const { stdin, stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error("No pipes");
  const { promise: ended, resolve } = Promise.withResolvers<Exit>();
  child.on("exit", (code, signal) => {
    resolve({ code: code ?? 1, signal: signal ?? undefined });
  });
  // Whoever writes learns of it by the write that fails.
  stdin?.on("error", () => {});
  return {
    input: stdin === null ? undefined : toWritable(stdin),
    output: toReadable(stdout),
    errors: toReadable(stderr),
    ended,
    signal: (name) =>
      os === "windows" || child.pid === undefined
        ? signalChild(child, name)
        : signalGroup(child.pid, name, () => false),
  };
}

/** Windows has no groups. */
function signalChild(child: ChildProcess, name: GroupSignal): false {
  if (name !== 0) child.kill(name);
  return false;
}
