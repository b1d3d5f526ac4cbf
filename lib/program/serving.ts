/**
 * The sockets of the program: those that serve, and the one that sends people to HTTPS.
 *
 * The sockets that serve, by one thread or by several.
 *
 * @module
 */

import type { Handler } from "../ports/exchange.ts";
import type { OperatingSystem } from "../ports/files.ts";
import type { Runtime } from "../ports/runtime.ts";
import type { Place, TlsKeys } from "../ports/sockets.ts";
import {
  drainSockets,
  type Listening,
  type ListenResult,
  openSockets,
  toGroups,
} from "../server/listeners.ts";
import { openRedirects, redirectsOf } from "../server/redirect.ts";
import { renewOnChange } from "../server/renew.ts";
import { MAX_PROCESSES } from "../site/scripts.ts";
import type { Site } from "../site/site.ts";
import type { LoadedKeys } from "./certificate.ts";
import { type HttpsSettings, keyFiles } from "./https.ts";
import type { Settings } from "./parse.ts";
import { startThreads, type Threads } from "./threads.ts";

/** What the sockets need besides the settings. */
export interface SocketParts extends ServingParts {
  /** What is served, for the log of redirects. */
  readonly site: Site;
}

/** The sockets, or in words why there are none. */
export type ProgramSockets =
  | {
    readonly kind: "open";
    /** All of them: what is to be drained at the end. */
    readonly all: Listening;
    /** Those that serve. */
    readonly serving: Listening;
    /** Those that send people to HTTPS. */
    readonly redirecting: Listening | undefined;
    /** Ends what the answers have started. */
    readonly end: () => Promise<void>;
  }
  | { readonly kind: "failed"; readonly message: string };

/**
 * Opens all sockets, or none.
 *
 * @param settings Where to listen.
 * @param parts What else they need.
 * @param runtime The runtime.
 * @returns The sockets, or why one could not be had.
 */
export async function openProgramSockets(
  settings: Settings,
  parts: SocketParts,
  runtime: Runtime,
): Promise<ProgramSockets> {
  const serving = await openServing(settings, parts, runtime);
  if (serving.kind === "failed") return serving;
  const { end } = serving;
  const { https, where } = settings;
  if (https?.redirectPort === undefined) {
    const redirecting = undefined;
    return { kind: "open", all: serving, serving, redirecting, end };
  }
  const redirecting = await openRedirects(
    https.redirectPort,
    redirectsOf(where.binds, serving.listeners, runtime.files.os),
    parts.site,
    runtime,
  );
  if (redirecting.kind === "failed") {
    await drainSockets(serving.listeners);
    await end();
    const message = `--redirect-http: ${redirecting.message}`;
    return { kind: "failed", message };
  }
  const listeners = [...serving.listeners, ...redirecting.listeners];
  const all = { ...serving, listeners };
  return { kind: "open", all, serving, redirecting, end };
}

/**
 * Keeps the certificate of the sockets what the files say.
 *
 * @param serving The sockets.
 * @param https What the user wants of TLS.
 * @param load Reads the keys.
 * @param keys Those that the sockets have now.
 * @param runtime The runtime.
 * @returns Ends it.
 */
export function renewFromFiles(
  { listeners }: Listening,
  https: HttpsSettings,
  load: () => Promise<LoadedKeys>,
  keys: TlsKeys,
  runtime: Runtime,
): () => void {
  const source = {
    files: keyFiles(https),
    load: async () => {
      const loaded = await load();
      return loaded.kind === "keys"
        ? { kind: loaded.kind, keys: loaded.pair.keys }
        : loaded;
    },
  };
  return renewOnChange(listeners, source, keys, runtime);
}

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
  { failure, endpoint, message }: ListenResult & { readonly kind: "failed" },
  fallback: boolean,
): string {
  const helps = failure.kind === "in-use" && endpoint.kind !== "unix" &&
    !fallback;
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
