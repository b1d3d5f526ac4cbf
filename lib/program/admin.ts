/**
 * `--admin`: a socket of its own, with `/health` and `/metrics` and nothing else.
 *
 * @module
 */

import { negotiateType } from "../http/accept.ts";
import { isLoopback, readAddress, splitAuthority } from "../http/address.ts";
import { formatHttpDate } from "../http/date.ts";
import type { Field } from "../http/field.ts";
import { statusText } from "../http/registry.ts";
import { rawTarget } from "../http/target.ts";
import {
  EXPOSITION_TYPE,
  formatExposition,
  seriesOf,
} from "../log/exposition.ts";
import { METRICS } from "../log/metrics.ts";
import { addSamples, type Samples } from "../log/samples.ts";
import { bytesContent } from "../ports/content.ts";
import {
  type Answer,
  headerSection,
  type HttpRequest,
} from "../ports/message.ts";
import type { Runtime } from "../ports/runtime.ts";
import { within } from "../ports/timers.ts";
import { programLine } from "../server/describe.ts";
import {
  type Bind,
  drainSockets,
  type OpenSocket,
  openSockets,
  toConnectionLimits,
} from "../server/listeners.ts";
import { VERSION } from "../handler/defaults.ts";
import { type Failed, failed } from "./checks.ts";
import type { Meters } from "./meters.ts";
import type { ProgramSockets } from "./program_sockets.ts";
import type { Settings } from "./settings.ts";

/** The sockets that are watched. */
type Watched = Pick<
  Extract<ProgramSockets, { kind: "open" }>,
  "all" | "redirects" | "threads"
>;

/** The open socket of `--admin`. */
export interface Admin {
  readonly kind: "open";
  /** Where it is, for people. */
  readonly notices: readonly string[];
  /** Tells from now on of these sockets; they stop when `ended` settles. */
  readonly begin: (sockets: Watched, ended: Promise<unknown>) => void;
  /** Closes it, as the last of all. */
  readonly end: () => Promise<void>;
}

/** What the program does. */
type Phase = "starting" | "serving" | "stopping";

/** What is told at this moment. */
interface Moment {
  phase: Phase;
  sockets: Watched | undefined;
}

interface AdminContext {
  readonly bind: Bind;
  readonly runtime: Runtime;
  readonly health: () => Promise<Health>;
  readonly metrics: () => Promise<Samples>;
}

/** The port of addresses without one: exporters of Prometheus have those around it. */
const ADMIN_PORT = 9464;
/** How many connections there may be at a time: a few programs ask, and not those of visitors. */
const ADMIN_CONNECTIONS = 64;
/** For how long a state of the directory counts, in milliseconds: a disk in a network is slow. */
const ROOT_MS = 1000;
/** How long an answer may take at the end, in milliseconds. */
const END_MS = 1000;

/** Opens the socket, which says "starting" until it is told of the others. */
export async function openAdmin(
  { admin: bind, limits }: Settings,
  rootOf: () => string,
  meters: Meters,
  runtime: Runtime,
): Promise<Admin | Failed> {
  if (bind === undefined) throw new Error("There is no --admin");
  const moment: Moment = { phase: "starting", sockets: undefined };
  const findRoot = createRootCheck(rootOf, runtime);
  const context: AdminContext = {
    bind,
    runtime,
    health: async () => healthOf(moment.phase, await findRoot()),
    metrics: () => gather(moment.sockets, meters, runtime),
  };
  const bounds = { ...limits, maxConnections: ADMIN_CONNECTIONS };
  const opened = await openSockets(
    { answer: (request) => answer(request, context) },
    { binds: [bind], port: ADMIN_PORT, limits: toConnectionLimits(bounds) },
    runtime,
  );
  if (opened.kind === "failed") return failed(`--admin: ${opened.message}`);
  const { listeners } = opened;
  return {
    kind: "open",
    notices: listeners.flatMap(noticesOf),
    begin: (sockets, ended) => {
      Object.assign(moment, { phase: "serving", sockets });
      void ended.then(() => moment.phase = "stopping");
    },
    end: async () => {
      meters.stop();
      await within(END_MS, drainSockets(listeners));
    },
  };
}

function noticesOf({ address, port, url }: OpenSocket): readonly string[] {
  if (port === 0) return [`Admin on unix:${address} (/health, /metrics)`];
  const line = `Admin on ${url} (/health, /metrics)`;
  return isLoopback(address)
    ? [line]
    : [line, "Everybody who can reach this machine can read them"];
}

interface Health {
  readonly status: "ok" | "starting" | "stopping" | "failing";
  readonly reason?: string;
}

function healthOf(phase: Phase, isRootThere: boolean): Health {
  if (phase !== "serving") return { status: phase };
  return isRootThere
    ? { status: "ok" }
    : { status: "failing", reason: "the directory is not there" };
}

/** Whether the root is there, as it was seen within a second. */
function createRootCheck(
  rootOf: () => string,
  { files }: Pick<Runtime, "files">,
): () => Promise<boolean> {
  let seen: Promise<boolean> | undefined;
  let due = 0;
  const look = async () => {
    try {
      return await files.stat(rootOf()) !== undefined;
    } catch {
      return false; // a disk that fails
    }
  };
  return () => {
    const now = performance.now();
    if (seen !== undefined && now < due) return seen;
    due = now + ROOT_MS;
    return seen = look();
  };
}

/** The numbers of all threads and of the process. */
async function gather(
  sockets: Watched | undefined,
  meters: Meters,
  runtime: Runtime,
): Promise<Samples> {
  const listeners = sockets?.threads === undefined
    ? sockets?.all.listeners ?? []
    : sockets.redirects;
  const threads = await sockets?.threads?.measure();
  return addSamples([
    await meters.samples({ listeners }),
    ...threads === undefined ? [] : [threads],
    await processSamples(runtime),
  ]);
}

async function processSamples(
  { version, processState }: Runtime,
): Promise<Samples> {
  const state = await processState();
  const build = { version: VERSION, runtime: version };
  const samples: ReadonlyArray<readonly [string, number | undefined]> = [
    [seriesOf("serve_build_info", build), 1],
    ["process_cpu_seconds_total", state.processorTime],
    ["process_resident_memory_bytes", state.residentBytes],
    ["process_start_time_seconds", state.startTime],
    ["process_open_fds", state.openDescriptors],
    ["process_max_fds", state.mostDescriptors],
  ];
  return new Map(
    samples.filter((sample): sample is [string, number] =>
      sample[1] !== undefined
    ),
  );
}

/** An answer before it is written. */
interface Text {
  readonly status: number;
  readonly text: string;
  /** The media type; plain text by default. */
  readonly type?: string;
  readonly fields?: ReadonlyArray<readonly [name: string, value: string]>;
}

async function answer(
  request: HttpRequest,
  context: AdminContext,
): Promise<Answer> {
  try {
    return toAnswer(await textFor(request, context), request);
  } catch (error) {
    context.runtime.printError(programLine(`--admin: ${error}`));
    return toAnswer(
      { status: 500, text: "The numbers cannot be read\n" },
      request,
    );
  }
}

async function textFor(
  request: HttpRequest,
  { bind, health, metrics }: AdminContext,
): Promise<Text> {
  const { method, headers, refusal } = request;
  if (refusal !== undefined) return refused(refusal);
  // A page elsewhere whose name leads here now must not read it (DNS rebinding).
  if (!isOwnHost(headers.get("host"), bind)) {
    const text = "Ask by an address, by localhost or by the name in --admin\n";
    return { status: 421, text };
  }
  const [path = ""] = rawTarget(request).split("?", 1);
  if (path !== "/health" && path !== "/metrics") {
    return { status: 404, text: "Here are /health and /metrics\n" };
  }
  if (method !== "GET" && method !== "HEAD") {
    const fields: Field[] = [["Allow", "GET, HEAD"]];
    return { status: 405, text: "It can only be read\n", fields };
  }
  return path === "/health"
    ? healthText(await health(), headers.get("accept"))
    : {
      status: 200,
      type: EXPOSITION_TYPE,
      text: formatExposition(METRICS, await metrics()),
    };
}

function refused(
  { status, message, fields = [] }: NonNullable<HttpRequest["refusal"]>,
): Text {
  return { status, text: `${message ?? statusText(status)[0]}\n`, fields };
}

/** A client without a Host field is no browser, and no browser reaches a unix socket. */
function isOwnHost(host: string | null, bind: Bind): boolean {
  if (host === null || bind.kind === "unix") return true;
  const name = splitAuthority(host)?.hostname.toLowerCase() ?? "";
  return readAddress(name) !== undefined || name === "localhost" ||
    name === bind.hostname.toLowerCase();
}

function healthText({ status, reason }: Health, accept: string | null): Text {
  const fields: Field[] = [["Vary", "Accept"]];
  const code = status === "ok" ? 200 : 503;
  const type = negotiateType(accept, ["text/plain", "application/json"]);
  if (type !== "application/json") {
    const why = reason === undefined ? "" : `: ${reason}`;
    return { status: code, text: `${status}${why}\n`, fields };
  }
  const uptime = Math.floor(performance.now() / 1000);
  const health = { status, reason, ["uptime_seconds"]: uptime };
  return { status: code, type, text: `${JSON.stringify(health)}\n`, fields };
}

function toAnswer(
  { status, text, type = "text/plain; charset=utf-8", fields = [] }: Text,
  { method }: HttpRequest,
): Answer {
  const bytes = new TextEncoder().encode(text);
  return {
    status,
    phrase: statusText(status)[0],
    headers: headerSection([
      ...fields,
      ["Content-Type", type],
      ["Content-Length", `${bytes.length}`],
      ["Cache-Control", "no-store"],
      ["X-Content-Type-Options", "nosniff"],
      ["Date", formatHttpDate(Date.now())],
    ]),
    content: method === "HEAD" ? undefined : bytesContent(bytes),
  };
}
