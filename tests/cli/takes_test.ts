/** Takes: from the records of a log to complete downloads. */
import { assertEquals } from "@std/assert";
import { createTakes } from "../../lib/program/takes.ts";
import type { Download, LogRecord, Span } from "../../main.ts";

/** What a client may have beyond what is known. */
const MORE = 8_388_608;
/** A record of `/a` with 100 bytes, as far as not said otherwise. */
interface Sent {
  readonly to?: string;
  readonly user?: string;
  readonly target?: string;
  readonly tag?: string | undefined;
  readonly length?: number | undefined;
  readonly spans?: ReadonlyArray<readonly [start: number, end: number]>;
  /** How many bytes have left; all by default. */
  readonly bytes?: number;
  readonly cut?: "aborted" | "error";
  readonly download?: undefined;
}

function recordOf(sent: Sent): LogRecord {
  const { to = "192.0.2.1", user, target = "/a", cut } = sent;
  const tag = "tag" in sent ? sent.tag : '"1"';
  const length = "length" in sent ? sent.length : 100;
  const spans = sent.spans?.map(([start, end]): Span => ({ start, end }));
  const all = spans?.reduce((sum, { start, end }) => sum + end - start + 1, 0);
  const download: Download = { tag, length, ...spans && { spans } };
  return {
    peer: { address: to, user },
    time: 0,
    milliseconds: 0,
    method: "GET",
    target,
    status: spans === undefined ? 200 : 206,
    bytes: sent.bytes ?? all ?? length ?? 50,
    aborted: cut === "aborted",
    error: cut === "error" ? new Error("gone") : undefined,
    download: "download" in sent ? undefined : () => download,
  };
}

/** What is told of each record: complete, bytes so far, or nothing. */
type Told = "complete" | number | "";

const ROWS: Array<[what: string, ...Array<[Sent, Told]>]> = [
  ["the whole", [{}, "complete"]],
  ["the whole, twice", [{}, "complete"], [{}, "complete"]],
  ["an empty file", [{ length: 0 }, "complete"]],
  ["what is coded on the way", [{ length: undefined }, "complete"]],
  ["a page, a listing, an error", [{ download: undefined }, ""]],
  [
    "a download that goes on (curl -C -)",
    [{ bytes: 40, cut: "aborted" }, 40],
    [{ spans: [[40, 99]] }, "complete"],
  ],
  [
    "one that goes on when the file, too young for a tag at first, has one",
    [{ tag: undefined, bytes: 40, cut: "aborted" }, 40],
    [{ spans: [[40, 99]] }, "complete"],
    [{ tag: '"2"', spans: [[40, 99]] }, ""],
  ],
  [
    "one that goes on before what had left: the client has got less",
    [{ bytes: 60, cut: "aborted" }, 60],
    [{ spans: [[30, 99]] }, "complete"],
  ],
  [
    "one that goes on behind what is known to have left, by what sockets hold",
    [{ length: 3 * MORE, bytes: 5, cut: "aborted" }, 5],
    [{ length: 3 * MORE, spans: [[MORE + 6, 3 * MORE - 1]] }, ""],
    [{ length: 3 * MORE, spans: [[MORE + 5, 3 * MORE - 1]] }, "complete"],
  ],
  [
    "one that goes on where nothing is known",
    [{ length: 3 * MORE, bytes: 0, cut: "aborted" }, 0],
    [{ length: 3 * MORE, spans: [[2 * MORE, 3 * MORE - 1]] }, "complete"],
  ],
  [
    "one that goes on twice is told of once",
    [{ bytes: 40, cut: "aborted" }, 40],
    [{ spans: [[40, 99]], bytes: 10, cut: "aborted" }, ""],
    [{ spans: [[50, 99]] }, "complete"],
  ],
  ["a file that fails", [{ bytes: 7, cut: "error" }, 7]],
  ["one that was cut before the first byte", [{ bytes: 0, cut: "aborted" }, 0]],
  ["an empty file that was cut", [{ length: 0, cut: "aborted" }, 0]],
  [
    "a video: its beginning, its end, the rest, and then all again",
    [{ spans: [[0, 99]], bytes: 30, cut: "aborted" }, 30],
    [{ spans: [[90, 99]] }, "complete"],
    [{ spans: [[25, 99]] }, ""],
    [{ spans: [[0, 99]], bytes: 30, cut: "aborted" }, ""],
    [{ spans: [[0, 99]] }, ""],
  ],
  [
    "an interrupted download, and the whole from the start again",
    [{ bytes: 40, cut: "aborted" }, 40],
    [{}, "complete"],
  ],
  [
    "segments at the same time, in any order (aria2)",
    [{ spans: [[75, 99]] }, ""],
    [{ spans: [[25, 49]] }, ""],
    [{ spans: [[0, 24]] }, ""],
    [{ spans: [[50, 74]] }, "complete"],
  ],
  [
    "several ranges in an answer",
    [{ spans: [[0, 9], [50, 99]], bytes: 300 }, ""],
    [{ spans: [[10, 49]] }, "complete"],
  ],
  [
    "of several ranges that were cut nobody knows which",
    [{ spans: [[0, 49], [50, 99]], bytes: 100, cut: "aborted" }, 100],
    [{ spans: [[50, 99]] }, ""],
  ],
  [
    "a range that is the whole (a text in the viewer)",
    [{ spans: [[0, 99]] }, "complete"],
  ],
  [
    "the rest for another client, user, file or state is no end of it",
    [{ bytes: 40, cut: "aborted" }, 40],
    [{ spans: [[40, 99]], to: "192.0.2.2" }, ""],
    [{ spans: [[40, 99]], user: "ada" }, ""],
    [{ spans: [[40, 99]], target: "/b" }, ""],
    [{ spans: [[40, 99]], tag: '"2"' }, ""],
    [{ spans: [[40, 99]] }, "complete"],
  ],
];

Deno.test("createTakes(): what a client gets in parts is one take", () => {
  for (const [what, ...steps] of ROWS) {
    const find = createTakes();
    const told = steps.map(([sent]): Told => {
      const take = find(recordOf(sent));
      if (take === undefined) return "";
      return take.isComplete ? "complete" : take.bytes;
    });
    assertEquals(told, steps.map(([, expected]) => expected), what);
  }
});

Deno.test("createTakes() knows 1,024 downloads in parts, the latest ones", () => {
  const find = createTakes();
  const first = { spans: [[0, 49]], target: "/first" } as const;
  find(recordOf(first));
  for (let number = 0; number < 1024; number++) {
    find(recordOf({ spans: [[0, 49]], target: `/${number}` }));
  }
  const rest = { spans: [[50, 99]] } as const;
  assertEquals(find(recordOf({ ...rest, target: "/first" })), undefined);
  assertEquals(find(recordOf({ ...rest, target: "/9" }))?.isComplete, true);
});
