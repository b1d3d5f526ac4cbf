/**
 * Content codings by `node:zlib`, which both runtimes have: `CompressionStream` knows no
 * zstd on Deno.
 *
 * @module
 */

import { promisify } from "node:util";
import * as zlib from "node:zlib";
import type { Coder } from "../ports.ts";
import { toReadable, toWritable } from "./web_stream.ts";

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

function toPair(stream: zlib.BrotliCompress): ReturnType<Coder["encoder"]> {
  return { readable: toReadable(stream), writable: toWritable(stream) };
}
