/**
 * The program: from a command line to an exit status.
 *
 * @module
 */

import { siteDefaults } from "../defaults.ts";
import { createSiteHandler } from "../handler.ts";
import { createSite, type Site } from "../site.ts";
import type { Runtime } from "../ports.ts";
import { listen, type Listening } from "../server/listen.ts";
import type { ListenFailure } from "../sockets.ts";
import { stopSignals, untilStopped } from "../server/stop.ts";
import { VERSION } from "../version.ts";
import type { StartUp } from "./banner.ts";
import { scriptNotice } from "./check_cgi.ts";
import { greet } from "./greet.ts";
import { helpText } from "./help.ts";
import { keyLoader, type LoadedKeys } from "./keys.ts";
import { parseCommandLine, type Settings } from "./parse.ts";
import { checkRoot } from "./root.ts";
import { siteOptions } from "./settings.ts";

/** Exit statuses: all is well, it could not be done, it was not understood. */
const DONE = 0;
const FAILED = 1;
const MISUSED = 2;

/**
 * Runs the program until it is told to stop.
 *
 * @param runtime The runtime below it.
 * @returns The exit status.
 */
export async function run(runtime: Runtime): Promise<number> {
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
      runtime.print(`serve ${VERSION} (${runtime.version})\n`);
      return DONE;
    case "invalid":
      return fail(runtime, MISUSED, `${line.message}; see serve --help`);
    case "serve":
      return await serve(line.settings, runtime);
  }
}

async function serve(settings: Settings, runtime: Runtime): Promise<number> {
  const checked = await checkRoot(settings, runtime);
  if (checked.kind === "failed") {
    const status = checked.misused ? MISUSED : FAILED;
    return fail(runtime, status, checked.message);
  }
  const site = toSite(settings, checked.root, runtime);
  if (typeof site === "string") {
    return fail(runtime, MISUSED, `${site}; see serve --help`);
  }
  const { bind, port, https } = settings;
  const loaded = https && await keyLoader(https, runtime)();
  if (loaded?.kind === "failed") {
    const status = loaded.misused ? MISUSED : FAILED;
    return fail(runtime, status, loaded.message);
  }
  const handler = createSiteHandler(site);
  const signals = stopSignals(runtime);
  const listening = await listen(
    handler,
    { bind, port, tls: loaded?.pair.keys },
    runtime,
  );
  if (listening.kind === "failed") {
    const { failure } = listening;
    return fail(runtime, FAILED, explain(failure, settings));
  }
  const notice = settings.cgi &&
    await scriptNotice(settings.cgi, checked.root, runtime);
  const startUp = toStartUp(listening, loaded, notice);
  await greet(startUp, settings, runtime);
  await untilStopped(listening, signals, runtime);
  await runtime.processes.endAll();
  return DONE;
}

/** The site, or in words why there can be none. */
function toSite(
  settings: Settings,
  root: string,
  runtime: Runtime,
): Site | string {
  try {
    const options = siteOptions(settings, root, runtime);
    return createSite(options, siteDefaults(runtime));
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) {
      return error.message;
    }
    throw error;
  }
}

function explain(
  { kind, message }: ListenFailure,
  { bind, port }: Settings,
): string {
  const where = bind === undefined ? `port ${port}` : `"${bind}" port ${port}`;
  switch (kind) {
    case "in-use":
      return `${where} is in use; choose another one, or 0 for any free one`;
    case "denied":
      return `you may not listen on ${where}; ports from 1024 up are free for all`;
    case "permission":
      return `no permission to listen on ${where}; start with --allow-net`;
    case "not-available":
      return `cannot listen on ${where}: ${message}`;
  }
}

function toStartUp(
  { address, port }: Listening,
  loaded: Extract<LoadedKeys, { kind: "keys" }> | undefined,
  notice: string | undefined,
): Omit<StartUp, "own"> {
  return {
    bound: [{ scheme: loaded ? "https" : "http", address, port }],
    fingerprint: loaded?.isSelfSigned === true
      ? loaded.pair.fingerprint
      : undefined,
    notices: [
      ...loaded?.notices ?? [],
      ...notice === undefined ? [] : [notice],
    ],
  };
}

function fail(runtime: Runtime, status: number, message: string): number {
  const line = message.replaceAll(/[\p{C}\p{Z}]+/gu, " ");
  const text = line.charAt(0).toLowerCase() + line.slice(1);
  runtime.printError(`serve: ${text}\n`);
  return status;
}
