import { assertEquals } from "@std/assert";
import {
  type Coding,
  CODINGS,
  isCompressible,
  negotiateCoding,
} from "../../lib/http/content_coding.ts";

type Row = [
  accept: string | null,
  available: readonly Coding[],
  expected: Coding | "identity" | undefined,
];

Deno.test("negotiateCoding() honours weights, identity and * (RFC 9110 §12.5.3)", () => {
  const rows: Row[] = [
    [null, CODINGS, "identity"],
    ["", CODINGS, "identity"],
    ["gzip", CODINGS, "gzip"],
    ["GZIP", CODINGS, "gzip"],
    ["x-gzip", CODINGS, "gzip"],
    ["gzip, deflate, br, zstd", CODINGS, "br"],
    ["gzip, deflate, br, zstd", ["zstd", "gzip"], "zstd"],
    ["gzip, deflate, br, zstd", [], "identity"],
    ["deflate", CODINGS, "identity"],
    ["br;q=0.5, gzip", CODINGS, "gzip"],
    ["br;q=0.5, gzip;q=0.501", CODINGS, "gzip"],
    ["br;q=0.001", CODINGS, "br"],
    ["gzip;q=0", CODINGS, "identity"],
    ["gzip;q=0.000", CODINGS, "identity"],
    ["gzip; Q=0", CODINGS, "identity"],
    ["*", CODINGS, "br"],
    ["*;q=0.5, gzip", CODINGS, "gzip"],
    ["br;q=0, *", CODINGS, "zstd"],
    ["identity, gzip", CODINGS, "gzip"],
    ["identity;q=1, gzip;q=0.5", CODINGS, "identity"],
    ["identity;q=0.5, gzip;q=0.5", CODINGS, "gzip"],
    // identity forbidden
    ["identity;q=0", CODINGS, undefined],
    ["identity;q=0, gzip", CODINGS, "gzip"],
    ["identity;q=0, gzip", [], undefined],
    ["*;q=0", CODINGS, undefined],
    ["*;q=0, gzip", CODINGS, "gzip"],
    ["*;q=0, identity", CODINGS, "identity"],
    ["identity;q=0, *", CODINGS, "br"],
    // malformed members count for nothing
    ["gzip;q=2", CODINGS, "identity"],
    ["gzip;q=-1", CODINGS, "identity"],
    ["gzip;q=", CODINGS, "identity"],
    ["gzip;q=0.1234", CODINGS, "identity"],
    ["gzip;x=1", CODINGS, "identity"],
    ["gzip q=1", CODINGS, "identity"],
    [",,gzip,,", CODINGS, "gzip"],
    ["g zip, br", CODINGS, "br"],
    ["\x00, br", CODINGS, "br"],
    // of two for the same coding the first counts
    ["gzip;q=0, gzip", CODINGS, "identity"],
  ];
  for (const [accept, available, expected] of rows) {
    assertEquals(negotiateCoding(accept, available), expected, `${accept}`);
  }
});

Deno.test("isCompressible() knows text in disguise", () => {
  const yes = [
    "text/html; charset=utf-8",
    "text/css",
    "application/json",
    "application/ld+json",
    "application/wasm",
    "application/xhtml+xml",
    "application/manifest+json",
    "image/svg+xml",
    "font/ttf",
    "TEXT/HTML;charset=x",
    "application/yaml",
    "application/x-ndjson",
  ];
  const no = [
    "image/png",
    "image/jpeg",
    "video/mp4",
    "application/zip",
    "application/gzip",
    "application/octet-stream",
    "font/woff2",
    "text/event-stream",
    "application/x-shockwave-flash",
    "model/vnd.usdz+zip",
    "application/epub+zip",
  ];
  for (const type of yes) assertEquals(isCompressible(type), true, type);
  for (const type of no) assertEquals(isCompressible(type), false, type);
});
