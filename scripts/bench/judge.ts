/**
 * Which targets a run has reached.
 *
 * @module
 */

import { type Results, roundsOf } from "./results.ts";
import { ratio, summarize, type Summary } from "./statistics.ts";
import { format, table } from "./tables.ts";
import { type Bound, type Form, type Target, TARGETS } from "./targets.ts";

/** What a run says of a target. */
export type Finding =
  | { readonly kind: "not measured" }
  | {
    readonly kind: "measured";
    readonly value: Summary;
    readonly reached: boolean;
    /** Of several works the one that counts; empty where there is one. */
    readonly which: string;
  };

/** A target with what was found. */
export interface Verdict {
  readonly target: Target;
  readonly finding: Finding;
  /** The same of the least file server on that runtime. */
  readonly least: Finding;
}

const FORMS: Readonly<Record<Form, string>> = {
  deno: "Deno",
  bun: "Bun",
  executable: "executable",
};

/**
 * Compares a run with the targets.
 *
 * @param results The run.
 * @param targets The targets.
 * @returns A verdict for each.
 */
export function judge(
  results: Results,
  targets: readonly Target[] = TARGETS,
): Verdict[] {
  return targets.map((target) => ({
    target,
    finding: find(target, results, "serve"),
    least: find(target, results, "least"),
  }));
}

/**
 * The targets as a table.
 *
 * @param verdicts The verdicts.
 * @param results The run.
 * @returns Markdown.
 */
export function targetsTable(
  verdicts: readonly Verdict[],
  results: Results,
): string {
  return table(
    ["work", "against", "on", "asked", "found", "reached", "least server"],
    verdicts.map(({ target, finding, least }) => [
      target.work,
      against(target, results),
      FORMS[target.form],
      asked(target.bound),
      found(finding),
      reached(finding),
      least.kind === "measured" ? found(least) : "",
    ]),
  );
}

function find(
  { figures, their, form, rival, bound }: Target,
  results: Results,
  who: "serve" | "least",
): Finding {
  const found = figures.map((figure) => {
    const ours = roundsOf(results, figure, `${who}-${form}`);
    const theirs = rival === undefined
      ? []
      : roundsOf(results, their ?? figure, rival);
    const value = bound.kind === "limit"
      ? summarize(ours)
      : compare(ours, theirs, figure.unit, bound);
    const title = results.series.find(({ work }) => work === figure.work)
      ?.title;
    return { value, which: figures.length > 1 ? title ?? "" : "" };
  });
  // Of what is not complete nobody can say that it was reached.
  if (!found.every(({ value }) => Number.isFinite(value.median))) {
    return { kind: "not measured" };
  }
  const sorted = found.toSorted((a, b) => a.value.median - b.value.median);
  const worst = bound.kind === "at-least" ? sorted[0] : sorted.at(-1);
  return worst === undefined
    ? { kind: "not measured" }
    : { kind: "measured", ...worst, reached: holds(bound, worst.value.median) };
}

function compare(
  ours: readonly number[],
  theirs: readonly number[],
  unit: string,
  bound: Bound,
): Summary {
  // What is asked "at most" is a cost, and is shown as ours by theirs.
  if (bound.kind === "at-most") return ratio(ours, theirs, "more");
  return ratio(ours, theirs, unit.endsWith("/s") ? "more" : "less");
}

function holds(bound: Bound, value: number): boolean {
  switch (bound.kind) {
    case "at-least":
      return value >= bound.times;
    case "at-most":
      return value <= bound.times;
    case "limit":
      return value <= bound.most;
  }
}

function against({ against, rival }: Target, results: Results): string {
  return rival?.startsWith("baseline-") && results.baseline !== undefined
    ? `serve at ${results.baseline}`
    : against;
}

function asked(bound: Bound): string {
  switch (bound.kind) {
    case "at-least":
      return `≥ ${bound.times} ×`;
    case "at-most":
      return `≤ ${bound.times} ×`;
    case "limit":
      return `≤ ${bound.most} ${bound.unit}`;
  }
}

function found(finding: Finding): string {
  if (finding.kind === "not measured") return "not measured";
  return [format(finding.value), finding.which]
    .filter((word) => word !== "").join(": ");
}

function reached(finding: Finding): string {
  if (finding.kind === "not measured") return "";
  return finding.reached ? "yes" : "no";
}
