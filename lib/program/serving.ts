/**
 * The sockets of the program: those that serve, and the one that sends people to HTTPS.
 *
 * @module
 */

import type { Runtime } from "../ports/ports.ts";
import type { TlsKeys } from "../ports/sockets.ts";
import { drainSockets, type Listening } from "../server/listeners.ts";
import { openRedirects, redirectsOf } from "../server/redirect.ts";
import { keepRenewed } from "../server/renew.ts";
import type { Site } from "../site/site.ts";
import type { LoadedKeys } from "./certificate.ts";
import { openServing, type ServingParts } from "./cli_serving.ts";
import { type HttpsSettings, keyFiles } from "./https.ts";
import type { Settings } from "./parse.ts";

/** What the sockets need besides the settings. */
export interface SocketParts extends ServingParts {
  /** What is served, for the log of redirects. */
  readonly site: Site;
}

/** The sockets, or in words why there are none. */
export type ProgramSockets =
  | {
    readonly kind: "open";
    /** All of them: what is to be drained at the end. */
    readonly all: Listening;
    /** Those that serve. */
    readonly serving: Listening;
    /** Those that send people to HTTPS. */
    readonly redirecting: Listening | undefined;
    /** Ends what the answers have started. */
    readonly end: () => Promise<void>;
  }
  | { readonly kind: "failed"; readonly message: string };

/**
 * Opens all sockets, or none.
 *
 * @param settings Where to listen.
 * @param parts What else they need.
 * @param runtime The runtime.
 * @returns The sockets, or why one could not be had.
 */
export async function openProgramSockets(
  settings: Settings,
  parts: SocketParts,
  runtime: Runtime,
): Promise<ProgramSockets> {
  const serving = await openServing(settings, parts, runtime);
  if (serving.kind === "failed") return serving;
  const { end } = serving;
  const { https, where } = settings;
  if (https?.redirectPort === undefined) {
    const redirecting = undefined;
    return { kind: "open", all: serving, serving, redirecting, end };
  }
  const redirecting = await openRedirects(
    https.redirectPort,
    redirectsOf(where.binds, serving.listeners, runtime.files.os),
    parts.site,
    runtime,
  );
  if (redirecting.kind === "failed") {
    await drainSockets(serving.listeners);
    await end();
    const message = `--redirect-http: ${redirecting.message}`;
    return { kind: "failed", message };
  }
  const listeners = [...serving.listeners, ...redirecting.listeners];
  const all = { ...serving, listeners };
  return { kind: "open", all, serving, redirecting, end };
}

/**
 * Keeps the certificate of the sockets what the files say.
 *
 * @param serving The sockets.
 * @param https What the user wants of TLS.
 * @param load Reads the keys.
 * @param keys Those that the sockets have now.
 * @param runtime The runtime.
 * @returns Ends it.
 */
export function renewFromFiles(
  { listeners }: Listening,
  https: HttpsSettings,
  load: () => Promise<LoadedKeys>,
  keys: TlsKeys,
  runtime: Runtime,
): () => void {
  const source = {
    files: keyFiles(https),
    load: async () => {
      const loaded = await load();
      return loaded.kind === "keys"
        ? { kind: loaded.kind, keys: loaded.pair.keys }
        : loaded;
    },
  };
  return keepRenewed(listeners, source, keys, runtime);
}
