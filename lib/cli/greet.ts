/**
 * The start: what is printed, and the browser.
 *
 * @module
 */

import type { Runtime } from "../ports.ts";
import { startText, type StartUp } from "./banner.ts";
import type { Settings } from "./parse.ts";
import { qrText } from "./qr.ts";
import { localUrl, networkUrls } from "./urls.ts";

/** What this needs of a runtime. */
type Port = Pick<
  Runtime,
  "addresses" | "hasColors" | "openBrowser" | "print" | "printError"
>;

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
  const own = runtime.addresses();
  const hasColors = runtime.hasColors();
  runtime.print(startText({ ...startUp, own }, hasColors));
  if (open) void openLocal(localUrl(startUp.bound), runtime);
  if (!qr) return;
  const urls = networkUrls(startUp.bound, own);
  const url = preferred(urls ?? []);
  runtime.print(
    url === undefined
      ? `  No QR code: ${
        urls === undefined
          ? "the addresses for others are not known"
          : "only this machine can reach the server"
      }\n`
      : await qrText(url, hasColors),
  );
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
  runtime.printError(`serve: cannot open the browser: ${reason}\n`);
}
