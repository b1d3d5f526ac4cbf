/**
 * Bun as a runtime.
 *
 * The browser, opened by Bun.
 *
 * Directories by `node:fs`.
 *
 * What kept Bun from reading a file that it sends by itself: it cuts the connection, and says so
 * to nobody (measured with 1.4.5: no abort, no error, and the address of the request is gone as
 * behind a whole answer).
 *
 * @module
 */

import * as fs from "node:fs";
import * as os from "node:os";
import process from "node:process";
import { setImmediate } from "node:timers";
import {
  type Content,
  type Piece,
  type Span,
  spanLength,
} from "../ports/content.ts";
import type { Entry, Files, OperatingSystem } from "../ports/files.ts";
import type { Runtime } from "../ports/runtime.ts";
import { bunProcesses } from "./bun_processes.ts";
import { listen } from "./bun_server.ts";
import { readKeyPair } from "./certificates.ts";
import { createDisk, type SendLarge } from "./disk.ts";
import { createCoder } from "./encoder.ts";
import { type Opened, shrunk, streamPieces } from "./file_stream.ts";
import { descriptorPath, EXACT_LOOKS } from "./find.ts";
import { createOpenSpool } from "./spool.ts";
import {
  builtin,
  bunTarget,
  type Opener,
  openerOf,
  whenFailed,
} from "./system.ts";
import { openAppend, readText } from "./text_files.ts";

/** The part of Bun's types that is used here. */
declare const Bun: {
  readonly version: string;
  readonly file: (path: string) => Blob;
};

/**
 * Up to this size a span is read at once. Bun sends a stream without its length, and a
 * file with sendfile: at 256 KiB that takes three quarters of the processor's time, at
 * 1 MiB less than half; at 100 KiB it is the same (measured).
 */
const AT_ONCE_BYTES = 131_072;

/**
 * The ports, filled by Bun.
 *
 * @returns The runtime.
 */
export function bunRuntime(): Runtime {
  const system: OperatingSystem = process.platform === "win32"
    ? "windows"
    : "posix";
  const hasDescriptorPaths = fs.existsSync(descriptorPath(0));
  return {
    version: `Bun/${Bun.version}`,
    target: bunTarget(process),
    files: bunDisk(system, hasDescriptorPaths, sendByName),
    listenerFiles: bunDisk(
      system,
      hasDescriptorPaths,
      hasDescriptorPaths ? sendByDescriptor : sendByName,
    ),
    coder: createCoder(nextTurn),
    processes: bunProcesses(system),
    openSpool: createOpenSpool({ path: os.tmpdir, os: system }),
    missingRunPermission: () => undefined,
    arguments: process.argv.slice(2),
    workingDirectory: () => process.cwd(),
    environment: (name) => process.env[name],
    missingReadPermission: () => undefined,
    // Bun has no permissions.
    keepOnly: () => {},
    print: (text) => write(1, text),
    printError: (text) => write(2, text),
    onNextTurn: (callback) => void setImmediate(callback),
    exit: (status) => process.exit(status),
    onStop: (listener) => {
      process.on("SIGINT", listener);
      process.on("SIGTERM", listener);
    },
    onHangUp: (listener) => {
      if (system !== "windows") process.on("SIGHUP", listener);
    },
    openAppend,
    addresses: () =>
      Object.values(os.networkInterfaces()).flatMap((addresses) =>
        addresses?.map(({ address }) => address) ?? []
      ),
    hostName: os.hostname,
    hasColors: () => {
      const { NO_COLOR = "", TERM } = process.env;
      return NO_COLOR === "" && TERM !== "dumb" && isTerminal(1);
    },
    readText,
    readKeyPair,
    openBrowser: (url) => start(openerOf(process.platform, url)),
    sharingHindrance: () =>
      process.platform === "linux" ? undefined : "only Linux can share a port",
    listen,
  };
}

function bunDisk(
  os: OperatingSystem,
  hasDescriptorPaths: boolean,
  sendLarge: SendLarge,
): Files {
  return createDisk({
    os,
    atOnce: AT_ONCE_BYTES,
    sendLarge,
    readDirectory,
    looks: EXACT_LOOKS,
    hasDescriptorPaths,
    nextTurn,
  });
}

/**
 * Bun tells the length of content only when it opens the file itself, which it does for
 * one span. To a 200 with a file it applies Range by its own rules; where the reply
 * ignores that field, and for several pieces, the content is a stream, which Bun sends in
 * chunks.
 */
function onlySpan(
  pieces: readonly Piece[],
  rangeIgnored: boolean,
): Span | undefined {
  const [span] = pieces;
  return rangeIgnored || pieces.length > 1 || span instanceof Uint8Array
    ? undefined
    : span;
}

/** Sends one span by a path that Bun opens itself; the file is closed at once or later. */
function sendBy(
  pathOf: (file: Opened) => string,
  closeLater: (close: () => void) => void,
): SendLarge {
  return (file, pieces, rangeIgnored) => {
    const span = onlySpan(pieces, rangeIgnored);
    if (span === undefined) return streamPieces(file, pieces);
    const content = spanContent(file, pathOf(file), span);
    closeLater(file.close);
    return content;
  };
}

/** Nobody knows when Bun will open it: so it is opened by its name, at which another file may lie by then. */
const sendByName = sendBy(({ path }) => path, (close) => close());

/** Bun's listener opens it as soon as it has the answer, before anything else runs: the very file that is open here. */
const sendByDescriptor = sendBy(
  ({ descriptor }) => descriptorPath(descriptor),
  setImmediate,
);

/** Bun adds the name of the file to types that browsers do not show, unless there is a Content-Disposition. */
function spanContent(file: Opened, path: string, span: Span): Content {
  return {
    body: Bun.file(path).slice(span.start, span.end + 1),
    // How much of it a client has got that went away, nobody knows.
    taken: (peerLeft) => peerLeft ? 0 : spanLength(span),
    ended: Promise.resolve(),
    failure: readFailure(file, span),
    fields: [["Content-Disposition", "inline"]],
  };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** Terminals are devices; for what is none nobody needs to wait for `node:tty`. */
function isTerminal(descriptor: number): boolean {
  return fs.fstatSync(descriptor).isCharacterDevice() &&
    builtin("node:tty").isatty(descriptor);
}

/** An output that nobody reads any more (`serve | head -1`) is no reason to stop serving. */
function write(descriptor: number, text: string): void {
  try {
    fs.writeSync(descriptor, text);
  } catch {
    return;
  }
}

/**
 * Starts a program that outlives this one: the browser may be its child.
 *
 * @param opener The program and its arguments.
 * @returns Why it failed, or `undefined`.
 */
export function start(opener: Opener): Promise<string | undefined> {
  const { program } = opener;
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const failed = (error: Error & { readonly code?: string }) =>
    resolve(
      error.code === "ENOENT"
        ? `there is no program "${program}"`
        : error.message,
    );
  try {
    const child = builtin("node:child_process").spawn(program, [
      ...opener.arguments,
    ], {
      detached: process.platform !== "win32",
      stdio: "ignore",
    });
    child.on("error", failed);
    child.on("exit", (code) => resolve(whenFailed(program, code ?? 1)));
    child.unref();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    failed(error);
  }
  return promise;
}

const WITH_KINDS = { withFileTypes: true } as const;
/** From this size on, some 2,000 names and a millisecond, a thread reads. */
const BY_THREAD_BYTES = 65_536;

/**
 * Reads a directory on Bun.
 *
 * @param path Its path.
 * @param size Its size in bytes, as `stat` says.
 * @returns Its entries.
 */
export function readDirectory(
  path: string,
  size: number,
): readonly Entry[] | Promise<readonly Entry[]> {
  return size < BY_THREAD_BYTES
    ? fs.readdirSync(path, WITH_KINDS).map(toEntry)
    : fs.promises.readdir(path, WITH_KINDS).then((all) => all.map(toEntry));
}

function toEntry(entry: fs.Dirent): Entry {
  return { name: entry.name, kind: kindOf(entry) };
}

function kindOf(entry: fs.Dirent): Entry["kind"] {
  if (entry.isSymbolicLink()) return "link";
  if (entry.isFile()) return "file";
  return entry.isDirectory() ? "directory" : "other";
}

/**
 * Makes what looks at the end of what was sent, once that is over: a file that has become shorter
 * does not have it any more, and of a disk that fails, or is gone, it cannot be read. A single
 * bad block in the middle is not found: to read everything again would cost as much as to send it.
 *
 * @param file The open file.
 * @param span What is sent of it.
 * @returns Tells why not all of it can have been sent, as far as can be known.
 */
export function readFailure(
  { descriptor, path }: Pick<Opened, "descriptor" | "path">,
  { end }: Span,
): () => Error | undefined {
  const { dev, ino } = fs.fstatSync(descriptor);
  return () => {
    try {
      const again = fs.openSync(
        path,
        fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0) |
          (fs.constants.O_NOFOLLOW ?? 0),
      );
      try {
        const now = fs.fstatSync(again);
        // Another file has taken its name; Bun sent the one that it had open.
        if (now.dev !== dev || now.ino !== ino) return undefined;
        const count = fs.readSync(again, new Uint8Array(1), 0, 1, end);
        return count === 0 ? shrunk(path) : undefined;
      } finally {
        fs.closeSync(again);
      }
    } catch (error) {
      return isOfDisk(error) ? error : undefined;
    }
  };
}

/** What reading says of a disk; other errors are about the name, and Bun had the file. */
function isOfDisk(error: unknown): error is Error {
  const codes = ["EIO", "ESTALE", "ENODEV", "ENOTCONN", "ETIMEDOUT"];
  return error instanceof Error && "code" in error &&
    codes.includes(String(error.code));
}
