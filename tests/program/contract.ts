/**
 * What the real program must do on every runtime: one list, with raw sockets where
 * `fetch` would normalise.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  brotliDecompressSync,
  gunzipSync,
  zstdDecompressSync,
} from "node:zlib";
import {
  codingsOf,
  type Program,
  PROJECT,
  start,
  type SubjectName,
} from "../support/program.ts";
import { readTar, readZip } from "../support/archives.ts";
import {
  exchange,
  type RawResponse,
  request,
  responses,
  writeAll,
} from "../support/raw.ts";
import { connect, readHead } from "../support/slow.ts";
import { settle, tagOf } from "../support/tagged.ts";
import { until } from "../support/wait.ts";

export interface Subject {
  readonly program: Program;
  /** The directory that is served. */
  readonly root: string;
}

export interface Clause {
  readonly name: string;
  readonly check: (subject: Subject) => Promise<void>;
}

/** Names that break naive servers, each a file with its own name as content. */
export const ODD_NAMES: readonly string[] = [
  "a b.txt",
  "100%.txt",
  "%41.txt",
  "a#b.txt",
  "a?b.txt",
  "a&b=c;d.txt",
  `quote"s'.txt`,
  "<b>bold</b>.txt".replace("/", "!"),
  "🎉.txt",
  "привет.txt",
  "-rf.txt",
  "a:b.txt",
  "a\\b.txt",
  "a+b.txt",
  "line\nfeed.txt",
  `${"x".repeat(251)}.txt`,
  "я".repeat(127),
];

/** 2.5 MiB, which no runtime reads at once. */
const LARGE = new Uint8Array(2_621_440).map((_, index) => index % 251);

const DECODERS: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
  gzip: gunzipSync,
};

const encode = (text: string) => new TextEncoder().encode(text);

/** Two packets of an MPEG transport stream, of 188 bytes or of 192. */
function packets(at: number, length: number): Uint8Array {
  const bytes = new Uint8Array(2 * length);
  bytes[at] = bytes[at + length] = 0x47;
  return bytes;
}

/** Files, and what is said of their types and codings. */
const TYPED_FILES: ReadonlyArray<
  readonly [
    name: string,
    content: Uint8Array,
    type: string,
    coding?: string,
  ]
> = [
  ["LICENSE", encode("MIT \u00a9\n"), "text/plain; charset=utf-8"],
  ["a.kt", encode("fun main() {}"), "text/plain; charset=utf-8"],
  ["a.toml", encode("a = 1"), "text/plain; charset=utf-8"],
  ["a.ipynb", encode("{}"), "text/plain; charset=utf-8"],
  ["nobody.registered", encode("it"), "text/plain; charset=utf-8"],
  ["page", encode("<script>alert(1)</script>"), "text/plain; charset=utf-8"],
  ["program", encode("\x7fELF\0"), "application/octet-stream"],
  ["latin-1", Uint8Array.of(0xe9, 0x0a), "application/octet-stream"],
  ["source.ts", encode("export {};"), "text/typescript; charset=utf-8"],
  ["source.mts", encode("export {};"), "text/typescript; charset=utf-8"],
  ["video.ts", packets(0, 188), "video/mp2t"],
  ["camera.mts", packets(4, 192), "video/mp2t"],
  ["camera.m2ts", packets(4, 192), "video/mp2t"],
  ["a.flac", encode("fLaC"), "audio/flac"],
  ["a.cbz", encode("PK"), "application/vnd.comicbook+zip"],
  ["a.json", encode("{}"), "application/json"],
  ["a.svgz", encode("\x1f"), "image/svg+xml", "gzip"],
  ["game.js.gz", encode("\x1f"), "text/javascript; charset=utf-8", "gzip"],
  ["other.js.gz", encode("\x1f"), "application/gzip"],
];

/** So many, and so long, that the directory is a long one to every file system. */
const LONG_NAMES: readonly string[] = Array.from(
  { length: 5000 },
  (_, index) => `${String(index).padStart(4, "0")}-${"x".repeat(240)}`,
);

/** Fills a directory for the contract. */
export async function furnish(root: string): Promise<void> {
  for (
    const name of [
      "sub",
      "index",
      "htm",
      "odd",
      "empty",
      ".git",
      "🎉 d",
      "text",
    ]
  ) {
    Deno.mkdirSync(`${root}/${name}`);
  }
  const files: Record<string, string> = {
    "a.txt": "hello\n",
    "sub/b.html": "<p>b",
    "index/index.html": "<h1>index",
    "index/404.html": "<p>404 of index",
    "htm/index.htm": "<h1>htm",
    "zero.txt": "",
    ".env": "SECRET",
    ".git/config": "SECRET",
    "🎉 d/f": "f",
    "_redirects": [
      "/host/old/* /host/:splat",
      "/host/up/* /:splat",
      "/host/text /a.txt 200",
      "/host/gone /sub/b.html 410",
      "/sub/b.html /nobody-sees-this",
      "/sub/* /nobody-sees-this Country=us",
    ].join("\n"),
    "_headers": "/host/*\n  X-Host: yes\n/a.txt\n  X-Host: no",
    "text/README.md": "# Read *me*\n\n<script>alert(1)</script> [a](other.md)",
  };
  for (const [name, content] of Object.entries(files)) {
    Deno.writeTextFileSync(`${root}/${name}`, content);
  }
  for (const name of ODD_NAMES) {
    Deno.writeTextFileSync(`${root}/odd/${name}`, name);
  }
  Deno.writeFileSync(`${root}/large.bin`, LARGE);
  Deno.mkdirSync(`${root}/types`);
  for (const [name, content] of TYPED_FILES) {
    Deno.writeFileSync(`${root}/types/${name}`, content);
  }
  Deno.symlinkSync("/etc", `${root}/etc`);
  Deno.mkdirSync(`${root}/long`);
  for (const name of LONG_NAMES) {
    Deno.linkSync(`${root}/zero.txt`, `${root}/long/${name}`);
  }
  Deno.mkdirSync(`${root}/archived/sub`, { recursive: true });
  Deno.writeTextFileSync(`${root}/archived/é.txt`, "é");
  Deno.writeFileSync(`${root}/archived/large.bin`, LARGE);
  Deno.writeTextFileSync(`${root}/archived/run`, "#!", { mode: 0o755 });
  Deno.writeTextFileSync(`${root}/archived/sub/.env`, "SECRET");
  const old = 784_111_777;
  for (const name of ["a.txt", "index/index.html"]) {
    Deno.utimeSync(`${root}/${name}`, old, old);
  }
  await settle();
}

async function statuses(
  { program }: Subject,
  rows: ReadonlyArray<readonly [string, number]>,
  method = "GET",
): Promise<void> {
  for (const [target, status] of rows) {
    const response = await request(program.port, target, {}, method);
    assertEquals(response.status, status, `${method} ${target}`);
  }
}

/** The references of the rows of a listing, but for that which leads up. */
function linksOf(page: string): readonly string[] {
  const [, rows = ""] = page.split("<tbody>");
  return [...rows.matchAll(/<a href="([^"]*)"/g)]
    .map(([, link = ""]) => link)
    .filter((link) => link !== "../");
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** As `?format=text` writes a name. */
function escapeName(name: string): string {
  return name.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function names(response: RawResponse): string[] {
  return [...response.fields.keys()].sort();
}

export const CONTRACT: readonly Clause[] = [
  {
    name: "a file: exact bytes, length, type, validators, Server and Date",
    check: async ({ program }) => {
      const response = await request(program.port, "/a.txt");
      assertEquals(response.status, 200);
      assertEquals(response.text, "hello\n");
      const { fields } = response;
      assertEquals(fields.get("content-length"), "6");
      assertEquals(fields.get("content-type"), "text/plain; charset=utf-8");
      assertEquals(
        fields.get("last-modified"),
        "Sun, 06 Nov 1994 08:49:37 GMT",
      );
      // Somebody has set the time, so that the content is the tag.
      assertEquals(
        fields.get("etag"),
        '"sha-5891b5b522d5df086d0ff0b110fbd9d2"',
      );
      assertEquals(fields.get("accept-ranges"), "bytes");
      assertEquals(fields.get("cache-control"), "no-cache");
      assertEquals(fields.get("transfer-encoding"), null);
      assertMatch(
        fields.get("server") ?? "",
        /^serve\/\d+\.\d+\.\d+ (Deno|Bun|Node\.js)\//,
      );
      const age = Date.now() - Date.parse(fields.get("date") ?? "");
      assert(age > -2000 && age < 60_000);
    },
  },
  {
    name: "a large file: exact bytes with their length",
    check: async ({ program }) => {
      const response = await request(program.port, "/large.bin");
      assertEquals(response.fields.get("content-length"), String(LARGE.length));
      assertEquals(response.content.length, LARGE.length);
      assert(response.content.every((byte, index) => byte === index % 251));
    },
  },
  {
    name:
      "HEAD: the fields of GET, no content, also for large files and errors",
    check: async ({ program }) => {
      const targets = [
        "/a.txt",
        "/large.bin",
        "/zero.txt",
        "/sub/",
        "/x",
        "/sub",
      ];
      for (const target of targets) {
        const get = await request(program.port, target);
        const head = await request(program.port, target, {}, "HEAD");
        assertEquals(head.status, get.status, target);
        assertEquals(head.content.length, 0, target);
        assertEquals(names(head), names(get), target);
        const length = get.fields.get("content-length");
        assertEquals(head.fields.get("content-length"), length, target);
      }
    },
  },
  {
    name:
      "a Range field that is ignored: the whole file, whatever the runtime would do",
    check: async ({ program }) => {
      for (const target of ["/a.txt", "/large.bin", "/sub/"]) {
        const whole = await request(program.port, target);
        for (const range of ["bytes=5-x", "lines=1-2", "bytes", "bytes=9-5"]) {
          const response = await request(program.port, target, {
            Range: range,
          });
          assertEquals(response.status, 200, range);
          assertEquals(response.fields.get("content-range"), null);
          assertEquals(response.content, whole.content, range);
        }
      }
    },
  },
  {
    name: "single ranges: 206 with exactly those bytes, clamped; 416 outside",
    check: async ({ program }) => {
      const size = LARGE.length;
      const rows: Array<[string, number, number]> = [
        ["bytes=0-0", 0, 0],
        ["bytes=10-99", 10, 99],
        ["bytes=0-", 0, size - 1],
        [`bytes=${size - 5}-`, size - 5, size - 1],
        [`bytes=${size - 5}-${size * 2}`, size - 5, size - 1],
        ["bytes=-7", size - 7, size - 1],
        ["bytes=0-1500000", 0, 1_500_000],
        ["bytes=1000000-2500000", 1_000_000, 2_500_000],
      ];
      for (const [range, start, end] of rows) {
        const response = await request(program.port, "/large.bin", {
          Range: range,
        });
        assertEquals(response.status, 206, range);
        assertEquals(
          response.fields.get("content-range"),
          `bytes ${start}-${end}/${size}`,
        );
        assertEquals(
          response.fields.get("content-length"),
          `${end - start + 1}`,
        );
        assertEquals(response.content, LARGE.slice(start, end + 1), range);
      }
      for (
        const range of [
          `bytes=${size}-`,
          "bytes=-0",
          "bytes=99999999999999999999-",
        ]
      ) {
        const response = await request(program.port, "/large.bin", {
          Range: range,
        });
        assertEquals(response.status, 416, range);
        assertEquals(response.fields.get("content-range"), `bytes */${size}`);
      }
    },
  },
  {
    name: "If-Range: ranges only of the same state, else the whole",
    check: async ({ program }) => {
      for (const target of ["/a.txt", "/large.bin"]) {
        const whole = await request(program.port, target);
        const tag = whole.fields.get("etag") ?? "";
        const date = whole.fields.get("last-modified") ?? "";
        const isSet = target === "/a.txt";
        const rows: Array<[string, number]> = [
          [tag, 206],
          [`W/${tag}`, 200],
          ['"x"', 200],
          [date, isSet ? 200 : 206],
          ["Sun, 06 Nov 1994 08:49:38 GMT", 200],
        ];
        for (const [condition, status] of rows) {
          const fields = { Range: "bytes=1-3", "If-Range": condition };
          const response = await request(program.port, target, fields);
          assertEquals(response.status, status, condition);
          const expected = status === 206
            ? whole.content.slice(1, 4)
            : whole.content;
          assertEquals(response.content, expected);
        }
        const head = await request(
          program.port,
          target,
          { Range: "bytes=1-3" },
          "HEAD",
        );
        assertEquals(head.status, 200);
      }
    },
  },
  {
    name: "several ranges: multipart/byteranges with its exact length",
    check: async ({ program }) => {
      const range = "bytes=0-9,500000-500009,-5";
      const response = await request(program.port, "/large.bin", {
        Range: range,
      });
      assertEquals(response.status, 206);
      const type = response.fields.get("content-type") ?? "";
      assertMatch(type, /^multipart\/byteranges; boundary=/);
      assertEquals(
        response.fields.get("content-length"),
        `${response.content.length}`,
      );
      const size = LARGE.length;
      const parts = response.text.split(`--${type.split("=")[1]}`);
      assertEquals(parts.length, 5);
      assertEquals(parts[0], "\r\n"); // zsync reads nothing else
      for (const span of ["0-9", "500000-500009", `${size - 5}-${size - 1}`]) {
        assert(
          response.text.includes(
            `Content-Range: bytes ${span}/${size}\r\n\r\n`,
          ),
        );
      }
    },
  },
  {
    name: "several large ranges: all of their bytes, streamed",
    check: async ({ program }) => {
      const range = "bytes=0-999999,1500000-2499999";
      const response = await request(program.port, "/large.bin", {
        Range: range,
      });
      assertEquals(response.status, 206);
      const type = response.fields.get("content-type") ?? "";
      const [, boundary = ""] = /boundary=(.*)$/.exec(type) ?? [];
      const at = response.wire.length - response.content.length;
      assert(at > 0);
      const first = response.content.indexOf(13, 2);
      assertEquals(first, boundary.length + 4);
      const length = response.fields.get("content-length");
      const told = length === null ? undefined : Number(length);
      if (told !== undefined) assertEquals(told, response.content.length);
      assert(
        response.content.length > 2_000_000 &&
          response.content.length < 2_001_000,
      );
    },
  },
  {
    name:
      "hundreds of ranges that ascend: 206 with all of them; as many that overlap: the whole",
    check: async ({ program }) => {
      const starts = Array.from({ length: 300 }, (_, index) => index * 8000);
      const spans = starts.map((start) => `${start}-${start + 499}`);
      const response = await request(program.port, "/large.bin", {
        Range: `bytes=${spans}`,
      });
      assertEquals(response.status, 206);
      const type = response.fields.get("content-type") ?? "";
      const delimiter = `\r\n--${type.split("boundary=")[1]}`;
      const expected = new Blob([
        ...starts.flatMap((start, index) => [
          `${delimiter}\r\nContent-Type: application/octet-stream\r\n` +
          `Content-Range: bytes ${spans[index]}/${LARGE.length}\r\n\r\n`,
          LARGE.slice(start, start + 500),
        ]),
        `${delimiter}--\r\n`,
      ]);
      assertEquals(response.content, await expected.bytes());
      const whole = await request(program.port, "/large.bin", {
        Range: `bytes=${starts.map((start) => `${start}-${start + 8000}`)}`,
      });
      assertEquals(whole.status, 200);
      assertEquals(whole.content.length, LARGE.length);
    },
  },
  {
    name: "ranges of an empty file are ignored: 200 (RFC 9110 §14.2)",
    check: async ({ program }) => {
      for (const range of ["bytes=0-", "bytes=0-1048575", "bytes=-1"]) {
        const response = await request(program.port, "/zero.txt", {
          Range: range,
        });
        assertEquals(response.status, 200, range);
        assertEquals(response.fields.get("content-length"), "0", range);
      }
    },
  },
  {
    name:
      "HEAD of text tells the length that ranges go by, whatever is accepted",
    check: async ({ program, root }) => {
      const text = "0123456789".repeat(200_000);
      for (
        const [name, length] of [["lines.txt", 2000], [
          "book.txt",
          2e6,
        ]] as const
      ) {
        Deno.writeTextFileSync(`${root}/${name}`, text.slice(0, length));
        const fields = { "Accept-Encoding": "gzip, br" };
        const coding = length < 1e6 ? "gzip" : "br";
        for (let time = 0; time < 2; time++) {
          const head = await request(program.port, `/${name}`, fields, "HEAD");
          assertEquals(head.fields.get("content-length"), String(length));
          assertEquals(head.fields.get("content-encoding"), null);
          const part = await request(program.port, `/${name}`, {
            ...fields,
            Range: `bytes=${length - 4}-`,
          });
          assertEquals([part.status, part.text], [206, "6789"]);
          const whole = await request(program.port, `/${name}`, fields);
          assertEquals(whole.fields.get("content-encoding"), coding);
        }
      }
    },
  },
  {
    name:
      "ranges of a file with sidecars are of the file; of a sidecar by its tag (RFC 9110 §13.1.5)",
    check: async ({ program, root }) => {
      Deno.writeTextFileSync(`${root}/part.txt`, "identity");
      Deno.writeTextFileSync(`${root}/part.txt.gz`, "sidecar");
      await settle();
      const gzip = { "Accept-Encoding": "gzip" };
      const { fields } = await request(program.port, "/part.txt", gzip);
      assertEquals(fields.get("content-encoding"), "gzip");
      const rows: Array<[Record<string, string>, string, string | null]> = [
        [{}, "iden", null],
        [{ "If-Range": fields.get("etag") ?? "" }, "side", "gzip"],
        [{ "Accept-Encoding": "gzip, identity;q=0" }, "side", "gzip"],
      ];
      for (const [more, content, coding] of rows) {
        const headers = { ...gzip, Range: "bytes=0-3", ...more };
        const part = await request(program.port, "/part.txt", headers);
        const what = JSON.stringify(more);
        assertEquals([part.status, part.text], [206, content], what);
        assertEquals(part.fields.get("content-encoding"), coding, what);
      }
    },
  },
  {
    name: "Connection: keep-alive is answered to those who send it",
    check: async ({ program }) => {
      const rows: Array<[sent: string, told: string | null]> = [
        ["Connection: keep-alive\r\n", "keep-alive"],
        ["Connection: TE, Keep-Alive\r\n", "keep-alive"],
        ["Connection: keep-alive-not\r\n", null],
        ["Connection: keep-alive, TE\r\n", "keep-alive"],
        ["", null],
      ];
      for (const target of ["/a.txt", "/none", "/sub/", "/large.bin"]) {
        for (const [sent, told] of rows) {
          const first = `GET ${target} HTTP/1.1\r\nHost: a\r\n${sent}\r\n`;
          using connection = await connect(program.port, first);
          const { head } = await readHead(connection);
          const [, actual = null] = /^connection: (.*)$/mi.exec(head) ?? [];
          // node:http tells everybody.
          const expected = program.runtime === "Node" ? "keep-alive" : told;
          assertEquals(actual?.trim() ?? null, expected, `${target} ${sent}`);
        }
      }
    },
  },
  {
    name: "content codings: by sidecar, and on the way, with what caches need",
    check: async ({ program, root }) => {
      const text = "All work and no play makes Jack a dull boy.\n".repeat(50);
      Deno.writeTextFileSync(`${root}/text.txt`, text);
      Deno.writeTextFileSync(`${root}/side.txt`, text);
      Deno.writeTextFileSync(`${root}/side.txt.br`, "sidecar");
      const side = await request(program.port, "/side.txt", {
        "Accept-Encoding": "br",
      });
      assertEquals(side.text, "sidecar");
      for (const coding of codingsOf(program.runtime)) {
        const fields = { "Accept-Encoding": coding };
        const response = await request(program.port, "/text.txt", fields);
        assertEquals(response.fields.get("content-encoding"), coding);
        assertEquals(response.fields.get("vary"), "Accept-Encoding");
        assertEquals(
          response.fields.get("content-length"),
          `${response.content.length}`,
        );
        assert(response.content.length < 200);
        const decoded = DECODERS[coding]?.(response.content);
        assertEquals(new TextDecoder().decode(decoded), text);
        const tag = await tagOf(program.port, "/text.txt", fields);
        const again = await request(program.port, "/text.txt", {
          ...fields,
          "If-None-Match": tag,
        });
        assertEquals(again.status, 304);
        assertEquals(again.fields.get("vary"), "Accept-Encoding");
      }
      const other = await request(program.port, "/text.txt", {
        "Accept-Encoding": "zstd",
      });
      const hasZstd = codingsOf(program.runtime).includes("zstd");
      assertEquals(other.fields.has("content-encoding"), hasZstd);
      const plain = await request(program.port, "/text.txt");
      assertEquals(plain.text, text);
      assertEquals(plain.fields.get("vary"), "Accept-Encoding");
    },
  },
  {
    name: "a large text is compressed as a stream",
    check: async ({ program, root }) => {
      const text = "All work and no play makes Jack a dull boy.\n".repeat(
        50_000,
      );
      Deno.writeTextFileSync(`${root}/large.txt`, text);
      for (const coding of codingsOf(program.runtime)) {
        const response = await fetch(`${program.url}/large.txt`, {
          headers: { "accept-encoding": coding },
        });
        assertEquals(response.status, 200);
        const copy = await request(program.port, "/large.txt", {
          "Accept-Encoding": coding,
        });
        assertEquals(copy.fields.get("content-encoding"), coding);
        assert(copy.content.length < 100_000);
        // Deno's fetch knows br and gzip.
        if (coding === "zstd") await response.body?.cancel();
        else assertEquals((await response.text()).length, text.length);
      }
    },
  },
  {
    name:
      "HEAD where identity is refused: no other length than that of GET (RFC 9110 §8.6)",
    check: async ({ program, root }) => {
      const words = "All work and no play makes Jack a dull boy.\n";
      for (
        const [name, times] of [["head.txt", 50], [
          "long-head.txt",
          50_000,
        ]] as const
      ) {
        Deno.writeTextFileSync(`${root}/${name}`, words.repeat(times));
        Deno.utimeSync(`${root}/${name}`, 1000, 1000);
        const fields = { "Accept-Encoding": "gzip, identity;q=0" };
        for (let time = 0; time < 2; time++) {
          const head = await request(program.port, `/${name}`, fields, "HEAD");
          const get = await request(program.port, `/${name}`, fields);
          assertEquals(head.fields.get("content-encoding"), "gzip");
          assertEquals(head.fields.get("etag"), get.fields.get("etag"));
          const length = head.fields.get("content-length");
          assert(
            length === null || length === get.fields.get("content-length"),
            length ?? "",
          );
          assertEquals(head.content.length, 0);
        }
      }
    },
  },
  {
    name: "slow readers of a large text do not have it coded into memory",
    check: async ({ program, root }) => {
      const noise = crypto.getRandomValues(new Uint8Array(60_000)).toBase64();
      const lines = Array.from(
        { length: 750 },
        (_, at) => noise.slice(at) + noise.slice(0, at),
      );
      Deno.writeTextFileSync(`${root}/noise.txt`, lines.join("\n")); // 60 MB
      const memory = () => {
        const status = Deno.readTextFileSync(
          `/proc/${program.process.pid}/status`,
        );
        return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
      };
      const before = memory();
      const connections: Deno.Conn[] = [];
      for (let client = 0; client < 6; client++) {
        const connection = await Deno.connect({ port: program.port });
        const coding = ["gzip", "br", "zstd"][client % 3];
        const message =
          `GET /noise.txt HTTP/1.1\r\nHost: a\r\nAccept-Encoding: ${coding}\r\n\r\n`;
        await connection.write(new TextEncoder().encode(message));
        await connection.read(new Uint8Array(100));
        connections.push(connection);
      }
      await new Promise((resolve) => setTimeout(resolve, 1500));
      const more = memory() - before;
      for (const connection of connections) connection.close();
      assert(more < 150_000_000, `${more} bytes more`);
      assertEquals((await request(program.port, "/a.txt")).status, 200);
    },
  },
  {
    name: "a digest that is wanted, and a name to keep",
    check: async ({ program, root }) => {
      const fields = { "Want-Repr-Digest": "sha-256=1", Range: "bytes=0-1" };
      const response = await request(
        program.port,
        "/large.bin?download",
        fields,
      );
      const digest = new Uint8Array(
        await crypto.subtle.digest("SHA-256", LARGE),
      );
      assertEquals(
        response.fields.get("repr-digest"),
        `sha-256=:${digest.toBase64()}:`,
      );
      const disposition = response.fields.get("content-disposition");
      assertEquals(disposition, 'attachment; filename="large.bin"');
      // Where it would be of coded bytes there is none: a proxy may undo the coding.
      Deno.writeTextFileSync(`${root}/digest.txt`, "text ".repeat(1000));
      const gzip = { ...fields, "Accept-Encoding": "gzip, identity;q=0" };
      const coded = await request(program.port, "/digest.txt", gzip);
      const names = ["content-encoding", "repr-digest"];
      assertEquals(names.map((name) => coded.fields.get(name)), ["gzip", null]);
    },
  },
  {
    name:
      "archives: zip and tar with length, ranges, 304, HEAD, a selection; 400, 404, 503",
    check: async ({ program }) => {
      const { port } = program;
      const bytesOf = (target: string, fields: Record<string, string> = {}) =>
        request(port, target, fields);
      const path = "/archived/?archive=";
      const zip = await bytesOf(`${path}zip`);
      const size = Number(zip.fields.get("content-length"));
      assertEquals([zip.status, zip.content.length], [200, size]);
      const modes = readZip(zip.content).map(({ name, mode }) => [name, mode]);
      assertEquals(modes, [
        ["large.bin", 0o100644],
        ["run", 0o100755],
        ["sub/", 0o40755],
        ["é.txt", 0o100644],
      ]);
      assertEquals(readZip(zip.content)[0]?.bytes, LARGE);
      const tar = await bytesOf(`${path}tar`);
      assertEquals(readTar(tar.content)[0]?.bytes, LARGE);
      assertEquals(readTar(tar.content).length, 4);
      const tag = zip.fields.get("etag") ?? "";
      const range = { Range: `bytes=1000-${size - 5}`, "If-Range": tag };
      const part = await bytesOf(`${path}zip`, range);
      assertEquals(part.status, 206);
      assertEquals(part.content, zip.content.slice(1000, size - 4));
      const known = await bytesOf(`${path}zip`, { "If-None-Match": tag });
      assertEquals([known.status, known.content.length], [304, 0]);
      const head = await request(port, `${path}zip`, {}, "HEAD");
      assertEquals(head.fields.get("content-length"), `${size}`);
      const some = await bytesOf(`${path}zip&name=run&name=sub`);
      const names = readZip(some.content).map(({ name }) => name);
      assertEquals(names, ["run", "sub/"]);
      assertEquals((await bytesOf(`${path}rar`)).status, 400);
      assertEquals((await bytesOf(`${path}zip&name=.env`)).status, 404);
    },
  },
  {
    name: "archives that are compressed: what there is, the same tar",
    check: async ({ program, root }) => {
      Deno.mkdirSync(`${root}/packed`);
      Deno.writeTextFileSync(`${root}/packed/a.txt`, "a".repeat(100_000));
      const { content } = await request(program.port, "/packed/?archive=tar");
      const gz = await request(program.port, "/packed/?archive=tar.gz");
      const plain = new Blob([new Uint8Array(gz.content)]).stream()
        .pipeThrough(new DecompressionStream("gzip"));
      const unpacked = await new Response(plain).arrayBuffer();
      assertEquals(new Uint8Array(unpacked), content);
      assertEquals(gz.fields.get("content-length"), null);
      const zst = await request(program.port, "/packed/?archive=tar.zst");
      const isThere = codingsOf(program.runtime).includes("zstd");
      assertEquals(zst.status, isThere ? 200 : 501);
    },
  },
  {
    name: "four archives at a time: 503 with Retry-After, until one has left",
    check: async ({ program, root }) => {
      Deno.mkdirSync(`${root}/many`);
      for (let index = 0; index < 4; index++) {
        Deno.writeFileSync(`${root}/many/${index}`, new Uint8Array(1));
        Deno.truncateSync(`${root}/many/${index}`, 20_000_000);
      }
      const url = `${program.url}/many/?archive=tar`;
      const slow = await Promise.all(
        Array.from({ length: 4 }, () => fetch(url)),
      );
      assertEquals(slow.map(({ status }) => status), [200, 200, 200, 200]);
      const refused = await request(program.port, "/many/?archive=tar");
      assertEquals(refused.status, 503);
      assertEquals(refused.fields.get("retry-after"), "1");
      await Promise.all(slow.map(({ body }) => body?.cancel()));
      await until(async () => {
        const target = "/many/?archive=zip";
        return (await request(program.port, target, {}, "HEAD")).status === 200;
      });
    },
  },
  {
    name: "an empty file: 200 and no bytes",
    check: async ({ program }) => {
      const response = await request(program.port, "/zero.txt");
      assertEquals(response.status, 200);
      assertEquals(response.fields.get("content-length"), "0");
      assertEquals(response.content.length, 0);
    },
  },
  {
    name: "preconditions: 304 without content, 412",
    check: async ({ program }) => {
      for (const target of ["/a.txt", "/large.bin"]) {
        const { fields } = await request(program.port, target);
        const tag = fields.get("etag") ?? "";
        const date = fields.get("last-modified") ?? "";
        // By a time that somebody has set, nobody can tell.
        const isSet = target === "/a.txt";
        const rows: Array<[Record<string, string>, number]> = [
          [{ "If-None-Match": tag }, 304],
          [{ "If-None-Match": `"x,y", W/${tag}` }, 304],
          [{ "If-None-Match": '"x"' }, 200],
          [{ "If-Match": '"x"' }, 412],
          [{ "If-Match": tag }, 200],
          [{ "If-Modified-Since": date }, isSet ? 200 : 304],
          [{ "If-Unmodified-Since": date }, isSet ? 412 : 200],
          [{ "If-Modified-Since": "Sun, 06 Nov 1994 08:49:36 GMT" }, 200],
          [{ "If-Unmodified-Since": "Sun, 06 Nov 1994 08:49:36 GMT" }, 412],
        ];
        for (const [given, status] of rows) {
          for (const method of ["GET", "HEAD"]) {
            const response = await request(program.port, target, given, method);
            assertEquals(response.status, status, JSON.stringify(given));
            if (status !== 304) continue;
            assertEquals(response.content.length, 0);
            assertEquals(response.fields.get("etag"), tag);
            assertEquals(response.fields.get("cache-control"), "no-cache");
            // §15.4.5: SHOULD NOT, beside a tag.
            assertEquals(response.fields.has("last-modified"), false);
            assert(response.fields.has("date"));
          }
        }
      }
    },
  },
  {
    name:
      "directories: 301 with the query kept, index.html, index.htm, listing",
    check: async ({ program }) => {
      const moved = await request(program.port, "/sub?a=b&c");
      assertEquals(moved.status, 301);
      assertEquals(moved.fields.get("location"), "/sub/?a=b&c");
      const encoded = await request(program.port, "/%F0%9F%8E%89%20d");
      assertEquals(encoded.fields.get("location"), "/%F0%9F%8E%89%20d/");
      assertEquals((await request(program.port, "/index/")).text, "<h1>index");
      assertEquals((await request(program.port, "/htm/")).text, "<h1>htm");
      const listing = await request(program.port, "/sub/");
      assertEquals(
        listing.fields.get("content-type"),
        "text/html; charset=utf-8",
      );
      assertEquals(linksOf(listing.text), ["b.html"]);
      assert(listing.text.includes("<title>Index of /sub</title>"));
      const empty = await request(program.port, "/empty/");
      assertEquals(linksOf(empty.text), []);
    },
  },
  {
    name: "Markdown: a README below its listing, and a page with ?view",
    check: async ({ program }) => {
      const accept = { accept: "text/html" };
      const escaped = "&lt;script&gt;alert(1)&lt;/script&gt;";
      const listing = await request(program.port, "/text/", accept);
      const heading = "Read <em>me</em>";
      assert(listing.text.includes(`dir="auto">${heading}</h2>`));
      assert(listing.text.includes(`${escaped} <a href="other.md">`));
      const page = await request(program.port, "/text/README.md?view");
      assertEquals(page.fields.get("content-type"), "text/html; charset=utf-8");
      assert(page.text.includes(`dir="auto">${heading}</h1>`));
      assert(page.text.includes(`${escaped} <a href="other.md?view">`));
      const tag = page.fields.get("etag") ?? "";
      const condition = { "if-none-match": tag };
      const again = await request(
        program.port,
        "/text/README.md?view",
        condition,
      );
      assertEquals(again.status, 304);
      const raw = await request(program.port, "/text/README.md");
      assertEquals(
        raw.fields.get("content-type"),
        "text/markdown; charset=utf-8",
      );
      assert(raw.text.includes("<script>"));
    },
  },
  {
    name: "odd names: every link of the listing leads to its file",
    check: async ({ program, root }) => {
      const { text } = await request(program.port, "/odd/");
      const links = linksOf(text);
      assertEquals(links.length, ODD_NAMES.length);
      // No character references of HTML (`&#39;`): lftp and wget2 do not decode them.
      for (const link of links) assertMatch(link, /^[\w.~+%-]+$/);
      const found = new Set<string>();
      for (const link of links) {
        const response = await request(program.port, `/odd/${link}`);
        assertEquals(response.status, 200, link);
        found.add(response.text);
      }
      assertEquals([...found].sort(), [...ODD_NAMES].sort());
      assertEquals([...Deno.readDirSync(`${root}/odd`)].length, found.size);
    },
  },
  {
    name: "a long directory: a page of unknown length, with every name once",
    check: async ({ program }) => {
      const { status, fields, text } = await request(program.port, "/long/");
      assertEquals(status, 200);
      assertEquals(fields.get("content-length"), null);
      assertEquals(fields.get("etag"), null);
      assertEquals(linksOf(text), LONG_NAMES);
      const head = await request(program.port, "/long/", {}, "HEAD");
      // Deno leaves Transfer-Encoding out, as RFC 9110 §9.3.2 lets it.
      fields.delete("transfer-encoding");
      head.fields.delete("transfer-encoding");
      assertEquals(names(head), [...fields.keys()].sort());
    },
  },
  {
    name:
      "RFC 9110 §12.5.1: a listing as JSON, JSON lines and text, by weights and by the query",
    check: async ({ program }) => {
      const browser = "text/html,application/xml;q=0.9,*/*;q=0.8";
      const rows: [query: string, accept: string | undefined, type: string][] =
        [
          ["", undefined, "text/html; charset=utf-8"],
          ["", "*/*", "text/html; charset=utf-8"],
          ["", browser, "text/html; charset=utf-8"],
          ["", "image/png", "text/html; charset=utf-8"],
          ["", "application/json", "application/json"],
          ["", "application/json, text/plain, */*", "application/json"],
          ["", "text/html;q=0.5, application/json;q=0.6", "application/json"],
          ["", "application/json;q=0, */*;q=0.1", "text/html; charset=utf-8"],
          ["", "application/x-ndjson", "application/x-ndjson"],
          ["", "text/plain", "text/plain; charset=utf-8"],
          ["?format=json", browser, "application/json"],
          ["?format=ndjson", browser, "application/x-ndjson"],
          ["?format=text", "application/json", "text/plain; charset=utf-8"],
          ["?format=html", "application/json", "text/html; charset=utf-8"],
          ["?format=xml", "application/json", "application/json"],
        ];
      for (const [query, accept, type] of rows) {
        const fields: Record<string, string> = accept === undefined
          ? {}
          : { Accept: accept };
        const found = await request(program.port, `/sub/${query}`, fields);
        const what = `${query} ${accept}`;
        assertEquals(found.status, 200, what);
        assertEquals(found.fields.get("content-type"), type, what);
        const vary = found.fields.get("vary")?.split(/, */) ?? [];
        assert(vary.includes("Accept"), what);
      }
    },
  },
  {
    name:
      "a listing for programs: entries with size, time, type and tag, one by one the answers of their URLs",
    check: async ({ program }) => {
      const json = await request(program.port, "/odd/?format=json");
      const { entries, ...more } = JSON.parse(json.text);
      const files = ODD_NAMES.length;
      const size = ODD_NAMES.reduce((sum, name) => sum + bytesOf(name), 0);
      assertEquals(more, {
        path: "/odd/",
        query: { sort: "name", order: "asc", q: "", recursive: false },
        ...{ directories: 0, files, size, pages: 1 },
      });
      const lines = await request(program.port, "/odd/?format=ndjson");
      const values = lines.text.trimEnd().split("\n")
        .map((line) => JSON.parse(line));
      assertEquals(values, entries);
      const text = await request(program.port, "/odd/?format=text");
      const names = entries.map(({ name }: { name: string }) => name);
      assertEquals(text.text, `${names.map(escapeName).join("\n")}\n`);
      assertEquals(names.toSorted(), [...ODD_NAMES].sort());
      for (const entry of entries) {
        const url = `/odd/${entry.url}`;
        const { status, fields } = await request(program.port, url, {}, "HEAD");
        assertEquals(status, 200, url);
        assertEquals(entry.kind, "file");
        assertEquals(entry.readable, true);
        assertEquals(fields.get("content-length"), String(entry.size));
        const time = new Date(fields.get("last-modified") ?? "");
        assertEquals(new Date(entry.modified), time);
        const { etag, mediaType } = entry;
        assertEquals(fields.get("etag"), etag ?? fields.get("etag"));
        const type = fields.get("content-type");
        assertEquals(type, mediaType ?? type, url);
      }
    },
  },
  {
    name:
      "every form of a listing has validators: 304, 412 and HEAD tell of its bytes",
    check: async ({ program }) => {
      const tags = new Set<string>();
      for (const format of ["html", "json", "ndjson", "text"]) {
        const url = `/odd/?format=${format}`;
        const whole = await request(program.port, url);
        const tag = whole.fields.get("etag") ?? "";
        assertMatch(tag, /^"/, url);
        tags.add(tag);
        const length = String(whole.content.length);
        assertEquals(whole.fields.get("content-length"), length, url);
        const head = await request(program.port, url, {}, "HEAD");
        assertEquals(head.fields.get("content-length"), length, url);
        assertEquals(head.fields.get("etag"), tag, url);
        const known = { "If-None-Match": tag };
        const unchanged = await request(program.port, url, known);
        assertEquals(unchanged.status, 304, url);
        assertEquals(unchanged.fields.get("etag"), tag, url);
        assertEquals(unchanged.fields.get("vary"), whole.fields.get("vary"));
        const other = { "If-Match": '"other"' };
        const failed = await request(program.port, url, other);
        assertEquals(failed.status, 412, url);
      }
      assertEquals(tags.size, 4);
    },
  },
  {
    name: "a long listing for programs is streamed: every entry, and valid",
    check: async ({ program }) => {
      const json = await request(program.port, "/long/?format=json");
      assertEquals(json.fields.get("content-length"), null);
      const { entries, files } = JSON.parse(json.text);
      const names = entries.map(({ name }: { name: string }) => name);
      assertEquals(names, LONG_NAMES);
      assertEquals(files, LONG_NAMES.length);
      const text = await request(program.port, "/long/?format=text");
      assertEquals(text.text, `${LONG_NAMES.join("\n")}\n`);
      const page = await request(program.port, "/long/?format=ndjson&page=2");
      const lines = page.text.trimEnd().split("\n")
        .map((line) => JSON.parse(line).name);
      assertEquals(lines, LONG_NAMES.slice(1000, 2000));
    },
  },
  {
    name:
      "RFC 9110 §8.3, §8.4: types by name and by content, codings by name, HEAD before GET",
    check: async ({ program }) => {
      for (const [name, content, type, coding = null] of TYPED_FILES) {
        for (const method of ["HEAD", "GET"]) {
          const fields = { "Accept-Encoding": "identity" };
          const target = `/types/${name}`;
          const response = await request(program.port, target, fields, method);
          assertEquals(response.status, 200, name);
          const found = response.fields.get("content-type");
          assertEquals(found, type, `${method} ${name}`);
          assertEquals(response.fields.get("content-encoding"), coding, name);
          assertEquals(
            response.fields.get("content-length"),
            `${content.length}`,
          );
          assertEquals(
            response.fields.get("x-content-type-options"),
            "nosniff",
          );
        }
      }
    },
  },
  {
    name: "malformed targets: 400",
    check: (subject) =>
      statuses(subject, [
        ["/%zz", 400],
        ["/%", 400],
        ["/%00", 400],
        ["/a.txt%00", 400],
        ["/%c0%ae%c0%ae/", 400],
      ]),
  },
  {
    name: "a bad Host field: 400, whatever path it feigns",
    check: async ({ program }) => {
      for (const host of ["a/a.txt?x#", "a@b", "a b", "a,b c", "%zz", "a:b"]) {
        const response = await request(program.port, "/a.txt", { Host: host });
        assertEquals(response.status, 400, host);
      }
      for (const host of ["localhost:1", "[::1]:8000", "example.com"]) {
        const response = await request(program.port, "/a.txt", { Host: host });
        assertEquals(response.status, 200, host);
      }
    },
  },
  {
    name: "two Host fields: 400 (RFC 9112 §3.2)",
    check: async ({ program }) => {
      const response = await exchange(
        program.port,
        "GET /a.txt HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n",
      );
      assertEquals(response.status, 400);
    },
  },
  {
    name: "HTTP/1.0 without Host: 200 (RFC 9112 §3.2)",
    check: async ({ program }) => {
      const response = await exchange(
        program.port,
        "GET /a.txt HTTP/1.0\r\n\r\n",
      );
      assertEquals(response.status, 200);
      assertEquals(response.text, "hello\n");
    },
  },
  {
    name: "absolute-form: 200 (RFC 9112 §3.2.2)",
    check: async ({ program }) => {
      const response = await request(
        program.port,
        "http://other.example/a.txt",
      );
      assertEquals(response.status, 200);
    },
  },
  {
    name: "dot segments and backslashes: one URL per resource on every runtime",
    check: (subject) =>
      statuses(subject, [
        ["/sub/../a.txt", 200],
        ["/./a.txt", 200],
        ["/sub/%2e%2E/a.txt", 200],
        ["/../../a.txt", 200],
        ["/sub\\..\\a.txt", 200],
        ["/sub\\b.html", 200],
        ["/a.txt?query", 200],
        ["/a.txt#fragment", 200],
        ["/sub/b.html/../../a.txt", 200],
      ]),
  },
  {
    name:
      "absent: 404, a file with a trailing slash, and what is hidden or outside",
    check: (subject) =>
      statuses(subject, [
        ["/x", 404],
        ["/a.txt/", 404],
        ["/a.txt/x", 404],
        ["/.env", 404],
        ["/%2eenv", 404],
        ["/.git/config", 404],
        ["/sub/../.git/config", 404],
        ["/etc/passwd", 404],
        ["/etc/", 404],
        ["/..%2f..%2fetc%2fpasswd", 404],
        ["/..%5c..%5cetc", 404],
        [`/${"x".repeat(300)}`, 404],
      ]),
  },
  {
    name: "no redirect leaves the site",
    check: async ({ program }) => {
      for (
        const target of [
          "//none",
          "///none/",
          "/%2fnone",
          "//sub%2f..",
          "//a.example/%2e%2e%2fsub",
        ]
      ) {
        const { status, fields } = await request(program.port, target);
        assertEquals(status, 404, target);
        assertEquals(fields.get("location"), null);
      }
      // As curl sends it. The parser of node:http refuses it, as RFC 9112 §3.2 wants.
      const { fields } = await request(program.port, "/sub?\u{e9}");
      const encoded = program.runtime === "Deno" ? "/sub/?%C3%A9" : null;
      assertEquals(fields.get("location"), encoded);
    },
  },
  {
    name: "doubled and encoded slashes: 301 to the one URL, with the query",
    check: async ({ program }) => {
      const rows: Array<[target: string, location: string]> = [
        ["//a.txt", "/a.txt"],
        ["///a.txt?q=//x", "/a.txt?q=//x"],
        ["/sub//b.html", "/sub/b.html"],
        ["/sub%2Fb.html?q=%2F", "/sub/b.html?q=%2F"],
        ["/sub%2f%2fb.html", "/sub/b.html"],
        ["//sub", "/sub/"],
        ["/sub//", "/sub/"],
        ["/sub%2f", "/sub/"],
        ["//", "/"],
        ["/\\sub", "/sub/"],
      ];
      for (const method of ["GET", "HEAD"]) {
        for (const [target, location] of rows) {
          const response = await request(program.port, target, {}, method);
          assertEquals(response.status, 301, target);
          assertEquals(response.fields.get("location"), location, target);
        }
      }
    },
  },
  {
    name: "methods: OPTIONS 204, registered ones 405 with Allow, others 501",
    check: async ({ program }) => {
      const options = await request(program.port, "/a.txt", {}, "OPTIONS");
      assertEquals(options.status, 204);
      assertEquals(options.fields.get("allow"), "GET, HEAD, OPTIONS");
      for (const method of ["POST", "PUT", "DELETE", "PATCH", "PROPFIND"]) {
        const response = await request(program.port, "/a.txt", {}, method);
        assertEquals(response.status, 405, method);
        assertEquals(response.fields.get("allow"), "GET, HEAD, OPTIONS");
      }
      const purge = await request(program.port, "/a.txt", {}, "PURGE");
      assertEquals(purge.status, 501);
      assert(purge.text.includes("Unsupported method (&#39;PURGE&#39;)"));
    },
  },
  {
    name: "a method that nobody knows: 501",
    check: (subject) => statuses(subject, [["/a.txt", 501]], "SPAM"),
  },
  {
    name: "OPTIONS *: 204 (RFC 9110 §9.3.7)",
    check: (subject) => statuses(subject, [["*", 204]], "OPTIONS"),
  },
  {
    name: "errors have http.server's page, and are not cached",
    check: async ({ program }) => {
      const { text, fields } = await request(program.port, "/x");
      assert(text.includes("<p>Error code: 404</p>"));
      assert(text.includes("<p>Message: File not found.</p>"));
      assertEquals(fields.get("cache-control"), "no-cache");
    },
  },
  {
    name:
      "errors by Accept (RFC 9110 §12.5.1): a page with near names, JSON (RFC 9457), text; HEAD alike",
    check: async ({ program }) => {
      const rows = [
        ["text/html,*/*;q=0.8", "text/html; charset=utf-8", 'href="./a.txt"'],
        ["application/json", "application/json", '"title":"Not Found"'],
        [
          "application/problem+json",
          "application/problem+json",
          '"type":"about:blank"',
        ],
        ["text/plain", "text/plain; charset=utf-8", "404 File not found\n"],
        ["*/*", "text/html; charset=utf-8", "<p>Error code: 404</p>"],
      ] as const;
      for (const [accept, type, part] of rows) {
        const get = await request(program.port, "/b.txt", { accept });
        assertEquals(get.status, 404, accept);
        assertEquals(get.fields.get("content-type"), type);
        assertEquals(get.fields.get("vary"), "Accept");
        assert(get.text.includes(part), get.text);
        const length = get.fields.get("content-length");
        assertEquals(length, String(get.content.length));
        const head = await request(
          program.port,
          "/b.txt",
          { accept },
          "HEAD",
        );
        assertEquals([head.status, names(head)], [404, names(get)]);
        assertEquals(head.fields.get("content-length"), length);
        // What cannot be read, too.
        const bad = await request(program.port, "/%zz", { accept });
        assertEquals(bad.fields.get("content-type"), type);
      }
    },
  },
  {
    name:
      "404.html of the nearest directory: 404, never cached, in part or unchanged; by its name 200",
    check: async ({ program }) => {
      const own = await request(program.port, "/index/404.html");
      assertEquals([own.status, own.text], [200, "<p>404 of index"]);
      const tag = own.fields.get("etag") ?? "*";
      for (
        const fields of [
          {},
          { range: "bytes=0-1" },
          { "if-none-match": tag },
          { accept: "text/html" },
        ]
      ) {
        const answer = await request(program.port, "/index/no/x", fields);
        assertEquals([answer.status, answer.text], [404, own.text]);
        assertEquals(answer.fields.get("cache-control"), "no-cache");
        for (
          const name of [
            "etag",
            "last-modified",
            "accept-ranges",
            "content-security-policy",
          ]
        ) assertEquals(answer.fields.get(name), null, name);
      }
      const other = await request(program.port, "/sub/none");
      assert(!other.text.includes("404 of index"));
    },
  },
  {
    name:
      "a request that begins after a change sees it: changed, replaced, deleted, created",
    check: async ({ program, root }) => {
      const path = `${root}/changing.txt`;
      const get = () => request(program.port, "/changing.txt");
      assertEquals((await get()).status, 404);
      for (let time = 0; time < 20; time++) {
        Deno.writeTextFileSync(path, `version ${time}`);
        assertEquals((await get()).text, `version ${time}`);
        Deno.writeTextFileSync(`${path}.new`, `replaced ${time}`);
        Deno.renameSync(`${path}.new`, path);
        assertEquals((await get()).text, `replaced ${time}`);
      }
      Deno.removeSync(path);
      assertEquals((await get()).status, 404);
      Deno.mkdirSync(path);
      assertEquals((await get()).status, 301);
      Deno.removeSync(path);
    },
  },
  {
    name: "a FIFO: 404 at once",
    check: async (subject) => {
      const path = `${subject.root}/fifo`;
      const { success } = new Deno.Command("mkfifo", { args: [path] })
        .outputSync();
      assert(success);
      await statuses(subject, [["/fifo", 404]]);
      Deno.removeSync(path);
    },
  },
  {
    name:
      "content of a GET or POST is not taken for the next request (RFC 9110 §9.3.1)",
    check: async ({ program }) => {
      for (const [method, status] of [["GET", 200], ["POST", 405]] as const) {
        const evil = "GET /.env HTTP/1.1\r\nHost: a\r\n\r\n";
        const first =
          `${method} /a.txt HTTP/1.1\r\nHost: a\r\nContent-Length: ${evil.length}\r\n\r\n${evil}`;
        const last =
          "GET /sub/b.html HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        const { wire } = await exchange(program.port, first + last);
        const statuses = [...wire.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map((
          [, code],
        ) => code);
        assertEquals(statuses, [`${status}`, "200"], method);
        assert(wire.endsWith("<p>b"));
      }
    },
  },
  {
    name: "after a HEAD of content of unknown length the connection goes on",
    check: async ({ program, root }) => {
      Deno.writeTextFileSync(`${root}/next.txt`, "x".repeat(5_000_000));
      const head =
        "HEAD /next.txt HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n";
      const last =
        "GET /sub/b.html HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
      using connection = await connect(program.port, head);
      const { next, isEnd } = responses(connection);
      assertEquals((await next("HEAD"))?.status, 200);
      await writeAll(connection, new TextEncoder().encode(last));
      const { status, content } = await next() ?? {};
      assertEquals(status, 200);
      assertEquals(new TextDecoder().decode(content), "<p>b");
      assert(await isEnd());
    },
  },
  {
    name: "several requests on one connection",
    check: async ({ program }) => {
      using client = Deno.createHttpClient({ poolMaxIdlePerHost: 1 });
      for (let time = 0; time < 5; time++) {
        for (
          const [path, status] of [["a.txt", 200], ["x", 404], ["sub/", 200]]
        ) {
          const response = await fetch(`${program.url}/${path}`, { client });
          await response.arrayBuffer();
          assertEquals(response.status, status);
        }
      }
    },
  },
  {
    name:
      "clients that hang up in the middle harm nobody, and leave no descriptor open",
    check: async ({ program }) => {
      const descriptors = () =>
        [...Deno.readDirSync(`/proc/${program.process.pid}/fd`)].length;
      const hangUp = async () => {
        const connection = await Deno.connect({ port: program.port });
        const message = "GET /large.bin?gone HTTP/1.1\r\nHost: a\r\n\r\n";
        await connection.write(new TextEncoder().encode(message));
        await connection.read(new Uint8Array(1000));
        connection.close();
      };
      await hangUp();
      assertEquals((await request(program.port, "/a.txt")).status, 200);
      const before = descriptors();
      for (let time = 0; time < 20; time++) await hangUp();
      await until(() => descriptors() <= before, `${before} descriptors`);
      assertEquals((await request(program.port, "/a.txt")).status, 200);
    },
  },
  {
    name: "the log has the bytes that left when the client hung up",
    check: async ({ program, root }) => {
      Deno.writeFileSync(`${root}/huge.bin`, new Uint8Array(50_000_000));
      const connection = await Deno.connect({ port: program.port });
      const message = "GET /huge.bin?left HTTP/1.1\r\nHost: a\r\n\r\n";
      await connection.write(new TextEncoder().encode(message));
      const buffer = new Uint8Array(65_536);
      for (let received = 0; received < 200_000;) {
        received += await connection.read(buffer) ?? Infinity;
      }
      connection.close();
      const log = await program.log('"GET /huge.bin?left HTTP/1.1" 200 ');
      const [, bytes] = /huge\.bin\?left HTTP\/1\.1" 200 (\d+)/.exec(log) ?? [];
      assert(Number(bytes) > 100_000 && Number(bytes) < 50_000_000, bytes);
    },
  },
  {
    name:
      "a file that becomes shorter while it is sent: the connection is cut, and one line says why",
    check: async ({ program, root }) => {
      const path = `${root}/shrinking.bin`;
      Deno.writeFileSync(path, new Uint8Array(50_000_000));
      const connection = await Deno.connect({ port: program.port });
      const message = "GET /shrinking.bin HTTP/1.1\r\nHost: a\r\n\r\n";
      await connection.write(new TextEncoder().encode(message));
      let received = await connection.read(new Uint8Array(1000)) ?? 0;
      Deno.truncateSync(path, 10);
      const buffer = new Uint8Array(1_000_000);
      for (;;) {
        const count = await connection.read(buffer).catch(() => null);
        if (count === null) break;
        received += count;
      }
      connection.close();
      assert(received < 50_000_000);
      const log = await program.log('"GET /shrinking.bin HTTP/1.1" 200 ');
      assertEquals(log.match(/became shorter while it was read/g)?.length, 1);
      assert(!log.includes("    at "));
    },
  },
  {
    name: "IPv4 and IPv6 at once",
    check: async ({ program }) => {
      for (const host of ["127.0.0.1", "[::1]"]) {
        const response = await fetch(`http://${host}:${program.port}/a.txt`);
        assertEquals(await response.text(), "hello\n");
      }
    },
  },
  {
    name:
      "the log: http.server's lines, the true number of bytes, nothing unescaped",
    check: async ({ program }) => {
      await request(program.port, "/a.txt?log-1");
      await request(program.port, "/a.txt?log-2", {}, "HEAD");
      await request(program.port, "/large.bin?log-3");
      const { content } = await request(program.port, "/x?log-4");
      const stamp = String
        .raw`127\.0\.0\.1 - - \[\d\d/[A-Z][a-z]{2}/\d{4} \d\d:\d\d:\d\d\]`;
      const rows = [
        [`"GET /a.txt?log-1 HTTP/1.1" 200 6`],
        [`"HEAD /a.txt?log-2 HTTP/1.1" 200 -`],
        [`"GET /large.bin?log-3 HTTP/1.1" 200 ${LARGE.length}`],
        ["code 404, message File not found"],
        [`"GET /x?log-4 HTTP/1.1" 404 ${content.length}`],
      ];
      for (const [line = ""] of rows) {
        const log = await program.log(line);
        assertMatch(log, new RegExp(`^${stamp} ${RegExp.escape(line)}$`, "m"));
      }
    },
  },
  {
    name:
      "404 (RFC 9110 §15.5.5): the log says why, with the flag; the client sees the same",
    check: async ({ program, root }) => {
      const rows = [
        ["/.env?why", " (names that begin with a dot are hidden: --dotfiles)"],
        [
          "/etc/?why",
          " (a link leads out of the directory: --follow-symlinks)",
        ],
        ["/a.txt/?why", " (a file, but the URL ends with a slash)"],
        ["/sub/none?why", ""],
        ["/none?why", ""],
      ] as const;
      assert(Deno.lstatSync(`${root}/etc`).isSymlink);
      const plain = await request(program.port, "/none");
      plain.fields.delete("date");
      for (const [target, why] of rows) {
        const answer = await request(program.port, target);
        assertEquals(answer.status, 404, target);
        assertEquals(answer.content, plain.content, target);
        answer.fields.delete("date");
        assertEquals([...answer.fields], [...plain.fields], target);
        const lines = (await program.log(`"GET ${target} `)).split("\n");
        const at = lines.findIndex((line) => line.includes(`GET ${target} `));
        const before = lines[at - 1] ?? "";
        const message = `] code 404, message File not found${why}`;
        assert(before.endsWith(message), before);
      }
    },
  },
  {
    name:
      "--host-files: rules lead elsewhere, fields are added, and the files themselves are hidden",
    check: async ({ program }) => {
      const rows = [
        ["/host/old/x%20y?q=1", 301, "/host/x%20y?q=1", null],
        ["/host/up//evil.example", 301, "/evil.example", null],
        ["/host/text", 200, null, "yes"],
        ["/a.txt", 200, null, "no"],
        ["/a.txt", 200, null, "no"],
        ["/sub/b.html", 200, null, null],
        ["/host/gone", 410, null, "yes"],
        ["/sub/none", 404, null, null],
        ["/_redirects", 404, null, null],
        ["//_headers", 404, null, null],
      ] as const;
      for (const [target, status, location, field] of rows) {
        const { fields, ...answer } = await request(program.port, target);
        assertEquals(answer.status, status, target);
        assertEquals(fields.get("location"), location, target);
        assertEquals(fields.get("x-host"), field, target);
      }
      const part = { Range: "bytes=1-2" };
      const gone = await request(program.port, "/host/gone", part);
      assertEquals([gone.status, gone.text], [410, "<p>b"]);
      const text = await request(program.port, "/host/text", part);
      assertEquals([text.status, text.text], [206, "el"]);
      const post = await request(program.port, "/host/old/x", {}, "POST");
      assertEquals(post.status, 301);
      await program.log(
        '_redirects:6: conditions are not supported: "Country=us"\n' +
          "_redirects: 5 rules, _headers: 2 blocks, as Netlify reads them; 1 ignored\n",
      );
      await program.log('"GET /host/text HTTP/1.1" 200 ');
    },
  },
  {
    name: "the log shows a name as people read it, and a browser's icon once",
    check: async ({ program }) => {
      await request(program.port, "/%D0%BF%20%C3%A4?log=%C3%A4");
      await request(program.port, "/favicon.ico");
      await request(program.port, "/a%0Ab%C2%9B%E2%80%AE?end");
      const log = await program.log('"GET /a%0Ab%C2%9B%E2%80%AE?end HTTP/1.1"');
      assert(log.includes('"GET /п ä?log=%C3%A4 HTTP/1.1" 404 '), log);
      const lines = log.split("\n");
      const at = lines.findIndex((line) => line.includes("/favicon.ico "));
      assertMatch(lines[at - 1] ?? "", /"GET \/п ä\?log/);
    },
  },
];

/** The flags of the program in the contract. */
export const CONTRACT_FLAGS: readonly string[] = [
  ...["-H", "**/game.js.gz=Content-Encoding: gzip"],
  ...["--host-files", "netlify"],
];

/** The program, serving a furnished directory. */
export async function startSubject(
  name: SubjectName,
  root: string,
): Promise<Subject> {
  return { program: await start(name, ["0", root, ...CONTRACT_FLAGS]), root };
}

export { PROJECT };
