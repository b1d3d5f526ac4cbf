/**
 * Bun as a runtime, and what its disk has of its own: Bun itself sends large files.
 *
 * @module
 */

import * as fs from "node:fs";
import { hostname, networkInterfaces, tmpdir } from "node:os";
import process from "node:process";
import { setImmediate } from "node:timers";
import {
  type Coder,
  type Content,
  type Pieces,
  type Span,
  spanLength,
} from "../ports/content.ts";
import {
  type Entry,
  isSameObject,
  type OperatingSystem,
} from "../ports/files.ts";
import type { Runtime } from "../ports/runtime.ts";
import { bunProcesses, openBrowser } from "./bun_processes.ts";
import { canSharePort } from "./bun_sharing.ts";
import { listen } from "./node_server.ts";
import { readKeyPair } from "./certificates.ts";
import { createDisk, type OpenedFile, type SendLarge } from "./disk.ts";
import { createCoder } from "./encoder.ts";
import { type ReadableContent, readablePieces, shrunk } from "./file_stream.ts";
import { descriptorPath, kindOf, NODE_CALLS } from "./find.ts";
import { createOpenSpool } from "./spool.ts";
import { builtin, codeOf } from "./system.ts";
import { openAppend, readText } from "./text_files.ts";
import { createUnreadStreams } from "./unread.ts";

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

/** The ports by Bun. */
export function bunRuntime(): Runtime {
  const os: OperatingSystem = process.platform === "win32"
    ? "windows"
    : "posix";
  const { watch } = createUnreadStreams();
  return {
    version: `Bun/${Bun.version}`,
    target: bunTarget(process),
    files: createDisk({
      os,
      calls: NODE_CALLS,
      atOnce: AT_ONCE_BYTES,
      sendLarge: sendLarge(watch),
      readDirectory,
      hasDescriptorPaths: fs.existsSync(descriptorPath(0)),
      nextTurn,
    }),
    coder: createCoder({ nextTurn, watchUnread: watch }),
    processes: bunProcesses(os),
    openSpool: createOpenSpool({ path: tmpdir, os }),
    // Bun.serve 1.4.5 sends a stream in chunks, unless its buffer takes all of it at once (measured).
    keepsLength: true,
    // Bun has no permissions.
    missingRunPermission: () => undefined,
    missingReadPermission: () => undefined,
    keepOnly: () => {},
    arguments: process.argv.slice(2),
    workingDirectory: () => process.cwd(),
    environment: (name) => process.env[name],
    print: (text) => write(1, text),
    printError: (text) => write(2, text),
    onNextTurn: (callback) => void setImmediate(callback),
    exit: (status) => process.exit(status),
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
    availableParallelism: () => navigator.hardwareConcurrency,
    sharingHindrance,
    keepsLimits: true,
    listen,
  };
}

function sharingHindrance(): string | undefined {
  if (process.platform !== "linux") return "only Linux can share a port";
  return canSharePort() ? undefined : "this version of Bun cannot share a port";
}

function addresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((all) =>
    all?.map(({ address }) => address) ?? []
  );
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/**
 * The target of Bun, such as `linux-x64-musl`: the systems have the names of our executables.
 * For which C library it was built, only its download tells, such as
 * `https://…/bun-linux-x64-musl.zip`.
 */
export function bunTarget(
  { platform, arch, release }: {
    platform: string;
    arch: string;
    release: { sourceUrl?: string | undefined };
  },
): string {
  const system = platform === "darwin"
    ? "macos"
    : platform.replace("win32", "windows");
  const variant = /-(?:x64|aarch64|arm64)(-musl)?\.zip$/
    .exec(release.sourceUrl ?? "")?.[1] ?? "";
  return `${system}-${arch}${variant}`;
}

/** Terminals are devices; for anything else `node:tty` need not be loaded. */
function isTerminal(descriptor: number): boolean {
  return fs.fstatSync(descriptor).isCharacterDevice() &&
    builtin("node:tty").isatty(descriptor);
}

/** A closed output (`serve | head -1`) is no reason to stop the server. */
function write(descriptor: number, text: string): void {
  try {
    fs.writeSync(descriptor, text);
  } catch {
    return;
  }
}

/**
 * Our listener reads a file itself. `Bun.serve`, in which somebody may embed the handler, tells the
 * length of content only when it opens the file itself, which it does for one span, as soon as the
 * body of the content is asked for. To a 200 with a file it applies Range by its own rules: where
 * the reply ignores that field, and for several pieces, the body is a stream, sent in chunks.
 */
function sendLarge(watchUnread: Coder["watchUnread"]): SendLarge {
  return (file, pieces, rangeIgnored) => {
    const readable = readablePieces(file, pieces, watchUnread);
    const span = onlySpan(pieces);
    return rangeIgnored || span === undefined
      ? readable
      : orByName(readable, file, span);
  };
}

function onlySpan(pieces: Pieces): Span | undefined {
  const [span] = pieces;
  return pieces.length > 1 || span instanceof Uint8Array ? undefined : span;
}

/** It is not known when Bun will open the file: so by its name, at which another file may lie by then. */
function orByName(
  readable: ReadableContent,
  file: OpenedFile,
  span: Span,
): Content {
  let used: Content = readable;
  return {
    get body() {
      readable.reader.close();
      used = spanContent(file, file.path, span);
      return used.body;
    },
    reader: readable.reader,
    taken: (peerLeft) => used.taken(peerLeft),
    ended: readable.ended,
    unwanted: () => used.unwanted?.() ?? false,
    failure: () => used.failure?.(),
    fields: INLINE,
  };
}

/** Bun adds the name of the file to types that browsers do not show, unless there is this field. */
const INLINE = [["Content-Disposition", "inline"]] as const;

function spanContent(file: OpenedFile, path: string, span: Span): Content {
  return {
    body: Bun.file(path).slice(span.start, span.end + 1),
    // How much of it a client has got that went away is not known.
    taken: (peerLeft) => peerLeft ? 0 : spanLength(span),
    ended: Promise.resolve(),
    failure: () => readFailure(file, span),
  };
}

/**
 * Why Bun cannot have read all of a span, asked when the answer is over. Bun then cuts the
 * connection, and does not report it (measured with 1.4.5: no abort, no error, and the address
 * of the request is gone as after a whole answer). So the last byte is read: a file that has
 * become shorter does not have it any more, and a disk that fails, or is gone, does not give it.
 * A single bad block in the middle is not found: to read everything again would cost as much as
 * to send it.
 */
function readFailure(
  { path, stat }: OpenedFile,
  { end }: Span,
): Error | undefined {
  const { O_RDONLY, O_NONBLOCK = 0, O_NOFOLLOW = 0 } = fs.constants;
  try {
    const descriptor = fs.openSync(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
    try {
      // Another file has taken its name; Bun sent the one that it had open.
      if (!isSameObject(NODE_CALLS.fstat(descriptor), stat)) return undefined;
      const count = fs.readSync(descriptor, new Uint8Array(1), 0, 1, end);
      return count === 0 ? shrunk(path) : undefined;
    } finally {
      fs.closeSync(descriptor);
    }
  } catch (error) {
    return isOfDisk(error) ? error : undefined;
  }
}

/** Errors of the disk; other errors are of the name, and Bun had the file. */
function isOfDisk(error: unknown): error is Error {
  const codes = ["EIO", "ESTALE", "ENODEV", "ENOTCONN", "ETIMEDOUT"];
  return error instanceof Error && codes.includes(codeOf(error));
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
