/** `deno task bench --results`: what is said of figures; nothing is measured here. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { clock, estimate, takesPart } from "../../scripts/bench/estimate.ts";
import { judge, targetsTable } from "../../scripts/bench/judge.ts";
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

function target(bound: Bound, rival?: string): Target {
  const words = { work: "w", against: "a", form: "deno" } as const;
  return {
    ...words,
    figures: [FIGURE],
    bound,
    ...rival === undefined ? {} : { rival },
  };
}

Deno.test("judge() is exact at the bound", () => {
  const results = run({ "serve-deno": [8, 9], a: [10, 9], b: [4, 4] });
  const atLeast = (times: number): Bound => ({ kind: "at-least", times });
  const atMost = (times: number): Bound => ({ kind: "at-most", times });
  const limit = (most: number): Bound => ({ kind: "limit", most, unit: "x" });
  const rows: Array<[Target, number | undefined, boolean?]> = [
    [target(atLeast(0.9), "a"), 0.9, true],
    [target(atLeast(0.91), "a"), 0.9, false],
    [target(atLeast(2), "b"), 2.125, true],
    [target(atMost(2.125), "b"), 2.125, true],
    [target(atMost(2), "b"), 2.125, false],
    [target(limit(8.5)), 8.5, true],
    [target(limit(8)), 8.5, false],
    [target(atLeast(1), "nobody"), undefined],
    [target(atLeast(1)), undefined],
    [{ ...target(atLeast(1), "a"), form: "bun" }, undefined],
  ];
  for (const [asked, value, reached] of rows) {
    const found = judge(results, [asked])[0]?.finding;
    if (found?.kind !== "measured") {
      assertEquals(found, { kind: "not measured" }, JSON.stringify(asked));
      assertEquals(value, undefined, JSON.stringify(asked));
      continue;
    }
    assertEquals(
      [found.value.median, found.reached, found.which],
      [value, reached, ""],
      JSON.stringify(asked),
    );
  }
});

Deno.test("judge() shows the worst of several works, and does not judge by some of them", () => {
  const results = run({ "serve-deno": [8], a: [2] });
  const head = { work: "head", unit: "requests/s" };
  const one = target({ kind: "at-least", times: 4 }, "a");
  const both = { ...one, figures: [FIGURE, head] };
  assertEquals(judge(results, [both])[0]?.finding.kind, "not measured");
  const more = {
    ...head,
    title: "HEAD",
    better: "more" as const,
    values: { "serve-deno": [9], a: [3] },
  };
  const all = { ...results, series: [...results.series, more] };
  assertEquals(judge(all, [both])[0]?.finding, {
    kind: "measured",
    value: { median: 3, low: 3, high: 3 },
    reached: false,
    which: "HEAD",
  });
});

Deno.test("their figure may be another one", () => {
  const results = run({ "serve-deno": [8] });
  const their = { ...FIGURE, unit: "without: requests/s" };
  const plain = { ...their, title: "", better: "more" as const };
  const [verdict] = judge(
    {
      ...results,
      series: [...results.series, { ...plain, values: { "serve-deno": [16] } }],
    },
    [{ ...target({ kind: "at-least", times: 0.5 }, "serve-deno"), their }],
  );
  const found = verdict?.finding;
  assertEquals(found?.kind === "measured" && found.value.median, 0.5);
});

Deno.test("targetsTable() says by which commit, what was asked, found and reached, and by the least server", () => {
  const figures = { "serve-deno": [8], "baseline-deno": [2] };
  const results = run({ ...figures, "least-deno": [5] });
  const asked = target({ kind: "at-least", times: 3 }, "baseline-deno");
  const rows = (results: Results) =>
    targetsTable(judge(results, [asked]), results).split("\n").slice(2);
  assertEquals(rows({ ...results, baseline: "f25b34a" }), [
    "| w | serve at f25b34a | Deno | ≥ 3 × | 4 (4–4) | yes | 2.5 (2.5–2.5) |",
  ]);
  assertEquals(rows(run({ "serve-deno": [8] })), [
    "| w | a | Deno | ≥ 3 × | not measured |  |  |",
  ]);
});

Deno.test("targets name works, units and subjects that there are, and who takes part", () => {
  const find = <T extends { name: string }>(all: readonly T[], name: string) =>
    all.find((one) => one.name === name);
  for (const { figures, their, form, rival, work } of TARGETS) {
    for (const figure of figures) {
      const of = find(WORKS, figure.work);
      assert(of !== undefined, `${work}: ${figure.work}`);
      if (of.kind === "requests") assertEquals(figure.unit, "requests/s", work);
      for (const name of [`serve-${form}`, ...rival ? [rival] : []]) {
        const subject = find(SUBJECTS, name);
        assert(subject !== undefined, `${work}: ${name}`);
        assert(takesPart(subject, of), `${work}: ${name}`);
      }
      const unit = their?.unit.split(": ")[0];
      if (unit !== their?.unit) assertEquals(unit, of.without, work);
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
    "baseline-deno": [19],
    "constant-deno": [98],
    "constant-fields-deno": [40],
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
    ["CONSTANT-FIELDS-DENO", "limit", longest],
    ["A&lt;B", "theirs", Math.round(longest * 0.75)],
    ["SERVE-DENO", "ours", Math.round(longest * 0.5)],
  ]);
  assertMatch(svg, /<title id="title">[^<]+<\/title>/);
  assert(svg.includes("Z80 &amp; &lt;fast>"));
  assert(svg.includes("prefers-color-scheme:dark"));
});

Deno.test("picture() has the shortest time on top", () => {
  const start = {
    work: "start",
    title: "",
    unit: "ms",
    better: "less" as const,
    values: { "serve-deno": [20], nginx: [10], python: [30] },
  };
  const svg = picture({ ...run({}), series: [start] });
  assert(svg.includes(">Start: ms, less is better</text>"), svg);
  const titles = [...svg.matchAll(/text-anchor="end">([^<]+)</g)];
  assertEquals(titles.map(([, title]) => title), [
    "nginx",
    "serve-deno",
    "python",
  ]);
});

Deno.test("summary() says what is fast, what is not and why, as far as it was measured", () => {
  const known = summary(run({
    "serve-deno": [50],
    "serve-bun": [90],
    "constant-fields-deno": [100],
    "constant-fields-bun": [100],
    nginx: [80],
    python: [10],
    sirv: [5],
    srvx: [20],
  }));
  const lines = [
    "- **Fast**, beside nginx: on Bun 1 KiB file (1.13).",
    "- **Not**, beside nginx: on Deno 1 KiB file (0.63).",
    "| 1 KiB file | 5 · 9 | 0.63 · 1.13 | 2.5 · 4.5 (SRVX) |",
  ];
  for (const line of lines) assert(known.split("\n").includes(line), known);
  assertMatch(known, /already makes 1.25 \(Deno\) and 1.25 \(Bun\)/);
  assertMatch(known, /makes 50 % and 90 %/);
  const unknown = summary(run({ "serve-bun": [90], python: [10] }));
  assert(!/NaN|Fast|Not|Why/.test(unknown), unknown);
  assert(unknown.includes("| 1 KiB file | – · 9 | – | – |"), unknown);
});

Deno.test("summary() turns times around", () => {
  const results = run({});
  const start = {
    work: "start",
    title: "",
    unit: "ms",
    better: "less" as const,
    values: { "serve-deno": [20], "serve-bun": [5], python: [10] },
  };
  const text = summary({ ...results, series: [start] });
  assert(text.includes("| start | 0.5 · 2 | – | – |"), text);
  assert(text.includes("on Bun start (2, python)"), text);
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
  assert(time("cgi", "lighttpd") > 0);
  assertEquals(time("cgi", "sirv"), 0);
  assertEquals(time("hot-log", "serve-bun"), 2 * time("hot", "serve-bun"));
  assert(time("memory", "nginx") > time("memory", "constant-bun"));
  for (const subject of subjects("serve-deno", "baseline-bun")) {
    assert(WORKS.every((work) => takesPart(subject, work)));
  }
});

Deno.test("a whole run of three rounds of one second takes less than half an hour", () => {
  const length = { rounds: 3, seconds: 1 };
  const whole = WORKS
    .reduce((sum, work) => sum + estimate(work, SUBJECTS, length), 0);
  assert(whole < 25 * 60, clock(whole));
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
  const table = targetsTable(judge(results), results);
  assert(read("scripts/bench/RESULTS.md").includes(table));
  assert(read("README.md").includes(summary(results)));
  const bytes = new TextEncoder().encode(picture(results)).length;
  assert(bytes <= 12 * 1024, `${bytes} bytes`);
});
