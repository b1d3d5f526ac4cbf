/**
 * Which targets a run has reached.
 *
 * @module
 */

import { type Results, roundsOf, titleOf } from "./results.ts";
import { ratio, summarize, type Summary } from "./statistics.ts";
import { format, table } from "./tables.ts";
import { type Bound, type Side, type Target, TARGETS } from "./targets.ts";

/** What a run says of one side of a target. */
export type Finding =
  | { readonly kind: "not asked" }
  | { readonly kind: "not measured" }
  | {
    readonly kind: "measured";
    readonly value: Summary;
    readonly reached: boolean;
    /** Of several works and peers the ones that count; empty where there is one. */
    readonly which: string;
  };

/** A target with what was found. */
export interface Verdict {
  readonly target: Target;
  readonly deno: Finding;
  readonly bun: Finding;
}

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
    deno: find(target, target.deno, results),
    bun: find(target, target.bun, results),
  }));
}

/**
 * The targets as a table.
 *
 * @param verdicts The verdicts.
 * @returns Markdown.
 */
export function targetsTable(verdicts: readonly Verdict[]): string {
  const head = ["work", "against", "asked", "on Deno", "on Bun", "reached"];
  return table(
    head,
    verdicts.map(({ target, deno, bun }) => [
      target.work,
      target.against,
      asked(target.bound),
      cell(deno),
      cell(bun),
      reached(deno, bun),
    ]),
  );
}

/**
 * Whether a row is reached, on each runtime that it is about.
 *
 * @param deno What was found on Deno.
 * @param bun What was found on Bun.
 * @returns Such as `yes`, `Deno yes, Bun no` or `not measured`.
 */
export function reached(deno: Finding, bun: Finding): string {
  const words = [["Deno", deno], ["Bun", bun]] as const;
  const said = words.filter(([, { kind }]) => kind !== "not asked")
    .map(([name, finding]) => [name, verdict(finding)] as const);
  const same = new Set(said.map(([, word]) => word)).size === 1;
  return same
    ? said[0]?.[1] ?? ""
    : said.map(([name, word]) => `${name} ${word}`).join(", ");
}

function find(
  { figures, baseline, bound }: Target,
  side: Side | undefined,
  results: Results,
): Finding {
  if (side === undefined) return { kind: "not asked" };
  const found = figures.map((figure) => {
    const ours = roundsOf(results, figure, side.ours);
    if (bound.kind === "limit") {
      return [{ value: summarize(ours), which: "" }];
    }
    const title = results.series.find(({ work }) => work === figure.work)
      ?.title;
    return side.theirs.map((name) => {
      const theirs = roundsOf(results, baseline ?? figure, name);
      const value = compare(ours, theirs, figure.unit, bound);
      const which = [
        ...figures.length > 1 ? [title] : [],
        ...side.theirs.length > 1 ? [titleOf(results, name)] : [],
      ].join(", ");
      return { value, which };
    });
  }).map((row) => row.filter(({ value }) => Number.isFinite(value.median)));
  // Of what is not complete nobody can say that it was reached.
  if (found.some((row) => row.length === 0)) return { kind: "not measured" };
  const sorted = found.flat()
    .toSorted((a, b) => a.value.median - b.value.median);
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

function cell(finding: Finding): string {
  switch (finding.kind) {
    case "not asked":
      return "";
    case "not measured":
      return "not measured";
    case "measured":
      return [format(finding.value), finding.which]
        .filter((word) => word !== "").join(": ");
  }
}

function verdict(finding: Finding): string {
  if (finding.kind !== "measured") return finding.kind;
  return finding.reached ? "yes" : "no";
}
