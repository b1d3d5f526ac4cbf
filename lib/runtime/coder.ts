/**
 * Content codings by `node:zlib`, which both runtimes have: `CompressionStream` knows no
 * zstd on Deno.
 *
 * @module
 */

import { Duplex } from "node:stream";
import { promisify } from "node:util";
import * as zlib from "node:zlib";
import type { Coder } from "../ports.ts";

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
        return toBytes(await brotli(bytes, brotliOptions(bytes.length)));
      case "zstd":
        return toBytes(await zstd(bytes));
      case "gzip":
        return toBytes(await gzip(bytes));
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

function toBytes(buffer: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer);
}

function toPair(stream: Duplex): ReturnType<Coder["encoder"]> {
  return Duplex.toWeb(stream) as unknown as ReturnType<Coder["encoder"]>;
}
