/**
 * From settings to a site: opens the log and the file of users, and completes the options that
 * the table of flags has read.
 *
 * @module
 */

import { shareStats } from "../files/representation_cache.ts";
import { siteDefaults } from "../handler/defaults.ts";
import type { Field } from "../http/field.ts";
import { EVERYWHERE } from "../http/glob.ts";
import type { Runtime } from "../ports/runtime.ts";
import type { ConnectionLimits } from "../ports/sockets.ts";
import { programLine } from "../server/describe.ts";
import { toConnectionLimits } from "../server/listeners.ts";
import type { CgiOptions, SiteOptions } from "../site/options.ts";
import { SCRIPT_DIRECTORIES } from "../site/scripts.ts";
import { createSite, type Site } from "../site/site.ts";
import {
  checkRoot,
  exposedSecret,
  type Failed,
  failed,
  logNotice,
} from "./checks.ts";
import { FLAG_TABLE } from "./flags.ts";
import { createLogs, type LogWriter, openLog } from "./log_writer.ts";
import type { CgiSettings, Settings } from "./settings.ts";
import type { Meters } from "./meters.ts";
import type { ByPath } from "./values.ts";

/** What was opened. */
export interface Ready {
  readonly kind: "ready";
  /** The absolute path of the directory, or of the file. */
  readonly root: string;
  /** Whether it is a file. */
  readonly singleFile: boolean;
  /** The file of the log, where there is one. */
  readonly logWriter: LogWriter | undefined;
  /** Opens again what others may have put in another's place; `undefined` where nothing is. */
  readonly hangUp: (() => Promise<void>) | undefined;
  /** What the user may want to change, in a line. */
  readonly notice: string | undefined;
  /** The options that need what was opened. */
  readonly options: Pick<
    SiteOptions,
    "log" | "scriptLog" | "basicAuth" | "trustedProxies"
  >;
}

/** Opens what the settings name. */
export async function prepare(
  settings: Settings,
  runtime: Runtime,
  logs = createLogs(runtime),
): Promise<Ready | Failed> {
  const checked = await checkRoot(settings, runtime);
  if (checked.kind === "failed") return checked;
  const { access, log, dotfiles } = settings;
  const { root, singleFile } = checked;
  const directory = { root, singleFile, dotfiles };
  const message = await exposedSecret(settings, directory, runtime);
  if (message !== undefined) return failed(message);
  const opened = openLog(log, runtime, logs);
  if (opened.kind === "failed") return opened;
  const passwords = access.file === undefined
    ? undefined
    : await (await import("./users_file.ts"))
      .openPasswords(access.file, directory, runtime);
  if (passwords?.kind === "failed") return passwords;
  const hangUp = toHangUp([opened.writer?.reopen, passwords?.reload], runtime);
  const notice = log.file === undefined
    ? undefined
    : await logNotice(log.file, directory, runtime);
  const { users, proxies } = access;
  const verify = passwords?.verify;
  const options = {
    ...opened.options,
    ...users || verify ? { basicAuth: { users, verify } } : {},
    ...proxies.length > 0 ? { trustedProxies: proxies } : {},
  };
  const { writer: logWriter } = opened;
  return {
    kind: "ready",
    root,
    singleFile,
    logWriter,
    hangUp,
    notice,
    options,
  };
}

/** The same, whose records others see first. */
export function watched(
  ready: Ready,
  ...watchers: ReadonlyArray<Pick<Meters, "watch"> | undefined>
): Ready {
  const log = watchers.reduce<SiteOptions["log"]>(
    (log, watcher) => watcher?.watch(log) ?? log,
    ready.options.log,
  );
  return { ...ready, options: { ...ready.options, ...log && { log } } };
}

function toHangUp(
  actions: readonly ((() => Promise<void> | void) | undefined)[],
  { printError }: Runtime,
): (() => Promise<void>) | undefined {
  const some = actions.filter((action) => action !== undefined);
  if (some.length === 0) return undefined;
  // An error in a listener of a signal would end the program.
  const attempt = (action: () => Promise<void> | void) =>
    Promise.resolve().then(action).catch((error: unknown) => {
      printError(programLine(`SIGHUP: ${error}`));
    });
  return async () => void await Promise.all(some.map(attempt));
}

/**
 * The options of the site: what the rows of the table have read, as it is, and what needs a
 * form of its own. Throws a `TypeError` when a variable for scripts is not set.
 */
export function siteOptions(
  settings: Settings,
  { root, singleFile, options }: Pick<
    Ready,
    "root" | "singleFile" | "options"
  >,
  { environment }: Pick<Runtime, "environment">,
): SiteOptions {
  const { archive, contentType, headers, cacheControl, cgi, share, upload } =
    settings;
  return {
    ...flagOptions(settings),
    archive,
    root,
    singleFile,
    redirectRoot: share === undefined,
    secretRoot: share !== undefined,
    headersByPath: groupByGlob(headers),
    cacheControl: cacheControl.map(
      ({ glob = EVERYWHERE, value }) => [glob, value],
    ),
    ...contentType === undefined ? {} : { defaultType: contentType },
    ...upload === undefined ? {} : { upload },
    ...cgi === undefined ? {} : { cgi: cgiOptions(cgi, environment) },
    ...options,
  };
}

function flagOptions(settings: Settings): Partial<SiteOptions> {
  const values: Readonly<Record<string, unknown>> = { ...settings };
  return Object.fromEntries(
    FLAG_TABLE.flatMap(({ option }) =>
      option === undefined ? [] : [[option, values[option]]]
    ),
  );
}

/** Fields for the same glob in a row are one rule: a field may be given twice. */
function groupByGlob(
  rules: readonly ByPath<Field>[],
): Array<readonly [glob: string, fields: Field[]]> {
  const groups: Array<readonly [glob: string, fields: Field[]]> = [];
  for (const { glob = EVERYWHERE, value } of rules) {
    const last = groups.at(-1);
    if (last?.[0] === glob) last[1].push(value);
    else groups.push([glob, [value]]);
  }
  return groups;
}

/** The options of CGI; reads the variables that are passed on. */
export function cgiOptions(
  { directories, extensions, environment, options }: CgiSettings,
  readVariable: Runtime["environment"],
): CgiOptions {
  return {
    ...options,
    directories: [...SCRIPT_DIRECTORIES, ...directories],
    extensions,
    environment: Object.fromEntries(
      environment.map((text) => toVariable(text, readVariable)),
    ),
  };
}

function toVariable(
  text: string,
  readVariable: Runtime["environment"],
): [string, string] {
  const equals = text.indexOf("=");
  if (equals >= 0) return [text.slice(0, equals), text.slice(equals + 1)];
  const value = readVariable(text);
  if (value !== undefined) return [text, value];
  throw new TypeError(`Cannot pass variable "${text}" on: it is not set`);
}

/** What the connections of the program, or of one of its threads, may take. */
export function limitsOf(
  { limits, maxConnections }: Settings,
  meters?: Pick<Meters, "countConnections">,
): ConnectionLimits {
  const bounds = toConnectionLimits({ ...limits, maxConnections });
  return meters?.countConnections(bounds) ?? bounds;
}

/** The site, or why the options are no good. One of several threads tells what all see. */
export function toSite(
  settings: Settings,
  ready: Ready,
  runtime: Runtime,
  tells = true,
): Site | string {
  try {
    // Where sockets count connections, the site need not count requests.
    const counted = runtime.keepsLimits ? { maxConnections: undefined } : {};
    const silent = tells ? {} : { hostFilesLog: false as const };
    const all = siteOptions(settings, ready, runtime);
    const options = { ...all, ...counted, ...silent };
    const files = shareStats(runtime.files, runtime.onNextTurn);
    return createSite(options, { ...siteDefaults(runtime), files });
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) {
      return error.message;
    }
    throw error;
  }
}
