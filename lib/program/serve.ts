/**
 * The program: from a command line to an exit status.
 *
 * What the program needs to be allowed for the flags that it was given: everything else is
 * given back at its start. Whoever finds a hole in it can read what is served, and nothing more.
 *
 * @module
 */

import { resolve } from "@std/path/posix";
import { VERSION } from "../handler/defaults.ts";
import { createSiteHandler } from "../handler/handler.ts";
import { formatMount } from "../http/resource.ts";
import type { Files } from "../ports/files.ts";
import type { Permissions } from "../ports/processes.ts";
import type { Runtime } from "../ports/runtime.ts";
import { programLine } from "../server/describe.ts";
import type { Listening } from "../server/listeners.ts";
import { stopSignals, untilStopped } from "../server/stop.ts";
import { keyLoader } from "./certificate.ts";
import { scriptNotice } from "./cgi.ts";
import { greet, toStartUp } from "./greeting.ts";
import { helpText } from "./help.ts";
import { filesOf } from "./https.ts";
import { parseCommandLine, passwordNotice, type Settings } from "./parse.ts";
import { prepare, type Ready } from "./prepare.ts";
import {
  fallbackNotices,
  openProgramSockets,
  renewFromFiles,
} from "./serving.ts";
import { toSite } from "./site_options.ts";

/** Exit statuses: all is well, it could not be done, it was not understood. */
const DONE = 0;
const FAILED = 1;
const MISUSED = 2;

/**
 * Runs the program until it is told to stop.
 *
 * @param runtime The runtime below it.
 * @param openThread Starts the module `worker.ts` as a thread.
 * @returns The exit status.
 */
export async function run(
  runtime: Runtime,
  openThread: () => Worker,
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
      return fail(runtime, MISUSED, `${line.message}; see serve --help`);
    case "serve":
      return await serve(line.settings, runtime, openThread);
  }
}

async function serve(
  settings: Settings,
  runtime: Runtime,
  openThread: () => Worker,
): Promise<number> {
  const checked = await prepare(settings, runtime);
  if (checked.kind === "failed") return fail(runtime, FAILED, checked.message);
  const site = toSite(settings, checked, runtime);
  if (typeof site === "string") {
    return fail(runtime, MISUSED, `${site}; see serve --help`);
  }
  const { https } = settings;
  const load = https && keyLoader(https, runtime);
  const loaded = await load?.();
  if (loaded?.kind === "failed") {
    const status = loaded.misused ? MISUSED : FAILED;
    return fail(runtime, status, loaded.message);
  }
  const tls = loaded?.pair.keys;
  runtime.keepOnly(
    await permissionNeeds(settings, checked.root, runtime.files),
  );
  const handler = createSiteHandler(site);
  const signals = stopSignals(runtime);
  const { writeLog } = checked;
  const parts = { handler, site, tls, writeLog, openThread };
  const sockets = await openProgramSockets(settings, parts, runtime);
  if (sockets.kind === "failed") return fail(runtime, FAILED, sockets.message);
  const { serving, all, end } = sockets;
  const stopRenewing = https && load && tls &&
    renewFromFiles(serving, https, load, tls, runtime);
  const notices = await noticesOf(settings, checked, serving, runtime);
  const path = formatMount(site.mount);
  await greet(toStartUp(sockets, path, loaded, notices), settings, runtime);
  await untilStopped(all, signals, runtime);
  stopRenewing?.();
  await end();
  return DONE;
}

/** What people may want to change, in lines. */
async function noticesOf(
  settings: Settings,
  { root, notice }: Ready,
  serving: Listening,
  runtime: Runtime,
): Promise<readonly (string | undefined)[]> {
  const { access, cgi, https } = settings;
  const addresses = serving.listeners.map(({ address }) => address);
  return [
    ...fallbackNotices(settings, serving, runtime.files.os),
    passwordNotice(access, addresses, https !== undefined),
    notice,
    cgi && await scriptNotice(cgi, root, runtime),
  ];
}

function fail(runtime: Runtime, status: number, message: string): number {
  const text = message.charAt(0).toLowerCase() + message.slice(1);
  runtime.printError(programLine(text));
  return status;
}

/** The settings that say what is needed. */
export type NeedySettings = Pick<
  Settings,
  | "access"
  | "cgi"
  | "followSymlinks"
  | "https"
  | "log"
  | "open"
  | "where"
  | "workers"
>;

/**
 * The permissions that some settings need besides the network.
 *
 * @param settings What the user wants.
 * @param root The absolute path of the directory that is served.
 * @param files Where it is.
 * @returns What is kept.
 */
export async function permissionNeeds(
  settings: NeedySettings,
  root: string,
  files: Pick<Files, "realPath">,
): Promise<Permissions> {
  const { cgi, log, open, where } = settings;
  const scripts = cgi !== undefined;
  return {
    read: await files.realPath(root) === resolve(root)
      ? readNeeds(settings, resolve(root))
      // The link may lead elsewhere tomorrow.
      : undefined,
    run: scripts || open,
    // Content of unknown length is put aside for a script.
    write: scripts || log.file !== undefined ||
      where.binds.some(({ kind }) => kind === "unix"),
    environment: scripts,
  };
}

/**
 * Paths below which the program reads; `undefined` where only they cannot be enough: with
 * `--follow-symlinks` links lead anywhere, scripts can read what they like anyway, and threads
 * load modules.
 */
function readNeeds(
  { access, cgi, followSymlinks, https, where, workers }: NeedySettings,
  root: string,
): readonly string[] | undefined {
  if (followSymlinks || cgi !== undefined || workers !== 1) return undefined;
  const sockets = where.binds.flatMap((bind) =>
    bind.kind === "unix" ? bind.path : []
  );
  const passwords = access.file === undefined ? [] : [access.file];
  return [root, ...filesOf(https), ...passwords, ...sockets];
}
