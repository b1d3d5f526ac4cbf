/**
 * The sockets that serve, by one thread or by several.
 *
 * @module
 */

import type { Handler } from "../ports/exchange.ts";
import type { OperatingSystem, Runtime } from "../ports/ports.ts";
import type { Place, TlsKeys } from "../ports/sockets.ts";
import {
  drainSockets,
  type Listening,
  type ListenResult,
  openSockets,
  toGroups,
} from "../server/listeners.ts";
import { MAX_PROCESSES } from "../site/scripts.ts";
import type { Threads } from "./messages.ts";
import type { Settings } from "./parse.ts";
import { startThreads } from "./threads.ts";

/** What the sockets need besides the settings. */
export interface ServingParts {
  /** What answers. */
  readonly handler: Handler;
  /** What makes the sockets speak TLS. */
  readonly tls: TlsKeys | undefined;
  /** Adds text to the log file, where there is one. */
  readonly writeLog: ((text: string) => void) | undefined;
  /** Starts the module `worker.ts` as a thread. */
  readonly openThread: () => Worker;
}

/** Sockets that serve, or in words why there are none. */
export type Serving =
  | Listening & {
    readonly kind: "listening";
    /** Ends what the answers have started. */
    readonly end: () => Promise<void>;
  }
  | { readonly kind: "failed"; readonly message: string };

/**
 * Opens the sockets and has them served. Several threads take them over from the first,
 * which has found out that nobody else has them: sockets that are shared can be opened
 * beside those of another program of the same user, unnoticed.
 *
 * @param settings Where to listen, and how many threads there are to be.
 * @param parts What else the sockets need.
 * @param runtime The runtime.
 * @returns The sockets, or why there are none.
 */
export async function openServing(
  settings: Settings,
  parts: ServingParts,
  runtime: Runtime,
): Promise<Serving> {
  const { port, where, workers } = settings;
  const count = workers === "auto" ? navigator.hardwareConcurrency : workers;
  const reason = count > 1 ? runtime.sharingHindrance() : undefined;
  if (reason !== undefined) {
    return { kind: "failed", message: `--workers: ${reason}` };
  }
  const { handler, tls } = parts;
  const opened = await openSockets(handler, { ...where, port, tls }, runtime);
  if (opened.kind === "failed") {
    return { kind: "failed", message: adviceOf(opened, where.fallback) };
  }
  return count > 1
    ? await handOver(opened, count, settings, parts, runtime)
    : { ...opened, end: runtime.processes.endAll };
}

function adviceOf(
  { failure, place, message }: ListenResult & { readonly kind: "failed" },
  fallback: boolean,
): string {
  const helps = failure.kind === "in-use" && place.kind !== "unix" && !fallback;
  return helps ? `${message}, or --port-fallback for the next one` : message;
}

/**
 * Says which ports were in use where others were taken in their place.
 *
 * @param settings Where to listen.
 * @param serving The sockets.
 * @param os The operating system.
 * @returns Lines, each once.
 */
export function fallbackNotices(
  { where, port }: Pick<Settings, "where" | "port">,
  { listeners }: Listening,
  os: OperatingSystem,
): readonly string[] {
  const asked = toGroups({ binds: where.binds, port }, os)
    .flatMap(({ names, port }) => names.map(() => port));
  const notices = listeners.flatMap(({ port }, index) =>
    port === asked[index] || !asked[index]
      ? []
      : [`Port ${asked[index]} is in use: ${port} is the next free one`]
  );
  return [...new Set(notices)];
}

async function handOver(
  { listeners, ...opened }: Listening & { readonly kind: "listening" },
  count: number,
  settings: Settings,
  { tls, writeLog, openThread }: ServingParts,
  runtime: Runtime,
): Promise<Serving> {
  await drainSockets(listeners);
  const places = listeners.map(({ address, port }): Place => ({
    kind: "tcp",
    hostname: address,
    port,
  }));
  const { printError } = runtime;
  const started = await startThreads(
    count,
    { settings: partOf(settings, count), places, tls },
    { printError, writeLog: writeLog ?? printError },
    openThread,
  );
  if (started.kind === "failed") return started;
  const { threads } = started;
  // Without a file of passwords nothing in a thread cares.
  if (settings.access.file !== undefined) runtime.onHangUp(threads.hangUp);
  return {
    ...opened,
    listeners: listeners.map((listener, index) => ({
      ...listener,
      ...index === 0 ? threads : NOTHING,
    })),
    end: threads.end,
  };
}

/** The threads have all sockets together: the first of them stands for all. */
const NOTHING: Pick<Threads, "drain" | "renew"> = {
  drain: () => Promise.resolve(),
  renew: () => Promise.resolve(undefined),
};

/** The limits of the user are for all threads together. */
function partOf(settings: Settings, count: number): Settings {
  const { maxConnections, cgi } = settings;
  const part = (whole: number) => Math.ceil(whole / count);
  return {
    ...settings,
    maxConnections: maxConnections && part(maxConnections),
    cgi: cgi && {
      ...cgi,
      options: {
        ...cgi.options,
        maxProcesses: part(cgi.options.maxProcesses ?? MAX_PROCESSES),
      },
    },
  };
}
