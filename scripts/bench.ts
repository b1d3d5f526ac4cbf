/**
 * How fast? `deno task bench`: one run, one machine, loopback, interleaved rounds. What it
 * measures, and how to read it, is in `lib/README.md`.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- it is a script
import { type Order, readArguments, USAGE } from "./bench/arguments.ts";
import { type Contestant, measure } from "./bench/measure.ts";
import { findProgram, killAll } from "./bench/processes.ts";
import { markdown, type Results, type Series } from "./bench/report.ts";
import { createTools, SUBJECTS } from "./bench/subjects/mod.ts";
import { WORKS } from "./bench/works.ts";
import { WRK_MISSING } from "./bench/wrk.ts";

const names = {
  works: WORKS.map(({ name }) => name),
  subjects: SUBJECTS.map(({ name }) => name),
};

if (Deno.args.includes("--help")) console.log(USAGE);
else {
  const reading = readArguments(Deno.args, names);
  if (reading.kind === "mistake") fail(reading.message, 2);
  else if (reading.order.list) list();
  else await bench(reading.order);
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

async function bench(order: Order): Promise<void> {
  if (await findProgram("wrk") === undefined) fail(WRK_MISSING, 1);
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
    const results = await run(order, temporary);
    console.log(markdown(results));
    await write(order, results);
  } finally {
    clear();
    Deno.removeSignalListener("SIGINT", interrupt);
    Deno.removeSignalListener("SIGTERM", interrupt);
  }
}

async function run(order: Order, temporary: string): Promise<Results> {
  const wants = (wanted: readonly string[], name: string) =>
    wanted.length === 0 || wanted.includes(name);
  const tools = createTools(temporary);
  const contestants: Contestant[] = [];
  for (const subject of SUBJECTS) {
    if (!wants(order.subjects, subject.name)) continue;
    const found = await subject.find(tools)
      .catch((error: Error) => ({ missing: error.message }));
    if ("missing" in found) console.error(`${subject.name}: ${found.missing}`);
    else contestants.push({ subject, found });
  }
  const series: Series[] = [];
  const skipped: Record<string, Readonly<Record<string, string>>> = {};
  const { rounds, seconds } = order;
  for (const work of WORKS) {
    if (!wants(order.works, work.name)) continue;
    console.error(`${work.name} …`);
    const plan = { rounds, seconds, temporary };
    const measured = await measure(work, contestants, plan);
    series.push(...measured.series);
    skipped[work.name] = measured.skipped;
  }
  const subjects = Object.fromEntries(contestants.map((
    { subject: { name, title, setup }, found: { version } },
  ) => [name, { title, version, setup }]));
  const date = new Date().toISOString().slice(0, 10);
  return {
    date,
    machine: machine(),
    rounds,
    seconds,
    subjects,
    series,
    skipped,
  };
}

function machine(): string {
  const processors = Deno.readTextFileSync("/proc/cpuinfo");
  const model = /^model name\s*: (.*)$/m.exec(processors)?.[1] ?? "unknown";
  const memory = Math.round(Deno.systemMemoryInfo().total / 2 ** 30);
  return `${navigator.hardwareConcurrency} × ${model}, ${memory} GiB, Linux ${Deno.osRelease()}`;
}

async function write(order: Order, results: Results): Promise<void> {
  const json = `${JSON.stringify(results, null, 2)}\n`;
  if (order.json !== undefined) await Deno.writeTextFile(order.json, json);
  if (!order.results) return;
  const file = new URL("bench/RESULTS.md", import.meta.url);
  await Deno.writeTextFile(file, `# How fast\n\n${markdown(results)}`);
}
