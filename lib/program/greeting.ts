/**
 * The start: what is printed, and the browser.
 *
 * @module
 */

import type { Runtime } from "../ports/ports.ts";
import { programLine } from "../server/describe.ts";
import type { OpenSocket } from "../server/listeners.ts";
import { startText, type StartUp } from "./banner.ts";
import type { LoadedKeys } from "./certificate.ts";
import type { Settings } from "./parse.ts";
import { qrText } from "./qr.ts";
import type { ProgramSockets } from "./serving.ts";
import { type Bound, isAny, localUrl, networkUrls } from "./urls.ts";

/** Sockets that are open. */
type OpenSockets = Extract<ProgramSockets, { kind: "open" }>;
/** Keys that can be used. */
type UsableKeys = Extract<LoadedKeys, { kind: "keys" }>;

/** What this needs of a runtime. */
type Port = Pick<
  Runtime,
  "addresses" | "hasColors" | "openBrowser" | "print" | "printError"
>;

/**
 * What there is to tell at the start.
 *
 * @param sockets The sockets.
 * @param path Where in URLs the directory is.
 * @param loaded The certificate, where there is one.
 * @param notices Sentences about what people may want to change.
 * @returns All of it, but for the addresses of this machine.
 */
export function toStartUp(
  { serving, redirecting }: OpenSockets,
  path: string,
  loaded: UsableKeys | undefined,
  notices: readonly (string | undefined)[],
): Omit<StartUp, "own"> {
  const leading =
    redirecting?.listeners.map(({ url }) => `${url} leads to HTTPS`) ?? [];
  return {
    bound: serving.listeners.map((socket) => toBound(socket, path)),
    fingerprint: loaded?.isSelfSigned === true
      ? loaded.pair.fingerprint
      : undefined,
    notices: [...leading, ...loaded?.notices ?? [], ...notices]
      .filter((notice) => notice !== undefined),
  };
}

function toBound({ url, address, port }: OpenSocket, path: string): Bound {
  const scheme = url.startsWith("https:") ? "https" : "http";
  return port === 0
    ? { scheme, unix: address }
    : { scheme, address, port, path };
}

/**
 * Tells people that the server is there, and how to reach it.
 *
 * @param startUp What there is to tell, but for the addresses of this machine.
 * @param settings Whether there is to be a QR code, and a browser.
 * @param runtime The runtime.
 */
export async function greet(
  startUp: Omit<StartUp, "own">,
  { qr, open }: Pick<Settings, "qr" | "open">,
  runtime: Port,
): Promise<void> {
  const own = needed(startUp.bound, runtime.addresses);
  const hasColors = runtime.hasColors();
  const code = qr
    ? await codeText(networkUrls(startUp.bound, own), hasColors)
    : undefined;
  runtime.print(startText({ ...startUp, own, code }, hasColors));
  if (open) void openLocal(localUrl(startUp.bound), runtime);
}

/** The code, or why there is none. */
async function codeText(
  urls: readonly string[] | undefined,
  hasColors: boolean,
): Promise<string> {
  const url = preferred(urls ?? []);
  if (url !== undefined) return await qrText(url, hasColors);
  const why = urls === undefined
    ? "the addresses for others are not known"
    : "only this machine can reach the server";
  return `  No QR code: ${why}\n`;
}

/** Addresses of IPv4 stay the same for longer, and their codes are smaller. */
function preferred(urls: readonly string[]): string | undefined {
  return urls.find((url) => !url.includes("[")) ?? urls[0];
}

/** Nobody waits for the browser, and the server does not need it. */
async function openLocal(
  url: string | undefined,
  runtime: Port,
): Promise<void> {
  const reason = url === undefined
    ? "it cannot reach a socket in the file system"
    : await runtime.openBrowser(url);
  if (reason === undefined) return;
  runtime.printError(programLine(`cannot open the browser: ${reason}`));
}

/** To look up the addresses takes a millisecond; one that was asked for needs no others. */
function needed(
  bound: readonly Bound[],
  addresses: Port["addresses"],
): ReturnType<Port["addresses"]> {
  const isForAll = bound.some((one) => !("unix" in one) && isAny(one.address));
  return isForAll ? addresses() : [];
}
