/** Requests of HTTP/1 from bytes: heads, content, and any portions that they come in. */

import { assert, assertEquals } from "@std/assert";
import { createContentDecoder } from "../../lib/runtime/http1/incoming_content.ts";
import {
  MOST_HEAD_BYTES,
  type ParsedHead,
  parseHead,
} from "../../lib/runtime/http1/request_head.ts";
import { ROWS, toBytes, toText } from "../program/protocol.ts";
import { random } from "../support/random.ts";

const head = (...lines: string[]) => `${lines.join("\r\n")}\r\n\r\n`;

function summary(parsed: ParsedHead): unknown {
  if (parsed.kind === "incomplete") return parsed;
  const { method, target, protocol, framing, refusal } = parsed.head;
  const what = { method, target, protocol, framing, status: refusal?.status };
  return { ...what, kind: parsed.kind, fields: [...parsed.head.fields] };
}

Deno.test("a head: the line, the fields by any name, where it ends", () => {
  const text = `\r\n${
    head(
      "GET /a?b HTTP/1.1",
      "Host: h",
      "X-A: 1",
      "x-a:\t2 ",
      "Cookie: a",
      "cookie: b",
      "E:",
    )
  }rest`;
  const parsed = parseHead(text, 0);
  assert(parsed.kind === "head");
  assertEquals(text.slice(parsed.end), "rest");
  const { fields } = parsed.head;
  assertEquals(fields.get("X-A"), "1, 2");
  assertEquals(fields.get("cookie"), "a; b");
  assertEquals(fields.get("e"), "");
  assertEquals([fields.get("x"), fields.has("x"), fields.has("Host")], [
    null,
    false,
    true,
  ]);
  assertEquals([...fields].length, 4);
});

const LINE = "POST / HTTP/1.1";
const FRAMINGS: ReadonlyArray<
  readonly [fields: readonly string[], framing: string, status?: number]
> = [
  [[], "none"],
  [["Content-Length: 0"], "none"],
  [["Content-Length: 007"], "length"],
  [["Content-Length: 9007199254740991"], "length"],
  [["Content-Length: 9007199254740992"], "none", 400],
  [["Content-Length: 5, 5"], "none", 400],
  [["Content-Length: 5", "Content-Length: 5"], "none", 400],
  [["Content-Length: +5"], "none", 400],
  [["Content-Length:"], "none", 400],
  [["Transfer-Encoding: Chunked"], "chunked"],
  [["Transfer-Encoding: gzip, chunked"], "none", 501],
  [["Transfer-Encoding: chunked, gzip"], "none", 400],
  [["Transfer-Encoding: chunked, chunked"], "none", 400],
  [["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], "none", 400],
  [["Transfer-Encoding:"], "none", 400],
  [["Transfer-Encoding: \t chunked\t"], "chunked"],
  [["Transfer-Encoding: chunked\xa0"], "none", 400],
  [["Transfer-Encoding: \xa0chunked"], "none", 400],
  [["Transfer-Encoding: chunked", "Content-Length: 5"], "none", 400],
  [["Host: h"], "none", 400],
];

Deno.test("RFC 9112 §6.3: two recipients do not come to two ends", () => {
  for (const [fields, kind, status] of FRAMINGS) {
    const parsed = parseHead(head(LINE, "Host: h", ...fields), 0);
    assert(parsed.kind === "head", `${fields}`);
    const { framing, refusal } = parsed.head;
    assertEquals([framing.kind, refusal?.status], [kind, status], `${fields}`);
  }
});

Deno.test("RFC 9112 §3.2: a target is a path, a URL or *, and for CONNECT an authority", () => {
  const rows: ReadonlyArray<readonly [line: string, isTarget: boolean]> = [
    ["GET /", true],
    ["GET //a", true],
    ["GET http://a/b", true],
    ["GET HTTP://a", true],
    ["OPTIONS *", true],
    ["CONNECT a:80", true],
    ["GET a:80", false],
    ["GET a.txt", false],
    ["GET ?a", false],
    ["GET #", false],
    ["GET \\a", false],
    ["GET *a", false],
    ["GET mailto:a", false],
    ["GET http:/a", false],
  ];
  for (const [line, isTarget] of rows) {
    const parsed = parseHead(head(`${line} HTTP/1.1`, "Host: h"), 0);
    assert(parsed.kind === "head", line);
    const status = parsed.head.refusal?.status;
    assertEquals(status, isTarget ? undefined : 400, line);
  }
});

Deno.test("what cannot become a head is refused before the rest comes", () => {
  const rows: ReadonlyArray<readonly [text: string, status: number]> = [
    ["\x16\x03\x01", 400],
    [" GET", 400],
    ["GET /a\n", 400],
    ["GET /\xe9", 400],
    ["GET /a\r\n", 400],
    ["GET  /a HTTP/1.1", 400],
    ["GET /a HTTP/1.1\r\nHost: a\n\n", 400],
    ["GET /a HTTP/1.1\r\nHost: a\rb", 400],
    [`GET /${"a".repeat(MOST_HEAD_BYTES)}`, 414],
    [`GET / HTTP/1.1\r\nA: ${"a".repeat(MOST_HEAD_BYTES)}`, 431],
    [head("GET / HTTP/1.1", ...Array<string>(201).fill("A: 1")), 431],
    [head("GET / HTTP/2.0"), 505],
  ];
  for (const [text, status] of rows) {
    const parsed = parseHead(text, 0);
    const what = text.slice(0, 40);
    assert(parsed.kind === "unreadable", what);
    assertEquals(parsed.head.refusal?.status, status, what);
  }
});

/** The rows of the protocol, whose heads may be anything. */
const TEXTS = Object.values(ROWS).flat().map(({ sent }) => sent)
  .filter((sent) => sent.length < 2000);

Deno.test("property: every beginning of a head is incomplete, or refused as the whole is", () => {
  for (const text of TEXTS) {
    const whole = parseHead(text, 0);
    const end = whole.kind === "head" ? whole.end : text.length;
    for (let length = 0; length < end; length++) {
      const part = parseHead(text.slice(0, length), 0);
      if (part.kind === "incomplete") continue;
      const what = JSON.stringify(text.slice(0, length));
      assertEquals(part.kind, "unreadable", what);
      assertEquals(whole.kind, "unreadable", what);
    }
  }
});

Deno.test("property: what stands before and behind a head changes nothing", () => {
  for (const text of TEXTS) {
    const whole = parseHead(text, 0);
    if (whole.kind !== "head") continue;
    const front = head("GET / HTTP/1.1", "Host: b");
    const again = parseHead(front + text + front, front.length);
    assertEquals(summary(again), summary(whole), text);
  }
});

Deno.test("property: a head is the same behind any former one", () => {
  const heads = TEXTS.map((text) => parseHead(text, 0))
    .flatMap((parsed) => parsed.kind === "head" ? [parsed.head] : []);
  for (const text of TEXTS) {
    const alone = summary(parseHead(text, 0));
    const lines = text.split("\r\n").slice(1).join("\r\n");
    const like = ["GET / HTTP/1.1", "POST /a HTTP/1.0", "OPTIONS * HTTP/1.1"]
      .map((line) => parseHead(`${line}\r\n${lines}`, 0))
      .flatMap((parsed) => parsed.kind === "head" ? [parsed.head] : []);
    for (const former of [...like, ...heads]) {
      // Twice: what was asked for is kept from the second time on.
      for (const _ of [1, 2]) {
        assertEquals(summary(parseHead(text, 0, former)), alone, text);
      }
    }
  }
});

interface Decoded {
  readonly content: string;
  /** What stands behind it; `undefined` where it cannot be read, or has no end. */
  readonly rest: string | undefined;
}

/** Decodes bytes that come in portions. */
function decode(portions: readonly Uint8Array<ArrayBuffer>[]): Decoded {
  const decoder = createContentDecoder({ kind: "chunked" });
  let content = "";
  for (const [index, bytes] of portions.entries()) {
    for (let at = 0;;) {
      const piece = decoder.next(bytes, at);
      if (piece.kind === "more") break;
      if (piece.kind === "unreadable") return { content: "", rest: undefined };
      if (piece.kind === "end") {
        const rest = portions.slice(index + 1).map(toText).join("");
        return { content, rest: toText(bytes.subarray(piece.end)) + rest };
      }
      content += toText(bytes.subarray(piece.start, piece.end));
      at = piece.end;
    }
  }
  return { content: "", rest: undefined };
}

const CHUNKS: ReadonlyArray<readonly [text: string, content?: string]> = [
  ["5\r\nhello\r\n0\r\n\r\nnext", "hello"],
  ['1;a=b;c="d;e"\r\nh\r\n001\r\ni\r\n00;x\r\nX-A: 1\r\nB:\r\n\r\nnext', "hi"],
  ["A\r\n0123456789\r\n0\r\n\r\nnext", "0123456789"],
  [
    `${`1;${"a".repeat(80)}\r\nh\r\n`.repeat(250)}0\r\n\r\nnext`,
    "h".repeat(250),
  ],
  ["zz\r\n"],
  ["+5\r\n"],
  ["0x5\r\n"],
  ["\r\n"],
  ["5 \r\nhello"],
  ["5\nhello\n0\n\n"],
  ["5\r\nhelloXX0\r\n\r\n"],
  ["5\r\nhello\n0\r\n\r\n"],
  ["10000000000000005\r\n"],
  ["20000000000000\r\n"],
  ["1;a\nb\r\n"],
  ["0\r\n X-A: 1\r\n\r\n"],
  ["0\r\nX-A\r\n\r\n"],
  ["0\r\n: 1\r\n\r\n"],
  [`1;${"a".repeat(20_000)}\r\nh\r\n0\r\n\r\n`],
  [`0\r\nA: ${"a".repeat(20_000)}\r\n\r\n`],
];

Deno.test("property: chunks are the same in any portions (RFC 9112 §7.1)", () => {
  const { below } = random(1);
  for (const [text, content] of CHUNKS) {
    const expected = content === undefined
      ? { content: "", rest: undefined }
      : { content, rest: "next" };
    for (let time = 0; time < 50; time++) {
      const portions: Uint8Array<ArrayBuffer>[] = [];
      for (let at = 0; at < text.length;) {
        const end = time === 0 ? text.length : at + 1 + below(8);
        portions.push(toBytes(text.slice(at, end)));
        at = end;
      }
      assertEquals(decode(portions), expected, JSON.stringify(text));
    }
  }
});

Deno.test("content of a length ends there, in any portions", () => {
  const decoder = createContentDecoder({ kind: "length", length: 5 });
  const bytes = toBytes("helnext");
  assertEquals(decoder.next(bytes.subarray(0, 3), 0), {
    kind: "data",
    start: 0,
    end: 3,
  });
  assertEquals(decoder.next(bytes.subarray(0, 3), 3), { kind: "more" });
  assertEquals(decoder.next(toBytes("lonext"), 0), {
    kind: "data",
    start: 0,
    end: 2,
  });
  assertEquals(decoder.next(toBytes("lonext"), 2), { kind: "end", end: 2 });
});
