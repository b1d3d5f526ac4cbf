/**
 * HTTP/1.1 as a client sees it: bytes that are sent, and what must come back. Every
 * character of a text is a byte.
 */

import { Buffer } from "node:buffer";
import type { RuntimeName } from "../support/program.ts";
import { addScript } from "../support/scripts.ts";

/** What an answer must be; what is not said may be anything. */
export interface Answer {
  readonly status: number | readonly number[];
  readonly phrase?: string;
  readonly content?: string | RegExp;
  /** Values by name; null where there must be no such field. */
  readonly fields?: Readonly<Record<string, string | null>>;
  /** Whether it is our page for this status; then the log has a line for the client. */
  readonly page?: true;
  /** Whether the request was a HEAD. */
  readonly head?: true;
  /** Whether the connection ends in the middle of it. */
  readonly cut?: boolean;
}

/** What a runtime does instead, and nobody can change. */
export interface Exception {
  readonly reason: string;
  /** The statuses of its answers. */
  readonly statuses: readonly number[];
}

export interface Row {
  readonly name: string;
  readonly sent: string;
  readonly answers: readonly Answer[];
  /** What becomes of the connection. Without it: if the last answer says `close`, it ends. */
  readonly end?: "kept" | "closed";
  /** Whether the client closes its side behind what it has sent. */
  readonly halfClosed?: true;
  /** A line of the log has it. */
  readonly logged?: string;
  readonly except?: Exceptions | undefined;
}

/** What runtimes do instead, by name. */
export type Exceptions = Partial<Record<RuntimeName, Exception>>;

/** The bytes of a text. */
export function toBytes(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text, "latin1"));
}

/** Bytes as a text. */
export function toText(bytes: Uint8Array<ArrayBuffer>): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    .toString("latin1");
}

/** 3 MiB, of which no two places look alike. */
export const LARGE = Uint8Array.from(
  { length: 3 * 1_048_576 },
  (_, index) => (index * 7 + (index >> 8)) % 251,
);
const LARGE_TEXT = toText(LARGE);

const SCRIPTS: Readonly<Record<string, string>> = {
  late: `sleep 0.4; printf 'Content-Type: text/plain\\n\\nlate\\n'`,
  sleepy:
    `sleep "$QUERY_STRING"; printf 'Content-Type: text/plain\\n\\nlate\\n'`,
  latecat: `sleep 0.4; printf 'Content-Type: text/plain\\n\\n'; exec cat`,
  nothing: `printf 'Status: 404 Nothing here\\nContent-Type: a/b\\n\\nx'`,
  spoken: `printf 'Status: 404 Caf\\303\\251\\nContent-Type: a/b\\n\\nx'`,
  repeated:
    `printf 'Content-Type: a/b\\nX-A: 1\\nSet-Cookie: a=1\\nX-B: b\\nX-A: 2\\nSet-Cookie: b=2\\n\\nx'`,
  // More than a pipe holds: the script has not ended when its answer begins.
  much: `printf 'Content-Type: text/plain\\n\\n'; exec printf '%01000000d' 0`,
  moved: `printf 'Location: http://example.org/\\n\\n'`,
  accent:
    `printf 'Content-Type: a/b\\nX-A: caf\\303\\251 \\351\\nContent-Length: 1\\n\\nx'`,
};

/** Fills a directory that has the scripts of the tests of CGI. */
export function furnish(root: string): void {
  Deno.writeTextFileSync(`${root}/a.txt`, "hello\n");
  Deno.writeFileSync(`${root}/large.bin`, LARGE);
  Deno.mkdirSync(`${root}/sub`);
  for (const [name, body] of Object.entries(SCRIPTS)) {
    addScript(`${root}/cgi-bin/${name}`, `#!/bin/sh\n${body}\n`);
  }
}

/** The flags of the program in these tests. */
export const FLAGS: readonly string[] = [
  ...["-b", "127.0.0.1", "--cgi", "--cgi-max-body", "1000"],
];

/** The text of a request with a Host field. */
function ask(line: string, fields: readonly string[] = [], content = "") {
  const lines = [`${line} HTTP/1.1`, "Host: a", ...fields];
  return `${lines.join("\r\n")}\r\n\r\n${content}`;
}

const get = (target: string, ...fields: string[]) =>
  ask(`GET ${target}`, fields);
const FILE = get("/a.txt");
const HELLO: Answer = { status: 200, content: "hello\n" };
const chunked = (content: string, ...fields: string[]) =>
  ask("POST /cgi-bin/cat", ["Transfer-Encoding: chunked", ...fields], content);
const old = (line: string, ...fields: string[]) =>
  `${[`${line} HTTP/1.0`, ...fields].join("\r\n")}\r\n\r\n`;

const ITSELF = "refuses it itself: no page, no line in the log";
const BY_DENO: Exceptions = { Deno: { reason: ITSELF, statuses: [400] } };
const deno = (reason: string, ...statuses: number[]): Exceptions => ({
  Deno: { reason, statuses },
});

/** A request after which nobody knows where the next one begins: a page, a line, the end. */
function refused(
  name: string,
  sent: string,
  status: Answer["status"] = 400,
  except: Exceptions = BY_DENO,
): Row {
  // What stands behind it must never be answered.
  const answers: Answer[] = [{ status, page: true }];
  const all = `${sent}${get("/a.txt?smuggled")}`;
  return { name, sent: all, answers, end: "closed", except };
}

const VERSIONS: readonly Row[] = [
  {
    name: "§2.2 CRLF before a request, and between two: skipped",
    sent: `\r\n\r\n${FILE}\r\n${FILE}`,
    answers: [HELLO, HELLO],
    end: "kept",
  },
  {
    name: "§3.2 HTTP/1.0 without Host: 200, and the connection ends",
    sent: old("GET /a.txt?old"),
    answers: [HELLO],
    end: "closed",
    logged: '"GET /a.txt?old HTTP/1.0" 200 6',
    except: deno("tells no version", 200),
  },
  {
    name: "HTTP/1.0 with Host: 200, and the connection ends",
    sent: old("GET /a.txt", "Host: a"),
    answers: [HELLO],
    end: "closed",
  },
  {
    name: "HTTP/1.0: nothing behind it is answered",
    sent: old("GET /a.txt") + FILE,
    answers: [HELLO],
    end: "closed",
  },
  {
    name: "HTTP/1.0: HEAD, 301, 404",
    sent: old("HEAD /a.txt"),
    answers: [{ status: 200, head: true, fields: { "content-length": "6" } }],
    end: "closed",
  },
  {
    name: "HTTP/1.0: 404 with its page",
    sent: old("GET /none"),
    answers: [{ status: 404, page: true }],
    end: "closed",
  },
  {
    name: "HTTP/1.0: 3 MiB",
    sent: old("GET /large.bin"),
    answers: [{ status: 200, content: LARGE_TEXT }],
    end: "closed",
  },
  {
    name:
      "§6.1 HTTP/1.0 and a script without a length: no chunks, the end of the connection",
    sent: old("GET /cgi-bin/much?old"),
    answers: [{
      status: 200,
      content: "0".repeat(1_000_000),
      fields: { "transfer-encoding": null },
    }],
    end: "closed",
    logged: '"GET /cgi-bin/much?old HTTP/1.0" 200 1000000',
    except: deno("tells no version", 200),
  },
  {
    name: "RFC 3875 §4.1.16: SERVER_PROTOCOL is HTTP/1.0",
    sent: old("GET /cgi-bin/env"),
    answers: [{ status: 200, content: /^SERVER_PROTOCOL=HTTP\/1\.0$/m }],
    end: "closed",
    except: deno("tells no version", 200),
  },
  {
    name: "RFC 3875 §4.1.16: SERVER_PROTOCOL is HTTP/1.1",
    sent: get("/cgi-bin/env"),
    answers: [{ status: 200, content: /^SERVER_PROTOCOL=HTTP\/1\.1$/m }],
    end: "kept",
  },
  {
    name: "HTTP/1.0 with Connection: keep-alive: kept if the answer says so",
    sent: old("GET /a.txt", "Connection: keep-alive"),
    answers: [HELLO],
  },
  {
    name:
      "HTTP/1.0 with Connection: keep-alive and a script without a length: the end",
    sent: old("GET /cgi-bin/much", "Connection: keep-alive"),
    answers: [{ status: 200, content: "0".repeat(1_000_000) }],
    end: "closed",
    except: deno("tells no version: the answer says keep-alive", 200),
  },
  {
    name: "RFC 9110 §10.1.1: Expect of HTTP/1.0 is ignored",
    sent: old(
      "POST /cgi-bin/cat",
      "Expect: 100-continue",
      "Content-Length: 5",
    ) + "hello",
    answers: [{ status: 200, content: "5 hello" }],
    end: "closed",
    except: deno("heeds it", 100, 200),
  },
  refused("§2.3 HTTP/0.9: 400", "GET /a.txt\r\n"),
  refused("§2.3 HTTP/3.7: 505", ask("GET /a.txt").replace("1.1", "3.7"), [
    400,
    505,
  ]),
  refused(
    "RFC 9113 §3.4 the preface of HTTP/2",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    [400, 501, 505],
    deno("speaks HTTP/2"),
  ),
  refused(
    "a greeting of TLS: 400",
    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 \r\n\r\n",
  ),
];

const FIELDS: readonly Row[] = [
  ...[
    ["§5.2 obs-fold", "X-A: 1\r\n 2"],
    ["§2.2 bare CR", "X-A: 1\r2"],
    ["§5 NUL in a value", "X-A: 1\x002"],
    ["§5.1 space before the colon", "X-A : 1"],
    ["§5 no colon", "X-A"],
    ["§5 space in front of the first field", " X-A: 1"],
    ["§5 no name", ": 1"],
    ["§5 a name that is no token", "X(A): 1"],
  ].map(([name, line = ""]) => refused(`${name}: 400`, get("/a.txt", line))),
  refused("§2.2 bare LF: 400", FILE.replaceAll("\r\n", "\n"), 400, {
    Deno: { reason: "takes a bare LF, as §2.2 lets it", statuses: [200, 200] },
  }),
  refused(
    "§3.2 HTTP/1.1 without Host: 400",
    FILE.replace("Host: a\r\n", ""),
    400,
    deno("answers", 200, 200),
  ),
  refused("§3.2 two Host fields: 400", get("/a.txt", "Host: a")),
  refused("§3.2 a byte above 7F in the target: 400", get("/\xe9")),
  refused("§3 two spaces: 400", ask("GET  /a.txt"), 400, {
    ...BY_DENO,
    Node: { reason: "takes them for one, as §3 lets it", statuses: [200, 200] },
  }),
  {
    name: "§5 space around a value is none of it",
    sent: get("/a.txt", "Range: \t bytes=0-1 \t"),
    answers: [{ status: 206, content: "he" }],
    end: "kept",
  },
];

const FRAMING: readonly Row[] = [
  {
    name: "§7.1 chunks: extensions are ignored, trailers dropped",
    sent: ask(
      "POST /cgi-bin/env",
      ["Transfer-Encoding: Chunked", "Trailer: X-Evil"],
      '5;a=b;c="d;e"\r\nhello\r\n0;x\r\nX-Evil: 1\r\n\r\n',
    ) + FILE,
    answers: [{ status: 200, content: /^(?![^]*EVIL=)/ }, HELLO],
    end: "kept",
  },
  {
    name: "§7.1 chunks of a byte, leading zeros, either case",
    sent: chunked("1\r\nh\r\n001\r\ni\r\nA\r\n0123456789\r\n00\r\n\r\n"),
    answers: [{ status: 200, content: "12 hi0123456789" }],
    end: "kept",
  },
  ...[
    ["no number", "zz\r\nhello\r\n0\r\n\r\n"],
    ["a sign", "+5\r\nhello\r\n0\r\n\r\n"],
    ["0x", "0x5\r\nhello\r\n0\r\n\r\n"],
    ["no CRLF behind the data", "5\r\nhelloXX0\r\n\r\n"],
    ["2^64 bytes", "10000000000000005\r\nhello\r\n0\r\n\r\n"],
    ["an empty line", "\r\nhello\r\n0\r\n\r\n"],
  ].map(([name, content = ""]) =>
    refused(
      `§7.1 a chunk with ${name}: 400`,
      chunked(content),
      400,
      deno("cuts the connection"),
    )
  ),
  refused(
    "§6.3 chunked and Content-Length: 400",
    chunked("5\r\nhello\r\n0\r\n\r\n", "Content-Length: 5"),
  ),
  ...[
    ["two that differ", "5\r\nContent-Length: 6"],
    ["the same twice", "5\r\nContent-Length: 5"],
    ["a list", "5, 5"],
    ["a sign", "+5"],
    ["a negative one", "-5"],
    ["0x", "0x5"],
    ["nothing", ""],
    ["a fraction", "5.0"],
    ["2^64", "18446744073709551621"],
  ].map(([name, value]) =>
    refused(
      `§6.3 Content-Length: ${name}: 400`,
      ask("POST /cgi-bin/cat", [`Content-Length: ${value}`], "hello"),
      400,
      name === "the same twice" ? deno("takes it for one", 200, 200) : BY_DENO,
    )
  ),
  ...([
    ["gzip, chunked", 501],
    ["x, chunked", 501],
    ["gzip", [400, 501]],
    ["identity", [400, 501]],
    ["xchunked", [400, 501]],
    ["chunked, identity", 400],
    ["chunked, chunked", 400],
    ["chunked\r\nTransfer-Encoding: chunked", 400],
    ["\x0bchunked", 400],
  ] as const).map(([value, status]) =>
    refused(
      `§6.1 Transfer-Encoding: ${JSON.stringify(value)}: ${status}`,
      ask(
        "POST /cgi-bin/cat",
        [`Transfer-Encoding: ${value}`],
        "5\r\nhello\r\n0\r\n\r\n",
      ),
      status,
      status === 501 ? deno("takes it for chunked", 200, 200) : BY_DENO,
    )
  ),
  refused(
    "§6.1 Transfer-Encoding in HTTP/1.0: 400",
    old("POST /cgi-bin/cat", "Transfer-Encoding: chunked") +
      "5\r\nhello\r\n0\r\n\r\n",
  ),
  {
    name: "RFC 9110 §9.3.1 content of a GET reaches a script",
    sent: ask("GET /cgi-bin/cat", ["Content-Length: 5"], "hello") + FILE,
    answers: [{ status: 200, content: "5 hello" }, HELLO],
    end: "kept",
    except: deno("does not hand it over", 200, 200),
  },
  {
    name: "content that nobody reads is not the next request",
    sent: ask("POST /a.txt", [`Content-Length: ${FILE.length}`], FILE) + FILE,
    answers: [{ status: 501, page: true }, HELLO],
    end: "kept",
  },
  {
    name: "content in chunks that nobody reads is not the next request",
    sent: ask(
      "POST /a.txt",
      ["Transfer-Encoding: chunked"],
      `${FILE.length.toString(16)}\r\n${FILE}\r\n0\r\n\r\n`,
    ),
    answers: [{ status: 501, page: true }],
  },
  {
    name: "content that a script does not read is not the next request",
    sent: ask("POST /cgi-bin/deaf", [`Content-Length: ${FILE.length}`], FILE) +
      FILE,
    answers: [{ status: 200, content: "deaf\n" }, HELLO],
    end: "kept",
  },
];

const METHODS: readonly Row[] = [
  ...["SPAM", "get", "M-SEARCH", "G", "X".repeat(40)].map((method): Row => ({
    name: `RFC 9110 §9.1 ${method}: 501`,
    sent: ask(`${method} /a.txt`),
    answers: [{ status: 501, page: true }],
  })),
  {
    name: "RFC 9110 §9.1 what is no token: 400",
    sent: ask("G(T /a.txt"),
    answers: [{ status: [400, 501], page: true }],
    except: BY_DENO,
  },
  ...["PROPFIND", "TRACE", "QUERY", "CONNECT"].map((method): Row => ({
    name: `RFC 9110 §9.1 ${method}: 405`,
    sent: ask(`${method} ${method === "CONNECT" ? "a:80" : "/sub/"}`),
    answers: [{ status: [405, 501], page: true }],
  })),
  {
    name: "§3.2.4 the target * is for OPTIONS: 400",
    sent: ask("GET *"),
    answers: [{ status: 400 }],
  },
  {
    name: "RFC 9110 §9.3.7 OPTIONS *: 204",
    sent: ask("OPTIONS *"),
    answers: [{ status: 204 }],
  },
  {
    name: "RFC 9110 §7.8 Upgrade to what we do not speak is ignored",
    sent: get(
      "/a.txt",
      "Connection: Upgrade, HTTP2-Settings",
      "Upgrade: h2c, websocket",
      "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA",
    ) + FILE,
    answers: [HELLO, HELLO],
    end: "kept",
    except: {
      Node: { reason: "drops what stands behind it", statuses: [200] },
    },
  },
];

const CONNECTIONS: readonly Row[] = [
  ...["close", "Close", "TE, close", "close, keep-alive"].map((value): Row => ({
    name: `§9.6 Connection: ${value}: the answer says close, and it ends`,
    sent: get("/a.txt", `Connection: ${value}`) + FILE,
    answers: [{ ...HELLO, fields: { connection: "close" } }],
    end: "closed",
  })),
  {
    name: "§9.6 two Connection fields, one of them close",
    sent: get("/a.txt", "Connection: TE", "Connection: close") + FILE,
    answers: [{ ...HELLO, fields: { connection: "close" } }],
    end: "closed",
  },
  ...["keep-alive", "Keep-Alive, x", "X-Close", "closed"].map((value): Row => ({
    name: `§9.3 Connection: ${value}: kept`,
    sent: get("/a.txt", `Connection: ${value}`) + FILE,
    answers: [HELLO, HELLO],
    end: "kept",
  })),
  {
    name: "§9.6 close behind 404, 304, a script and 3 MiB",
    sent: get("/none") + get("/cgi-bin/hello") +
      get("/large.bin", "Connection: close") + FILE,
    answers: [
      { status: 404 },
      { status: 200, content: "hello\n" },
      { status: 200, content: LARGE_TEXT },
    ],
    end: "closed",
  },
  {
    name: "§9.3.2 ten at once, of every kind: in order",
    sent: FILE + get("/cgi-bin/late") + ask("HEAD /a.txt") +
      get("/large.bin") + get("/none") + ask("OPTIONS /a.txt") +
      get("/large.bin", "Range: bytes=0-4") + get("/sub") +
      get("/cgi-bin/length?70000") + FILE,
    answers: [
      HELLO,
      { status: 200, content: "late\n" },
      { status: 200, head: true, fields: { "content-length": "6" } },
      { status: 200, content: LARGE_TEXT },
      { status: 404, page: true },
      { status: 204 },
      { status: 206, content: LARGE_TEXT.slice(0, 5) },
      { status: 301 },
      { status: 200, content: "\0".repeat(70_000) },
      HELLO,
    ],
    end: "kept",
  },
  {
    name: "§9.3.2 ten scripts at once, the first one late: in order",
    sent: get("/cgi-bin/late") +
      Array.from({ length: 9 }, (_, at) => get(`/cgi-bin/length?${at}`))
        .join(""),
    answers: [
      { status: 200, content: "late\n" },
      ...Array.from(
        { length: 9 },
        (_, at) => ({ status: 200, content: "\0".repeat(at) }),
      ),
    ],
    end: "kept",
  },
  {
    name: "§9.3.2 200 at once",
    sent: FILE.repeat(200),
    answers: Array(200).fill(HELLO),
    end: "kept",
  },
  ...([
    ["a file", FILE, [HELLO]],
    [
      "3 MiB",
      get("/large.bin"),
      [{ status: 200, content: LARGE_TEXT }],
      [200],
    ],
    [
      "a script",
      get("/cgi-bin/late"),
      [{ status: 200, content: "late\n" }],
      [],
    ],
    ["two files", FILE + FILE, [HELLO, HELLO]],
    ["HTTP/1.0", old("GET /a.txt"), [HELLO]],
    [
      "a script with content",
      ask("POST /cgi-bin/latecat", ["Content-Length: 5"], "hello"),
      [{ status: 200, content: "hello" }],
      [],
    ],
  ] as const).map(([name, sent, answers, statuses]): Row => ({
    name: `§9.6 a client that closes its side is answered: ${name}`,
    sent,
    answers,
    halfClosed: true,
    end: "closed",
    except: statuses && deno("takes it for one that has left", ...statuses),
  })),
];

const ANSWERS: readonly Row[] = [
  ...([
    ["/a.txt", 200, "OK"],
    ["/none", 404, "File not found"],
    ["/sub", 301, "Moved Permanently"],
    ["/cgi-bin/nothing", 404, "Nothing here"],
    ["/cgi-bin/spoken", 404, "Not Found"], // bytes that no two recipients read alike
    ["/cgi-bin/fields", 299, "Odd"],
    ["/cgi-bin/none", 404, "No such CGI script ('/cgi-bin/none')"],
  ] as const).map(([target, status, phrase]): Row => ({
    name: `§4 the phrase of ${target}: ${phrase}`,
    sent: get(target),
    answers: [{ status, phrase }],
    end: "kept",
    except: ["OK", "Moved Permanently", "Not Found"].includes(phrase)
      ? {}
      : deno("sends the registered phrase, or none", status),
  })),
  {
    name: "RFC 9110 §15.6.2: 501 Unsupported method ('PURGE')",
    sent: ask("PURGE /a.txt"),
    answers: [{ status: 501, phrase: "Unsupported method ('PURGE')" }],
    except: deno("sends the registered phrase", 501),
  },
  ...([
    ["chunks, or a length of ours", get("/cgi-bin/fields")],
    ["no content", ask("HEAD /cgi-bin/fields")],
    ["a length", get("/cgi-bin/accent")],
    ["the end of the connection", old("GET /cgi-bin/fields")],
  ] as const).map(([name, sent]): Row => ({
    name: `RFC 9110 §5.5 bytes of a field are those of the script: ${name}`,
    sent,
    answers: [{
      status: [200, 299],
      fields: { "x-a": "caf\xc3\xa9 \xe9" },
      ...sent.startsWith("HEAD") ? { head: true } as const : {},
    }],
  })),
  {
    name: "RFC 9110 §8.6 a redirect of a script has no content, and says so",
    sent: get("/cgi-bin/moved") + old("GET /cgi-bin/moved"),
    answers: [1, 2].map(() => ({
      status: 302,
      content: "",
      fields: { "content-length": "0", "transfer-encoding": null },
    })),
    end: "closed",
  },
  {
    name: "RFC 9110 §5.3 repeated fields of a script keep their order",
    sent: get("/cgi-bin/repeated"),
    answers: [{
      status: 200,
      fields: { "x-a": "1, 2", "x-b": "b", "set-cookie": "a=1, b=2" },
    }],
    end: "kept",
  },
  {
    name: "RFC 9110 §8.6 a script with more content than its length: so many",
    sent: get("/cgi-bin/long") + FILE,
    answers: [{ status: 200, content: "hello" }, HELLO],
    end: "kept",
  },
  {
    name:
      "§8 a script with less content than its length: the connection is cut",
    sent: get("/cgi-bin/short") + FILE,
    answers: [{ status: 200, content: "half", cut: true }],
    end: "closed",
  },
  {
    name: "§8 a script that dies in its content: the connection is cut",
    sent: get("/cgi-bin/crash") + FILE,
    answers: [{ status: 200, content: "half\n", cut: true }],
    end: "closed",
  },
];

const LIMITS: readonly Row[] = [
  refused("a target of 100,000 bytes", get(`/${"x".repeat(100_000)}`), [
    414,
    431,
  ]),
  refused(
    "RFC 6585 §5 a field of 100,000 bytes: 431",
    get("/a.txt", `X-A: ${"x".repeat(100_000)}`),
    431,
  ),
  refused(
    "RFC 6585 §5 5000 fields: 431",
    get("/a.txt", ...Array<string>(5000).fill("X-A: 1")),
    431,
  ),
  ...[5000, 500_000].map((length): Row => ({
    name:
      `413 by --cgi-max-body of ${length} bytes that come all the same: the program goes on`,
    sent: ask(
      "POST /cgi-bin/cat",
      [`Content-Length: ${length}`],
      "x".repeat(length),
    ),
    answers: [{ status: 413, page: true }],
    except: deno("leaves the end to the client", 413),
  })),
];

/** A request that waits for a 100 before it sends its content (RFC 9110 §10.1.1). */
export interface Announcement {
  readonly name: string;
  readonly head: string;
  readonly content: string;
  /** Whether the content is wanted. */
  readonly wanted: boolean;
  readonly answer: Answer;
  readonly except?: Exceptions | undefined;
}

const announce = (line: string, length = 5, expect = "100-continue") =>
  ask(line, [`Expect: ${expect}`, `Content-Length: ${length}`]);

export const ANNOUNCEMENTS: readonly Announcement[] = [
  ...["100-continue", "100-Continue"].map((expect) => ({
    name: `${expect}: content that a script wants`,
    head: announce("POST /cgi-bin/cat", 5, expect),
    content: "hello",
    wanted: true,
    answer: { status: 200, content: "5 hello" },
  })),
  {
    name: "content in chunks that a script wants",
    head: ask("POST /cgi-bin/cat", [
      "Expect: 100-continue",
      "Transfer-Encoding: chunked",
    ]),
    content: "5\r\nhello\r\n0\r\n\r\n",
    wanted: true,
    answer: { status: 200, content: "5 hello" },
  },
  ...([
    ["413 by --cgi-max-body", "POST /cgi-bin/cat", 5000, 413],
    ["404", "POST /cgi-bin/none", 5, 404],
    ["403", "POST /cgi-bin/secret.txt", 5, 403],
    ["501", "POST /a.txt", 5, 501],
    ["405", "PUT /sub/", 5, 405],
    ["400", "POST /%zz", 5, 400],
    ["501 of a method that nobody knows", "SPAM /a.txt", 5, 501],
  ] as const).map(([name, line, length, status]) => ({
    name,
    head: announce(line, length),
    content: "x".repeat(length),
    wanted: false,
    answer: { status, page: true } as const,
    except: deno("sends a 100 before", 100, status),
  })),
  {
    name: "417 for what nobody knows",
    head: announce("POST /cgi-bin/cat", 5, "tea"),
    content: "hello",
    wanted: false,
    answer: { status: 417, page: true },
    except: deno("ignores it, as RFC 9110 lets it", 200),
  },
];

/** Everything but announcements, by section. */
export const ROWS: Readonly<Record<string, readonly Row[]>> = {
  versions: VERSIONS,
  fields: FIELDS,
  framing: FRAMING,
  methods: METHODS,
  connections: CONNECTIONS,
  answers: ANSWERS,
  limits: LIMITS,
};

/** A request whose answer tells that a connection goes on. */
export const NEXT = get("/a.txt?next", "Connection: close");
