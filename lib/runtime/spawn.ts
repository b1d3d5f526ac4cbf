/**
 * What starting programs has in common on all runtimes.
 *
 * @module
 */

import * as fs from "node:fs";
import type { OperatingSystem } from "../ports/ports.ts";
import type { Command, Running, StartFailure } from "../ports/processes.ts";

/** PATH where the runtime may not tell its own. */
const DEFAULT_PATH: Readonly<Record<OperatingSystem, string>> = {
  posix: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  windows: "C:\\Windows\\System32;C:\\Windows",
};
/** Without these most programs do not even start on Windows. */
const WINDOWS_VARIABLES = ["SystemRoot", "PATHEXT", "ComSpec", "TEMP", "TMP"];

/** What says so is there to be tried later. */
const BUSY_CODES: ReadonlySet<string> = new Set(
  "EAGAIN EMFILE ENFILE ENOMEM".split(" "),
);
const DENIED_CODES: ReadonlySet<string> = new Set(["EACCES", "EPERM"]);
const ABSENT_CODES: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR"]);

/**
 * What every program is told of its surroundings.
 *
 * @param os Whose rules hold.
 * @param read Reads a variable of ours, where that is permitted.
 * @returns Variables by their names.
 */
export function surroundings(
  os: OperatingSystem,
  read: (name: string) => string | undefined,
): Readonly<Record<string, string>> {
  const variables = { PATH: read("PATH") ?? DEFAULT_PATH[os] };
  if (os === "posix") return variables;
  const needed = WINDOWS_VARIABLES.map((name) => [name, read(name)] as const)
    .filter((pair): pair is [string, string] => pair[1] !== undefined);
  return { ...variables, ...Object.fromEntries(needed) };
}

/**
 * Starts a program; one without a separator in its name is looked for in PATH, where
 * another of that name counts when the user may not run the first.
 *
 * @param command What to run.
 * @param os Whose rules hold.
 * @param start Starts the program with a path.
 * @returns The program, or why it could not be started.
 */
export async function startFirst(
  command: Command,
  os: OperatingSystem,
  start: (command: Command) => Promise<Running>,
): Promise<Running | StartFailure> {
  const { program } = command;
  let failure: StartFailure = {
    kind: "absent",
    message: `there is no program "${program}" in PATH`,
  };
  for (const path of candidates(program, command.variables.PATH ?? "", os)) {
    try {
      return await start({ ...command, program: path });
    } catch (error) {
      failure = toFailure(error, path);
      if (failure.kind !== "absent" && failure.kind !== "denied") break;
    }
  }
  return failure;
}

function candidates(
  program: string,
  path: string,
  os: OperatingSystem,
): readonly string[] {
  // Windows has rules of its own, which its own function knows.
  if (os === "windows" || program.includes("/")) return [program];
  return path.split(":")
    .filter((directory) => directory.startsWith("/"))
    .map((directory) => `${directory}/${program}`)
    .filter((candidate) => fs.existsSync(candidate));
}

function toFailure(error: unknown, program: string): StartFailure {
  if (!(error instanceof Error)) throw error;
  const { name, message, code = "" } = error as Error & { code?: string };
  if (name === "NotCapable") {
    const flag = `--allow-run=${program}`;
    return { kind: "permission", message: `start with ${flag}` };
  }
  if (BUSY_CODES.has(code)) return { kind: "busy", message };
  if (DENIED_CODES.has(code)) return { kind: "denied", message };
  if (ABSENT_CODES.has(code)) {
    const reason = `"${program}" or what it names in its first line is missing`;
    return { kind: "absent", message: reason };
  }
  return { kind: "failed", message };
}
