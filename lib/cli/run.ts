/**
 * The program: from a command line to an exit status.
 *
 * @module
 */

import * as posix from "@std/path/posix";
import * as windows from "@std/path/windows";
import { createSiteHandler } from "../handler.ts";
import { createSite } from "../options.ts";
import type { ListenFailure, Runtime } from "../ports.ts";
import { listen, type Listening } from "../server/listen.ts";
import { untilStopped } from "../server/stop.ts";
import { VERSION } from "../version.ts";
import { formatLogRecord } from "../wraps/access_log.ts";
import { addressLines, servingLine } from "./banner.ts";
import { helpText } from "./help.ts";
import { parseCommandLine, type Settings } from "./parse.ts";
import { siteOptions } from "./settings.ts";

/** Exit statuses: all is well, it could not be done, it was not understood. */
const DONE = 0;
const FAILED = 1;
const MISUSED = 2;

type Checked =
  | { readonly kind: "root"; readonly root: string }
  | {
    readonly kind: "failed";
    readonly status: number;
    readonly message: string;
  };

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
      runtime.print(helpText());
      return DONE;
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
    return fail(runtime, checked.status, checked.message);
  }
  const handler = createSiteHandler(
    createSite(siteOptions(settings, checked.root), {
      files: runtime.files,
      serverVersion: `serve/${VERSION} ${runtime.version}`,
      log: (record) => runtime.printError(formatLogRecord(record)),
    }),
  );
  const { bind, port } = settings;
  const listening = await listen(handler, { bind, port }, runtime);
  if (listening.kind === "failed") {
    const { failure } = listening;
    return fail(runtime, FAILED, explain(failure, settings));
  }
  greet(listening, runtime);
  await untilStopped(listening, runtime);
  return DONE;
}

/** Says before the first request what would fail at every request. */
async function checkRoot(
  { directory, afterPort }: Settings,
  runtime: Runtime,
): Promise<Checked> {
  const { files } = runtime;
  const missing = runtime.missingReadPermission(directory);
  const root = toAbsolute(directory, runtime);
  if (missing !== undefined || root === undefined) {
    const flag = missing ?? "--allow-read";
    return failed(`no permission to read "${directory}"; start with ${flag}`);
  }
  const stat = await files.stat(root);
  if (stat?.kind !== "directory" && afterPort) {
    return {
      kind: "failed",
      status: MISUSED,
      message: `"${directory}" is not a directory; see serve --help`,
    };
  }
  if (stat === undefined) {
    return failed(`cannot serve "${directory}": there is no such directory`);
  }
  if (stat.kind !== "directory") {
    return failed(`cannot serve "${directory}": it is not a directory`);
  }
  return await files.list(root) === undefined
    ? failed(`cannot serve "${directory}": you may not read it`)
    : { kind: "root", root };
}

function failed(message: string): Checked {
  return { kind: "failed", status: FAILED, message };
}

function toAbsolute(path: string, runtime: Runtime): string | undefined {
  const { isAbsolute, resolve } = runtime.files.os === "windows"
    ? windows
    : posix;
  if (isAbsolute(path)) return path;
  const directory = runtime.workingDirectory();
  return directory && resolve(directory, path);
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

function greet({ address, port }: Listening, runtime: Runtime): void {
  runtime.print(
    servingLine(address, port) +
      addressLines(address, port, runtime.addresses()),
  );
}

function fail(runtime: Runtime, status: number, message: string): number {
  runtime.printError(`serve: ${message.replaceAll(/[\p{Cc}\s]+/gu, " ")}\n`);
  return status;
}
