/**
 * Other programs, by `Deno.Command`: in a session of its own, and with the rights of another user.
 * For either Deno forks itself, and the larger it is, the longer nothing else happens: 2 to 4 ms. What
 * is asked for neither starts by `posix_spawn`, in 0.3 ms. So small programs of the system stand in
 * front of the program, and become it: `setsid`, and for another user `chroot`, which changes the
 * user and keeps the root ("mostly useful together with --groups and --userspec", says its manual).
 *
 * @module
 */

import type { OperatingSystem } from "../ports/files.ts";
import type {
  Command,
  GroupSignal,
  Processes,
  Running,
  User,
} from "../ports/processes.ts";
import { isGranted, readVariable } from "./deno_permissions.ts";
import { createProcesses, openerOf, signalGroup, whenFailed } from "./spawn.ts";
import { orUndefined } from "./system.ts";

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

export interface Launch {
  /** What stands in front of it; nothing where Deno makes the session. */
  readonly front: readonly string[];
  /** It has started: Deno need not find out any more whether it can be. */
  readonly succeed: () => void;
  /** It may not have started: the next time Deno tells why. */
  readonly fail: () => void;
}

export type ChooseLaunch = (command: Command) => Launch;

/** So many programs are known to start. */
const MOST_KNOWN = 1000;
/** What makes the loader or the C library of a program load code: the programs in front have our rights, not the user's. */
const LOADER_REGEXP = /^(?:LD_|GCONV_|GLIBC_|MALLOC_|MUSL_|LOCPATH$|NLSPATH$)/;

/** Remembers which programs have started, and what can stand in front of them. */
export function createChooseLaunch(): ChooseLaunch {
  const known = new Set<string>();
  const fronts = new Map<number | undefined, readonly string[]>();
  const frontOf = (user: User | undefined): readonly string[] => {
    const key = user && user.uid * 2 ** 32 + user.gid;
    const found = fronts.get(key) ?? findFront(user);
    fronts.set(key, found);
    return found;
  };
  return (command) => {
    const state = stateOf(command);
    const isQuick = state !== undefined && known.has(state) &&
      allowsFront(command);
    return {
      front: isQuick ? frontOf(command.user) : [],
      succeed: () => {
        if (known.size >= MOST_KNOWN) known.clear();
        if (state !== undefined) known.add(state);
      },
      fail: () => {
        if (state !== undefined) known.delete(state);
      },
    };
  };
}

/**
 * The state of a program, and who runs it. What stands in front cannot say in Deno's words why a
 * program does not start: so it only stands there when the program has started before, as it is.
 */
function stateOf({ program, user }: Command): string | undefined {
  const stat = orUndefined(() => Deno.statSync(program));
  if (stat === undefined) return undefined;
  const { dev, ino, mode, uid, gid, size, mtime, ctime } = stat;
  const times = [mtime?.getTime(), ctime?.getTime()];
  const who = [user?.uid, user?.gid];
  return [program, ...who, dev, ino, mode, uid, gid, size, ...times].join(" ");
}

/** Whether the same program starts in the same way with something in front of it. */
function allowsFront(
  { program, directory, variables, user }: Command,
): boolean {
  return program.startsWith("/") &&
    !Object.keys(variables).some((name) => LOADER_REGEXP.test(name)) &&
    // We would enter the directory with our rights. Who can run what is in it can enter it, too.
    (user === undefined || program.replace(/\/[^/]*$/, "") === directory);
}

const DIRECTORIES = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"];

/** Finds what can stand in front; nothing where it does not do all that Deno does. */
function findFront(user: User | undefined): readonly string[] {
  // Permission to run some programs is no permission to run everything by one of them.
  if (Deno.build.os !== "linux" || !isGranted({ name: "run" })) return [];
  const setsid = findProgram("setsid");
  const chroot = findProgram("chroot");
  if (setsid === undefined || chroot === undefined) return [];
  const asUser = user === undefined ? [] : [
    chroot,
    // Plus signs: these are numbers, and no names to look for.
    `--userspec=+${user.uid}:+${user.gid}`,
    "--groups=",
    "--skip-chdir",
    "/",
  ];
  const front = [setsid, ...asUser];
  return isProven(front, user) ? front : [];
}

function findProgram(name: string): string | undefined {
  return DIRECTORIES.map((directory) => `${directory}/${name}`)
    .find((path) => orUndefined(() => Deno.statSync(path)) !== undefined);
}

/** Whether a program behind these is our child, leads a session, and has the rights of the user and no others. */
function isProven(front: readonly string[], user: User | undefined): boolean {
  const [program = "", ...rest] = front;
  const output = orUndefined(() =>
    new Deno.Command(program, {
      args: [...rest, "cat", "/proc/self/status"],
      env: { PATH: DIRECTORIES.join(":") },
      clearEnv: true,
      stdin: "null",
      stderr: "null",
    }).outputSync()
  );
  if (output === undefined || !output.success) return false;
  const status = toStatus(new TextDecoder().decode(output.stdout));
  const [id = ""] = status("NSpid");
  const isSession = id !== "" && status("NSsid")[0] === id &&
    status("PPid")[0] === String(Deno.pid);
  return isSession && (user === undefined || hasRights(status, user));
}

/** The words of a line of `/proc/PID/status`. */
type Status = (name: string) => readonly string[];

function toStatus(text: string): Status {
  const lines = new Map(
    text.split("\n").map((line) => {
      const [name = "", ...words] = line.split(/[:\s]+/);
      return [name, words.filter((word) => word !== "")];
    }),
  );
  return (name) => lines.get(name) ?? [];
}

function hasRights(status: Status, { uid, gid }: User): boolean {
  const isAll = (name: string, id: number) =>
    status(name).length === 4 &&
    status(name).every((word) => word === String(id));
  const hasNone = (name: string) => /^0+$/.test(status(name)[0] ?? "");
  return isAll("Uid", uid) && isAll("Gid", gid) &&
    status("Groups").length === 0 &&
    (uid === 0 || ["CapPrm", "CapEff", "CapAmb"].every(hasNone));
}
