import { assertEquals, assertThrows } from "@std/assert";
import * as std from "deno-std/media_types/_db.js";
import { createGuessType } from "../../lib/http/media_type.ts";

Deno.test("createGuessType() knows what people serve, on every system", () => {
  const guessType = createGuessType();
  const rows: Array<[string, string]> = [
    ["index.html", "text/html; charset=utf-8"],
    ["INDEX.HTM", "text/html; charset=utf-8"],
    ["a.txt", "text/plain; charset=utf-8"],
    ["a.css", "text/css; charset=utf-8"],
    ["a.csv", "text/csv; charset=utf-8"],
    ["a.js", "text/javascript; charset=utf-8"],
    ["a.mjs", "text/javascript; charset=utf-8"],
    ["a.ts", "text/typescript; charset=utf-8"],
    ["a.mts", "text/typescript; charset=utf-8"],
    ["a.tsx", "text/tsx; charset=utf-8"],
    ["a.md", "text/markdown; charset=utf-8"],
    ["a.wasm", "application/wasm"],
    ["a.json", "application/json"],
    ["a.js.map", "application/json"],
    ["a.jsonl", "application/jsonl"],
    ["a.xml", "application/xml"],
    ["a.pdf", "application/pdf"],
    ["a.webmanifest", "application/manifest+json"],
    ["a.svg", "image/svg+xml"],
    ["a.png", "image/png"],
    ["a.jpg", "image/jpeg"],
    ["a.webp", "image/webp"],
    ["a.avif", "image/avif"],
    ["favicon.ico", "image/vnd.microsoft.icon"],
    ["a.woff2", "font/woff2"],
    ["a.mp4", "video/mp4"],
    ["a.webm", "video/webm"],
    ["a.m4s", "video/iso.segment"],
    ["a.mpd", "application/dash+xml"],
    ["a.mp3", "audio/mpeg"],
    ["a.zip", "application/zip"],
    ["a.gz", "application/gzip"],
    ["a.tar.gz", "application/gzip"],
    ["a.js.gz", "application/gzip"],
    ["a.bz2", "application/x-bzip2"],
    ["a.xz", "application/x-xz"],
    ["a.zst", "application/zstd"],
    ["a.Z", "application/x-compress"],
    // the first and the last of the table
    ["a.ez", "application/andrew-inset"],
    ["a.ice", "x-conference/x-cooltalk"],
    ["a.jpeg", "image/jpeg"],
    ["a.jpe", "image/jpeg"],
    // nothing that is known
    ["Makefile", "application/octet-stream"],
    ["a.unknown", "application/octet-stream"],
    ["a.jpg jpe", "application/octet-stream"],
    ["a.ez;appinstaller appinstaller", "application/octet-stream"],
    ["a.rfc822", "application/octet-stream"],
    ["a.", "application/octet-stream"],
    [".html", "application/octet-stream"],
    ["a.constructor", "application/octet-stream"],
    ["a.__proto__", "application/octet-stream"],
    ["", "application/octet-stream"],
  ];
  for (const [name, expected] of rows) {
    assertEquals(guessType(name), expected, name);
  }
});

Deno.test("createGuessType() takes overrides in any case, and another default", () => {
  const guessType = createGuessType({
    mediaTypes: { ".TS": "video/mp2t", ".log": "text/plain", "": "text/x" },
  });
  assertEquals(guessType("a.ts"), "video/mp2t");
  assertEquals(guessType("a.LOG"), "text/plain; charset=utf-8");
  assertEquals(guessType("README"), "text/x; charset=utf-8");
  assertEquals(createGuessType({ defaultType: "a/b" })("README"), "a/b");
  assertEquals(
    createGuessType({ defaultType: "text/plain;charset=koi8-r" })("README"),
    "text/plain;charset=koi8-r",
  );
});

Deno.test("createGuessType() refuses what is no media type", () => {
  const rows = ["", "text", "text/", "/plain", "text/plain\r\nX: y", "a b/c"];
  for (const type of rows) {
    assertThrows(() => createGuessType({ defaultType: type }), TypeError);
    assertThrows(
      () => createGuessType({ mediaTypes: { ".x": type } }),
      TypeError,
    );
  }
});

/** Where we know better. */
const CORRECTED: readonly string[] = ["mkv", "mts", "rs", "svgz", "ts"];

Deno.test("createGuessType() knows every extension of the database", () => {
  const guessType = createGuessType();
  for (const [extension, type] of std.types as ReadonlyMap<string, string>) {
    const [essence] = guessType(`a.${extension}`).split(";");
    const isEqual = essence === type;
    assertEquals(isEqual, !CORRECTED.includes(extension), extension);
  }
});
