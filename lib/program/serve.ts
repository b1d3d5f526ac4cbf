/**
 * The program: from a command line to an exit status. {@linkcode serve} is the table of
 * contents of its life: check, open, listen, greet, wait, stop.
 *
 * @module
 */

import { VERSION } from "../handler/defaults.ts";
import { createSiteHandler } from "../handler/handler.ts";
import type { Runtime, ThreadWorker } from "../ports/runtime.ts";
import { programLine } from "../server/describe.ts";
import type { Listening } from "../server/listeners.ts";
import { stopSignals, untilStopped } from "../server/stop.ts";
import { entryPath, type Site } from "../site/site.ts";
import { keyLoader, type LoadKeys, type UsableKeys } from "./certificate.ts";
import {
  limitsNotice,
  passwordNotice,
  scriptNotice,
  sourceNotice,
} from "./checks.ts";
import { parseCommandLine } from "./command_line.ts";
import { greet, toStartUp } from "./greeting.ts";
import { helpText } from "./help.ts";
import { requiredPermissions } from "./permissions.ts";
import { prepare, type Ready, toSite } from "./prepare.ts";
import { fallbackNotices, openProgramSockets } from "./program_sockets.ts";
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
  const line = parseCommandLine(runtime.arguments);
  switch (line.kind) {
    case "help":
      runtime.print(helpText(line.topic));
      return DONE;
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
    case "version":
      runtime.print(
        `serve ${VERSION} (${runtime.version}, ${runtime.target})\n`,
      );
      return DONE;
    case "invalid":
      return fail(misused(line.message), runtime);
    case "serve":
      return await serve(line.settings, runtime, openThread);
  }
}

async function serve(
  settings: Settings,
  runtime: Runtime,
  openThread: () => ThreadWorker,
): Promise<number> {
  const opened = await open(settings, runtime);
  if (opened.kind === "failed") return fail(opened, runtime);
  const { ready, site, keys, loadKeys } = opened;
  const { root, writeLog } = ready;
  runtime.keepOnly(await requiredPermissions(settings, root, runtime.files));
  const signals = stopSignals(runtime);
  const tls = keys?.pair.keys;
  const handler = createSiteHandler(site);
  const parts = { handler, site, tls, loadKeys, writeLog, openThread };
  const sockets = await openProgramSockets(settings, parts, runtime);
  if (sockets.kind === "failed") {
    return fail({ status: FAILED, message: sockets.message }, runtime);
  }
  const notices = await noticesOf(settings, ready, sockets.main, runtime);
  const startUp = toStartUp(sockets, entryPath(site), keys, notices);
  await greet(startUp, settings, runtime);
  await untilStopped(sockets.all, signals, runtime);
  await sockets.end();
  return DONE;
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
    readonly ready: Ready;
    readonly site: Site;
    readonly keys: UsableKeys | undefined;
    readonly loadKeys: LoadKeys | undefined;
  }
  | Failure & { readonly kind: "failed" };

async function open(settings: Settings, runtime: Runtime): Promise<Opened> {
  const ready = await prepare(settings, runtime);
  if (ready.kind === "failed") return { ...ready, status: FAILED };
  const site = toSite(settings, ready, runtime);
  if (typeof site === "string") return { kind: "failed", ...misused(site) };
  const loadKeys = settings.https && keyLoader(settings.https, runtime);
  const keys = await loadKeys?.();
  if (keys?.kind === "failed") {
    return { ...keys, status: keys.misused ? MISUSED : FAILED };
  }
  return { kind: "open", ready, site, keys, loadKeys };
}

function misused(message: string): Failure {
  return { status: MISUSED, message: `${message}; see serve --help` };
}

function fail({ status, message }: Failure, runtime: Runtime): number {
  const text = message.charAt(0).toLowerCase() + message.slice(1);
  runtime.printError(programLine(text));
  return status;
}

/** What people may want to change, in lines. */
async function noticesOf(
  settings: Settings,
  { root, notice }: Ready,
  main: Listening,
  runtime: Runtime,
): Promise<readonly (string | undefined)[]> {
  const { cgi, dotfiles } = settings;
  const addresses = main.listeners.map(({ address }) => address);
  return [
    ...fallbackNotices(settings, main, runtime.files.os),
    passwordNotice(settings, addresses),
    limitsNotice(settings, runtime),
    notice,
    cgi === undefined
      ? await sourceNotice({ root, dotfiles }, runtime)
      : await scriptNotice(cgi, root, runtime),
  ];
}
