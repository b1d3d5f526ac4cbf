/**
 * How fast? `deno task bench`: one run, one machine, loopback, interleaved rounds. What it
 * measures, and how to read it, is in `lib/README.md`.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- it is a script
import { type Order, readArguments, USAGE } from "./bench/arguments.ts";
import { findCommit } from "./bench/baseline.ts";
import { clock, estimate } from "./bench/estimate.ts";
import { type Contestant, measure } from "./bench/measure.ts";
import { findProgram, killAll } from "./bench/processes.ts";
import { publish } from "./bench/publish.ts";
import { markdown } from "./bench/report.ts";
import {
  decodeResults,
  encodeResults,
  type Machine,
  type Results,
  type Series,
} from "./bench/results.ts";
import { createTools, SUBJECTS } from "./bench/subjects/mod.ts";
import type { Tools } from "./bench/subjects/subject.ts";
import { WORKS } from "./bench/works.ts";
import { WRK_MISSING, wrkVersion } from "./bench/wrk.ts";

const names = {
  works: WORKS.map(({ name }) => name),
  subjects: SUBJECTS.map(({ name }) => name),
};

if (Deno.args.includes("--help")) console.log(USAGE);
else {
  const reading = readArguments(Deno.args, names);
  if (reading.kind === "mistake") fail(reading.message, 2);
  else if (reading.order.list) list();
  else await report(reading.order);
}

function fail(message: string, status: number): never {
  console.error(`bench: ${message}`);
  Deno.exit(status);
}

function list(): void {
  for (const { name, title } of WORKS) {
    console.log(`work     ${name}: ${title}`);
  }
  for (const { name, title } of SUBJECTS) {
    console.log(`subject  ${name}: ${title}`);
  }
}

async function report(order: Order): Promise<void> {
  const measured = order.from === undefined
    ? await bench(order)
    : decodeResults(await Deno.readTextFile(order.from));
  const json = encodeResults(measured);
  const results = decodeResults(json);
  if (order.json !== undefined) await Deno.writeTextFile(order.json, json);
  console.log(markdown(results));
  if (order.results) await publish(results, new URL("../", import.meta.url));
}

async function bench(order: Order): Promise<Results> {
  if (await findProgram("wrk") === undefined) fail(WRK_MISSING, 1);
  const baseline = await orFail(order.baseline);
  const temporary = await Deno.makeTempDir({ prefix: "serve_bench_" });
  const clear = () => {
    killAll();
    Deno.removeSync(temporary, { recursive: true });
  };
  const interrupt = () => {
    clear();
    Deno.exit(130);
  };
  Deno.addSignalListener("SIGINT", interrupt);
  Deno.addSignalListener("SIGTERM", interrupt);
  try {
    // Scripts may run as nobody, who must be able to look.
    await Deno.chmod(temporary, 0o755);
    return await run(order, temporary, baseline);
  } finally {
    clear();
    Deno.removeSignalListener("SIGINT", interrupt);
    Deno.removeSignalListener("SIGTERM", interrupt);
  }
}

/** The short hash of a commit; nobody is to wait for a run without what it was made for. */
async function orFail(name: string | undefined): Promise<string | undefined> {
  if (name === undefined) return undefined;
  const commit = await findCommit(name);
  return commit ??
    fail(`no commit is called ${JSON.stringify(name)}, nor at the origin`, 1);
}

async function run(
  order: Order,
  temporary: string,
  baseline: string | undefined,
): Promise<Results> {
  const tools = createTools(temporary, baseline);
  const { contestants, missing } = await find(order, tools);
  const subjects = Object.fromEntries(contestants.map((
    { subject: { name, title, setup }, found },
  ) => [name, { title: found.title ?? title, version: found.version, setup }]));
  const { rounds, seconds } = order;
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: machine(),
    ...baseline === undefined ? {} : { baseline },
    wrk: await wrkVersion(),
    rounds,
    seconds,
    subjects,
    missing,
    ...await measureAll(order, temporary, contestants),
  };
}

function wants(wanted: readonly string[], name: string): boolean {
  return wanted.length === 0 || wanted.includes(name);
}

async function find(order: Order, tools: Tools): Promise<{
  readonly contestants: readonly Contestant[];
  readonly missing: Results["missing"];
}> {
  const contestants: Contestant[] = [];
  const missing: Record<string, string> = {};
  for (const subject of SUBJECTS) {
    if (!wants(order.subjects, subject.name)) continue;
    const asked = order.baseline !== undefined || order.subjects.length > 0;
    if (subject.kind === "baseline" && !asked) continue;
    const found = await subject.find(tools)
      .catch((error: Error) => ({ missing: error.message }));
    if ("missing" in found) {
      missing[subject.name] = found.missing;
      console.error(`${subject.name}: ${found.missing}`);
    } else contestants.push({ subject, found });
  }
  return { contestants, missing };
}

async function measureAll(
  order: Order,
  temporary: string,
  contestants: readonly Contestant[],
): Promise<Pick<Results, "series" | "skipped">> {
  const series: Series[] = [];
  const skipped: Record<string, Readonly<Record<string, string>>> = {};
  const { rounds, seconds } = order;
  const works = WORKS.filter(({ name }) => wants(order.works, name));
  const subjects = contestants.map(({ subject }) => subject);
  const times = works.map((work) => estimate(work, subjects, order));
  const whole = clock(times.reduce((sum, time) => sum + time, 0));
  console.error(
    `${works.length} works, ${subjects.length} subjects, about ${whole} minutes`,
  );
  const began = performance.now();
  for (const [index, work] of works.entries()) {
    const progress = (step: string) => {
      const passed = clock((performance.now() - began) / 1000);
      const place = `${index + 1}/${works.length}`;
      console.error(`${passed} of ${whole}  ${place} ${work.name}, ${step}`);
    };
    const plan = { rounds, seconds, temporary, progress };
    const measured = await measure(work, contestants, plan);
    series.push(...measured.series);
    skipped[work.name] = measured.skipped;
  }
  return { series, skipped };
}

function machine(): Machine {
  const processors = Deno.readTextFileSync("/proc/cpuinfo");
  return {
    processor: /^model name\s*: (.*)$/m.exec(processors)?.[1] ?? "unknown",
    cores: navigator.hardwareConcurrency,
    memoryGiB: Math.round(Deno.systemMemoryInfo().total / 2 ** 30),
    kernel: `Linux ${Deno.osRelease()}`,
  };
}
