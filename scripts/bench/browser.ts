/**
 * Chromium, which loads a page as on the first visit.
 *
 * @module
 */

import type { Door } from "./probe.ts";
import { findProgram, run } from "./processes.ts";
import { MODULES } from "./site.ts";

/** What the page has told: how many modules, after how long, by which protocol. */
export interface Visit {
  readonly modules: number;
  /** From the navigation to the end of the last module's evaluation. */
  readonly ms: number;
  readonly protocol: string;
}

const PATIENCE_SECONDS = 60;

/**
 * Loads the page of modules with a profile that has never seen it. The browser is started
 * for it, and nothing watches it: that would take longer than many servers do.
 *
 * @param door Where the server is; with a certificate HTTP/2 is wanted.
 * @param profile A directory that does not exist.
 * @returns From the navigation to the end of the last module's evaluation, in milliseconds.
 * @throws {Error} When not everything is loaded.
 */
export async function loadModules(
  { port, cert }: Door,
  profile: string,
): Promise<number> {
  const chromium = await findProgram("chromium");
  if (chromium === undefined) throw new Error("has no Chromium to visit it");
  const scheme = cert === undefined ? "http" : "https";
  const page = await run([
    "timeout",
    `${PATIENCE_SECONDS}`,
    chromium,
    "--headless",
    "--no-sandbox", // which refuses root
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--ignore-certificate-errors",
    `--user-data-dir=${profile}`,
    "--dump-dom",
    `${scheme}://127.0.0.1:${port}/`,
  ]);
  const visit = parseVisit(page);
  if (visit?.modules !== MODULES) {
    throw new Error(`${visit?.modules ?? 0} of ${MODULES} modules are loaded`);
  }
  if (cert !== undefined && visit.protocol !== "h2") {
    throw new Error("speaks no HTTP/2");
  }
  return visit.ms;
}

/**
 * Reads what the first module writes into the title.
 *
 * @param page The page as it is in the end.
 * @returns What was told; `undefined` when not all modules are there.
 */
export function parseVisit(page: string): Visit | undefined {
  const found = /<title>(\d+) modules, ([\d.]+) ms, (\S+)<\/title>/.exec(page);
  if (found === null) return undefined;
  const [, modules, ms, protocol = ""] = found;
  return { modules: Number(modules), ms: Number(ms), protocol };
}
