/**
 * Content codings by `node:zlib`, which both runtimes have: `CompressionStream` has no zstd on
 * Deno.
 *
 * @module
 */

import type * as zlib from "node:zlib";
import {
  type Bytes,
  type Coder,
  concat,
  type Encoder,
} from "../ports/content.ts";
import { deferred } from "../ports/timers.ts";
import { builtin } from "./system.ts";

type Coding = Parameters<Coder["encoder"]>[0];

/**
 * For content that is coded while it is sent. Measured on log lines, for each stream on Deno:
 * brotli 1.8 MiB and 60 MiB/s, where quality 5 with its own window takes 8 to 20 MiB and makes
 * 13 MiB/s for 8 % less; zstd 2 MiB, 147 MiB/s; gzip 1 MiB, 64 MiB/s.
 */
const SENT = { brotli: 3, window: 18, gzip: 4 } as const;
/**
 * For content that is coded once and cached. Beyond quality 5 brotli takes ten times as long for
 * a few percent. A window that is larger than the content changes nothing.
 */
const CACHED = { brotli: 5, window: 20, gzip: 6 } as const;
/**
 * For what has up to 128 KiB: somebody waits for it, and most pages have many. For 100 KiB brotli takes
 * 1.8 ms on Deno and 1.2 ms on Bun, where quality 5 takes 2.5 and 2.0 ms for 7 % less, and clears a
 * larger window than is used all the same. With a window of 16, quality 5 takes 21 ms on Deno (2.9.6).
 */
const SMALL = { brotli: 4, window: 17, gzip: 6 } as const;

/**
 * The content codings of a runtime. Promises of `node:zlib` let no other request in, so that
 * `nextTurn` is needed: on Deno 8 MiB are coded in one turn (measured).
 */
export function createCoder(
  port: Pick<Coder, "codings" | "parallelism" | "nextTurn" | "watchUnread">,
  encode: Coder["encode"] = encodeWhole,
): Coder {
  const coder = { ...port, encoder, encode, crc32 };
  return port.parallelism > 1 ? { ...coder, encodeBeside } : coder;
}

type Levels = typeof SENT | typeof CACHED | typeof SMALL;

function crc32(bytes: Uint8Array, before?: number): number {
  return builtin("node:zlib").crc32(bytes, before);
}

/** What `node:zlib` calls what codes a stream, bytes at once, and bytes on another thread. */
const FUNCTIONS = {
  br: ["createBrotliCompress", "brotliCompressSync", "brotliCompress"],
  zstd: ["createZstdCompress", "zstdCompressSync", "zstdCompress"],
  gzip: ["createGzip", "gzipSync", "gzip"],
} as const;

function encoder(coding: Coding, size?: number): Encoder {
  const zlib = builtin("node:zlib");
  const [create] = FUNCTIONS[coding];
  const levels = size === undefined ? SENT : CACHED;
  return toEncoder(zlib[create](optionsOf(coding, levels, size)));
}

/** Codes a small content as a whole. */
export function encodeWhole(coding: Coding, content: Bytes): Bytes {
  const zlib = builtin("node:zlib");
  const [, encode] = FUNCTIONS[coding];
  const options = optionsOf(coding, SMALL, content.length);
  return kept(zlib[encode](content, options));
}

type EncodeBeside = (
  content: Bytes,
  options: ReturnType<typeof optionsOf>,
  done: (error: Error | null, bytes: Uint8Array) => void,
) => void;

function encodeBeside(coding: Coding, content: Bytes): Promise<Bytes> {
  const { promise, resolve, reject } = deferred<Bytes>();
  const [, , name] = FUNCTIONS[coding];
  const encode: EncodeBeside = builtin("node:zlib")[name];
  const options = optionsOf(coding, SMALL, content.length);
  encode(
    content,
    options,
    (error, bytes) => error === null ? resolve(kept(bytes)) : reject(error),
  );
  return promise;
}

/** What Node.js gives may be part of a larger buffer. */
export function kept(bytes: Uint8Array): Bytes {
  return new Uint8Array(bytes);
}

/** `size` is that of the whole content, where it is known. */
function optionsOf(
  coding: Coding,
  { brotli, window, gzip }: Levels,
  size = 0,
): { readonly level?: number; readonly params?: Record<number, number> } {
  const { constants } = builtin("node:zlib");
  switch (coding) {
    case "br":
      return {
        params: {
          [constants.BROTLI_PARAM_QUALITY]: brotli,
          [constants.BROTLI_PARAM_LGWIN]: window,
          [constants.BROTLI_PARAM_SIZE_HINT]: size,
        },
      };
    case "zstd":
      return { params: { [constants.ZSTD_c_windowLog]: window } };
    case "gzip":
      return { level: gzip };
  }
}

function toEncoder(stream: zlib.BrotliCompress): Encoder {
  let chunks: Uint8Array[] = [];
  let fail = (_error: Error): void => {};
  stream.on("data", (chunk: Uint8Array) => void chunks.push(chunk));
  stream.on("error", (error) => fail(error));
  stream.on("close", () => fail(new Error("The encoder was closed early")));
  const run = (begin: (done: () => void) => void): Promise<Bytes> => {
    const { promise, resolve, reject } = deferred<Bytes>();
    fail = reject;
    begin(() => {
      resolve(concat(chunks));
      chunks = [];
    });
    return promise;
  };
  return {
    code: (piece) =>
      run((done) =>
        void stream.write(piece, (error) => error ? fail(error) : done())
      ),
    finish: () => run((done) => void stream.on("end", done).end()),
    close: () => void stream.destroy(),
  };
}
