/**
 * The program: from a command line to an exit status.
 *
 * @module
 */

import { VERSION } from "../handler/create_handler.ts";
import { createSiteHandler } from "../handler/handler.ts";
import { formatMount } from "../http/resource.ts";
import type { Runtime } from "../ports/ports.ts";
import { programLine } from "../server/describe.ts";
import type { Listening } from "../server/listeners.ts";
import { stopSignals, untilStopped } from "../server/stop.ts";
import { keyLoader } from "./certificate.ts";
import { scriptNotice } from "./check_cgi.ts";
import { passwordNotice } from "./cli_access.ts";
import { fallbackNotices } from "./cli_serving.ts";
import { greet, toStartUp } from "./greeting.ts";
import { helpText } from "./help.ts";
import { permissionNeeds } from "./needs.ts";
import { parseCommandLine, type Settings } from "./parse.ts";
import { prepare, type Ready } from "./prepare.ts";
import { openProgramSockets, renewFromFiles } from "./serving.ts";
import { toSite } from "./site.ts";

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
