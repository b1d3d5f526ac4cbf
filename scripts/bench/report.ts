/**
 * A run as Markdown: `RESULTS.md`.
 *
 * @module
 */

import { judge, targetsTable } from "./judge.ts";
import { type Results, type Series, titleOf } from "./results.ts";
import { ratio, summarize } from "./statistics.ts";
import { format, table } from "./tables.ts";
import { CONNECTIONS } from "./wrk.ts";

const OURS = [["serve-deno", "Deno ×"], ["serve-bun", "Bun ×"]] as const;

/**
 * A run as Markdown.
 *
 * @param results The run.
 * @returns Machine, versions, targets, and a table for each figure.
 */
export function markdown(results: Results): string {
  const { subjects, missing, series } = results;
  const versions = Object.values(subjects)
    .map(({ title, version, setup }) => [title, version, setup]);
  const absent = Object.entries(missing)
    .map(([name, reason]) => `${name} (${reason})`);
  return [
    "# How fast",
    "Written by `deno task bench --results` from `results.json`; do not edit.",
    conditions(results),
    "## What it should show",
    targetsTable(judge(results), results),
    `Ratios are how many times better \`serve\` is, but for rows with "≤": there they are
how many times as much it takes. A row of several works shows the worst for \`serve\`.
"Least server" is the same ratio of a server that only opens, reads and answers, by the same calls,
and keeps no rule: what it does not reach, no program on that runtime is known to reach.
What is not interleaved (a range beside a whole file) is the least certain.`,
    "## Who took part",
    table(["subject", "version", "runs with"], versions),
    ...absent.length === 0 ? [] : [`Did not: ${absent.join("; ")}.`],
    "## All figures",
    ...series.map((one) => section(one, results)),
  ].join("\n\n") + "\n";
}

function conditions(results: Results): string {
  const { date, machine, wrk, rounds, seconds } = results;
  const { processor, cores, memoryGiB, kernel } = machine;
  return `${date}; ${cores} cores of ${processor}, ${memoryGiB} GiB, ${kernel}. Load by wrk ${wrk}
with one thread and ${CONNECTIONS} connections on the same machine, over connections that stay open
where the subject lets them. For each work, all subjects are started and an answer of each is
looked at; then come ${rounds} interleaved rounds (A B C, A B C …) of ${seconds} s, after one of 1 s that warms up.
For starts, first visits and memory, a server is started for each sample.
Figures are medians, with the smallest and the largest in brackets. "×" is how many times better
\`serve\` is than the row: the median of the rounds' ratios.`;
}

function section(series: Series, results: Results): string {
  const { title, unit, better, values } = series;
  const rows = Object.entries(values).map(([name, rounds]) => [
    titleOf(results, name),
    format(summarize(rounds)),
    ...OURS.map(([our]) => format(ratio(values[our] ?? [], rounds, better))),
  ]);
  const reasons = Object.entries(results.skipped[series.work] ?? {})
    .map(([name, reason]) => `${titleOf(results, name)} ${reason}`);
  return [
    `### ${title}: ${unit}`,
    table(["subject", unit, ...OURS.map(([, head]) => head)], rows),
    ...reasons.length === 0 ? [] : [`Not measured: ${reasons.join("; ")}.`],
  ].join("\n\n");
}
