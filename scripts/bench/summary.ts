/**
 * A run in a few words: the section of the README.
 *
 * @module
 */

import { judge } from "./judge.ts";
import { type Figure, type Results, roundsOf, titleOf } from "./results.ts";
import { median, ratio } from "./statistics.ts";
import { figure, table } from "./tables.ts";

/** A row of the table; without a unit it is requests a second. */
interface Row {
  readonly title: string;
  readonly work: string;
  readonly unit?: string;
  /** Who is the measure of speed; nginx where nobody is named. */
  readonly measure?: string;
}

const HOT: Figure = { work: "hot", unit: "requests/s" };

const ROWS: readonly Row[] = [
  { title: "1 KiB file", work: "hot" },
  { title: "10,000 files, each once", work: "cold" },
  { title: "10,000 files, at random", work: "random" },
  { title: "1 MiB file", work: "1m", unit: "MiB/s" },
  { title: "100 MiB file", work: "100m", unit: "MiB/s" },
  { title: "listing of 1,000 names", work: "list-1000" },
  { title: "page of 1,000 modules in Chromium", work: "modules", unit: "ms" },
  { title: "CGI hello", work: "cgi", measure: "lighttpd" },
  { title: "start", work: "start", unit: "ms", measure: "python" },
];

/** Peers that are written in JavaScript or TypeScript. */
const TYPESCRIPT = [
  "serve-npm",
  "sirv",
  "http-server",
  "srvx",
  "hono-deno",
  "hono-bun",
];

const OURS = ["serve-deno", "serve-bun"] as const;
const RIVALS: readonly ((row: Row) => readonly string[])[] = [
  () => ["python"],
  ({ work }) => [work === "cgi" ? "lighttpd" : "nginx"],
  () => TYPESCRIPT,
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
  const verdicts = judge(results).map(({ finding }) => finding)
    .filter((finding) => finding.kind === "measured");
  const reached = verdicts.filter((finding) => finding.reached);
  return [
    ...verdictLine("Fast", results, (times) => times >= 1),
    ...verdictLine("Not", results, (times) => times < 1),
    ...why(results),
    `\nOf ${verdicts.length} figures that were to be reached, ${reached.length} are: [which, and everything else](scripts/bench/RESULTS.md).`,
  ].join("\n");
}

/** What is as fast as nginx or faster, or slower, by runtime; where nginx says little, another. */
function verdictLine(
  title: string,
  results: Results,
  holds: (times: number) => boolean,
): string[] {
  const sides = OURS.flatMap((ours) => {
    const those = ROWS.flatMap(({ measure = "nginx", ...row }) => {
      const value = times(results, toFigure(row), ours, measure);
      if (!Number.isFinite(value) || !holds(value)) return [];
      const other = measure === "nginx" ? "" : `, ${titleOf(results, measure)}`;
      return [`${row.title} (${figure(value)}${other})`];
    });
    const runtime = ours === "serve-deno" ? "Deno" : "Bun";
    return those.length === 0 ? [] : [`on ${runtime} ${those.join(", ")}`];
  });
  return sides.length === 0
    ? []
    : [`- **${title}**, beside nginx: ${sides.join("; ")}.`];
}

/** The part of the runtime, which no program on it can change; the rest is the program's. */
function why(results: Results): string[] {
  const parts = OURS.map((ours) => {
    const limit = ours.replace("serve-", "constant-fields-");
    return {
      limit: times(results, HOT, limit, "nginx"),
      ours: times(results, HOT, ours, limit),
    };
  });
  const [deno, bun] = parts;
  const known = parts.every(({ limit, ours }) => Number.isFinite(limit + ours));
  return deno === undefined || bun === undefined || !known ? [] : [
    `- **Why**: a handler that always gives the same answer from memory, with the fields of a file, already makes ${
      figure(deno.limit)
    } (Deno) and ${
      figure(bun.limit)
    } (Bun) of the requests of nginx. \`serve\` makes ${
      percent(deno.ours)
    } and ${
      percent(bun.ours)
    } of that, and looks at the file each time: a change is seen at once. What is asked for the first time is opened and read by way of the runtime, and a script is started by way of it, too.`,
  ];
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function toFigure({ work, unit = "requests/s" }: Row): Figure {
  return { work, unit };
}

function ratios(results: Results): string {
  const rows = ROWS.map((row) => [
    row.title,
    ...RIVALS.map((rivalsOf) => {
      const best = bestOf(results, toFigure(row), rivalsOf(row));
      if (best === undefined) return "–";
      const values = OURS
        .map((ours) => times(results, toFigure(row), ours, best))
        .map((value) => Number.isFinite(value) ? figure(value) : "–");
      const words = values.join(" · ");
      return best === "python" || best === "nginx"
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
  const sign = figure.unit.endsWith("/s") ? 1 : -1;
  return names
    .map((name) => ({ name, value: median(roundsOf(results, figure, name)) }))
    .filter(({ value }) => Number.isFinite(value))
    .toSorted((a, b) => sign * (b.value - a.value))[0]?.name;
}

/** How many times as fast; NaN where one of both was not measured. */
function times(
  results: Results,
  wanted: Figure,
  ours: string,
  theirs: string,
): number {
  return ratio(
    roundsOf(results, wanted, ours),
    roundsOf(results, wanted, theirs),
    wanted.unit.endsWith("/s") ? "more" : "less",
  ).median;
}
