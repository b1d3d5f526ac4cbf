/**
 * Deno as a runtime.
 *
 * @module
 */

import { isAbsolute, join, resolve } from "node:path";
import { setImmediate } from "node:timers";
import { type Coder, CODINGS, release } from "../ports/content.ts";
import type { Files, OperatingSystem } from "../ports/files.ts";
import type { ProcessState, Runtime, StopSignal } from "../ports/runtime.ts";
import { sleep } from "../ports/timers.ts";
import { readKeyPair } from "./certificates.ts";
import { DENO_CALLS, readDirectory } from "./deno_files.ts";
import {
  isGranted,
  keepOnly,
  missingRunPermission,
  readVariable,
  readVariables,
  sharingHindrance,
  takeVariable,
} from "./deno_permissions.ts";
import { denoProcesses, openBrowser } from "./deno_processes.ts";
import { createListen } from "./deno_server.ts";
import { createDenoWatch } from "./deno_watch.ts";
import { createDisk } from "./disk.ts";
import { createCoder } from "./encoder.ts";
import { streamPieces } from "./file_stream.ts";
import { createOpenSpool } from "./spool.ts";
import { orUndefined } from "./system.ts";
import { openAppend, readText } from "./text_files.ts";
import { createUnreadStreams } from "./unread.ts";

/** Up to this size bytes are cheaper than a stream; at 100 KiB a stream was faster by a fifth (measured). */
const AT_ONCE_BYTES = 131_072;

/**
 * Freed once, before anything is sent: from then on the allocator (glibc) keeps twice as much free
 * memory. Else it gives memory back to the system behind most chunks, and takes it again, which took
 * a third of the processor's time of a file of 1 MiB, with 2 MiB here, too (measured).
 */
const FREED_BYTES = 8_388_608;

const ENVIRONMENT: Pick<
  Runtime,
  "environment" | "takeVariable" | "variables"
> = {
  environment: readEnvironment,
  takeVariable,
  variables: readVariables,
};

export function denoRuntime(): Runtime {
  release({ buffer: new ArrayBuffer(FREED_BYTES) });
  const os: OperatingSystem = Deno.build.os === "windows" ? "windows" : "posix";
  // Read now: the permission may be given back later. Without it there are colours, as in most terminals.
  const isDumb = readVariable("TERM") === "dumb";
  const unread = createUnreadStreams();
  const files = denoDisk(os, unread.watch);
  return {
    version: `Deno/${Deno.version.deno}`,
    target: denoTarget(Deno.build),
    files,
    coder: createCoder({
      codings: CODINGS,
      parallelism: 1, // `node:zlib` codes on the thread that calls it
      nextTurn,
      watchUnread: unread.watch,
    }),
    watch: createDenoWatch(os, readFlag(os)),
    processes: denoProcesses(os),
    openSpool: createOpenSpool({ path: temporaryDirectory, os }),
    missingRunPermission,
    arguments: Deno.args,
    paths: { isAbsolute, join, resolve },
    workingDirectory: () => orUndefined(() => Deno.cwd()),
    processId: Deno.pid,
    ...ENVIRONMENT,
    missingReadPermission: (path) =>
      isGranted({ name: "read", path }) ? undefined : readFlag(os),
    missingWritePermission: (path) =>
      isGranted({ name: "write", path }) ? undefined : writeFlag(path),
    keepOnly,
    print: (text) => write(Deno.stdout, text),
    printError: (text) => write(Deno.stderr, text),
    onNextTurn: (callback) => void setImmediate(callback),
    exit: (status) => Deno.exit(status),
    onExit,
    onStop: (listener) => onStop(listener, os),
    onHangUp: (listener) => {
      if (os !== "windows") Deno.addSignalListener("SIGHUP", listener);
    },
    openAppend: (path) =>
      isGranted({ name: "write", path })
        ? openAppend(path)
        : { kind: "failed", message: `start with ${writeFlag(path)}` },
    addresses,
    hostName,
    hasColors: () => Deno.stdout.isTerminal() && !Deno.noColor && !isDumb,
    readText,
    readKeyPair,
    openBrowser,
    processState: loadProcessState,
    availableParallelism: () => navigator.hardwareConcurrency,
    sharingHindrance,
    keepsLimits: false,
    listen: createListen({
      keepNothing: unread.keepNothing,
      printError: (text) => write(Deno.stderr, text),
    }),
  };
}

/** Loaded on demand: few programs ask. */
async function loadProcessState(): Promise<ProcessState> {
  return (await import("./process_state.ts")).processState();
}

function addresses(): readonly string[] | undefined {
  return isGranted({ name: "sys", kind: "networkInterfaces" })
    ? Deno.networkInterfaces().map(({ address }) => address)
    : undefined;
}

function hostName(): string | undefined {
  return isGranted({ name: "sys", kind: "hostname" })
    ? Deno.hostname()
    : undefined;
}

function denoDisk(
  os: OperatingSystem,
  watchUnread: Coder["watchUnread"],
): Files {
  return createDisk({
    os,
    calls: DENO_CALLS,
    atOnce: AT_ONCE_BYTES,
    sendLarge: (file, pieces) => streamPieces(file, pieces, watchUnread),
    readDirectory,
    // Without --allow-all it throws; of a list of paths Deno would prompt in the terminal.
    hasDescriptorPaths: Deno.build.os === "linux" &&
      isGranted({ name: "read" }),
    nextTurn,
    // Without it Deno would prompt in the terminal.
    mayAskSpace: () => isGranted({ name: "sys", kind: "statfs" }),
  });
}

/** Behind `setImmediate` Deno does not poll the sockets: others waited 40 ms in place of 2 (measured). */
function nextTurn(): Promise<void> {
  return sleep(0);
}

/** The target of Deno, such as `linux-x64`: the systems have the names of our executables. */
export function denoTarget({ os, arch }: { os: string; arch: string }): string {
  const system = os === "darwin" ? "macos" : os;
  const processor = arch === "x86_64" ? "x64" : "arm64";
  return `${system}-${processor}`;
}

/** Where files may be written that are deleted at once. */
function temporaryDirectory(): string | undefined {
  const system = Deno.build.os === "windows" ? "C:\\Windows\\Temp" : "/tmp";
  return [readVariable("TMPDIR") ?? system, system]
    .find((path) => isGranted({ name: "write", path }));
}

function readEnvironment(name: string): string | undefined {
  if (isGranted({ name: "env", variable: name })) return Deno.env.get(name);
  throw new TypeError(`Cannot read ${name}: start with --allow-env`);
}

/** Of `--allow-read=/` the program can give back what it does not need; on Windows no path contains all others. */
function readFlag(os: OperatingSystem): string {
  return os === "windows" ? "--allow-read" : "--allow-read=/";
}

/** Deno reads a comma as the end of a path, and two as one. */
function writeFlag(path: string): string {
  return `--allow-write=${path.replaceAll(",", ",,")}`;
}

/** Writes all of a text. A closed output (`serve | head -1`) is no reason to stop the server. */
function write(output: typeof Deno.stdout, text: string): void {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let at = 0; at < bytes.length;) {
      at += output.writeSync(bytes.subarray(at));
    }
  } catch {
    return;
  }
}

/** Of what nobody has caught Deno tells by these events alone (2.9.6): without `unload`. */
function onExit(callback: () => void): void {
  for (const type of ["unload", "error", "unhandledrejection"]) {
    globalThis.addEventListener(type, callback);
  }
}

function onStop(
  listener: (signal: StopSignal) => void,
  os: OperatingSystem,
): void {
  const signals: StopSignal[] = os === "windows"
    ? ["SIGINT"]
    : ["SIGINT", "SIGTERM"];
  for (const signal of signals) {
    Deno.addSignalListener(signal, () => listener(signal));
  }
}
