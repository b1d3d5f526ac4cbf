/**
 * Content codings by `node:zlib`, which both runtimes have: `CompressionStream` knows no
 * zstd on Deno.
 *
 * @module
 */

import type { Transform } from "node:stream";
import { promisify } from "node:util";
import * as zlib from "node:zlib";
import type { Coder } from "../ports.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT } = zlib.constants;
/** Beyond this brotli takes ten times as long for a few percent. */
const BROTLI_QUALITY = 5;

const brotli = promisify(zlib.brotliCompress);
const gzip = promisify(zlib.gzip);
const zstd = promisify(zlib.zstdCompress);

/** The codings, by `node:zlib`. */
export const CODER: Coder = {
  encode: async (bytes, coding) => {
    switch (coding) {
      case "br":
        return new Uint8Array(await brotli(bytes, brotliOptions(bytes.length)));
      case "zstd":
        return new Uint8Array(await zstd(bytes));
      case "gzip":
        return new Uint8Array(await gzip(bytes));
    }
  },
  encoder: (coding) => {
    switch (coding) {
      case "br":
        return toPair(zlib.createBrotliCompress(brotliOptions(0)));
      case "zstd":
        return toPair(zlib.createZstdCompress());
      case "gzip":
        return toPair(zlib.createGzip());
    }
  },
};

function brotliOptions(size: number): zlib.BrotliOptions {
  return {
    params: {
      [BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
      [BROTLI_PARAM_SIZE_HINT]: size,
    },
  };
}

/**
 * Web streams of a stream of Node.js. `Duplex.toWeb` does not hold back on Deno: the
 * whole of a file would be coded into memory for a client that reads slowly.
 */
function toPair(stream: Transform): ReturnType<Coder["encoder"]> {
  return { readable: toReadable(stream), writable: toWritable(stream) };
}

function toReadable(stream: Transform): ReadableStream<Bytes> {
  return new ReadableStream<Bytes>({
    start(controller) {
      stream.on("data", (chunk: Uint8Array) => {
        controller.enqueue(new Uint8Array(chunk));
        if ((controller.desiredSize ?? 0) <= 0) stream.pause();
      });
      stream.on("end", () => controller.close());
      stream.on("error", (error) => controller.error(error));
      stream.pause();
    },
    pull() {
      stream.resume();
    },
    cancel() {
      stream.destroy();
    },
  }, { highWaterMark: 0 });
}

function toWritable(stream: Transform): WritableStream<Bytes> {
  return new WritableStream<Bytes>({
    write: (chunk) => write(stream, chunk),
    close: () => void stream.end(),
    abort: (reason) => void stream.destroy(reason),
  });
}

/** Settles when there is room for more, or nobody wants it. */
function write(stream: Transform, chunk: Bytes): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const settle = () => {
    stream.off("drain", settle);
    stream.off("close", settle);
    if (stream.destroyed) reject(new Error("Nobody wants the rest"));
    else resolve();
  };
  if (stream.destroyed || stream.write(chunk)) settle();
  else stream.on("drain", settle).on("close", settle);
  return promise;
}
