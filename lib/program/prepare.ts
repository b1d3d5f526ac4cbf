/**
 * What is opened before the first request: the directory, the log, the file of users.
 *
 * @module
 */

import type { Runtime } from "../ports/runtime.ts";
import { programLine } from "../server/describe.ts";
import type { SiteOptions, VerifyPassword } from "../site/options.ts";
import { type Checked, checkRoot, exposedSecret, logNotice } from "./checks.ts";
import { openLog } from "./log.ts";
import type { AccessSettings, Settings } from "./parse.ts";
import { openPasswords } from "./users_file.ts";

/** What was opened. */
export interface Ready {
  readonly kind: "ready";
  /** The absolute path of the directory. */
  readonly root: string;
  /** Adds text to the log file, where there is one. */
  readonly writeLog: ((text: string) => void) | undefined;
  /** What the user may want to change, in a line. */
  readonly notice: string | undefined;
  /** Options for what was opened besides. */
  readonly options: Pick<
    SiteOptions,
    "log" | "scriptLog" | "basicAuth" | "trustedProxies"
  >;
}

/** What was opened, or why that was not possible. */
export type Prepared = Ready | Checked & { readonly kind: "failed" };

/**
 * Opens what the settings name, and opens it anew when the terminal hangs up (SIGHUP),
 * as daemons do.
 *
 * @param settings What the user said.
 * @param runtime The runtime.
 * @returns What was opened, or why that was not possible.
 */
export async function prepare(
  settings: Settings,
  runtime: Runtime,
): Promise<Prepared> {
  const checked = await checkRoot(settings, runtime);
  if (checked.kind === "failed") return checked;
  const { access, log, dotfiles } = settings;
  const served = { root: checked.root, dotfiles };
  const exposed = await exposedSecret(settings, served, runtime);
  if (exposed !== undefined) {
    return { kind: "failed", message: exposed };
  }
  const opened = openLog(log, runtime);
  if (opened.kind === "failed") return opened;
  const passwords = access.file === undefined
    ? undefined
    : await openPasswords(access.file, served, runtime);
  if (passwords?.kind === "failed") return passwords;
  const again = [opened.reopen, passwords?.reload]
    .filter((action) => action !== undefined);
  // Without a listener the signal ends the program, as people expect who close a terminal.
  if (again.length > 0) {
    runtime.onHangUp(() => again.forEach((action) => attempt(action, runtime)));
  }
  const options = {
    ...opened.options,
    ...accessOptions(access, passwords?.verify),
  };
  const { root } = checked;
  const notice = log.file === undefined
    ? undefined
    : await logNotice(log.file, served, runtime);
  return { kind: "ready", root, writeLog: opened.write, options, notice };
}

/** What is thrown in a listener of a signal, or rejected there, would end the program. */
function attempt(
  action: () => Promise<void> | void,
  { printError }: Runtime,
): void {
  Promise.resolve().then(action).catch((error: unknown) => {
    printError(programLine(`SIGHUP: ${error}`));
  });
}

function accessOptions(
  { users, proxies }: AccessSettings,
  verify: VerifyPassword | undefined,
): Pick<SiteOptions, "basicAuth" | "trustedProxies"> {
  return {
    ...users || verify ? { basicAuth: { users, verify } } : {},
    ...proxies.length > 0 ? { trustedProxies: proxies } : {},
  };
}
