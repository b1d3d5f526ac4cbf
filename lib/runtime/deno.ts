/**
 * Deno as a runtime.
 *
 * The browser, opened by Deno.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import type { Files, OperatingSystem } from "../ports/files.ts";
import type { Runtime, StopSignal } from "../ports/runtime.ts";
import { readKeyPair } from "./certificates.ts";
import { DENO_LOOKS, readDirectory } from "./deno_files.ts";
import {
  isGranted,
  keepOnly,
  missingRunPermission,
  sharingHindrance,
  write,
} from "./deno_permissions.ts";
import { denoProcesses } from "./deno_processes.ts";
import { listen } from "./deno_server.ts";
import { createDisk } from "./disk.ts";
import { createCoder } from "./encoder.ts";
import { streamPieces } from "./file_stream.ts";
import { createOpenSpool } from "./spool.ts";
import { denoTarget, type Opener, openerOf, whenFailed } from "./system.ts";
import { openAppend, readText } from "./text_files.ts";

/** Up to this size bytes are cheaper than a stream; at 100 KiB a stream was faster by a fifth (measured). */
const AT_ONCE_BYTES = 131_072;

/**
 * The ports, filled by Deno.
 *
 * @returns The runtime.
 */
export function denoRuntime(): Runtime {
  const os: OperatingSystem = Deno.build.os === "windows" ? "windows" : "posix";
  // Asked now, because the permission may be given back.
  const isDumb = isDumbTerminal();
  const files = denoDisk(os);
  return {
    version: `Deno/${Deno.version.deno}`,
    target: denoTarget(Deno.build),
    files,
    listenerFiles: files,
    coder: createCoder(nextTurn),
    processes: denoProcesses({ isGranted, os }),
    openSpool: createOpenSpool({ path: temporaryDirectory, os }),
    missingRunPermission,
    arguments: Deno.args,
    workingDirectory: () => orUndefined(() => Deno.cwd()),
    environment: readEnvironment,
    missingReadPermission: (path) =>
      isGranted({ name: "read", path }) ? undefined : readFlag(os),
    keepOnly,
    print: (text) => write(Deno.stdout, text),
    printError: (text) => write(Deno.stderr, text),
    onNextTurn: (callback) => void setImmediate(callback),
    exit: (status) => Deno.exit(status),
    onStop: (listener) => {
      const hear = (signal: StopSignal) =>
        Deno.addSignalListener(signal, () => listener(signal));
      hear("SIGINT");
      if (os !== "windows") hear("SIGTERM");
    },
    onHangUp: (listener) => {
      if (os !== "windows") Deno.addSignalListener("SIGHUP", listener);
    },
    openAppend: (path) =>
      isGranted({ name: "write", path })
        ? openAppend(path)
        : { kind: "failed", message: `start with --allow-write=${path}` },
    addresses: () =>
      isGranted({ name: "sys", kind: "networkInterfaces" })
        ? Deno.networkInterfaces().map(({ address }) => address)
        : undefined,
    hostName: () =>
      isGranted({ name: "sys", kind: "hostname" })
        ? Deno.hostname()
        : undefined,
    hasColors: () => Deno.stdout.isTerminal() && !Deno.noColor && !isDumb,
    readText,
    readKeyPair,
    openBrowser: (url) => start(openerOf(Deno.build.os, url)),
    sharingHindrance,
    listen,
  };
}

/** Of `--allow-read=/` the program can give back what it does not need; on Windows no path contains all others. */
function readFlag(os: OperatingSystem): string {
  return os === "windows" ? "--allow-read" : "--allow-read=/";
}

function denoDisk(os: OperatingSystem): Files {
  return createDisk({
    os,
    atOnce: AT_ONCE_BYTES,
    sendLarge: streamPieces,
    readDirectory,
    looks: DENO_LOOKS,
    // Without --allow-all it throws; of a list of paths Deno would ask the user in the terminal.
    hasDescriptorPaths: Deno.build.os === "linux" &&
      isGranted({ name: "read" }),
    nextTurn,
  });
}

/** Behind `setImmediate` Deno does not look at the sockets: others waited 40 ms in place of 2 (measured). */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve));
}

function readEnvironment(name: string): string | undefined {
  if (isGranted({ name: "env", variable: name })) return Deno.env.get(name);
  throw new TypeError(`Cannot read ${name}: start with --allow-env`);
}

/** Most terminals are not; who asks Deno for no permission gets colours. */
function isDumbTerminal(): boolean {
  return isGranted({ name: "env", variable: "TERM" }) &&
    Deno.env.get("TERM") === "dumb";
}

/** Where files may be written that are gone at once. */
function temporaryDirectory(): string | undefined {
  const named = isGranted({ name: "env", variable: "TMPDIR" })
    ? Deno.env.get("TMPDIR")
    : undefined;
  const system = Deno.build.os === "windows" ? "C:\\Windows\\Temp" : "/tmp";
  return [named ?? system, system]
    .find((path) => isGranted({ name: "write", path }));
}

function orUndefined<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}

/**
 * Starts a program that outlives this one: the browser may be its child.
 *
 * @param opener The program and its arguments.
 * @returns Why it failed, or `undefined`.
 */
export async function start(opener: Opener): Promise<string | undefined> {
  const { program } = opener;
  if (!isGranted({ name: "run", command: program })) {
    return `no permission; start with --allow-run=${program}`;
  }
  try {
    const child = new Deno.Command(program, {
      args: [...opener.arguments],
      detached: Deno.build.os !== "windows",
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    child.unref();
    return whenFailed(program, (await child.status).code);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      return `there is no program "${program}"`;
    }
    return String(error);
  }
}
