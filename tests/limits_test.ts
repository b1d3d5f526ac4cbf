/** The README's table of limits says what the constants say. */
import { assert, assertEquals } from "@std/assert";

const ROOT = new URL("../", import.meta.url);
const read = (path: string) => Deno.readTextFileSync(new URL(path, ROOT));

interface Row {
  /** How the row of the table begins. */
  readonly what: string;
  /** Where the number is in the code, and how. */
  readonly path: string;
  readonly constant: RegExp;
  /** How the table writes the number. */
  readonly written: (value: number) => string;
}

const plain = (value: number) => ` ${value} `;
const bytes = (value: number) => ` ${value} bytes`;
const milliseconds = (value: number) => ` ${value / 1000} s `;

const ROWS: readonly Row[] = [
  {
    what: "time for the head of a request",
    path: "lib/server/limits.ts",
    constant: /HEADER_TIMEOUT_MS = ([\d_]+)/,
    written: (value) => `Node.js: ${value / 1000} s `,
  },
  {
    what: "time between requests",
    path: "lib/server/limits.ts",
    constant: /IDLE_TIMEOUT_MS = ([\d_]+)/,
    written: (value) => `Node.js: ${value / 1000} s,`,
  },
  {
    what: "time without a byte",
    path: "lib/server/limits.ts",
    constant: /STALL_TIMEOUT_MS = ([\d_]+)/,
    written: (value) => `Node.js: ${value / 1000} s,`,
  },
  {
    what: "connections at a time",
    path: "lib/runtime/node_limits.ts",
    constant: /MOST_REFUSED = ([\d_]+)/,
    written: (value) => `behind ${value} of these`,
  },
  {
    what: "large files that wait for the digest of their tag",
    path: "lib/files/context.ts",
    constant: /WAITING_DIGESTS = ([\d_]+)/,
    written: plain,
  },
  {
    what: "media types of contents",
    path: "lib/files/context.ts",
    constant: /\nconst MEDIA_TYPES_BYTES = ([\d_]+)/,
    written: bytes,
  },
  {
    what: "time for the digest of a large file",
    path: "lib/files/context.ts",
    constant: /DIGEST_WAIT_MS = ([\d_]+)/,
    written: milliseconds,
  },
  {
    what: "404s a second",
    path: "lib/handler/observe.ts",
    constant: /REASONS_PER_SECOND = ([\d_]+)/,
    written: plain,
  },
  {
    what: "ranges in a request, in any order",
    path: "lib/http/byte_range.ts",
    constant: /FEW_SPANS = ([\d_]+)/,
    written: plain,
  },
  {
    what: "bytes in a range, on average, of more than so many",
    path: "lib/http/byte_range.ts",
    constant: /PART_HEAD_BYTES = ([\d_]+)/,
    written: (value) => `${value} at least`,
  },
  {
    what: "passwords that wait for being checked",
    path: "lib/program/bcrypt.ts",
    constant: /MAX_WAITING = ([\d_]+)/,
    written: plain,
  },
  {
    what: "passwords of one client",
    path: "lib/program/bcrypt.ts",
    constant: /MAX_OF_CLIENT = ([\d_]+)/,
    written: plain,
  },
  {
    what: "content of a request for a script",
    path: "lib/site/scripts.ts",
    constant: /options\.maxBody \?\? ([\d_]+)/,
    written: bytes,
  },
  {
    what: "scripts at a time",
    path: "lib/site/scripts.ts",
    constant: /MAX_PROCESSES = ([\d_]+)/,
    written: plain,
  },
  {
    what: "time for a script's header block",
    path: "lib/site/scripts.ts",
    constant: /options\.timeout \?\? ([\d_]+)/,
    written: milliseconds,
  },
  {
    what: "header block of a script",
    path: "lib/cgi/response.ts",
    constant: /HEADER_BLOCK_BYTES = ([\d_]+)/,
    written: bytes,
  },
  {
    what: "content that a script has announced",
    path: "lib/cgi/response_content.ts",
    constant: /COLLECTED_BYTES = ([\d_]+)/,
    written: bytes,
  },
  {
    what: "local redirects of scripts",
    path: "lib/handler/walk.ts",
    constant: /MOST_REDIRECTS = ([\d_]+)/,
    written: plain,
  },
  {
    what: "streams that are coded",
    path: "lib/files/context.ts",
    constant: /CODED_STREAMS = ([\d_]+)/,
    written: plain,
  },
  {
    what: "time for which an answer that nobody reads",
    path: "lib/runtime/unread.ts",
    constant: /IDLE_MS = ([\d_]+)/,
    written: milliseconds,
  },
  {
    what: "size of text that is coded once",
    path: "lib/files/encode.ts",
    constant: /ENCODE_AT_ONCE_BYTES = ([\d_]+)/,
    written: bytes,
  },
  {
    what: "coded text that is kept",
    path: "lib/files/context.ts",
    constant: /ENCODINGS_BYTES = ([\d_]+)/,
    written: bytes,
  },
  {
    what: "small files that are kept",
    path: "lib/files/representation_cache.ts",
    constant: /LIMIT_BYTES = ([\d_]+)/,
    written: bytes,
  },
  {
    what: "size of a file that is kept",
    path: "lib/files/open.ts",
    constant: /SMALL_BYTES = ([\d_]+)/,
    written: bytes,
  },
  {
    what: "names of directories that are kept",
    path: "lib/files/spelling.ts",
    constant: /LIMIT_BYTES = ([\d_]+)/,
    written: bytes,
  },
  {
    what: "digests that are kept",
    path: "lib/files/context.ts",
    constant: /DIGESTS_BYTES = ([\d_]+)/,
    written: bytes,
  },
  {
    what: "answers in flight",
    path: "lib/server/stop.ts",
    constant: /GRACE_MS = ([\d_]+)/,
    written: milliseconds,
  },
  {
    what: "request line and fields",
    path: "tests/program/load_test.ts",
    constant: /Deno: \{ most: ([\d_]+)/,
    written: (value) => `Deno: ${value} bytes`,
  },
  {
    what: "request line and fields",
    path: "tests/program/load_test.ts",
    constant: /Bun: \{ most: ([\d_]+)/,
    written: (value) => `Bun: ${value} bytes`,
  },
  {
    what: "request line and fields",
    path: "lib/runtime/node_server.ts",
    constant: /MOST_HEAD_BYTES = ([\d_]+)/,
    written: (value) => `Node.js: ${value} bytes`,
  },
];

Deno.test("the README's table of limits says what the constants say", () => {
  const limits = read("lib/server/docs.md");
  const [, table = ""] = /<!-- limits -->\n([^]*?)<!-- \/limits -->/
    .exec(limits) ?? [];
  const lines = table.split("\n");
  for (const { what, path, constant, written } of ROWS) {
    const [, digits = ""] = constant.exec(read(path)) ?? [];
    const line = lines.find((line) => line.startsWith(`| ${what}`)) ?? "";
    const value = Number(digits.replaceAll("_", ""));
    assert(value > 0, `${constant} is not in ${path}`);
    assert(line.includes(written(value)), `${what}: ${value} (${path})`);
  }
});

Deno.test("every flag that the table of limits names exists", () => {
  const limits = read("lib/server/docs.md");
  const [, table = ""] = /<!-- limits -->\n([^]*?)<!-- \/limits -->/
    .exec(limits) ?? [];
  const [, flags = ""] = /<!-- flags -->\n([^]*?)<!-- \/flags -->/
    .exec(read("lib/program/docs.md")) ?? [];
  const named = [...table.matchAll(/--[a-z][a-z-]+/g)].map(([flag]) => flag);
  assertEquals(named.filter((flag) => !flags.includes(`${flag} `)), []);
  assert(named.length > 3);
});
