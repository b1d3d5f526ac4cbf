/** RFC 9110 §8: representation data and metadata. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import type { OpenFile, SiteOptions } from "../../main.ts";
import {
  filesOf,
  NOW,
  site,
  watched,
  YESTERDAY,
  YESTERDAY_TEXT,
} from "../support/site.ts";

const NONE = new Uint8Array();

Deno.test("RFC 9110 §8.3: Content-Type by name, text with its charset", async () => {
  const fetch = site({ "/a.txt": "é", "/a.wasm": "", "/a.flac": "" });
  const rows = [
    ["/a.txt", "text/plain; charset=utf-8"],
    ["/a.wasm", "application/wasm"],
    ["/a.flac", "audio/flac"],
  ] as const;
  for (const [path, type] of rows) {
    assertEquals((await fetch(path)).headers.get("content-type"), type);
  }
});

Deno.test("RFC 9110 §8.3: Content-Type by content where the name does not tell; 1 KiB is read and closed", async () => {
  const text = "text/plain; charset=utf-8";
  const bytes = "application/octet-stream";
  const packets = new Uint8Array(4096);
  for (let at = 0; at < packets.length; at += 188) packets[at] = 0x47;
  const rows: Array<
    [name: string, content: string | Uint8Array<ArrayBuffer>, type: string]
  > = [
    ["LICENSE", "MIT License", text],
    ["empty", "", text],
    ["page", "<!DOCTYPE html><script>alert(1)</script>", text],
    ["a.unknown", "é", text],
    ["program", "\x7fELF\x02\x01\x01\0", bytes],
    ["late", `${"x".repeat(1024)}\0`, text],
    ["early", `${"x".repeat(1023)}\0`, bytes],
    ["a.ts", packets, "video/mp2t"],
    ["b.ts", "export {};", "text/typescript; charset=utf-8"],
    ["a.html", packets, "text/html; charset=utf-8"],
  ];
  for (const [name, content, type] of rows) {
    const lengths: number[] = [];
    const memory = filesOf({ [`/${name}`]: content });
    const { files, opened, open } = watched({
      ...memory,
      open: async (path) => {
        const file = await memory.open(path);
        return file && {
          ...file,
          peek: (length) => (lengths.push(length), file.peek?.(length) ?? NONE),
        };
      },
    });
    const fetch = site({}, { files });
    for (const method of ["HEAD", "GET"]) {
      const response = await fetch(`/${name}`, { method });
      assertEquals(response.headers.get("content-type"), type, name);
      await response.body?.cancel();
    }
    const looks = name === "a.html" || content === "" ? [] : [1024];
    assertEquals(lengths, looks, name);
    assertEquals([opened.length, open()], [looks.length + 1, 0], name);
  }
});

Deno.test("RFC 9110 §8.3: where nothing can be looked into, or the user has a type, the name decides", async () => {
  const memory = filesOf({ "/LICENSE": "MIT", "/a.ts": "export {};" });
  const closed = {
    ...memory,
    open: async (path: string) => {
      const { peek: _missing, ...file } = await memory.open(path) ?? {};
      return file as OpenFile;
    },
  };
  const rows: Array<[Partial<SiteOptions>, license: string, ts: string]> = [
    [
      { files: closed },
      "application/octet-stream",
      "text/typescript; charset=utf-8",
    ],
    [
      { defaultType: "text/x" },
      "text/x; charset=utf-8",
      "text/typescript; charset=utf-8",
    ],
    [{ mediaTypes: { "": "a/b", ".ts": "video/mp2t" } }, "a/b", "video/mp2t"],
    [{ guessType: () => "a/c" }, "a/c", "a/c"],
  ];
  for (const [options, license, ts] of rows) {
    const fetch = site({}, { files: memory, ...options });
    const typeOf = async (path: string) =>
      (await fetch(path, { method: "HEAD" })).headers.get("content-type");
    assertEquals([await typeOf("/LICENSE"), await typeOf("/a.ts")], [
      license,
      ts,
    ]);
  }
});

Deno.test("RFC 9110 §12.5.3: what is text by its content is coded like any other text", async () => {
  const text = "All work and no play\n".repeat(100);
  const fetch = site(
    { "/LICENSE": text, "/a.kt": text, "/bytes": `\0${text}` },
    {
      compress: true,
    },
  );
  const rows = [["/LICENSE", "br"], ["/a.kt", "br"], ["/bytes", null]] as const;
  for (const [path, coding] of rows) {
    const { headers, body } = await fetch(path, {
      headers: { "accept-encoding": "br" },
    });
    await body?.cancel();
    assertEquals(headers.get("content-encoding"), coding, path);
  }
});

Deno.test("RFC 9110 §8.4: an archive is not taken for a coding of something else", async () => {
  const response = await site({ "/a.tar.gz": "x" })("/a.tar.gz");
  assertEquals(response.headers.get("content-type"), "application/gzip");
  assertEquals(response.headers.get("content-encoding"), null);
});

/** Any bytes: only a client decodes them. */
const CODED = "\x1f\0" + "coded".repeat(500);
const CODED_TREE = {
  "/game.js.gz": CODED,
  "/game.js.gz.br": "not looked for",
  "/game.wasm.br": CODED,
  "/game.data.br": CODED,
  "/GAME.JS.GZ": CODED,
  "/a.tar.gz": CODED,
  "/a.ts.zst": CODED,
  "/a.svgz": CODED,
  "/d/b.SVGZ": CODED,
  "/.svgz": CODED,
  "/a_svgz": CODED,
  "/d.svgz/a.gz": CODED,
};
const CODED_RULES = {
  compress: true,
  headersByPath: [
    ["**/game.*.gz", { "content-encoding": " gzip" }],
    ["/game.*.br", { "Content-Encoding": "br", "X-Game": "1" }],
    ["**/*.zst", { "Content-Encoding": "zstd" }],
  ],
} as const;

Deno.test("RFC 9110 §8.4: a file whose name ends in a coding can be given it; it has that form alone", async () => {
  const fetch = site(CODED_TREE, { ...CODED_RULES, dotfiles: true });
  const bytes = "application/octet-stream";
  const rows: Array<[path: string, type: string, coding: string | null]> = [
    ["/game.js.gz", "text/javascript; charset=utf-8", "gzip"],
    ["/game.wasm.br", "application/wasm", "br"],
    ["/game.data.br", bytes, "br"],
    ["/a.ts.zst", "text/typescript; charset=utf-8", "zstd"],
    ["/a.svgz", "image/svg+xml", "gzip"],
    ["/d/b.SVGZ", "image/svg+xml", "gzip"],
    // no rule for these
    ["/GAME.JS.GZ", "application/gzip", null],
    ["/a.tar.gz", "application/gzip", null],
    // no extension, and that of a directory
    ["/.svgz", bytes, null],
    ["/a_svgz", bytes, null],
    ["/d.svgz/a.gz", "application/gzip", null],
  ];
  for (const [path, type, coding] of rows) {
    for (const accept of [undefined, "", "br, gzip", "identity;q=0", "*;q=0"]) {
      if (accept?.includes("=0") && coding === null) continue; // 406, as ever
      const headers: HeadersInit = accept === undefined
        ? {}
        : { "accept-encoding": accept };
      const response = await fetch(path, { headers });
      assertEquals(response.status, 200);
      assertEquals(response.headers.get("content-type"), type, path);
      assertEquals(response.headers.get("content-encoding"), coding, path);
      // Nothing was chosen by what the client accepts (§12.5.5).
      assertEquals(response.headers.get("vary"), null, path);
      assertEquals(response.headers.get("content-length"), `${CODED.length}`);
      assertEquals(await response.text(), CODED);
    }
  }
  const { headers } = await fetch("/game.wasm.br", { method: "HEAD" });
  assertEquals(headers.get("x-game"), "1");
});

Deno.test("RFC 9110 §8.4, §14: its tag and its ranges are of the coded bytes, it has no digest; its download is the name without", async () => {
  const fetch = site(CODED_TREE, CODED_RULES);
  const rows = [["/game.js.gz", "game.js"], ["/a.svgz", "a.svg"]] as const;
  for (const [path, download] of rows) {
    const { headers } = await fetch(path);
    const tag = headers.get("etag") ?? "";
    assert(/^"[^"]+"$/.test(tag) && !/-(?:gzip|br|zstd)"$/.test(tag), tag);
    const range = {
      range: "bytes=2-6",
      "if-range": tag,
      "accept-encoding": "br",
    };
    const part = await fetch(path, { headers: range });
    assertEquals(part.status, 206);
    assertEquals(part.headers.get("content-encoding"), "gzip");
    assertEquals(part.headers.get("etag"), tag);
    assertEquals(
      part.headers.get("content-range"),
      `bytes 2-6/${CODED.length}`,
    );
    assertEquals(await part.text(), "coded");
    const same = await fetch(path, { headers: { "if-none-match": tag } });
    assertEquals(same.status, 304);
    const wanted = { "want-repr-digest": "sha-256=1" };
    const digested = await fetch(path, { headers: wanted });
    await digested.body?.cancel();
    // Proxies that undo the coding would pass it on (D181).
    assertEquals(digested.headers.get("repr-digest"), null);
    const saved = await fetch(`${path}?download`, { method: "HEAD" });
    assertEquals(
      saved.headers.get("content-disposition"),
      `attachment; filename="${download}"`,
    );
  }
});

Deno.test("RFC 9110 §8.4: Content-Encoding is refused where names do not say it", () => {
  const rows: Array<[glob: string, coding: string]> = [
    ["/**", "gzip"],
    ["**/*.js", "gzip"],
    ["**/*gz", "gzip"],
    ["**/*.gz*", "gzip"],
    ["**/*.gz", "br"],
    ["**/*.br", "zstd"],
    ["**/*.gz", "x-gzip"],
    ["**/*.gz", "gzip, br"],
    ["**/*.gz", ""],
    ["**/*.tgz", "gzip"],
  ];
  for (const [glob, value] of rows) {
    const fields = { "Content-Encoding": value };
    assertThrows(
      () => site({}, { headersByPath: [[glob, fields]] }),
      TypeError,
      `Cannot add header "Content-Encoding" to "${glob}": only names that end in .br (br), .zst (zstd), ` +
        `.gz (gzip) can have it, as in "**/*.js.gz=Content-Encoding: gzip"`,
    );
  }
  const headers = { "Content-Encoding": "gzip" };
  assertThrows(() => site({}, { headers }), TypeError, '"/**"');
});

Deno.test("RFC 9110 §8.6: Content-Length is the number of bytes, also for HEAD", async () => {
  const fetch = site({ "/a.txt": "привет", "/empty": "" });
  const rows = [
    ["/a.txt", "12"],
    ["/empty", "0"],
  ] as const;
  for (const [path, length] of rows) {
    for (const method of ["GET", "HEAD"]) {
      const { headers } = await fetch(path, { method });
      assertEquals(headers.get("content-length"), length, `${method} ${path}`);
    }
  }
});

Deno.test("RFC 9110 §8.8.2: Last-Modified is when the file was modified", async () => {
  const { headers } = await site({ "/a": "a" })("/a");
  assertEquals(headers.get("last-modified"), YESTERDAY_TEXT);
});

Deno.test("RFC 9110 §8.8.2.1: Last-Modified is never later than Date", async () => {
  const fetch = site({ "/a": { content: "a", mtime: NOW + 3_600_000 } });
  const { headers } = await fetch("/a");
  assertEquals(headers.get("last-modified"), headers.get("date"));
});

Deno.test("RFC 9110 §8.8.2.2: a file that could still change within the tick has no validators", async () => {
  const validators = async (mtime: number) => {
    const fetch = site({ "/a": { content: "a", mtime } });
    const { headers } = await fetch("/a");
    return [headers.has("etag"), headers.has("last-modified")];
  };
  const rows: Array<[number, boolean]> = [
    [NOW + 999, false],
    [NOW, false],
    [NOW - 500, false],
    [NOW - 999, false],
    // a time in whole seconds may be that of a file system that has only every second one
    [NOW - 1000, false],
    [NOW - 1001, true],
    [NOW - 2000, true],
  ];
  for (const [mtime, expected] of rows) {
    const found = await validators(mtime);
    assertEquals(found, [expected, expected], String(NOW - mtime));
  }
});

Deno.test("RFC 9110 §8.8: where the time is a constant of build tools, the content is the tag", async () => {
  const files = async (content: string, mtime: number) => {
    const fetch = site({ "/a": { content, mtime } });
    const { headers } = await fetch("/a");
    return [headers.get("etag"), headers.get("last-modified")];
  };
  const constants = [
    "1970-01-01T00:00:00Z",
    "1970-01-01T00:00:01Z",
    "1980-01-01T00:00:00Z",
    "1985-10-26T08:15:00Z",
  ].map((text) => Date.parse(text));
  for (const time of constants) {
    const [tag = "", date] = await files("a", time);
    assertEquals(tag, '"sha-ca978112ca1bbdcafac231b39a23dc4d"');
    assertEquals(date, null);
    assert((await files("b", time))[0] !== tag);
  }
});

Deno.test("RFC 9110 §8.8.3: another state has another tag, the same state the same", async () => {
  const tag = async (content: string, mtime = YESTERDAY) => {
    const fetch = site({ "/a": { content, mtime } });
    return (await fetch("/a")).headers.get("etag");
  };
  const first = await tag("a");
  assertEquals(await tag("b"), first); // size and time are what is looked at (D2)
  assert(await tag("aa") !== first);
  assert(await tag("a", YESTERDAY + 1) !== first);
});

Deno.test("RFC 9110 §8.8.3.3: each coding has a tag of its own, which no proxy that codes derives; what is coded now is weak (D180)", async () => {
  const old = { content: "x".repeat(5000), mtime: YESTERDAY };
  const set = { content: "x".repeat(5000), mtime: 0 };
  const tree = {
    "/old.txt": old,
    "/set.txt": set,
    "/side.txt": old,
    "/side.txt.gz": { content: "coded", mtime: YESTERDAY },
  };
  const fetch = site(tree, { compress: true });
  const rows = [
    ["/old.txt", "identity", /^"1388-[\da-f]+"$/],
    ["/old.txt", "gzip", /^W\/"to-gzip-1388-[\da-f]+"$/],
    ["/old.txt", "br", /^W\/"to-br-1388-[\da-f]+"$/],
    ["/side.txt", "gzip", /^"gzip-5-[\da-f]+"$/],
    ["/set.txt", "identity", /^"sha-[\da-f]{32}"$/],
    ["/set.txt", "gzip", /^W\/"to-gzip-sha-[\da-f]{32}"$/],
  ] as const;
  for (const [path, coding, expected] of rows) {
    const headers = { "accept-encoding": coding };
    const response = await fetch(path, { headers });
    await response.body?.cancel();
    const tag = response.headers.get("etag") ?? "";
    assert(expected.test(tag), `${path} ${coding} ${tag}`);
  }
});

Deno.test("RFC 9110 §8.8.3: a listing has the tag of its bytes", async () => {
  const tag = async (tree: Record<string, string>) =>
    (await site(tree)("/")).headers.get("etag");
  const first = await tag({ "/a": "1", "/b": "2" });
  assertEquals(await tag({ "/b": "3", "/a": "4" }), first);
  assert(await tag({ "/a": "1", "/c": "2" }) !== first);
  assert(first?.startsWith('"'));
});
