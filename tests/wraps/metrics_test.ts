/** What is counted of records, and the text format of Prometheus. */
import { assert, assertEquals } from "@std/assert";
import {
  createHistogram,
  formatExposition,
  type Metric,
  seriesOf,
} from "../../lib/log/exposition.ts";
import {
  createRequestMeter,
  METRICS,
  metricsMarkdown,
} from "../../lib/log/metrics.ts";
import { addSamples, countersOf } from "../../lib/log/samples.ts";
import type { AnswerKind, LogRecord } from "../../lib/ports/exchange.ts";
import { random } from "../support/random.ts";

const KINDS: readonly AnswerKind[] = [
  "file",
  "listing",
  "archive",
  "script",
  "upload",
  "redirect",
  "options",
  "error",
];

function record(some: Partial<LogRecord>): LogRecord {
  return {
    peer: { address: "192.0.2.1" },
    time: 0,
    milliseconds: 0,
    method: "GET",
    target: "/secret?x",
    status: 200,
    bytes: 0,
    ...some,
  };
}

Deno.test("seriesOf(): backslashes, line feeds and quotation marks of a value are escaped", () => {
  const rows: Array<[labels: Record<string, string>, series: string]> = [
    [{}, "a"],
    [{ b: "" }, 'a{b=""}'],
    [{ b: "1", c: "ü" }, 'a{b="1",c="ü"}'],
    [{ b: 'x"y\\z\nw' }, 'a{b="x\\"y\\\\z\\nw"}'],
  ];
  for (const [labels, series] of rows) {
    assertEquals(seriesOf("a", labels), series);
  }
});

Deno.test("formatExposition(): HELP, TYPE and the series of a metric together, LF; what is not there is left out", () => {
  const metrics: readonly Metric[] = [
    { name: "b_total", type: "counter", help: "B\\\nb" },
    { name: "c", type: "histogram", help: "C" },
    { name: "a", type: "gauge", help: "A" },
    { name: "none", type: "gauge", help: "None" },
  ];
  const samples = new Map([
    ["a", 1.5],
    ['b_total{x="1"}', 3],
    ["c_sum", 0.25],
    ["unknown", 1],
    ['b_total{x="2 {"}', 1e21],
    ['c_bucket{le="+Inf"}', 2],
    ["c_count", 2],
  ]);
  assertEquals(
    formatExposition(metrics, samples),
    `# HELP b_total B\\\\\\nb
# TYPE b_total counter
b_total{x="1"} 3
b_total{x="2 {"} 1e+21
# HELP c C
# TYPE c histogram
c_bucket{le="+Inf"} 2
c_sum 0.25
c_count 2
# HELP a A
# TYPE a gauge
a 1.5
`,
  );
});

Deno.test("createHistogram(): buckets are cumulative, bounds are in them, +Inf is the count", () => {
  const { below } = random(19);
  const next = () => below(1000) / 1000;
  for (let round = 0; round < 200; round++) {
    const bounds = [...new Set(Array.from({ length: 5 }, () => 10 * next()))]
      .toSorted((a, b) => a - b);
    const values = Array.from(
      { length: round },
      (_, index) => index % 3 === 0 ? bounds[0] ?? 0 : 12 * next(),
    );
    const histogram = createHistogram("h", bounds);
    values.forEach(histogram.observe);
    const samples = histogram.samples();
    for (const bound of bounds) {
      assertEquals(
        samples.get(`h_bucket{le="${bound}"}`),
        values.filter((value) => value <= bound).length,
      );
    }
    assertEquals(samples.get('h_bucket{le="+Inf"}'), round);
    assertEquals(samples.get("h_count"), round);
    assertEquals(
      samples.get("h_sum"),
      values.reduce((sum, value) => sum + value, 0),
    );
  }
});

Deno.test("addSamples() adds by series; countersOf() leaves what can fall", () => {
  const a = new Map([['x_total{a="1"}', 1], ["g", 2], ['h_bucket{le="1"}', 1]]);
  const b = new Map([['x_total{a="1"}', 2], ['x_total{a="2"}', 5], ["g", 1]]);
  const sum = addSamples([a, b]);
  assertEquals([...sum], [
    ['x_total{a="1"}', 3],
    ["g", 3],
    ['h_bucket{le="1"}', 1],
    ['x_total{a="2"}', 5],
  ]);
  assertEquals([...countersOf(sum).keys()], [
    'x_total{a="1"}',
    'h_bucket{le="1"}',
    'x_total{a="2"}',
  ]);
});

Deno.test("createRequestMeter(): a record counts by status and kind, its bytes, its time and its end", () => {
  const meter = createRequestMeter();
  meter.count(record({ bytes: 5, milliseconds: 1 }));
  meter.count(record({ bytes: 7, milliseconds: 20, aborted: true }));
  meter.count(record({ status: 404, kind: "error", milliseconds: -1 }));
  const samples = meter.samples();
  const rows: Array<[series: string, value: number]> = [
    ['serve_requests_total{status="200",kind="file"}', 2],
    ['serve_requests_total{status="404",kind="error"}', 1],
    ["serve_response_bytes_total", 12],
    ["serve_requests_aborted_total", 1],
    ["serve_request_duration_seconds_count", 3],
    ["serve_request_duration_seconds_sum", 0.021],
    ['serve_request_duration_seconds_bucket{le="0.001"}', 2],
    ['serve_request_duration_seconds_bucket{le="0.01"}', 2],
    ['serve_request_duration_seconds_bucket{le="0.05"}', 3],
  ];
  for (const [series, value] of rows) {
    assertEquals(samples.get(series), value, series);
  }
});

Deno.test("100,000 requests of every status and kind stay few series; nothing of a target is told", () => {
  const meter = createRequestMeter();
  for (let index = 0; index < 100_000; index++) {
    meter.count(record({
      status: 100 + index % 900,
      kind: KINDS[index % KINDS.length],
      target: `/${index}`,
      bytes: 1,
    }));
  }
  const samples = meter.samples();
  assert(samples.size < 600, `${samples.size}`);
  const sum = [...samples]
    .filter(([series]) => series.startsWith("serve_requests_total{"))
    .reduce((sum, [, value]) => sum + value, 0);
  assertEquals(sum, 100_000);
  assert(samples.has('serve_requests_total{status="7xx",kind="file"}'));
  const text = formatExposition(METRICS, samples);
  assert(!text.includes("/"));
  assert(text.length < 50_000, `${text.length}`);
});

Deno.test("the docs have the table of metrics", () => {
  const url = new URL("../../lib/program/docs.md", import.meta.url);
  assert(
    Deno.readTextFileSync(url).includes(metricsMarkdown()),
    `Run: deno task readme\n${metricsMarkdown()}`,
  );
});
