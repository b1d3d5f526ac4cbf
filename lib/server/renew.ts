/**
 * Certificates that change while the program runs: most are valid for weeks only.
 *
 * @module
 */

import type { Runtime } from "../ports/runtime.ts";
import type { Listener, TlsKeys } from "../ports/sockets.ts";
import { programLine } from "./describe.ts";

/** Keys, or why there are none. */
export type LoadedKeys =
  | { readonly kind: "keys"; readonly keys: TlsKeys }
  | { readonly kind: "failed"; readonly message: string };

/** The source of keys. */
export interface KeySource {
  /** Reads the keys. */
  readonly load: () => Promise<LoadedKeys>;
  /** The files of the keys: when one changes, all are read again. */
  readonly files: readonly string[];
}

type RenewPorts = Pick<Runtime, "files" | "onHangUp" | "printError">;

/** The interval of the polls, in milliseconds. */
const POLL_MS = 1_000;

/**
 * Renews the keys of sockets at SIGHUP and when their files have changed. Keys that cannot be
 * used are reported in one line, and the old ones stay. Returns what ends it.
 */
export function renewOnChange(
  listeners: readonly Listener[],
  { load, files }: KeySource,
  keys: TlsKeys,
  runtime: RenewPorts,
  pollMs: number = POLL_MS,
): () => void {
  let current = keys;
  let last: Promise<void> = Promise.resolve();
  const renewOnce = async (): Promise<void> => {
    const loaded = await load();
    if (loaded.kind === "failed") {
      return runtime.printError(renewalLine(loaded.message));
    }
    if (isSame(loaded.keys, current)) return;
    const failure = await renewSockets(listeners, loaded.keys);
    if (failure === undefined) current = loaded.keys;
    runtime.printError(renewalLine(failure));
  };
  // One after the other: a socket has one certificate.
  const renew = (): void => {
    last = last.then(renewOnce).catch((error: unknown) =>
      runtime.printError(renewalLine(String(error)))
    );
  };
  runtime.onHangUp(renew);
  return watchFiles(files, renew, runtime, pollMs);
}

/** Renews the keys of sockets; the message of the first that refuses them. */
export async function renewSockets(
  listeners: readonly Pick<Listener, "renew">[],
  keys: TlsKeys,
): Promise<string | undefined> {
  const failures = await Promise.all(
    listeners.map((listener) => listener.renew?.(keys)),
  );
  return failures.find((failure) => failure !== undefined)?.message;
}

function renewalLine(failure: string | undefined): string {
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
 * Polls the files: that works on every file system, and where a link is swapped. A change counts
 * when the next poll finds no other one: a certificate and its key are written one after the other.
 */
function watchFiles(
  files: readonly string[],
  onChange: () => void,
  runtime: RenewPorts,
  pollMs: number,
): () => void {
  let reported: string | undefined;
  let previous: string | undefined;
  let isBusy = false;
  const poll = async (): Promise<void> => {
    if (isBusy) return;
    isBusy = true;
    try {
      const now = await fingerprintOf(files, runtime);
      if (now === previous && now !== reported) {
        reported = now;
        onChange();
      }
      previous = now;
    } catch {
      // A disk that fails for a moment (ESTALE, EIO) has reported no change.
    } finally {
      isBusy = false;
    }
  };
  const timer = setInterval(() => void poll(), pollMs);
  return () => clearInterval(timer);
}

async function fingerprintOf(
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
