/**
 * A run in a few words: the section of the README.
 *
 * @module
 */

import { judge } from "./judge.ts";
import { type Figure, type Results, roundsOf, titleOf } from "./results.ts";
import { median, ratio } from "./statistics.ts";
import { figure, table } from "./tables.ts";
import { TYPESCRIPT } from "./targets.ts";

const HOT: Figure = { work: "hot", unit: "requests/s" };

const ROWS: readonly (readonly [title: string, figure: Figure])[] = [
  ["1 KiB file", HOT],
  ["304 Not Modified", { work: "not-modified", unit: "requests/s" }],
  ["10,000 files of 4 KiB, at random", { work: "random", unit: "requests/s" }],
  ["1 MiB file", { work: "1m", unit: "MiB/s" }],
  ["listing of 1,000 names", { work: "list-1000", unit: "requests/s" }],
  ["CGI hello", { work: "cgi", unit: "requests/s" }],
];

const OURS = ["serve-deno", "serve-bun"] as const;
const RIVALS: readonly (readonly string[])[] = [
  ["python"],
  ["nginx"],
  TYPESCRIPT,
];

/**
 * What the README says of a run, between its marks.
 *
 * @param results The run; what it has not measured is a dash, or not said.
 * @returns Markdown.
 */
export function summary(results: Results): string {
  const { machine: { cores, processor }, date } = results;
  return `![Bars: requests a second of serve and of other servers](scripts/bench/how-fast.svg)

${sentences(results)}

How many times as fast as others, on Deno · on Bun (${date}, ${cores} cores of ${processor}):

${ratios(results)}`;
}

function sentences(results: Results): string {
  const [deno, bun] = OURS.map((name) => {
    return median(roundsOf(results, HOT, name));
  });
  const [ofDeno, ofBun] = ["deno", "bun"].map((runtime) => {
    const ours = roundsOf(results, HOT, `serve-${runtime}`);
    const limit = roundsOf(results, HOT, `constant-${runtime}`);
    return ratio(ours, limit, "more").median;
  });
  const verdicts = judge(results).flatMap(({ deno, bun }) => [deno, bun]);
  const measured = verdicts.filter(({ kind }) => kind === "measured");
  const reached = measured
    .filter((finding) => finding.kind === "measured" && finding.reached);
  const known = [deno, bun, ofDeno, ofBun].every(Number.isFinite);
  return [
    ...known
      ? [
        `One thread answers a 1 KiB file ${
          figure(bun ?? NaN)
        } times a second on Bun and ${figure(deno ?? NaN)} on Deno.`,
        `That is ${percent(ofBun)} and ${
          percent(ofDeno)
        } of what the runtimes do with a handler that always answers the same from memory, though here every change of a file is seen at once.`,
      ]
      : [],
    `Of ${measured.length} figures that were to be reached, ${reached.length} are: [which, and everything else](scripts/bench/RESULTS.md).`,
  ].join("\n");
}

function percent(share: number | undefined): string {
  return `${Math.round((share ?? NaN) * 100)} %`;
}

function ratios(results: Results): string {
  const rows = ROWS.map(([title, figure]) => [
    title,
    ...RIVALS.map((rivals) => {
      const best = bestOf(results, figure, rivals);
      if (best === undefined) return "–";
      const values = OURS.map((ours) => times(results, figure, ours, best));
      const words = values.join(" · ");
      return rivals.length === 1
        ? words
        : `${words} (${titleOf(results, best)})`;
    }),
  ]);
  return table([
    "",
    "`python3 -m http.server`",
    "nginx",
    "the fastest in TypeScript",
  ], rows);
}

function bestOf(
  results: Results,
  figure: Figure,
  names: readonly string[],
): string | undefined {
  return names
    .map((name) => ({ name, value: median(roundsOf(results, figure, name)) }))
    .filter(({ value }) => Number.isFinite(value))
    .toSorted((a, b) => b.value - a.value)[0]?.name;
}

function times(
  results: Results,
  wanted: Figure,
  ours: string,
  theirs: string,
): string {
  const { median } = ratio(
    roundsOf(results, wanted, ours),
    roundsOf(results, wanted, theirs),
    "more",
  );
  return Number.isFinite(median) ? figure(median) : "–";
}
