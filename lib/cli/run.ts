/**
 * The program: from a command line to an exit status.
 *
 * @module
 */

import { createSiteHandler } from "../handler.ts";
import type { Runtime } from "../ports.ts";
import { stopSignals, untilStopped } from "../server/stop.ts";
import { VERSION } from "../version.ts";
import { passwordNotice } from "./access.ts";
import { scriptNotice } from "./check_cgi.ts";
import { greet, toStartUp } from "./greet.ts";
import { helpText } from "./help.ts";
import { keyLoader } from "./keys.ts";
import { permissionNeeds } from "./needs.ts";
import { parseCommandLine, type Settings } from "./parse.ts";
import { prepare } from "./prepare.ts";
import { toSite } from "./site.ts";
import { openProgramSockets, renewFromFiles } from "./sockets.ts";

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
  if (checked.kind === "failed") {
    const status = checked.misused ? MISUSED : FAILED;
    return fail(runtime, status, checked.message);
  }
  const site = toSite(settings, checked, runtime);
  if (typeof site === "string") {
    return fail(runtime, MISUSED, `${site}; see serve --help`);
  }
  const { https, cgi } = settings;
  const load = https && keyLoader(https, runtime);
  const loaded = await load?.();
  if (loaded?.kind === "failed") {
    const status = loaded.misused ? MISUSED : FAILED;
    return fail(runtime, status, loaded.message);
  }
  const tls = loaded?.pair.keys;
  runtime.keepOnly(permissionNeeds(settings));
  const handler = createSiteHandler(site);
  const signals = stopSignals(runtime);
  const { writeLog } = checked;
  const parts = { handler, site, tls, writeLog, openThread };
  const sockets = await openProgramSockets(settings, parts, runtime);
  if (sockets.kind === "failed") return fail(runtime, FAILED, sockets.message);
  const { serving, all, end } = sockets;
  const stopRenewing = https && load && tls &&
    renewFromFiles(serving, https, load, tls, runtime);
  const notice = cgi && await scriptNotice(cgi, checked.root, runtime);
  const addresses = serving.listeners.map(({ address }) => address);
  const warning = passwordNotice(
    settings.access,
    addresses,
    https !== undefined,
  );
  const notices = [warning, checked.notice, notice];
  await greet(toStartUp(sockets, loaded, notices), settings, runtime);
  await untilStopped(all, signals, runtime);
  stopRenewing?.();
  await end();
  return DONE;
}

function fail(runtime: Runtime, status: number, message: string): number {
  const line = message.replaceAll(/[\p{C}\p{Z}]+/gu, " ");
  const text = line.charAt(0).toLowerCase() + line.slice(1);
  runtime.printError(`serve: ${text}\n`);
  return status;
}
