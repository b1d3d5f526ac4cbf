/**
 * What starting programs has in common on all runtimes.
 *
 * Process groups: signals to them, and that none outlives the program.
 *
 * Whose rights scripts have: the users of this system.
 *
 * @module
 */

import * as fs from "node:fs";
import process from "node:process";
import type { OperatingSystem } from "../ports/files.ts";
import type {
  Command,
  GroupSignal,
  Running,
  StartFailure,
  User,
  UserChoice,
} from "../ports/processes.ts";

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

/** Process groups. */
export interface Groups {
  /** Counts a program in until there is nobody left in its group. */
  readonly add: (running: Running) => Running;
  /** Asks all to end, and makes those that have not after a second. */
  readonly endAll: () => Promise<void>;
  /** Makes all end at once: there is no time left. */
  readonly killAll: () => void;
}

/** How long programs have when this one ends, in milliseconds. */
const END_MS = 1000;
/** How often to look whether they have ended, in milliseconds. */
const LOOK_MS = 20;
/** The name of Deno's error for what is not permitted. */
const NOT_CAPABLE = "NotCapable";

/**
 * Makes an empty set of groups.
 *
 * @returns The set.
 */
export function createGroups(): Groups {
  const groups = new Set<Running>();
  const signalAll = (name: GroupSignal) =>
    groups.forEach(({ signal }) => signal(name));
  return {
    add: (running) => {
      let isThere = true;
      const signal = (name: GroupSignal): boolean => {
        // Whoever has its number later is somebody else.
        isThere &&= running.signal(name);
        if (!isThere || name === "SIGKILL") groups.delete(group);
        return isThere;
      };
      const group = { ...running, signal };
      groups.add(group);
      running.ended.then(() => signal(0));
      return group;
    },
    endAll: async () => {
      signalAll("SIGTERM");
      const end = Date.now() + END_MS;
      while (groups.size > 0 && Date.now() < end) {
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
        signalAll(0);
      }
      signalAll("SIGKILL");
    },
    killAll: () => signalAll("SIGKILL"),
  };
}

/**
 * Signals a process group.
 *
 * @param id The number of the group.
 * @param name The signal.
 * @param otherwise How to do it when it is not permitted.
 * @returns Whether there is such a group.
 */
export function signalGroup(
  id: number,
  name: GroupSignal,
  otherwise: () => boolean,
): boolean {
  try {
    return process.kill(-id, name);
  } catch (error) {
    const { name: kind, code } = error as Error & { readonly code?: string };
    // Not ours to signal, but there: a script that has become somebody else (setuid).
    return code === "EPERM" || kind === NOT_CAPABLE && otherwise();
  }
}

const USERS_FILE = "/etc/passwd";
const ID_REGEXP = /^-?\d+$/;
const ROOT_UID = 0;
const NOBODY = "nobody";

/** What is known of us. */
export interface Ourselves {
  /** The number of our user; `undefined` when we may not know it. */
  readonly uid: () => number | undefined;
  /** Whose rules hold. */
  readonly os: OperatingSystem;
  /** How to let us know our user. */
  readonly permission: string;
}

/**
 * Chooses a user: who is named; else nobody, for root; else ourselves.
 *
 * @param name The name, or numbers as in `1000:1000`.
 * @param ourselves What is known of us.
 * @returns The choice.
 */
export function chooseUser(
  name: string | undefined,
  { uid, os, permission }: Ourselves,
): UserChoice {
  if (os === "windows") {
    return name === undefined
      ? { kind: "own" }
      : refused("scripts cannot have another user's rights on Windows");
  }
  const own = uid();
  if (own === undefined) {
    return refused(
      `cannot tell whether this is root; start with ${permission}`,
    );
  }
  if (name === undefined && own !== ROOT_UID) return { kind: "own" };
  const users = readUsers();
  const user = numbers(name) ?? findUser(name ?? NOBODY, users ?? "");
  if (user === undefined) {
    const reason = users === undefined
      ? `${USERS_FILE} may not be read`
      : `there is no user "${name ?? NOBODY}"`;
    return refused(`${reason}; numbers are a user, too, as in 65534:65534`);
  }
  if (own === ROOT_UID) return { kind: "other", user };
  return user.uid === own
    ? { kind: "own" }
    : refused(`only root can give them the rights of "${name}"`);
}

function refused(message: string): UserChoice {
  return { kind: "refused", message };
}

function numbers(name: string | undefined): User | undefined {
  const [, uid, gid] = /^(\d+):(\d+)$/.exec(name ?? "") ?? [];
  return name === undefined || uid === undefined
    ? undefined
    : { name, uid: Number(uid), gid: Number(gid) };
}

function findUser(name: string, users: string): User | undefined {
  for (const line of users.split("\n")) {
    const [other, , uid = "", gid = ""] = line.split(":");
    if (other !== name || !ID_REGEXP.test(uid) || !ID_REGEXP.test(gid)) {
      continue;
    }
    return { name, uid: toId(uid), gid: toId(gid) };
  }
  return undefined;
}

/** On macOS nobody is -2, of 32 bits without a sign. */
function toId(text: string): number {
  return Number(text) >>> 0;
}

function readUsers(): string | undefined {
  try {
    return fs.readFileSync(USERS_FILE, "utf8");
  } catch {
    return undefined;
  }
}
