/**
 * The program as a service: what systemd tells it by variables (sd_notify(3),
 * sd_watchdog_enabled(3), sd_listen_fds(3)).
 *
 * @module
 */

import type { Runtime } from "../ports/runtime.ts";
import type { InheritedSocket } from "../ports/sockets.ts";
import { type Failed, failed } from "./checks.ts";
import type { Notifier } from "./notify.ts";
import type { Settings } from "./settings.ts";

export interface FromSystemd {
  /** Where it is to be told of the program's state: the path of a socket, or its abstract name with `@`. */
  readonly notifySocket: string | undefined;
  /** How long it waits for a sign of life, in milliseconds. */
  readonly watchdog: number | undefined;
  /** The sockets that it passes. */
  readonly sockets: readonly InheritedSocket[];
}

/** What the program does as a service; or why that does not go with what the user wants. */
export type Service =
  | {
    readonly kind: "service";
    /** Where there is somebody to tell. */
    readonly notifier: Notifier | undefined;
    /** The sockets to serve on, in place of all others. */
    readonly inherited: readonly InheritedSocket[];
  }
  | Failed;

/** Reads what systemd tells. To be called before permissions are given back. */
export async function openService(
  settings: Settings,
  runtime: Runtime,
): Promise<Service> {
  const told = readSystemd(runtime);
  const { sockets: inherited, notifySocket, watchdog } = told;
  const hindrance = socketsHindrance(inherited, settings, runtime);
  if (hindrance !== undefined) return failed(hindrance);
  if (notifySocket === undefined) {
    return { kind: "service", notifier: undefined, inherited };
  }
  // Loaded on demand: few programs have somebody to tell.
  const { createNotifier } = await import("./notify.ts");
  const notifier = await createNotifier(notifySocket, watchdog, runtime);
  return { kind: "service", notifier, inherited };
}

/** The first descriptor behind the standard ones (SD_LISTEN_FDS_START). */
const FIRST_DESCRIPTOR = 3;
/** More sockets than anybody passes. */
const MOST_SOCKETS = 1000;
const NUMBER_REGEXP = /^[1-9]\d{0,14}$/;

/**
 * Reads the variables, and takes them out of the environment: they are for this process, and not
 * for those that it starts. Others inherit them from a shell, say: then the process ID differs.
 */
export function readSystemd(
  { takeVariable, processId }: Pick<Runtime, "takeVariable" | "processId">,
): FromSystemd {
  const notifySocket = takeVariable("NOTIFY_SOCKET") || undefined;
  const microseconds = toNumber(takeVariable("WATCHDOG_USEC"));
  const watched = takeVariable("WATCHDOG_PID");
  const listener = takeVariable("LISTEN_PID");
  const count = toNumber(takeVariable("LISTEN_FDS")) ?? 0;
  takeVariable("LISTEN_FDNAMES");
  const isWatched = notifySocket !== undefined &&
    (watched === undefined || Number(watched) === processId);
  const isListener = Number(listener) === processId && count <= MOST_SOCKETS;
  return {
    notifySocket,
    watchdog: isWatched && microseconds !== undefined
      ? microseconds / 1000
      : undefined,
    sockets: Array.from({ length: isListener ? count : 0 }, (_, index) => (
      { kind: "inherited", descriptor: FIRST_DESCRIPTOR + index }
    )),
  };
}

function toNumber(text: string | undefined): number | undefined {
  return NUMBER_REGEXP.test(text ?? "") ? Number(text) : undefined;
}

/** Why the sockets that were passed do not go with what the user wants; `undefined` when they do. */
export function socketsHindrance(
  sockets: readonly InheritedSocket[],
  { where, workers, cgi, open }: Settings,
  { processes, version }: Pick<Runtime, "processes" | "version">,
): string | undefined {
  if (sockets.length === 0) return undefined;
  const passed = "the sockets that systemd passes (LISTEN_FDS)";
  if (where.binds.length > 0) return `--bind has no place beside ${passed}`;
  if (where.fallback) return `--port-fallback has no place beside ${passed}`;
  if (workers !== 1) return `--workers cannot share ${passed}`;
  const flag = cgi !== undefined ? "cgi" : open ? "open" : undefined;
  if (flag === undefined || !processes.passSockets) return undefined;
  const [runtime] = version.split("/");
  return `--${flag}: on ${runtime} other programs would get ${passed}`;
}
