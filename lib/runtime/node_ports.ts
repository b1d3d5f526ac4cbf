/**
 * What Bun and Node.js share: the ports by `node:` modules.
 *
 * @module
 */

import * as fs from "node:fs";
import {
  availableParallelism,
  hostname,
  networkInterfaces,
  tmpdir,
} from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import process from "node:process";
import { setImmediate } from "node:timers";
import type { Entry, Files, OperatingSystem } from "../ports/files.ts";
import type { ProcessState, Runtime } from "../ports/runtime.ts";
import { readKeyPair } from "./certificates.ts";
import { createDisk, type SendLarge } from "./disk.ts";
import { descriptorPath, kindOf, NODE_CALLS } from "./find.ts";
import { openBrowser } from "./node_processes.ts";
import { createNodeWatch } from "./node_watch.ts";
import { createOpenSpool } from "./spool.ts";
import { openAppend, readText } from "./text_files.ts";

/** The ports that are the same on both. */
type NodePorts = Omit<
  Runtime,
  | "version"
  | "target"
  | "files"
  | "coder"
  | "processes"
  | "sharingHindrance"
  | "listen"
>;

/** Makes the ports that are the same on both. */
export function nodePorts(os: OperatingSystem): NodePorts {
  return {
    openSpool: createOpenSpool({ path: tmpdir, os }),
    watch: createNodeWatch(os),
    // Bun has no permissions, and those of Node.js cannot be given back.
    missingRunPermission: () => undefined,
    missingReadPermission: () => undefined,
    missingWritePermission: () => undefined,
    keepOnly: () => {},
    arguments: process.argv.slice(2),
    paths: { isAbsolute, join, resolve },
    workingDirectory: () => process.cwd(),
    processId: process.pid,
    takeVariable: (name) => {
      const value = process.env[name];
      delete process.env[name];
      return value;
    },
    environment: (name) => process.env[name],
    variables: (prefix) =>
      new Map(
        Object.entries(process.env).flatMap(([name, value]) =>
          name.startsWith(prefix) ? [[name, value ?? ""]] : []
        ),
      ),
    print: (text) => write(1, text),
    printError: (text) => write(2, text),
    onNextTurn: (callback) => void setImmediate(callback),
    exit: (status) => process.exit(status),
    onExit: (callback) => void process.on("exit", callback),
    onStop: (listener) => {
      process.on("SIGINT", listener);
      process.on("SIGTERM", listener);
    },
    onHangUp: (listener) => {
      if (os !== "windows") process.on("SIGHUP", listener);
    },
    openAppend,
    addresses,
    hostName: hostname,
    hasColors: () => {
      const { NO_COLOR = "", TERM } = process.env;
      return NO_COLOR === "" && TERM !== "dumb" && isTerminal(1);
    },
    readText,
    readKeyPair,
    openBrowser,
    processState: loadProcessState,
    availableParallelism,
    keepsLimits: true,
  };
}

/** Loaded on demand: few programs ask. */
async function loadProcessState(): Promise<ProcessState> {
  return (await import("./process_state.ts")).processState();
}

/** Whose rules names of files follow. */
export function operatingSystem(): OperatingSystem {
  return process.platform === "win32" ? "windows" : "posix";
}

/** The name of a target, such as `linux-x64-musl`: the systems have the names of our executables. */
export function targetName(
  { platform, arch }: { readonly platform: string; readonly arch: string },
  variant: string,
): string {
  const system = platform === "darwin"
    ? "macos"
    : platform.replace("win32", "windows");
  return `${system}-${arch}${variant}`;
}

/**
 * Up to this size a span is read at once. Bun sends a stream without its length, and a
 * file with sendfile: at 256 KiB that takes three quarters of the processor's time, at
 * 1 MiB less than half; at 100 KiB it is the same (measured).
 */
const AT_ONCE_BYTES = 131_072;

export function createNodeDisk(
  os: OperatingSystem,
  sendLarge: SendLarge,
): Files {
  return createDisk({
    os,
    calls: NODE_CALLS,
    atOnce: AT_ONCE_BYTES,
    sendLarge,
    readDirectory,
    hasDescriptorPaths: fs.existsSync(descriptorPath(0)),
    nextTurn,
  });
}

function addresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((all) =>
    all?.map(({ address }) => address) ?? []
  );
}

/** See `Coder.parallelism`: one of the four threads of Node.js is left to files. */
export function codingParallelism(): number {
  return Math.min(3, availableParallelism());
}

/** See `Coder.nextTurn`. */
export function nextTurn(): Promise<undefined> {
  return new Promise((resolve) => void setImmediate(resolve, undefined));
}

/**
 * Terminals are devices; of the others, such as `/dev/null`, nobody reads what has colours. To ask
 * `node:tty` takes 10 ms on Bun, before the first answer.
 */
function isTerminal(descriptor: number): boolean {
  return fs.fstatSync(descriptor).isCharacterDevice();
}

/** A closed output (`serve | head -1`) is no reason to stop the server. */
function write(descriptor: number, text: string): void {
  try {
    fs.writeSync(descriptor, text);
  } catch {
    return;
  }
}

const WITH_KINDS = { withFileTypes: true } as const;
/** From this size on, some 2,000 names and a millisecond, a thread reads. */
const BY_THREAD_BYTES = 65_536;

/** The entries of a directory, whose size in bytes `stat` tells. */
function readDirectory(
  path: string,
  size: number,
): readonly Entry[] | Promise<readonly Entry[]> {
  return size < BY_THREAD_BYTES
    ? fs.readdirSync(path, WITH_KINDS).map(toEntry)
    : fs.promises.readdir(path, WITH_KINDS).then((all) => all.map(toEntry));
}

function toEntry(entry: fs.Dirent): Entry {
  const kind = entry.isSymbolicLink()
    ? "link"
    : kindOf(entry.isFile(), entry.isDirectory());
  return { name: entry.name, kind };
}
