/**
 * The sockets of the program: those that answer, in one thread or in several, and those that
 * redirect to HTTPS.
 *
 * @module
 */

import type { OperatingSystem } from "../ports/files.ts";
import type { Runtime, ThreadWorker } from "../ports/runtime.ts";
import type { InheritedSocket, TlsKeys } from "../ports/sockets.ts";
import {
  type Bind,
  drainSockets,
  type Listening,
  type ListenResult,
  openSockets,
  toConnectionLimits,
  toGroups,
} from "../server/listeners.ts";
import { MAX_PROCESSES } from "../site/scripts.ts";
import type { LoadKeys } from "./certificate.ts";
import { type Failed, failed } from "./checks.ts";
import type { LiveSite } from "./live_site.ts";
import type { HttpsSettings, Settings } from "./settings.ts";
import type { Meters } from "./meters.ts";
import { limitsOf } from "./prepare.ts";
import type { Threads } from "./threads.ts";

/** What the sockets take besides the settings. */
export interface SocketParts {
  /** Those that systemd has bound, in place of all others. */
  readonly inherited: readonly InheritedSocket[];
  readonly live: LiveSite;
  readonly tls: TlsKeys | undefined;
  readonly loadKeys: LoadKeys | undefined;
  readonly thread: {
    /** Starts the module `worker.ts` as a thread. */
    readonly open: () => ThreadWorker;
    /** Whether it leaves the program the permission to run others. */
    readonly run: boolean;
  };
  /** What this thread counts. */
  readonly meters: Meters | undefined;
}

/** Ends what the answers have started. */
type End = () => Promise<void>;

/** Gives the threads other settings; the message of one that refuses them. */
type Configure = (settings: Settings) => Promise<string | undefined>;

/** Sockets that answer, or why there are none. */
type MainSockets =
  | Listening & {
    readonly kind: "listening";
    readonly threads?: Threads;
    readonly configure: Configure;
    readonly end: End;
  }
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
    /** Whether they keep the limits of connections: those that systemd passes do on every runtime. */
    readonly keepsLimits: boolean;
    /** The threads that answer; none where the main thread does. */
    readonly threads: Threads | undefined;
    readonly configure: Configure;
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
  const stopRenewing = await renewKeys(settings.https, main, parts, runtime);
  const end = async () => {
    stopRenewing?.();
    await main.end();
  };
  const { configure, threads } = main;
  const keepsLimits = runtime.keepsLimits || parts.inherited.length > 0;
  const opened = { all, main, redirects, threads, configure, end };
  return { kind: "open", ...opened, keepsLimits };
}

async function openRedirecting(
  { https, where, limits }: Settings,
  { listeners }: Listening,
  { live, inherited }: SocketParts,
  runtime: Runtime,
): Promise<ListenResult | Pick<Listening, "listeners"> & { kind: "none" }> {
  const port = https?.redirectPort;
  if (port === undefined) return { kind: "none", listeners: [] };
  const { openRedirects, redirectsOf } = await import("../server/redirect.ts");
  const binds = inherited.length === 0
    ? where.binds
    : listeners.map(({ address }): Bind => ({
      kind: "host",
      hostname: address,
    }));
  const redirects = redirectsOf(binds, listeners, runtime.files.os);
  const bounds = toConnectionLimits(limits);
  const { site } = live.current(); // its log
  return await openRedirects(port, redirects, site, bounds, runtime);
}

/** Renews the certificate of the sockets when its files change. */
async function renewKeys(
  https: HttpsSettings | undefined,
  { listeners }: Listening,
  { tls, loadKeys }: SocketParts,
  runtime: Runtime,
): Promise<(() => void) | undefined> {
  if (!https || !tls || !loadKeys) return undefined;
  const load = async () => {
    const loaded = await loadKeys();
    return loaded.kind === "keys"
      ? { kind: loaded.kind, keys: loaded.pair.keys }
      : loaded;
  };
  const { renewOnChange } = await import("../server/renew.ts");
  const { keyFiles } = await import("./certificate.ts");
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
  const { live, tls, meters, inherited } = parts;
  const limits = limitsOf(settings, meters);
  const binds = inherited.length > 0 ? inherited : where.binds;
  const at = { ...where, binds, port, tls, limits };
  const opened = await openSockets(live.responder, at, runtime);
  if (opened.kind === "failed") return withAdvice(opened, where.fallback);
  return count > 1
    ? await handOver(opened, count, settings, parts, runtime)
    : { ...opened, configure: NO_THREAD, end: runtime.processes.endAll };
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
  { live, tls, thread: { open, run } }: SocketParts,
  runtime: Runtime,
): Promise<MainSockets> {
  const { startThreads } = await import("./threads.ts");
  await drainSockets(listeners);
  const places = listeners.map(({ address, port }) => (
    { kind: "tcp", hostname: address, port } as const
  ));
  const { printError } = runtime;
  const started = await startThreads(
    count,
    { settings: divideLimits(settings, count), places, tls, run },
    {
      printError,
      writeLog: (text) =>
        (live.current().ready.logWriter?.write ?? printError)(text),
    },
    open,
  );
  if (started.kind === "failed") return started;
  const { threads } = started;
  return {
    ...opened,
    listeners: listeners.map((listener, index) => ({
      ...listener,
      ...index === 0 ? threads : NO_THREADS,
    })),
    threads,
    configure: (settings) => threads.configure(divideLimits(settings, count)),
    end: threads.end,
  };
}

/** Without threads there is nothing more to do. */
const NO_THREAD: Configure = () => Promise.resolve(undefined);

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
  if (!where.fallback) return [];
  const asked = toGroups({ binds: where.binds, port }, os)
    .flatMap(({ names, port }) => names.map(() => port));
  const notices = listeners.flatMap(({ port }, index) =>
    port === asked[index] || !asked[index]
      ? []
      : [`Port ${asked[index]} is in use: ${port} is the next free one`]
  );
  return [...new Set(notices)];
}
