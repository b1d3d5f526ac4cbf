import { assertEquals, assertThrows } from "@std/assert";
import * as std from "deno-std/media_types/_db.js";
import {
  createGuessType,
  createTypeOf,
  type MediaTypeOptions,
} from "../../lib/http/media_type.ts";

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
    ["a.flac", "audio/flac"],
    ["a.svgz", "image/svg+xml"],
    ["a.cbz", "application/vnd.comicbook+zip"],
    ["a.cbr", "application/vnd.comicbook-rar"],
    ["a.cb7", "application/x-cb7"],
    ["a.cbt", "application/x-cbt"],
    ["a.cba", "application/x-cba"],
    ["a.cjs", "text/javascript; charset=utf-8"],
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

/** What browsers saved because nobody registered it, or as `application/*`. */
const SHOWN: readonly string[] = (
  "adoc astro awk bash bat bib cfg clj cmake cmd cs csh dart diff edn el erl ex exs fish fs " +
  "gradle groovy hjson hpp hs ipynb jl json5 ksh kt kts latex lisp mk ml mli nim nix org patch " +
  "php pl pm pom properties proto ps1 r rb rst scala scm sh sql srt svelte swift tcl tex texi " +
  "texinfo tf tk toml vb vim vue zig zsh"
).split(" ");

Deno.test("createGuessType(): source and text is text, whoever registered it", () => {
  const guessType = createGuessType();
  for (const extension of SHOWN) {
    const type = guessType(`a.${extension}`);
    assertEquals(type, "text/plain; charset=utf-8", extension);
  }
});

/** A packet of 188 bytes, as `zeros` and `spaces` are. */
function stream(packet: number, at: number, filling = 0): Uint8Array {
  const bytes = new Uint8Array(1024).fill(filling);
  for (let start = at; start < bytes.length; start += packet) {
    bytes[start] = 0x47;
  }
  return bytes;
}

const UTF8 = "text/plain; charset=utf-8";
const BYTES = "application/octet-stream";
const SOURCE = "text/typescript; charset=utf-8";
const STREAM = "video/mp2t";
/** 1023 bytes of text, and the first of a character of two. */
const CUT = new TextEncoder().encode(`${"x".repeat(1023)}é`).subarray(0, 1024);

Deno.test("createTypeOf(): the first KiB of a file decides where its name does not", () => {
  const rows: Array<[name: string, start: string | Uint8Array, type: string]> =
    [
      ["a.ts", stream(188, 0), STREAM],
      ["a.TS", stream(188, 0, 0x20), STREAM],
      ["a.ts", stream(188, 0).subarray(0, 189), STREAM],
      ["a.mts", stream(192, 4), STREAM],
      ["a.ts", stream(192, 4), STREAM],
      ["a.ts", stream(188, 0).subarray(0, 188), SOURCE],
      ["a.ts", stream(188, 1), SOURCE],
      ["a.ts", stream(192, 0), SOURCE],
      ["a.ts", "GGG", SOURCE],
      ["a.ts", "", SOURCE],
      ["a.mts", "export {};\n", SOURCE],
      ["LICENSE", "MIT", UTF8],
      ["Makefile", "all:\n\tcc\r\n\f", UTF8],
      ["a.unknown", "é 🎉 \ufeff", UTF8],
      [".profile", "\ufeffa=b", UTF8],
      ["build-log", "\x1b[31mred\x1b[0m", UTF8],
      ["empty", "", UTF8],
      ["cut", CUT, UTF8],
      ["whole", CUT.subarray(1), BYTES],
      ["page", "<!DOCTYPE html><script>alert(1)</script>", UTF8],
      ["latin-1", Uint8Array.of(0x63, 0xe9, 0x20), BYTES],
      ["utf-16", Uint8Array.of(0xff, 0xfe, 0x61, 0), BYTES],
      ["elf", "\x7fELF\x02\x01\x01", BYTES],
      ...[..."\0\x01\x08\v\x0e\x1a\x1c\x1f\x7f\x80\x9f"].map((control) =>
        ["control", `a${control}b`, BYTES] as [string, string, string]
      ),
    ];
  const typeOf = createTypeOf();
  for (const [name, start, expected] of rows) {
    const type = typeOf(name);
    const bytes = typeof start === "string"
      ? new TextEncoder().encode(start)
      : start;
    const found = typeof type === "string" ? type : type.decide(bytes);
    assertEquals(found, expected, `${name} ${JSON.stringify(start)}`);
  }
});

Deno.test("createTypeOf(): where a name or the user tells, nothing is looked into", () => {
  const rows: Array<[string, MediaTypeOptions]> = [
    ["a.txt", {}],
    ["a.kt", {}],
    ["a.bin", {}],
    ["a.m2ts", {}],
    ["LICENSE", { defaultType: "text/x" }],
    ["a.unknown", { mediaTypes: { "": "text/x" } }],
    ["a.ts", { mediaTypes: { ".TS": "video/mp2t" } }],
  ];
  for (const [name, options] of rows) {
    assertEquals(typeof createTypeOf(options)(name), "string", name);
  }
});

/** Where we know better. */
const CORRECTED: readonly string[] =
  "cb7 cba cbr cbt cbz cjs flac mkv mts rs ts".split(" ");

Deno.test("createGuessType() knows every extension of the database", () => {
  const guessType = createGuessType();
  for (const [extension, type] of std.types as ReadonlyMap<string, string>) {
    if (SHOWN.includes(extension)) continue;
    const [essence] = guessType(`a.${extension}`).split(";");
    const isEqual = essence === type;
    assertEquals(isEqual, !CORRECTED.includes(extension), extension);
  }
});
