/**
 * The program: from a command line to an exit status. {@linkcode serve} is the table of
 * contents of its life: check, open, listen, greet, wait, stop.
 *
 * @module
 */

import { VERSION } from "../handler/defaults.ts";
import type { Runtime, ThreadWorker } from "../ports/runtime.ts";
import { deferred } from "../ports/timers.ts";
import { programLine } from "../server/describe.ts";
import type { Listening } from "../server/listeners.ts";
import { stopSignals, untilStopped } from "../server/stop.ts";
import { entryPath } from "../site/site.ts";
import type { Admin } from "./admin.ts";
import type { LoadKeys, UsableKeys } from "./certificate.ts";
import {
  exposedSettings,
  type Failed,
  limitsNotice,
  passwordNotice,
  scriptNotice,
  sourceNotice,
} from "./checks.ts";
import { type CommandLine, readCommandLine } from "./command_line.ts";
import {
  configure,
  type Configured,
  type Misconfigured,
} from "./configuration.ts";
import type { Layer } from "./flag.ts";
import { greet, toStartUp } from "./greeting.ts";
import { requiredPermissions } from "./permissions.ts";
import {
  createLiveSite,
  type LiveSite,
  type NoSite,
  type OpenSite,
  openSite,
  type SiteParts,
} from "./live_site.ts";
import { createLogs } from "./log_writer.ts";
import { preloadLater } from "../handler/preload.ts";
import type { Ready } from "./prepare.ts";
import { fallbackNotices, openProgramSockets } from "./program_sockets.ts";
import type { HangUpObserver, Running } from "./reload_settings.ts";
import type { Notifier } from "./notify.ts";
import { openService } from "./service.ts";
import type { Settings } from "./settings.ts";

/** Exit statuses: all is well, it could not be done, it was not understood. */
const DONE = 0;
const FAILED = 1;
const MISUSED = 2;

/** Runs the program until it is told to stop, and gives the exit status. */
export async function run(
  runtime: Runtime,
  openThread: () => ThreadWorker,
): Promise<number> {
  const line = readCommandLine(runtime.arguments);
  switch (line.kind) {
    case "help": {
      const { helpText } = await import("./help.ts");
      runtime.print(helpText(line.topic));
      return DONE;
    }
    case "completions": {
      const { completions } = await import("./completions.ts");
      runtime.print(completions(line.shell));
      return DONE;
    }
    case "man": {
      const { manualPage } = await import("./man.ts");
      runtime.print(manualPage(VERSION));
      return DONE;
    }
    case "print-schema": {
      const { settingsSchema } = await import("./settings_schema.ts");
      runtime.print(settingsSchema());
      return DONE;
    }
    case "version":
      runtime.print(
        `serve ${VERSION} (${runtime.version}, ${runtime.target})\n`,
      );
      return DONE;
    case "invalid":
      return fail(misused(line.message), runtime);
    case "print-config":
    case "serve":
      return await runConfigured(line, runtime, openThread);
  }
}

async function runConfigured(
  { kind, flags }: Extract<CommandLine, { flags: Layer }>,
  runtime: Runtime,
  openThread: () => ThreadWorker,
): Promise<number> {
  const configured = await configure(flags, runtime);
  if (configured.kind === "invalid") return refuse(configured, runtime);
  if (kind === "serve") {
    return await serve(configured, runtime, openThread);
  }
  const { printSettings } = await import("./print_settings.ts");
  runtime.print(printSettings(configured.given, runtime));
  return DONE;
}

async function serve(
  { given, above, notices: told, ...configured }: Configured,
  runtime: Runtime,
  openThread: () => ThreadWorker,
): Promise<number> {
  const settings = await withSecretMount(configured.settings);
  const service = await openService(settings, runtime);
  if (service.kind === "failed") return fail(misused(service.message), runtime);
  const { notifier, inherited } = service;
  const running = deferred<Running>();
  await obeyHangUps(settings, running.promise, notifier?.hangUps, runtime);
  const parts = await beginParts(settings, runtime);
  const { share, meters, reload } = parts;
  const opened = await open(settings, given, parts, runtime);
  if (opened.kind === "failed") return fail(opened, runtime);
  const { first, keys, loadKeys } = opened;
  const { ready, site } = first;
  const run = await keepNeeded(settings, ready.root, notifier, runtime);
  const signals = stopSignals(runtime);
  const live = createLiveSite(first, parts);
  runtime.onExit(parts.logs.flush);
  const admin = await openAdmin(settings, live, parts, runtime);
  if (admin?.kind === "failed") {
    return fail({ status: FAILED, message: admin.message }, runtime);
  }
  void signals.first.then(reload?.end);
  const tls = keys?.pair.keys;
  const thread = { open: openThread, run };
  const socketParts = { inherited, live, tls, loadKeys, thread, meters };
  const sockets = await openProgramSockets(settings, socketParts, runtime);
  if (sockets.kind === "failed") {
    await admin?.end();
    return fail({ status: FAILED, message: sockets.message }, runtime);
  }
  const ended = share?.ended;
  admin?.begin(sockets, Promise.race([signals.first, ended ?? signals.first]));
  const notices = [
    ...told,
    ...await shareNotices(settings, entryPath(site), sockets.main),
    ...admin?.notices ?? [],
    ...await noticesOf(settings, ready, sockets, runtime),
    opened.notice,
  ];
  const startUp = toStartUp(sockets, entryPath(site), keys, notices);
  await greet(startUp, settings, runtime);
  reload?.follow(first);
  const endWait = preloadLater(site);
  notifier?.ready(ready.root, sockets, signals.first);
  const { configure, threads } = sockets;
  // Not before all is told and followed: what SIGHUP asks for may put another site in its place.
  running.resolve({ settings, given, above, live, configure, threads });
  await untilStopped(sockets.all, signals, runtime, ended);
  endWait();
  share?.stop();
  await notifier?.finish();
  await sockets.end();
  await admin?.end();
  return DONE;
}

/** Gives back the permissions that are not needed; whether it may still run other programs. */
async function keepNeeded(
  settings: Settings,
  root: string,
  notifier: Notifier | undefined,
  runtime: Runtime,
): Promise<boolean> {
  const needs = await requiredPermissions(settings, root, runtime);
  const run = needs.run || notifier !== undefined;
  runtime.keepOnly({ ...needs, run });
  return run;
}

async function withSecretMount(settings: Settings): Promise<Settings> {
  return settings.share === undefined
    ? settings
    : (await import("./share.ts")).withSecretMount(settings);
}

async function shareNotices(
  settings: Settings,
  path: string,
  main: Listening,
): Promise<readonly string[]> {
  return settings.share === undefined
    ? []
    : (await import("./share.ts")).shareNotices(settings, path, main);
}

async function openAdmin(
  settings: Settings,
  live: LiveSite,
  { meters }: SiteParts,
  runtime: Runtime,
): Promise<Admin | Failed | undefined> {
  if (meters === undefined) return undefined;
  const { openAdmin } = await import("./admin.ts");
  const root = () => live.current().ready.root;
  return await openAdmin(settings, root, meters, runtime);
}

/** Begins what outlives a site; what few ask for is loaded for them alone. */
async function beginParts(
  { share, admin, reload, directory, workers }: Settings,
  runtime: Runtime,
): Promise<SiteParts> {
  return {
    logs: createLogs(runtime),
    share: share && (await import("./share.ts")).beginShare(share, runtime),
    meters: admin && (await import("./meters.ts")).createMeters(runtime),
    reload: reload
      ? (await import("./reload.ts")).createProgramReload(directory, runtime)
      : undefined,
    tells: workers === 1,
  };
}

/**
 * Without a listener SIGHUP ends the program, as people expect when they close a terminal. What has
 * files to read again obeys before it opens the first: somebody may replace them from then on.
 */
async function obeyHangUps(
  settings: Settings,
  running: Promise<Running>,
  observer: HangUpObserver | undefined,
  runtime: Runtime,
): Promise<void> {
  const { access, config, https, log } = settings;
  const isObeyed = config ?? access.file ?? log.file ?? https ?? observer;
  if (isObeyed === undefined) return;
  const { obeyHangUps } = await import("./reload_settings.ts");
  obeyHangUps(running, observer, runtime);
}

interface Failure {
  /** The exit status. */
  readonly status: number;
  readonly message: string;
}

/** What is there before a socket is opened. */
type Opened =
  | {
    readonly kind: "open";
    readonly first: OpenSite;
    readonly keys: UsableKeys | undefined;
    readonly loadKeys: LoadKeys | undefined;
    /** What the user may want to change. */
    readonly notice: string | undefined;
  }
  | Failure & { readonly kind: "failed" };

async function open(
  settings: Settings,
  given: Layer,
  parts: SiteParts,
  runtime: Runtime,
): Promise<Opened> {
  const first = await openSite(settings, parts, runtime);
  if (first.kind === "failed") return failure(first);
  const exposed = await exposedSettings(settings, given, {
    ...first.ready,
    ...settings,
  }, runtime);
  if (exposed?.kind === "failed") return { ...exposed, status: FAILED };
  const loadKeys = settings.https &&
    (await import("./certificate.ts")).keyLoader(settings.https, runtime);
  const keys = await loadKeys?.();
  if (keys?.kind === "failed") {
    return { ...keys, status: keys.misused ? MISUSED : FAILED };
  }
  return { kind: "open", first, keys, loadKeys, notice: exposed?.text };
}

function failure(
  { message, misused: isMisused }: NoSite,
): Failure & { readonly kind: "failed" } {
  return isMisused
    ? { kind: "failed", ...misused(message) }
    : { kind: "failed", status: FAILED, message };
}

function misused(message: string): Failure {
  return { status: MISUSED, message: `${message}; see serve --help` };
}

/** What is wrong in a file has its place, and so needs no advice. */
function refuse({ about, messages }: Misconfigured, runtime: Runtime): number {
  for (const message of messages) {
    if (about === "flags") fail(misused(message), runtime);
    else runtime.printError(programLine(message));
  }
  return MISUSED;
}

function fail({ status, message }: Failure, runtime: Runtime): number {
  // The name of a variable stays as it is.
  const text = message.replace(
    /^[A-Z](?![A-Z])/,
    (first) => first.toLowerCase(),
  );
  runtime.printError(programLine(text));
  return status;
}

/** What people may want to change, in lines. */
async function noticesOf(
  settings: Settings,
  { root, notice }: Ready,
  { main, keepsLimits }: { main: Listening; keepsLimits: boolean },
  runtime: Runtime,
): Promise<readonly (string | undefined)[]> {
  const { cgi, dotfiles } = settings;
  const addresses = main.listeners.map(({ address }) => address);
  return [
    ...fallbackNotices(settings, main, runtime.files.os),
    passwordNotice(settings, addresses),
    limitsNotice(settings, { ...runtime, keepsLimits }),
    notice,
    cgi === undefined
      ? await sourceNotice({ root, dotfiles }, runtime)
      : await scriptNotice(cgi, root, runtime),
  ];
}
