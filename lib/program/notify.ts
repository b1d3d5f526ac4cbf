/**
 * Tells systemd of the program's state (sd_notify(3)), by `systemd-notify`: no runtime
 * sends datagrams to a unix socket without flags that are unstable, or calls of foreign code.
 *
 * @module
 */

import type { Runtime } from "../ports/runtime.ts";
import { within } from "../ports/timers.ts";
import { programLine } from "../server/describe.ts";
import type { Listening } from "../server/listeners.ts";
import { countInFlight } from "../server/stop.ts";
import type { HangUpObserver } from "./reload_settings.ts";

type NotifyPorts = Pick<
  Runtime,
  | "files"
  | "missingRunPermission"
  | "printError"
  | "processes"
  | "processId"
  | "readText"
>;

/** What is told of the program's life. */
export interface Notifier {
  /** It serves: from now on it also tells that all of it lives, and of the end when `stop` settles. */
  readonly ready: (
    root: string,
    sockets: Serving,
    stop: Promise<unknown>,
  ) => void;
  /** It obeys SIGHUP. */
  readonly hangUps: HangUpObserver;
  /** Settles when the last message was sent. */
  readonly finish: () => Promise<void>;
}

/** The sockets of a program that serves. */
interface Serving {
  readonly main: Pick<Listening, "listeners">;
  readonly all: Pick<Listening, "listeners">;
}

const PROGRAM = "systemd-notify";
/** The longest interval of a timer, in milliseconds; a longer one has no pause at all. */
const MAX_INTERVAL_MS = 2_147_483_647;
/** How long the end may wait for the last message, in milliseconds. */
const FINISH_MS = 2_000;

/** Makes a notifier, where there is somebody to tell. To be called before permissions are given back: it looks for a program. */
export async function createNotifier(
  socket: string,
  watchdog: number | undefined,
  runtime: NotifyPorts,
): Promise<Notifier> {
  const { send, finished } = createSend(
    socket,
    await findProgram(runtime),
    runtime,
  );
  const process = `MAINPID=${runtime.processId}`;
  let state: readonly string[] = [];
  let timer: ReturnType<typeof setInterval> | undefined;
  return {
    ready: (root, { main, all }, stop) => {
      const status = `serving ${root} at ${main.listeners[0]?.url}`;
      state = ["READY=1", `STATUS=${oneLine(status)}`, process];
      void send(state);
      void stop.then(() => send(["STOPPING=1"]));
      if (watchdog === undefined) return;
      const tell = singly(async () => {
        // Every thread has to answer: of one that hangs nothing else tells.
        await countInFlight(all);
        await send(["WATCHDOG=1"]);
      });
      timer = setInterval(tell, Math.min(watchdog / 2, MAX_INTERVAL_MS));
    },
    hangUps: {
      begin: () => void send(["RELOADING=1", ...monotonicTime(runtime)]),
      end: () => void send(state),
    },
    finish: async () => {
      clearInterval(timer);
      await within(FINISH_MS, finished());
    },
  };
}

/** Calls an action unless its last call has not ended: what hangs is not called again. */
function singly(action: () => Promise<void>): () => Promise<void> {
  let isRunning = false;
  return async () => {
    if (isRunning) return;
    isRunning = true;
    await action();
    isRunning = false;
  };
}

interface Sending {
  readonly send: (lines: readonly string[]) => Promise<void>;
  /** Settles when all was sent. */
  readonly finished: () => Promise<void>;
}

/** Sends one message after the other; the first that fails is reported. */
function createSend(
  socket: string,
  program: string,
  runtime: NotifyPorts,
): Sending {
  let last = Promise.resolve();
  let hasFailed = false;
  const sendNow = async (lines: readonly string[]): Promise<void> => {
    const failure = await notify(program, socket, lines, runtime);
    if (failure === undefined || hasFailed) return;
    hasFailed = true;
    const text = `systemd was not told ${lines[0]}: ${failure}`;
    runtime.printError(programLine(text));
  };
  return {
    send: (lines) => last = last.then(() => sendNow(lines)),
    finished: () => last,
  };
}

/** The path of the program: later it may not be looked for. */
async function findProgram(
  { files, processes }: Pick<Runtime, "files" | "processes">,
): Promise<string> {
  const { PATH = "" } = processes.environment;
  for (const directory of PATH.split(":")) {
    const path = `${directory}/${PROGRAM}`;
    if (await files.stat(path) !== undefined) return path;
  }
  return PROGRAM;
}

/**
 * Sends lines in one message; gives why it could not. Without `--no-block` the program stays until
 * systemd has read it: of a process that has ended, systemd does not know whose it was.
 */
async function notify(
  program: string,
  socket: string,
  lines: readonly string[],
  { processes, missingRunPermission }: NotifyPorts,
): Promise<string | undefined> {
  const missing = missingRunPermission([], [program]);
  if (missing !== undefined) return `start with ${missing}`;
  const running = await processes.start({
    program,
    arguments: lines,
    directory: "/",
    variables: { ...processes.environment, NOTIFY_SOCKET: socket },
    user: undefined,
    hasInput: false,
  });
  if ("kind" in running) return running.message;
  const [errors, { code, signal }] = await Promise.all([
    new Response(running.errors).text(),
    running.ended,
    running.output.cancel(),
  ]);
  if (code === 0) return undefined;
  return errors.trim() || `${PROGRAM} has ended with ${signal ?? code}`;
}

/** A line break in a name would begin another assignment. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]+/gu, " ");
}

/** What `/proc/uptime` may lag behind, in seconds: it has two digits behind the point. */
const RESOLUTION = 0.01;

/**
 * When the reload began, for `Type=notify-reload`: systemd takes no message from before its own
 * signal. No clock that all runtimes have begins with the system; this one also counts while the
 * system sleeps, so that it is never behind. Deno tells it only with `--allow-all`.
 */
function monotonicTime({ readText }: Pick<Runtime, "readText">): string[] {
  const result = readText("/proc/uptime");
  const seconds = result.kind === "text" ? parseFloat(result.text) : NaN;
  return Number.isNaN(seconds)
    ? []
    : [`MONOTONIC_USEC=${Math.ceil((seconds + RESOLUTION) * 1_000_000)}`];
}
