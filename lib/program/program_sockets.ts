/**
 * The sockets of the program: those that answer, in one thread or in several, and those that
 * redirect to HTTPS.
 *
 * @module
 */

import type { OperatingSystem } from "../ports/files.ts";
import type { Responder } from "../ports/message.ts";
import type { Runtime, ThreadWorker } from "../ports/runtime.ts";
import type { TlsKeys } from "../ports/sockets.ts";
import {
  drainSockets,
  type Listening,
  type ListenResult,
  openSockets,
  toGroups,
} from "../server/listeners.ts";
import { toConnectionLimits } from "../server/limits.ts";
import { openRedirects, redirectsOf } from "../server/redirect.ts";
import { renewOnChange } from "../server/renew.ts";
import { MAX_PROCESSES } from "../site/scripts.ts";
import type { Site } from "../site/site.ts";
import { keyFiles, type LoadKeys } from "./certificate.ts";
import { type Failed, failed } from "./checks.ts";
import type { HttpsSettings, Settings } from "./settings.ts";
import { limitsOf } from "./prepare.ts";
import { startThreads, type Threads } from "./threads.ts";

/** What the sockets take besides the settings. */
export interface SocketParts {
  readonly handler: Responder;
  /** For the log of redirects. */
  readonly site: Site;
  readonly tls: TlsKeys | undefined;
  /** Reads the keys again. */
  readonly loadKeys: LoadKeys | undefined;
  /** Adds text to the log file, where there is one. */
  readonly writeLog: ((text: string) => void) | undefined;
  /** Starts the module `worker.ts` as a thread. */
  readonly openThread: () => ThreadWorker;
}

/** Ends what the answers have started. */
type End = () => Promise<void>;

/** Sockets that answer, or why there are none. */
type MainSockets =
  | Listening & { readonly kind: "listening"; readonly end: End }
  | Failed;

/** The sockets, or why there are none. */
export type ProgramSockets =
  | {
    readonly kind: "open";
    /** All of them: what is to be drained at the end. */
    readonly all: Listening;
    /** Those that answer. */
    readonly main: Listening;
    readonly redirects: Listening["listeners"];
    readonly end: End;
  }
  | Failed;

/** Opens all sockets, or none. */
export async function openProgramSockets(
  settings: Settings,
  parts: SocketParts,
  runtime: Runtime,
): Promise<ProgramSockets> {
  const main = await openMainSockets(settings, parts, runtime);
  if (main.kind === "failed") return main;
  const redirecting = await openRedirecting(settings, main, parts, runtime);
  if (redirecting.kind === "failed") {
    await drainSockets(main.listeners);
    await main.end();
    return failed(`--redirect-http: ${redirecting.message}`);
  }
  const redirects = redirecting.listeners;
  const all = { ...main, listeners: [...main.listeners, ...redirects] };
  const stopRenewing = renewKeys(settings.https, main, parts, runtime);
  const end = async () => {
    stopRenewing?.();
    await main.end();
  };
  return { kind: "open", all, main, redirects, end };
}

async function openRedirecting(
  { https, where, limits }: Settings,
  { listeners }: Listening,
  { site }: SocketParts,
  runtime: Runtime,
): Promise<ListenResult | Pick<Listening, "listeners"> & { kind: "none" }> {
  const port = https?.redirectPort;
  if (port === undefined) return { kind: "none", listeners: [] };
  const redirects = redirectsOf(where.binds, listeners, runtime.files.os);
  const bounds = toConnectionLimits(limits);
  return await openRedirects(port, redirects, site, bounds, runtime);
}

/** Renews the certificate of the sockets when its files change. */
function renewKeys(
  https: HttpsSettings | undefined,
  { listeners }: Listening,
  { tls, loadKeys }: SocketParts,
  runtime: Runtime,
): (() => void) | undefined {
  if (!https || !tls || !loadKeys) return undefined;
  const load = async () => {
    const loaded = await loadKeys();
    return loaded.kind === "keys"
      ? { kind: loaded.kind, keys: loaded.pair.keys }
      : loaded;
  };
  return renewOnChange(
    listeners,
    { files: keyFiles(https), load },
    tls,
    runtime,
  );
}

/**
 * Opens the sockets that answer. Several threads take them over from the first, which has made
 * sure that they are free: sockets that are shared can be opened, unnoticed, next to those of
 * another program of the same user.
 */
async function openMainSockets(
  settings: Settings,
  parts: SocketParts,
  runtime: Runtime,
): Promise<MainSockets> {
  const { port, where, workers } = settings;
  const count = workers === "auto" ? runtime.availableParallelism() : workers;
  const reason = count > 1 ? runtime.sharingHindrance() : undefined;
  if (reason !== undefined) return failed(`--workers: ${reason}`);
  const { handler, tls } = parts;
  const limits = limitsOf(settings);
  const at = { ...where, port, tls, limits };
  const opened = await openSockets(handler, at, runtime);
  if (opened.kind === "failed") return withAdvice(opened, where.fallback);
  return count > 1
    ? await handOver(opened, count, settings, parts, runtime)
    : { ...opened, end: runtime.processes.endAll };
}

function withAdvice(
  { failure, endpoint, message }: Extract<ListenResult, { kind: "failed" }>,
  fallback: boolean,
): Failed {
  const helps = failure.kind === "in-use" && endpoint.kind !== "unix" &&
    !fallback;
  return failed(
    helps ? `${message}, or --port-fallback for the next one` : message,
  );
}

async function handOver(
  { listeners, ...opened }: Listening & { readonly kind: "listening" },
  count: number,
  settings: Settings,
  { tls, writeLog, openThread }: SocketParts,
  runtime: Runtime,
): Promise<MainSockets> {
  await drainSockets(listeners);
  const places = listeners.map(({ address, port }) => (
    { kind: "tcp", hostname: address, port } as const
  ));
  const { printError } = runtime;
  const started = await startThreads(
    count,
    { settings: divideLimits(settings, count), places, tls },
    { printError, writeLog: writeLog ?? printError },
    openThread,
  );
  if (started.kind === "failed") return started;
  const { threads } = started;
  // Without a file of users a thread has nothing to read again.
  if (settings.access.file !== undefined) runtime.onHangUp(threads.hangUp);
  return {
    ...opened,
    listeners: listeners.map((listener, index) => ({
      ...listener,
      ...index === 0 ? threads : NO_THREADS,
    })),
    end: threads.end,
  };
}

/** The threads have all sockets together: the first socket stands for all. */
const NO_THREADS: Pick<Threads, "drain" | "inFlight" | "renew"> = {
  drain: () => Promise.resolve(),
  inFlight: () => Promise.resolve(0),
  renew: () => Promise.resolve(undefined),
};

/** The limits of the user are for all threads together. */
function divideLimits(settings: Settings, count: number): Settings {
  const { maxConnections, cgi } = settings;
  const part = (whole: number) => Math.ceil(whole / count);
  const maxProcesses = part(cgi?.options.maxProcesses ?? MAX_PROCESSES);
  return {
    ...settings,
    maxConnections: maxConnections && part(maxConnections),
    cgi: cgi && { ...cgi, options: { ...cgi.options, maxProcesses } },
  };
}

/** Notices of the ports that were in use, each once. */
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
