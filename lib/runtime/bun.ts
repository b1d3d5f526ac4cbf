/**
 * Bun as a runtime, and what its disk has of its own: Bun itself sends large files.
 *
 * @module
 */

import * as fs from "node:fs";
import process from "node:process";
import { setImmediate } from "node:timers";
import {
  type Bytes,
  type Coder,
  type Coding,
  CODINGS,
  type Content,
  type Pieces,
  type Span,
  spanLength,
} from "../ports/content.ts";
import { isSameObject } from "../ports/files.ts";
import type { Runtime } from "../ports/runtime.ts";
import { startOnBun, userPath } from "./bun_processes.ts";
import { listen, type Turn } from "./bun_server.ts";
import type { OpenedFile, SendLarge } from "./disk.ts";
import { createCoder, encodeWhole, kept } from "./encoder.ts";
import { type ReadableContent, readablePieces, shrunk } from "./file_stream.ts";
import { NODE_CALLS } from "./find.ts";
import {
  codingParallelism,
  createNodeDisk,
  nextTurn,
  nodePorts,
  operatingSystem,
  targetName,
} from "./node_ports.ts";
import { nodeProcesses } from "./node_processes.ts";
import { codeOf } from "./system.ts";
import { createUnreadStreams } from "./unread.ts";

/** The part of Bun's types that is used here. */
declare const Bun: {
  readonly version: string;
  readonly file: (path: string) => Blob;
  readonly unsafe: { readonly setJITPolicy?: (scale: number) => void };
  readonly gzipSync: (content: Bytes, options: {
    readonly level: number;
    readonly library: "libdeflate";
  }) => Uint8Array;
  readonly zstdCompressSync: (content: Bytes) => Uint8Array;
};

/** How long after the start, in milliseconds: the first answers come before. */
const INTERPRETED_MS = 1000;

/**
 * Ends what `scripts/executables/` bakes into an executable: its code, most of which runs once until the
 * first answer, is left to the interpreter for longer. Elsewhere this changes nothing.
 */
export function compileLater(): void {
  const compile = () => Bun.unsafe.setJITPolicy?.(1);
  setTimeout(compile, INTERPRETED_MS).unref();
}

export function bunRuntime(): Runtime {
  const os = operatingSystem();
  const { watch } = createUnreadStreams();
  const turn: Turn = { isReading: false };
  return {
    ...nodePorts(os),
    version: `Bun/${Bun.version}`,
    target: bunTarget(process),
    files: createNodeDisk(os, sendLarge(watch)),
    coder: createCoder({
      codings: CODINGS,
      parallelism: codingParallelism(),
      nextTurn,
      watchUnread: watch,
    }, encodeOnBun),
    // What `setImmediate` gets from a socket of ours comes before Bun asks the system for more. From
    // anywhere else further requests may come first (1.4.5: one of five, up to 16 ms later): they
    // would get the state of a file from before a change.
    onNextTurn: (callback) =>
      turn.isReading ? void setImmediate(callback) : queueMicrotask(callback),
    processes: nodeProcesses(
      os,
      (name) =>
        name === "PATH" && os === "posix"
          ? userPath(process.env.PATH)
          : process.env[name],
      startOnBun,
    ),
    sharingHindrance: () =>
      process.platform !== "linux" ? "only Linux can share a port" : undefined,
    listen: (options, responder) => listen(options, responder, turn),
  };
}

/**
 * `node:zlib` makes streams for each call: for the first thousands of 2 KiB it takes twice the time of
 * Bun's own functions, and 5 ms to load. As small as before: libdeflate's level 6 is that of zlib.
 */
function encodeOnBun(coding: Coding, content: Bytes): Bytes {
  switch (coding) {
    case "gzip":
      return kept(Bun.gzipSync(content, { level: 6, library: "libdeflate" }));
    case "zstd":
      return kept(Bun.zstdCompressSync(content));
    case "br": // Bun has none
      return encodeWhole(coding, content);
  }
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
  const variant = /-(?:x64|aarch64|arm64)(-musl)?\.zip$/
    .exec(release.sourceUrl ?? "")?.[1] ?? "";
  return targetName({ platform, arch }, variant);
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
