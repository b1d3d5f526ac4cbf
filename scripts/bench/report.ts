/**
 * Figures as Markdown.
 *
 * @module
 */

import { ratio, summarize, type Summary } from "./statistics.ts";
import { CONNECTIONS } from "./wrk.ts";

/** One figure of a work, for all subjects. */
export interface Series {
  readonly work: string;
  readonly title: string;
  readonly unit: string;
  readonly better: "more" | "less";
  /** By subject, a value a round. */
  readonly values: Readonly<Record<string, readonly number[]>>;
}

/** A run. */
export interface Results {
  readonly date: string;
  readonly machine: string;
  readonly rounds: number;
  readonly seconds: number;
  /** By name: title, version, and how it runs. */
  readonly subjects: Readonly<
    Record<string, { title: string; version: string; setup: string }>
  >;
  readonly series: readonly Series[];
  /** By work and subject: the reason. */
  readonly skipped: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const OURS = [["serve-deno", "Deno ×"], ["serve-bun", "Bun ×"]] as const;

/**
 * A run as Markdown.
 *
 * @param results The run.
 * @returns Machine, versions, and a table for each figure.
 */
export function markdown(results: Results): string {
  const { date, machine, rounds, seconds, subjects, series } = results;
  const versions = Object.values(subjects)
    .map(({ title, version, setup }) => [title, version, setup]);
  return [
    `${date}, ${machine}. ${rounds} interleaved rounds of ${seconds} s; medians, with the
smallest and the largest in brackets. "×" is how many times better \`serve\` is than the
row (median of the rounds' ratios). Load is wrk with one thread and ${CONNECTIONS} connections on the
same machine, over connections that stay open where the subject lets them.`,
    table(["subject", "version", "runs with"], versions),
    ...series.map((one) => section(one, results)),
  ].join("\n\n") + "\n";
}

function section(series: Series, { subjects, skipped }: Results): string {
  const { title, unit, better, values } = series;
  const rows = Object.entries(values).map(([name, rounds]) => [
    subjects[name]?.title ?? name,
    format(summarize(rounds)),
    ...OURS.map(([our]) => format(ratio(values[our] ?? [], rounds, better))),
  ]);
  const reasons = Object.entries(skipped[series.work] ?? {})
    .map(([name, reason]) => `${subjects[name]?.title ?? name} ${reason}`);
  return [
    `### ${title}: ${unit}`,
    table(["subject", unit, ...OURS.map(([, head]) => head)], rows),
    ...reasons.length === 0 ? [] : [`Not measured: ${reasons.join("; ")}.`],
  ].join("\n\n");
}

/**
 * A median and its spread.
 *
 * @param summary Median, smallest and largest.
 * @returns Such as `12.3 (11.9–13)`; a dash for nothing.
 */
export function format({ median, low, high }: Summary): string {
  if (!Number.isFinite(median)) return "–";
  return `${figure(median)} (${figure(low)}–${figure(high)})`;
}

function figure(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return Number(value.toFixed(digits)).toLocaleString("en");
}

/**
 * A table of Markdown.
 *
 * @param head The names of the columns.
 * @param rows Their cells; `|` is escaped.
 * @returns The table.
 */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join(
    "\n",
  );
}
