/**
 * Certificates that change while the program runs: most are valid for weeks only.
 *
 * @module
 */

import type { Runtime } from "../ports/runtime.ts";
import type { Listener, TlsKeys } from "../ports/sockets.ts";
import { programLine } from "./describe.ts";

/** Keys that were read, or why there are none. */
export type LoadedKeys =
  | { readonly kind: "keys"; readonly keys: TlsKeys }
  | { readonly kind: "failed"; readonly message: string };

/** Where keys come from. */
export interface KeySource {
  /** Reads them. */
  readonly load: () => Promise<LoadedKeys>;
  /** The files that they are read from: when one changes, all are read again. */
  readonly files: readonly string[];
}

/** What is needed of the runtime. */
export type RenewPorts = Pick<Runtime, "files" | "onHangUp" | "printError">;

/** How often the files are looked at, in milliseconds. */
const POLL_MS = 1_000;

/**
 * Shows new certificates to new clients: at SIGHUP, and when their files have changed. One
 * that cannot be used is told in one line, and the old one stays.
 *
 * @param listeners The sockets.
 * @param source Where the keys come from.
 * @param keys Those that the sockets have now.
 * @param runtime The runtime.
 * @param pollMs How often the files are looked at, in milliseconds.
 * @returns Ends it.
 */
export function keepRenewed(
  listeners: readonly Listener[],
  { load, files }: KeySource,
  keys: TlsKeys,
  runtime: RenewPorts,
  pollMs: number = POLL_MS,
): () => void {
  let current = keys;
  let last: Promise<void> = Promise.resolve();
  const renewOnce = async (): Promise<void> => {
    const loaded = await attempt(load);
    if (loaded.kind === "keys" && isSame(loaded.keys, current)) return;
    const failure = loaded.kind === "keys"
      ? await renewSockets(listeners, loaded.keys)
      : loaded.message;
    if (failure === undefined && loaded.kind === "keys") current = loaded.keys;
    runtime.printError(noticeOf(failure));
  };
  // One after the other: a socket has one certificate.
  const renew = (): void => {
    last = last.then(renewOnce).catch((error: unknown) =>
      runtime.printError(noticeOf(String(error)))
    );
  };
  runtime.onHangUp(renew);
  return watchFiles(files, renew, runtime, pollMs);
}

async function attempt(load: KeySource["load"]): Promise<LoadedKeys> {
  try {
    return await load();
  } catch (error) {
    return { kind: "failed", message: String(error) };
  }
}

/**
 * Shows new keys on sockets.
 *
 * @param listeners The sockets.
 * @param keys The keys.
 * @returns Why the old ones stay, on one of the sockets at least.
 */
export async function renewSockets(
  listeners: readonly Pick<Listener, "renew">[],
  keys: TlsKeys,
): Promise<string | undefined> {
  const failures = await Promise.all(
    listeners.map((listener) => listener.renew?.(keys)),
  );
  return failures.find((failure) => failure !== undefined)?.message;
}

function noticeOf(failure: string | undefined): string {
  return programLine(
    failure === undefined
      ? "the certificate was renewed"
      : `the old certificate stays: ${failure}`,
  );
}

function isSame(one: TlsKeys, other: TlsKeys): boolean {
  return one.cert === other.cert && one.key === other.key;
}

/**
 * Looks at the files again and again, which works on every file system, and where a link
 * is swapped. They are read when they have not changed for one look: a certificate and its
 * key are written one after the other.
 */
function watchFiles(
  files: readonly string[],
  changed: () => void,
  runtime: RenewPorts,
  pollMs: number,
): () => void {
  let read: string | undefined;
  let seen: string | undefined;
  let busy = false;
  const look = async (): Promise<void> => {
    if (busy) return;
    busy = true;
    try {
      const now = await stateOf(files, runtime);
      if (now === seen && now !== read) {
        read = now;
        changed();
      }
      seen = now;
    } catch {
      // A disk that fails for a moment (ESTALE, EIO) has shown no change yet.
    } finally {
      busy = false;
    }
  };
  const timer = setInterval(() => void look(), pollMs);
  return () => clearInterval(timer);
}

async function stateOf(
  paths: readonly string[],
  { files }: RenewPorts,
): Promise<string> {
  const stats = await Promise.all(paths.map((path) => files.stat(path)));
  return stats
    .map((stat) =>
      `${stat?.mtime} ${stat?.changed} ${stat?.size} ${stat?.inode}`
    )
    .join("\n");
}
