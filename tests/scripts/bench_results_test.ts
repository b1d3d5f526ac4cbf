/** `deno task bench --results`: what is said of figures; nothing is measured here. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { clock, estimate, takesPart } from "../../scripts/bench/estimate.ts";
import { judge, reached, targetsTable } from "../../scripts/bench/judge.ts";
import { picture } from "../../scripts/bench/picture.ts";
import { texts } from "../../scripts/bench/publish.ts";
import {
  decodeResults,
  encodeResults,
  type Results,
} from "../../scripts/bench/results.ts";
import { SUBJECTS } from "../../scripts/bench/subjects/mod.ts";
import { summary } from "../../scripts/bench/summary.ts";
import {
  type Bound,
  type Target,
  TARGETS,
} from "../../scripts/bench/targets.ts";
import { WORKS } from "../../scripts/bench/works.ts";
import { fillMarks } from "../../scripts/marks.ts";
import { PROJECT } from "../support/program.ts";

const FIGURE = { work: "hot", unit: "requests/s" };

function run(values: Results["series"][number]["values"]): Results {
  const title = (name: string) => {
    return { title: name.toUpperCase(), version: "1", setup: "" };
  };
  return {
    date: "2026-11-21",
    machine: { processor: "Z80 & <fast>", cores: 1, memoryGiB: 2, kernel: "" },
    wrk: "4",
    rounds: 2,
    seconds: 1,
    subjects: Object.fromEntries(
      Object.keys(values).map((name) => [name, title(name)]),
    ),
    missing: {},
    series: [{ ...FIGURE, title: "1 KiB, hot", better: "more", values }],
    skipped: {},
  };
}

function target(bound: Bound, ...theirs: string[]): Target {
  const deno = { ours: "serve-deno", theirs };
  return { work: "w", against: "a", figures: [FIGURE], bound, deno };
}

Deno.test("judge() is exact at the bound, and shows the worst for us", () => {
  const results = run({ "serve-deno": [8, 9], a: [10, 9], b: [4, 4] });
  const atLeast = (times: number): Bound => ({ kind: "at-least", times });
  const atMost = (times: number): Bound => ({ kind: "at-most", times });
  const limit = (most: number): Bound => ({ kind: "limit", most, unit: "x" });
  const rows: Array<[Target, number | undefined, boolean?, string?]> = [
    [target(atLeast(0.9), "a"), 0.9, true, ""],
    [target(atLeast(0.91), "a"), 0.9, false, ""],
    [target(atLeast(2), "b"), 2.125, true, ""],
    // The better of two peers is the one that counts.
    [target(atLeast(0.9), "b", "a"), 0.9, true, "A"],
    [target(atLeast(0.9), "b", "nobody"), 2.125, true, "B"],
    [target(atMost(2.125), "b"), 2.125, true, ""],
    [target(atMost(1), "a", "b"), 2.125, false, "B"],
    [target(limit(8.5)), 8.5, true, ""],
    [target(limit(8)), 8.5, false, ""],
    [target(atLeast(1), "nobody"), undefined],
    [target(atLeast(1)), undefined],
  ];
  for (const [asked, value, reached, which] of rows) {
    const [verdict] = judge(results, [asked]);
    assertEquals(verdict?.bun, { kind: "not asked" });
    const found = verdict?.deno;
    if (found?.kind !== "measured") {
      assertEquals(found, { kind: "not measured" }, JSON.stringify(asked));
      assertEquals(value, undefined, JSON.stringify(asked));
      continue;
    }
    assertEquals(
      [found.value.median, found.reached, found.which],
      [value, reached, which],
      JSON.stringify(asked),
    );
  }
});

Deno.test("judge() does not judge by some of several works", () => {
  const results = run({ "serve-deno": [8], a: [1] });
  const one = target({ kind: "at-least", times: 1 }, "a");
  const other = { work: "head", unit: "requests/s" };
  const both = { ...one, figures: [FIGURE, other] };
  assertEquals(judge(results, [one])[0]?.deno.kind, "measured");
  assertEquals(judge(results, [both])[0]?.deno.kind, "not measured");
});

Deno.test("a baseline is another figure", () => {
  const results = run({ "serve-deno": [8] });
  const whole = { ...FIGURE, work: "1m" };
  const more = { ...whole, title: "", better: "more" as const };
  const [verdict] = judge(
    {
      ...results,
      series: [...results.series, { ...more, values: { "serve-deno": [16] } }],
    },
    [{
      ...target({ kind: "at-least", times: 0.5 }, "serve-deno"),
      baseline: whole,
    }],
  );
  const found = verdict?.deno;
  assertEquals(found?.kind === "measured" && found.value.median, 0.5);
});

Deno.test("reached() tells the runtimes apart where they differ", () => {
  const value = { median: 1, low: 1, high: 1 };
  const yes = { kind: "measured", value, reached: true, which: "" } as const;
  const no = { ...yes, reached: false };
  const none = { kind: "not measured" } as const;
  const unasked = { kind: "not asked" } as const;
  assertEquals(reached(yes, yes), "yes");
  assertEquals(reached(no, no), "no");
  assertEquals(reached(yes, no), "Deno yes, Bun no");
  assertEquals(reached(none, no), "Deno not measured, Bun no");
  assertEquals(reached(none, none), "not measured");
  assertEquals(reached(unasked, yes), "yes");
  assertEquals(reached(no, unasked), "no");
});

Deno.test("targets name works, units and subjects that there are", () => {
  const works = WORKS.map(({ name }) => name);
  const subjects = SUBJECTS.map(({ name }) => name);
  for (const { figures, baseline, deno, bun, work } of TARGETS) {
    for (const figure of [...figures, ...baseline ? [baseline] : []]) {
      const { kind } = WORKS.find(({ name }) => name === figure.work) ?? {};
      assert(works.includes(figure.work), `${work}: ${figure.work}`);
      if (kind === "requests") assertEquals(figure.unit, "requests/s", work);
      if (kind === "bytes") assertEquals(figure.unit, "MiB/s", work);
    }
    assert(deno !== undefined || bun !== undefined, work);
    for (const side of [deno, bun]) {
      for (const name of [side?.ours ?? "nginx", ...side?.theirs ?? []]) {
        assert(subjects.includes(name), `${work}: ${name}`);
      }
    }
  }
});

Deno.test("encodeResults() has four digits, and can be read again", () => {
  const text = encodeResults(run({ a: [12345.678, 0.123456], b: [] }));
  assert(text.includes('"a": [12350,0.1235]'), text);
  assertEquals(encodeResults(decodeResults(text)), text);
});

Deno.test("picture() has the fastest on top, ours in colour, limits in outline", () => {
  const svg = picture(run({
    "serve-deno": [20],
    "serve-executable": [99],
    "constant-deno": [40],
    "a<b": [30],
    nothing: [],
  }));
  const bars = [
    ...svg.matchAll(
      />([^<]*)<\/text><rect class="(\w+)" x="\d+" y="\d+" width="(\d+)"/g,
    ),
  ].map(([, title, kind, width]) => [title, kind, Number(width)]);
  const longest = Number(bars[0]?.[2]);
  assertEquals(bars, [
    ["CONSTANT-DENO", "limit", longest],
    ["A&lt;B", "theirs", Math.round(longest * 0.75)],
    ["SERVE-DENO", "ours", Math.round(longest * 0.5)],
  ]);
  assertMatch(svg, /<title id="title">[^<]+<\/title>/);
  assert(svg.includes("Z80 &amp; &lt;fast>"));
  assert(svg.includes("prefers-color-scheme:dark"));
});

Deno.test("summary() says only what was measured", () => {
  const known = summary(run({
    "serve-deno": [50],
    "serve-bun": [90],
    "constant-deno": [100],
    "constant-bun": [100],
    python: [10],
    sirv: [5],
    srvx: [20],
  }));
  assertMatch(known, /90 times a second on Bun and 50 on\s+Deno/);
  assertMatch(known, /90 % and 50 %/);
  assert(known.includes("| 1 KiB file | 5 · 9 | – | 2.5 · 4.5 (SRVX) |"));
  const unknown = summary(run({ "serve-bun": [90], python: [10] }));
  assert(!/NaN|times a second/.test(unknown), unknown);
  assert(unknown.includes("| 1 KiB file | – · 9 | – | – |"), unknown);
});

Deno.test("fillMarks() replaces what is between its marks", () => {
  const text = "a\n<!-- x y -->\nold\n<!-- /x y -->\nb\n";
  const filled = "a\n<!-- x y -->\n$1\n<!-- /x y -->\nb\n";
  assertEquals(fillMarks(text, "x y", "$1"), filled);
  assertEquals(fillMarks("a\n", "x", "new"), "a\n");
});

Deno.test("estimate() counts those who take part", () => {
  const length = { rounds: 3, seconds: 2 };
  const work = (name: string) => {
    const found = WORKS.find((work) => work.name === name);
    assert(found !== undefined, name);
    return found;
  };
  const subjects = (...names: string[]) =>
    SUBJECTS.filter(({ name }) => names.includes(name));
  const time = (name: string, ...names: string[]) =>
    estimate(work(name), subjects(...names), length);
  assertEquals(time("hot"), 0);
  assert(time("hot", "nginx") >= 3 * 2);
  assertEquals(time("hot", "nginx", "caddy"), 2 * time("hot", "nginx"));
  assertEquals(time("list-1000", "constant-bun"), 0);
  assertEquals(time("hot", "constant-executable"), 0);
  assert(time("start", "constant-executable") > 0);
  assert(time("cgi", "sirv") < time("cgi", "lighttpd"));
  assert(time("memory", "nginx") > time("memory", "constant-bun"));
  for (const subject of subjects("serve-deno", "nginx")) {
    assert(WORKS.every((work) => takesPart(subject, work)));
  }
});

Deno.test("a whole run of three rounds of two seconds takes half an hour", () => {
  const length = { rounds: 3, seconds: 2 };
  const whole = WORKS
    .reduce((sum, work) => sum + estimate(work, SUBJECTS, length), 0);
  assert(whole < 31 * 60, clock(whole));
});

Deno.test("clock() has minutes and seconds", () => {
  assertEquals([0, 59.6, 125].map(clock), ["0:00", "1:00", "2:05"]);
});

Deno.test("what is said agrees with results.json (deno task bench --from … --results)", () => {
  const read = (path: string) => Deno.readTextFileSync(PROJECT + path);
  const results = decodeResults(read("scripts/bench/results.json"));
  for (
    const [path, text] of Object.entries(texts(results, read("README.md")))
  ) {
    assertEquals(read(path), text, path);
  }
  const table = targetsTable(judge(results));
  assert(read("scripts/bench/RESULTS.md").includes(table));
  assert(read("README.md").includes(summary(results)));
  const bytes = new TextEncoder().encode(picture(results)).length;
  assert(bytes <= 12 * 1024, `${bytes} bytes`);
});
