/**
 * Content codings by `node:zlib`, which both runtimes have: `CompressionStream` knows no
 * zstd on Deno.
 *
 * @module
 */

import type * as zlib from "node:zlib";
import type { Coder } from "../ports.ts";
import { builtin } from "./builtin.ts";
import { toReadable, toWritable } from "./web_stream.ts";

/** Beyond this brotli takes ten times as long for a few percent. */
const BROTLI_QUALITY = 5;

/** The codings, by `node:zlib`. */
export const CODER: Coder = {
  encode: async (bytes, coding) => {
    const { promisify } = builtin("node:util");
    const { brotliCompress, gzip, zstdCompress } = builtin("node:zlib");
    switch (coding) {
      case "br":
        return new Uint8Array(
          await promisify(brotliCompress)(bytes, brotliOptions(bytes.length)),
        );
      case "zstd":
        return new Uint8Array(await promisify(zstdCompress)(bytes));
      case "gzip":
        return new Uint8Array(await promisify(gzip)(bytes));
    }
  },
  encoder: (coding) => {
    const zlib = builtin("node:zlib");
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
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT } =
    builtin("node:zlib").constants;
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
