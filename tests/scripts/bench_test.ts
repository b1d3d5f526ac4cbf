/** `deno task bench`: what is computed, read and written; nothing is measured here. */

import { assertEquals, assertMatch } from "@std/assert";
import { type Order, readArguments } from "../../scripts/bench/arguments.ts";
import { findCommit } from "../../scripts/bench/baseline.ts";
import { parseVisit } from "../../scripts/bench/browser.ts";
import { joinChunks, parseHead } from "../../scripts/bench/probe.ts";
import { prose } from "../../scripts/bench/prose.ts";
import { reasonOf, run } from "../../scripts/bench/processes.ts";
import { markdown } from "../../scripts/bench/report.ts";
import { format, table } from "../../scripts/bench/tables.ts";
import { median, ratio, summarize } from "../../scripts/bench/statistics.ts";
import {
  type Load,
  parseCold,
  parseWrk,
  wrkWords,
} from "../../scripts/bench/wrk.ts";

const NOTHING = { median: NaN, low: NaN, high: NaN };

Deno.test("median() is the middle, or the mean of both", () => {
  const rows: Array<[number[], number]> = [
    [[], NaN],
    [[7], 7],
    [[3, 1], 2],
    [[10, 9, 2], 9],
    [[100, 20, 3, 10], 15],
  ];
  for (const [values, expected] of rows) {
    const before = [...values];
    assertEquals(median(values), expected, `${values}`);
    assertEquals(values, before, "the rounds stay in order");
  }
});

Deno.test("summarize() has the median, the smallest and the largest", () => {
  assertEquals(summarize([]), NOTHING);
  assertEquals(summarize([5]), { median: 5, low: 5, high: 5 });
  assertEquals(summarize([10, 9, 2]), { median: 9, low: 2, high: 10 });
});

Deno.test("ratio() compares round by round", () => {
  // The ratio of the medians would be 1 in the first row.
  const rows: Array<
    [number[], number[], "more" | "less", ReturnType<typeof summarize>]
  > = [
    [[1, 2, 6], [2, 6, 1], "more", { median: 0.5, low: 1 / 3, high: 6 }],
    [[10, 20], [5, 5], "more", { median: 3, low: 2, high: 4 }],
    [[10, 20], [5, 5], "less", { median: 0.375, low: 0.25, high: 0.5 }],
    [[10, 20], [5], "more", { median: 2, low: 2, high: 2 }],
    [[10, 20], [0, 5], "more", { median: 4, low: 4, high: 4 }],
    [[], [5], "more", NOTHING],
  ];
  for (const [ours, theirs, better, expected] of rows) {
    assertEquals(ratio(ours, theirs, better), expected, `${ours} : ${theirs}`);
  }
});

Deno.test("parseWrk() reads figures, units and failures", () => {
  const page = (transfer: string, more = "") =>
    `Running 1s test @ http://127.0.0.1:8000/
  1 threads and 32 connections
  5609 requests in 1.00s, 7.12MB read
${more}Requests/sec:   5585.25
Transfer/sec:   ${transfer}
`;
  const load = (bytes: number, failures = 0, broken = 0): Load => {
    return { requests: 5585.25, bytes, failures, broken };
  };
  const failed = "  Non-2xx or 3xx responses: 12\n";
  const errors =
    "  Socket errors: connect 1, read 20, write 300, timeout 4000\n";
  const rows: Array<[string, Load | undefined]> = [
    [page("512.00B"), load(512)],
    [page("1.50KB"), load(1536)],
    [page("7.00MB"), load(7 * 2 ** 20)],
    [page("2.25GB"), load(2.25 * 2 ** 30)],
    [page("1.00TB"), load(2 ** 40)],
    [page("1.50KB", failed), load(1536, 12)],
    [page("1.50KB", errors + failed), load(1536, 12, 4321)],
    [page("7 apples"), undefined],
    ["unable to connect to 127.0.0.1:8000 Connection refused\n", undefined],
    ["", undefined],
  ];
  for (const [text, expected] of rows) {
    assertEquals(parseWrk(text), expected, text);
  }
});

Deno.test("wrkWords() are one thread, 32 connections, and what is asked", () => {
  const url = "http://127.0.0.1:8000/";
  const load = ["-t1", "-c32", "-d4s"];
  assertEquals(wrkWords({ url, seconds: 4 }), [...load, url]);
  const fields = { "If-None-Match": '"a b"', Range: "bytes=0-1" };
  const asking = { url, seconds: 4, fields, script: "/tmp/a.lua" };
  assertEquals(wrkWords(asking), [
    ...load,
    "-H",
    'If-None-Match: "a b"',
    "-H",
    "Range: bytes=0-1",
    "-s",
    "/tmp/a.lua",
    url,
  ]);
});

Deno.test("parseCold() reads what the script prints in the end", () => {
  const line = "10000 answers, 2 failed, 40960000 bytes, 0.231175 s";
  const end = { answers: 10000, failed: 2, bytes: 40960000, seconds: 0.231175 };
  assertEquals(parseCold(`${line}\n`), end);
  assertEquals(parseCold(`Running 30s test\n${line}\n`), end);
  assertEquals(parseCold("Requests/sec:   5585.25\n"), undefined);
});

Deno.test("parseVisit() reads the title", () => {
  const page = (title: string) =>
    `<html><head><title>${title}</title></head></html>`;
  assertEquals(parseVisit(page("1000 modules, 735.19 ms, h2")), {
    modules: 1000,
    ms: 735.19,
    protocol: "h2",
  });
  assertEquals(parseVisit(page("Modules")), undefined);
});

Deno.test("prose() is as long as asked, each time the same, and codes to a fourth or so", async () => {
  const size = async (text: string) => {
    const coded = new Blob([text]).stream()
      .pipeThrough(new CompressionStream("gzip"));
    return (await new Response(coded).bytes()).length;
  };
  const text = prose(50_000, 3);
  assertEquals(text.length, 50_000);
  assertEquals(prose(50_000, 3), text);
  assertEquals(prose(50_000, 4) === text, false);
  const share = await size(text) / text.length;
  assertEquals(share > 0.2 && share < 0.35, true, `${share}`);
});

const NAMES = { works: ["hot", "head"], subjects: ["nginx", "caddy"] };
const ALL: Order = {
  works: [],
  subjects: [],
  rounds: 5,
  seconds: 4,
  baseline: undefined,
  list: false,
  json: undefined,
  from: undefined,
  results: false,
};

Deno.test("readArguments() reads an order", () => {
  const rows: Array<[string, Partial<Order>]> = [
    ["", {}],
    ["--work hot", { works: ["hot"] }],
    ["--work=hot --work head", { works: ["hot", "head"] }],
    ["--subject caddy", { subjects: ["caddy"] }],
    ["--rounds 3 --seconds=2", { rounds: 3, seconds: 2 }],
    ["--rounds 3 --rounds 9", { rounds: 9 }],
    ["--baseline f25b34a", { baseline: "f25b34a" }],
    ["--json a.json --results", { json: "a.json", results: true }],
    ["--from a.json --results", { from: "a.json", results: true }],
    ["--list", { list: true }],
  ];
  for (const [line, expected] of rows) {
    const order = { ...ALL, ...expected };
    assertEquals(readArguments(split(line), NAMES), { kind: "order", order });
  }
});

Deno.test("readArguments() says what it does not understand", () => {
  const rows: Array<[string, RegExp]> = [
    ["--fast", /^unknown: --fast; see --help$/],
    ["hot", /^unknown: hot; see --help$/],
    ["--work cold", /^no work is called "cold"; there are hot, head$/],
    ["--subject iis", /^no subject is called "iis"; there are nginx, caddy$/],
    ["--rounds 0", /^--rounds wants a whole number from 1 up$/],
    ["--rounds many", /^--rounds wants/],
    ["--seconds 0.5", /^--seconds wants/],
    ["--seconds=-1", /^--seconds wants/],
    ["--baseline=", /^--baseline wants a commit$/],
    ["--json=", /^--json wants the name of a file$/],
    ["--from=", /^--from wants the name of a file$/],
  ];
  for (const [line, expected] of rows) {
    const reading = readArguments(split(line), NAMES);
    assertMatch(reading.kind === "mistake" ? reading.message : "", expected);
  }
});

Deno.test("findCommit() knows a commit by any name, fetches it, and says when it is unknown", async () => {
  const directory = await Deno.makeTempDir();
  const git = (...words: [string, ...string[]]) =>
    run(["git", "-C", directory, ...words]);
  const commit = async (subject: string) => {
    const identity = ["-c", "user.name=a", "-c", "user.email=a@b.example"];
    const words = ["commit", "--quiet", "--allow-empty", "-m", subject];
    await run(["git", "-C", `${directory}/theirs`, ...identity, ...words]);
    const hash = await git("-C", "theirs", "rev-parse", "HEAD");
    return hash.trim();
  };
  await git("init", "--quiet", "-b", "main", "theirs");
  const first = await commit("first");
  await git("clone", "--quiet", "theirs", "ours");
  const find = (name: string) => findCommit(name, `${directory}/ours`);
  for (const name of [first, first.slice(0, 7), "main", "HEAD"]) {
    assertEquals(await find(name), first.slice(0, 7), name);
  }
  const second = await commit("second");
  assertEquals(await find(second.slice(0, 7)), second.slice(0, 7));
  for (const name of ["f00f00f", "none", "--all", ""]) {
    assertEquals(await find(name), undefined, name);
  }
  await Deno.remove(directory, { recursive: true });
});

Deno.test("parseHead() reads what is complete", () => {
  const head = 'HTTP/1.1 206 Partial\r\nETag:"x:y"\r\nX-A:  b \r\n\r\n';
  for (const part of ["", "HTTP/1.1 200 OK\r\n", head.slice(0, -1)]) {
    assertEquals(parseHead(bytesOf(part)), undefined, part);
  }
  for (const rest of ["", "content\r\n\r\nmore"]) {
    assertEquals(parseHead(bytesOf(head + rest)), {
      status: 206,
      fields: new Map([["etag", '"x:y"'], ["x-a", "b"]]),
      bytes: head.length,
    });
  }
});

Deno.test("joinChunks() takes the chunked coding off", () => {
  const rows: Array<[string, string]> = [
    ["", ""],
    ["0\r\n\r\n", ""],
    ["3\r\nabc\r\n0\r\n\r\n", "abc"],
    ["A\r\n0123456789\r\n1;name=x\r\n!\r\n0\r\n\r\n", "0123456789!"],
    ["4\r\na\r\nb\r\n0\r\n\r\n", "a\r\nb"],
    ["3\r\nabc\r\n5\r\nde", "abcde"],
    ["3\r\nabc\r\n5", "abc"],
  ];
  for (const [chunks, expected] of rows) {
    const content = new TextDecoder().decode(joinChunks(bytesOf(chunks)));
    assertEquals(content, expected, JSON.stringify(chunks));
  }
});

Deno.test("reasonOf() is the line that names the error", () => {
  const trace = "file:///a.mjs:2\n  ^^^\nSyntaxError: no such export\n" +
    "    at ModuleJob (node:internal:213)\n\nNode.js v20.20.2\n";
  const rows: Array<[string, string | undefined]> = [
    ["", undefined],
    ["\n \n", undefined],
    ["listening\n\ncannot bind\n", "cannot bind"],
    [trace, "SyntaxError: no such export"],
    [
      "error: Uncaught (in promise) x\n  at a.ts:1\n",
      "error: Uncaught (in promise) x",
    ],
    ["Error [ERR_X]: a\nError: b\n  at c", "Error: b"],
    ["x".repeat(500), "x".repeat(160)],
  ];
  for (const [complaint, expected] of rows) {
    assertEquals(reasonOf(complaint), expected, complaint);
  }
});

Deno.test("format() has fewer digits the larger a figure is", () => {
  const rows: Array<[number[], string]> = [
    [[], "–"],
    [[0.8251], "0.83 (0.83–0.83)"],
    [[11.94, 12.34, 13], "12.3 (11.9–13)"],
    [[12345.6, 999.6, 20000], "12,346 (1,000–20,000)"],
  ];
  for (const [values, expected] of rows) {
    assertEquals(format(summarize(values)), expected);
  }
});

Deno.test("table() escapes what would end a cell", () => {
  assertEquals(table(["a", "b"], []), "| a | b |\n| --- | --- |");
  assertEquals(
    table(["a"], [["x|y"], ["z"]]),
    "| a |\n| --- |\n| x\\|y |\n| z |",
  );
});

Deno.test("markdown() says how each subject runs, and who has no figures", () => {
  const text = markdown({
    date: "2026-11-21",
    machine: { processor: "Z80", cores: 1, memoryGiB: 2, kernel: "CP/M" },
    wrk: "4",
    missing: { caddy: "caddy is not installed" },
    rounds: 2,
    seconds: 1,
    subjects: {
      "serve-deno": { title: "ours", version: "1", setup: "one thread" },
      "nginx": { title: "theirs", version: "2", setup: "one worker" },
      "srvx": { title: "absent", version: "3", setup: "tuned" },
    },
    series: [{
      work: "hot",
      title: "1 KiB",
      unit: "ms",
      better: "less",
      values: { "serve-deno": [1, 1], nginx: [3, 3] },
    }],
    skipped: { hot: { srvx: "ends at its start (Error: x)" } },
  });
  for (
    const line of [
      "| theirs | 2 | one worker |",
      "### 1 KiB: ms",
      "| ours | 1 (1–1) | 1 (1–1) | – |",
      "| theirs | 3 (3–3) | 3 (3–3) | – |",
      "Did not: caddy (caddy is not installed).",
      "Not measured: absent ends at its start (Error: x).",
    ]
  ) assertEquals(text.split("\n").includes(line), true, line);
});

function split(line: string): string[] {
  return line.split(" ").filter((word) => word !== "");
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
