/**
 * What running other programs has in common on both runtimes: their environment, PATH, process
 * groups and users; and which program opens a browser.
 *
 * @module
 */

import * as fs from "node:fs";
import process from "node:process";
import type { OperatingSystem } from "../ports/files.ts";
import type {
  Command,
  Exit,
  GroupSignal,
  Processes,
  Running,
  StartFailure,
  User,
  UserChoice,
} from "../ports/processes.ts";
import { sleep } from "../ports/timers.ts";
import { codeOf, isNotCapable, orUndefined } from "./system.ts";

/** What a runtime has of its own to run programs. */
export interface ProcessParts {
  readonly os: OperatingSystem;
  /** See `Processes.passSockets`. */
  readonly passSockets: boolean;
  /** Reads a variable of our environment, where that is permitted. */
  readonly readVariable: (name: string) => string | undefined;
  /** Our user ID; `undefined` when it may not be known. */
  readonly uid: () => number | undefined;
  /** What it takes to know it. */
  readonly permission: string;
  /** Starts the program with a path. */
  readonly start: (command: Command) => Running | Promise<Running>;
  /** Calls back, synchronously, when our process ends. */
  readonly onExit: (callback: () => void) => void;
}

export function createProcesses(
  { os, passSockets, readVariable, uid, permission, start, onExit }:
    ProcessParts,
): Processes {
  const groups = createGroups();
  onExit(groups.killAll);
  return {
    passSockets,
    environment: baseEnvironment(os, readVariable),
    chooseUser: (name) => chooseUser(name, { uid, os, permission }),
    start: (command) =>
      startFirst(
        command,
        os,
        async (command) => groups.add(await start(command)),
      ),
    endAll: groups.endAll,
  };
}

/** PATH where the runtime may not tell ours. */
const DEFAULT_PATH: Readonly<Record<OperatingSystem, string>> = {
  posix: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  windows: "C:\\Windows\\System32;C:\\Windows",
};
/** Without these most programs do not even start on Windows. */
const WINDOWS_VARIABLES = ["SystemRoot", "PATHEXT", "ComSpec", "TEMP", "TMP"];

function baseEnvironment(
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
 * Starts a program. A name without a separator is looked for in PATH, where another program of
 * that name counts when the user may not run the first.
 */
async function startFirst(
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
  // Windows has rules of its own, which its own function applies.
  if (os === "windows" || program.includes("/")) return [program];
  return path.split(":")
    .filter((directory) => directory.startsWith("/"))
    .map((directory) => `${directory}/${program}`)
    .filter((candidate) => fs.existsSync(candidate));
}

function toFailure(error: unknown, program: string): StartFailure {
  if (!(error instanceof Error)) throw error;
  if (isNotCapable(error)) {
    const flag = `--allow-run=${program}`;
    return { kind: "permission", message: `start with ${flag}` };
  }
  const { message } = error;
  switch (codeOf(error)) {
    case "EAGAIN":
    case "EMFILE":
    case "ENFILE":
    case "ENOMEM":
      return { kind: "busy", message };
    case "EACCES":
    case "EPERM":
      return { kind: "denied", message };
    case "ENOENT":
    case "ENOTDIR": {
      const reason =
        `"${program}" or what it names in its first line is missing`;
      return { kind: "absent", message: reason };
    }
    default:
      return { kind: "failed", message };
  }
}

interface Groups {
  /** Adds a program until its group is empty. */
  readonly add: (running: Running) => Running;
  /** See `Processes.endAll`. */
  readonly endAll: () => Promise<void>;
  /** Kills all at once: there is no time left. */
  readonly killAll: () => void;
}

/** How long programs have when this one ends, in milliseconds. */
const END_MS = 1000;
/** How often to poll whether they have ended, in milliseconds. */
const POLL_MS = 20;

/** Process groups of running programs: none outlives this program. */
function createGroups(): Groups {
  const groups = new Set<Running>();
  const signalAll = (name: GroupSignal) =>
    groups.forEach(({ signal }) => signal(name));
  return {
    add: (running) => {
      let exists = true;
      let sent: GroupSignal = 0;
      const signal = (name: GroupSignal): boolean => {
        // Later its number may be another group's.
        exists &&= running.signal(name);
        sent ||= name;
        if (!exists || name === "SIGKILL") groups.delete(group);
        return exists;
      };
      // Many programs catch SIGTERM and end with a status of their own, 0 included.
      const ended = running.ended.then((exit): Exit =>
        sent === 0 ? exit : { ...exit, signal: exit.signal ?? sent }
      );
      const group = { ...running, ended, signal };
      groups.add(group);
      ended.then(() => signal(0));
      return group;
    },
    endAll: async () => {
      signalAll("SIGTERM");
      const end = Date.now() + END_MS;
      while (groups.size > 0 && Date.now() < end) {
        await sleep(POLL_MS);
        signalAll(0);
      }
      signalAll("SIGKILL");
    },
    killAll: () => signalAll("SIGKILL"),
  };
}

/** Signals a process group; tells whether it exists. `otherwise` does it where Deno does not permit it. */
export function signalGroup(
  id: number,
  name: GroupSignal,
  otherwise: () => boolean,
): boolean {
  try {
    return process.kill(-id, name);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // It exists, but has become another user's (setuid).
    return codeOf(error) === "EPERM" || isNotCapable(error) && otherwise();
  }
}

const USERS_FILE = "/etc/passwd";
const ID_REGEXP = /^-?\d+$/;
const ROOT_UID = 0;
const NOBODY = "nobody";

/** Chooses a user: the named one, or that of numbers as in `1000:1000`; else, for root, `nobody`; else our own. */
export function chooseUser(
  name: string | undefined,
  { uid, os, permission }: Pick<ProcessParts, "uid" | "os" | "permission">,
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
  const users = orUndefined(() => fs.readFileSync(USERS_FILE, "utf8"));
  const user = parseIds(name) ?? findUser(name ?? NOBODY, users ?? "");
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

function parseIds(name = ""): User | undefined {
  const [, uid, gid] = /^(\d+):(\d+)$/.exec(name) ?? [];
  return uid === undefined
    ? undefined
    : { name, uid: Number(uid), gid: Number(gid) };
}

function findUser(name: string, users: string): User | undefined {
  for (const line of users.split("\n")) {
    const [other, , uid = "", gid = ""] = line.split(":");
    if (other === name && ID_REGEXP.test(uid) && ID_REGEXP.test(gid)) {
      return { name, uid: toId(uid), gid: toId(gid) };
    }
  }
  return undefined;
}

/** On macOS `nobody` is -2: the number has 32 bits and no sign. */
function toId(text: string): number {
  return Number(text) >>> 0;
}

export interface Opener {
  /** A name that is looked for in PATH. */
  readonly program: string;
  readonly arguments: readonly string[];
}

/**
 * The program that opens a URL in the user's browser, by the name of the system in
 * `process.platform` or `Deno.build.os`. None is a shell: nothing in a URL is ever a command
 * (`cmd /c start` would take `&` for one).
 */
export function openerOf(system: string, url: string): Opener {
  switch (system) {
    case "darwin":
      return { program: "open", arguments: [url] };
    case "win32":
    case "windows":
      return {
        program: "rundll32",
        arguments: ["url.dll,FileProtocolHandler", url],
      };
    default:
      return { program: "xdg-open", arguments: [url] };
  }
}

/** xdg-open(1): "A required tool could not be found." */
const NO_BROWSER = 3;

/** What to say of an exit status; `undefined` for success. */
export function whenFailed(program: string, code: number): string | undefined {
  if (program === "xdg-open" && code === NO_BROWSER) {
    return "xdg-open has found no browser";
  }
  return code === 0 ? undefined : `${program} ended with status ${code}`;
}
