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
    path: "lib/server/listeners.ts",
    constant: /HEADER_TIMEOUT_MS = ([\d_]+)/,
    written: (value) => `Node.js: ${value / 1000} s `,
  },
  {
    what: "time between requests",
    path: "lib/server/listeners.ts",
    constant: /IDLE_TIMEOUT_MS = ([\d_]+)/,
    written: (value) => `Node.js: ${value / 1000} s,`,
  },
  {
    what: "time without a byte",
    path: "lib/server/listeners.ts",
    constant: /STALL_TIMEOUT_MS = ([\d_]+)/,
    written: (value) => `Node.js: ${value / 1000} s,`,
  },
  {
    what: "connections at a time",
    path: "lib/runtime/connection_places.ts",
    constant: /MOST_REFUSED = ([\d_]+)/,
    written: (value) => `behind ${value} of these`,
  },
  {
    what: "connections to the socket of `--admin`",
    path: "lib/program/admin.ts",
    constant: /ADMIN_CONNECTIONS = ([\d_]+)/,
    written: (value) => `Node.js: ${value} `,
  },
  {
    what: "time for a thread to tell its numbers",
    path: "lib/program/thread_measures.ts",
    constant: /MEASURE_MS = ([\d_]+)/,
    written: milliseconds,
  },
  {
    what: "time for names on the way to a file that is replaced",
    path: "lib/runtime/incoming_file.ts",
    constant: /SETTLE_MS = ([\d_]+)/,
    written: milliseconds,
  },
  {
    what: "files that are received at a time",
    path: "lib/site/upload_policy.ts",
    constant: /MOST_AT_ONCE = ([\d_]+)/,
    written: plain,
  },
  {
    what: "space that stays free",
    path: "lib/site/upload_policy.ts",
    constant: /KEEP_FREE_BYTES = ([\d_]+)/,
    written: bytes,
  },
  {
    what: "what a file or a folder counts at least",
    path: "lib/upload/budget.ts",
    constant: /LEAST_BYTES = ([\d_]+)/,
    written: bytes,
  },
  {
    what: "time without a byte of a file",
    path: "lib/upload/sent_content.ts",
    constant: /STALL_MS = ([\d_]+)/,
    written: milliseconds,
  },
  {
    what: "folders on the way to a file",
    path: "lib/upload/destination.ts",
    constant: /MOST_DEPTH = ([\d_]+)/,
    written: plain,
  },
  {
    what: "size of `_redirects` or `_headers`",
    path: "lib/files/host_files.ts",
    constant: /MOST_HOST_FILE_BYTES = ([\d_]+)/,
    written: bytes,
  },
  {
    what: "Netlify's rules with `*` or `:`",
    path: "lib/hosts/dialect.ts",
    constant: /MOST_COMPARED = ([\d_]+)/,
    written: plain,
  },
  {
    what: "a line of Netlify's `_redirects`",
    path: "lib/hosts/dialect.ts",
    constant: /LONGEST_LINE = ([\d_]+)/,
    written: (value) => ` ${value} characters`,
  },
  {
    what: "lines about `_redirects` and `_headers`",
    path: "lib/hosts/report.ts",
    constant: /MOST_LINES = ([\d_]+)/,
    written: plain,
  },
  {
    what: "parts of a form",
    path: "lib/upload/multipart.ts",
    constant: /MOST_PARTS = ([\d_]+)/,
    written: plain,
  },
  {
    what: "text that was pasted, in a form",
    path: "lib/upload/multipart.ts",
    constant: /MOST_FIELD_BYTES = ([\d_]+)/,
    written: bytes,
  },
  {
    what: "uploads that are not complete",
    path: "lib/upload/incoming.ts",
    constant: /MOST_INCOMPLETE = ([\d_]+)/,
    written: plain,
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
    what: "text of a README below a listing",
    path: "lib/files/readme.ts",
    constant: /MOST_TEXT_BYTES = ([\d_]+)/,
    written: bytes,
  },
  {
    what: "work for Markdown",
    path: "lib/pages/markdown.ts",
    constant: /MOST_STEPS = ([\d_]+)/,
    written: plain,
  },
  {
    what: "READMEs and pages of Markdown files",
    path: "lib/files/context.ts",
    constant: /ARTICLES_BYTES = ([\d_]+)/,
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
    what: "answers that Deno keeps",
    path: "lib/runtime/deno_response.ts",
    constant: /KEPT_BYTES = ([\d_]+)/,
    written: bytes,
  },
  {
    what: "size of a file that is kept",
    path: "lib/files/open.ts",
    constant: /SMALL_BYTES = ([\d_]+)/,
    written: bytes,
  },
  {
    what: "size of a file that is kept when all of it was asked for 4 times",
    path: "lib/files/open.ts",
    constant: /LARGE_BYTES = ([\d_]+)/,
    written: bytes,
  },
  {
    what: "answers with such a file that are on their way",
    path: "lib/handler/admission.ts",
    constant: /LARGE_ANSWERS = ([\d_]+)/,
    written: plain,
  },
  {
    what: "directories and their names that are kept",
    path: "lib/files/directories.ts",
    constant: /LIMIT_BYTES = ([\d_]+)/,
    written: bytes,
  },
  {
    what: "size of a directory that is listed to find files in it",
    path: "lib/files/directories.ts",
    constant: /LARGEST_BYTES = ([\d_]+)/,
    written: bytes,
  },
  {
    what: "size of a directory that is listed as a whole",
    path: "lib/files/list.ts",
    constant: /LONG_DIRECTORY_BYTES = ([\d_]+)/,
    written: bytes,
  },
  {
    what: "entries on a page of a listing",
    path: "lib/files/read_listing.ts",
    constant: /PAGE_ENTRIES = ([\d_]+)/,
    written: plain,
  },
  {
    what: "sorted names of directories that are kept",
    path: "lib/files/context.ts",
    constant: /\nconst NAMES_BYTES = ([\d_]+)/,
    written: bytes,
  },
  {
    what: "archives at a time",
    path: "lib/site/archive_policy.ts",
    constant: /MOST_AT_ONCE = ([\d_]+)/,
    written: plain,
  },
  {
    what: "entries of an archive",
    path: "lib/site/archive_policy.ts",
    constant: /MOST_ENTRIES = ([\d_]+)/,
    written: plain,
  },
  {
    what: "path of an entry of an archive",
    path: "lib/archive/plan_archive.ts",
    constant: /PATH_BYTES = ([\d_]+)/,
    written: bytes,
  },
  {
    what: "size of a file that is read once for a zip",
    path: "lib/archive/read_entry.ts",
    constant: /HELD_BYTES = ([\d_]+)/,
    written: bytes,
  },
  {
    what: "checksums of files in archives",
    path: "lib/archive/archive_state.ts",
    constant: /CHECKSUMS_BYTES = ([\d_]+)/,
    written: bytes,
  },
  {
    what: "text that `?q=` searches for",
    path: "lib/pages/listing_query.ts",
    constant: /MOST_SEARCHED = ([\d_]+)/,
    written: (value) => ` ${value} characters `,
  },
  {
    what: "names that a search below a directory looks at",
    path: "lib/files/search.ts",
    constant: /MOST_NAMES = ([\d_]+)/,
    written: plain,
  },
  {
    what: "entries that a search finds",
    path: "lib/files/search.ts",
    constant: /MOST_FOUND = ([\d_]+)/,
    written: plain,
  },
  {
    what: "time that a search works",
    path: "lib/files/search.ts",
    constant: /MOST_MS = ([\d_]+)/,
    written: milliseconds,
  },
  {
    what: "size of a `404.html`",
    path: "lib/files/error_file.ts",
    constant: /LARGEST_PAGE = ([\d_]+)/,
    written: bytes,
  },
  {
    what: "pages of the site for errors",
    path: "lib/files/context.ts",
    constant: /ERROR_PAGES_BYTES = ([\d_]+)/,
    written: bytes,
  },
  {
    what: "names of a directory that are compared",
    path: "lib/files/near_names.ts",
    constant: /MOST_NAMES = ([\d_]+)/,
    written: plain,
  },
  {
    what: "names of a directory that are compared",
    path: "lib/files/near_names.ts",
    constant: /LONG_DIRECTORY_BYTES = ([\d_]+)/,
    written: (value) => ` ${value} bytes or more`,
  },
  {
    what: "digests that are kept",
    path: "lib/files/context.ts",
    constant: /DIGESTS_BYTES = ([\d_]+)/,
    written: bytes,
  },
  {
    what: "pages, or browsers, that live reload tells",
    path: "lib/reload/streams.ts",
    constant: /MOST_STREAMS = ([\d_]+)/,
    written: plain,
  },
  {
    what: "time between signs of life",
    path: "lib/reload/streams.ts",
    constant: /KEEP_ALIVE_MS = ([\d_]+)/,
    written: milliseconds,
  },
  {
    what: "events that wait",
    path: "lib/reload/streams.ts",
    constant: /MOST_WAITING = ([\d_]+)/,
    written: plain,
  },
  {
    what: "silence that ends a burst",
    path: "lib/reload/gather.ts",
    constant: /QUIET_MS = ([\d_]+)/,
    written: (value) => ` ${value / 1000} s and`,
  },
  {
    what: "silence that ends a burst",
    path: "lib/reload/gather.ts",
    constant: /MOST_MS = ([\d_]+)/,
    written: (value) => ` and ${value / 1000} s `,
  },
  {
    what: "events in a burst",
    path: "lib/reload/gather.ts",
    constant: /MOST_CHANGES = ([\d_]+)/,
    written: plain,
  },
  {
    what: "names that have changed at once",
    path: "lib/reload/watch_site.ts",
    constant: /MOST_CHANGES = ([\d_]+)/,
    written: plain,
  },
  {
    what: "files and folders that are watched",
    path: "lib/reload/tree.ts",
    constant: /MOST_ENTRIES = ([\d_]+)/,
    written: plain,
  },
  {
    what: "time between looks",
    path: "lib/reload/watch_site.ts",
    constant: /\bCHECK_MS = ([\d_]+)/,
    written: (value) => ` ${value / 1000} s, and 20 times`,
  },
  {
    what: "time for which pages wait",
    path: "lib/reload/watch_site.ts",
    constant: /\bVANISHED_MS = ([\d_]+)/,
    written: (value) => ` ${value / 1000} s and`,
  },
  {
    what: "time for which pages wait",
    path: "lib/reload/watch_site.ts",
    constant: /MOST_VANISHED_MS = ([\d_]+)/,
    written: (value) => ` and ${value / 1000} s `,
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
  {
    what: "errors of a file of settings",
    path: "lib/program/settings_file.ts",
    constant: /MAX_FILE_ERRORS = ([\d_]+)/,
    written: plain,
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
  const isThere = (flag: string) => new RegExp(`${flag}[ \\[]`).test(flags);
  assertEquals(named.filter((flag) => !isThere(flag)), []);
  assert(named.length > 3);
});
