/**
 * Bun as a runtime.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import * as fs from "node:fs";
import * as os from "node:os";
import process from "node:process";
import { spanLength } from "../http/span.ts";
import type { Content, OperatingSystem, Piece, Runtime } from "../ports.ts";
import { openAppend } from "./append.ts";
import { openerOf } from "./browser.ts";
import { builtin } from "./builtin.ts";
import { start } from "./bun_browser.ts";
import { readDirectory } from "./bun_directory.ts";
import { listen } from "./bun_listen.ts";
import { bunProcesses } from "./bun_processes.ts";
import { readKeyPair } from "./certificates.ts";
import { readFailure } from "./bun_read_failure.ts";
import { CODER } from "./coder.ts";
import { createDisk } from "./disk.ts";
import type { Opened } from "./file_chunks.ts";
import { streamPieces } from "./file_stream.ts";
import { createOpenSpool } from "./spool.ts";
import { readText } from "./text_file.ts";
import { bunTarget } from "./target.ts";

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
  return {
    version: `Bun/${Bun.version}`,
    target: bunTarget(process),
    files: createDisk(system, AT_ONCE_BYTES, sendLarge, readDirectory),
    coder: CODER,
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

/**
 * Bun tells the length of content only when it opens the file itself, which it does for
 * one span. To a 200 with a file it applies Range by its own rules; where the reply
 * ignores that field, and for several pieces, the content is a stream, which Bun sends in
 * chunks. And it adds the name of the file to types that browsers do not show, unless
 * there is a Content-Disposition.
 */
function sendLarge(
  file: Opened,
  pieces: readonly Piece[],
  rangeIgnored: boolean,
): Content {
  const [span] = pieces;
  if (
    rangeIgnored || pieces.length > 1 || span === undefined ||
    span instanceof Uint8Array
  ) return streamPieces(file, pieces);
  const failure = readFailure(file, span);
  file.close();
  return {
    body: Bun.file(file.path).slice(span.start, span.end + 1),
    // How much of it a client has got that went away, nobody knows.
    taken: (peerLeft) => peerLeft ? 0 : spanLength(span),
    ended: Promise.resolve(),
    failure,
    fields: [["Content-Disposition", "inline"]],
  };
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
