/** What stands in for systemd: a notify socket that takes notes, and sockets that a program is started for. */

import { findProgram } from "./browser.ts";
import {
  command,
  type Program,
  PROJECT,
  startCommand,
  type SubjectName,
} from "./program.ts";
import { freePort, until } from "./wait.ts";

/** Debian's package `systemd` has both. */
export const HAS_SYSTEMD = findProgram("systemd-notify") !== undefined &&
  findProgram("systemd-socket-activate") !== undefined;

/** What the program needs on Deno to be told of systemd, and to tell it of itself. */
export const SERVICE_PERMISSIONS: readonly string[] = [
  ...["--allow-net", "--allow-read=/", "--allow-env", "--allow-sys=uid"],
  "--allow-run=systemd-notify,/usr/bin/systemd-notify,kill",
];

/** What systemd was told. */
export interface Told {
  /** The assignments. */
  readonly lines: readonly string[];
  /** When it came, by the monotonic clock, in microseconds. */
  readonly time: number;
}

export interface NotifySocket extends AsyncDisposable {
  readonly told: () => readonly Told[];
  /** Waits until it is told a line, so and so many times; gives all that it was told. */
  readonly heard: (line: string, times?: number) => Promise<readonly Told[]>;
}

/** Listens at a path, or at an abstract name with `@`. */
export async function listenToNotifications(
  name: string,
): Promise<NotifySocket> {
  const child = new Deno.Command("python3", {
    args: [`${PROJECT}tests/support/notify_socket.py`, name],
    stdout: "piped",
  }).spawn();
  let text = "";
  const read = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of child.stdout) {
      text += decoder.decode(chunk, { stream: true });
    }
  })();
  const all = (): Told[] =>
    text.split("\n").slice(0, -1).map((line) => JSON.parse(line));
  // The first line says that it listens.
  await until(() => all().length > 0);
  const told = () => all().slice(1);
  const countOf = (line: string) =>
    told().filter(({ lines }) => lines.includes(line)).length;
  return {
    told,
    heard: async (line, times = 1) => {
      await until(() => countOf(line) >= times, line);
      return told();
    },
    [Symbol.asyncDispose]: async () => {
      child.kill();
      await Promise.all([child.status, read]);
    },
  };
}

/** What a program is started with. */
export interface Activation {
  /** Sockets besides the one of TCP, as `systemd-socket-activate` takes them. */
  readonly sockets?: readonly string[];
  readonly permissions?: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
  /** Words of another program, which starts it. */
  readonly by?: readonly string[];
}

/** Has a program started by the first connection to a port, which is open from then on. */
export async function activate(
  subject: SubjectName,
  words: readonly string[],
  { sockets = [], permissions = SERVICE_PERMISSIONS, variables = {}, by = [] }:
    Activation = {},
): Promise<{ program: Program; port: number; first: Deno.Conn }> {
  const port = freePort();
  const starting = startCommand(
    subject,
    [
      "systemd-socket-activate",
      ...[`127.0.0.1:${port}`, ...sockets].flatMap((socket) => ["-l", socket]),
      ...Object.entries({ NO_COLOR: "1", ...variables }).flatMap(
        ([name, value]) => ["-E", `${name}=${value}`],
      ),
      ...by,
      ...await command(subject, permissions),
      ...words,
    ],
  );
  let first: Deno.Conn | undefined;
  await until(async () => {
    first = await Deno.connect({ hostname: "127.0.0.1", port })
      .catch(() => undefined);
    return first !== undefined;
  });
  const program = await starting;
  if (first === undefined) throw new Error("nobody listens");
  return { program, port, first };
}
