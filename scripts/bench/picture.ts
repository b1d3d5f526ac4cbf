/**
 * The picture of the README: bars, as SVG.
 *
 * @module
 */

import { type Figure, type Results, roundsOf, titleOf } from "./results.ts";
import { median } from "./statistics.ts";
import { figure } from "./tables.ts";

interface Bar {
  readonly title: string;
  readonly value: number;
  readonly kind: "ours" | "limit" | "theirs";
}

interface Panel {
  readonly title: string;
  readonly bars: readonly Bar[];
  readonly x: number;
  readonly y: number;
  readonly width: number;
  /** Where bars begin; names stand before that. */
  readonly names: number;
}

const WIDTH = 760;
const MARGIN = 20;
const TITLE_HEIGHT = 56;
const PANEL_HEAD = 26;
const ROW_HEIGHT = 20;
const BAR_HEIGHT = 14;
const FIGURE_WIDTH = 58;
const GAP = 18;

interface Wanted extends Figure {
  readonly title: string;
}

const MAIN: Wanted = { title: "1 KiB file", work: "hot", unit: "requests/s" };
/** Their titles are short, because there are three beside each other. */
const SMALL: readonly Wanted[] = [
  { title: "10,000 files, once", work: "cold", unit: "requests/s" },
  { title: "Listing of 1,000", work: "list-1000", unit: "requests/s" },
  { title: "1 MiB file", work: "1m", unit: "MiB/s" },
  { title: "1,000 modules", work: "modules", unit: "ms" },
  { title: "CGI hello", work: "cgi", unit: "requests/s" },
  { title: "Start", work: "start", unit: "ms" },
];
const COLUMNS = 3;
const SMALL_SUBJECTS = [
  "serve-bun",
  "serve-deno",
  "nginx",
  "lighttpd",
  "caddy",
  "sirv",
  "serve-npm",
  "python",
];
/** They would be beside what they are nearly the same as. */
const LEFT_OUT = /^baseline-|-executable$|^constant-(?!fields-)/;

/** The card has a ground of its own: a page may be dark where the system is light. */
const STYLE = `text{font:12px system-ui,sans-serif;fill:#1f2328}
.t{font-size:16px;font-weight:600}.p{font-weight:600}.m{fill:#59636e}
.card{fill:#fff;stroke:#d1d9e0}.ours{fill:#0969da}.theirs{fill:#afb8c1}
.limit{fill:none;stroke:#0969da;stroke-dasharray:3 2}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.m{fill:#9198a1}
.card{fill:#0d1117;stroke:#3d444d}.ours{fill:#4493f8}.theirs{fill:#555d66}
.limit{stroke:#4493f8}}`;

/**
 * Draws a run.
 *
 * @param results The run; what it has not measured is left out.
 * @returns SVG, which needs nothing else.
 */
export function picture(results: Results): string {
  const panels = layOut(results);
  const height = Math.max(
    TITLE_HEIGHT,
    ...panels.map(({ y, bars }) => y + PANEL_HEAD + bars.length * ROW_HEIGHT),
  ) + MARGIN;
  const { processor, cores } = results.machine;
  const note =
    `More is better; medians. ${cores} cores of ${processor}, wrk on the same machine, ${results.date}.`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title desc">
<title id="title">How fast serve is beside other servers of files</title>
<desc id="desc">${escape(describe(panels))}</desc>
<style>${STYLE}</style>
<rect class="card" x=".5" y=".5" width="${WIDTH - 1}" height="${
    height - 1
  }" rx="8"/>
<text class="t" x="${MARGIN}" y="28">How fast: beside other servers of files</text>
<text class="m" x="${MARGIN}" y="46">${escape(note)}</text>
${panels.map(drawPanel).join("\n")}
</svg>
`;
}

function layOut(results: Results): Panel[] {
  const names = Object.keys(results.subjects)
    .filter((name) => !LEFT_OUT.test(name));
  const place = { x: MARGIN, y: TITLE_HEIGHT, width: WIDTH - 2 * MARGIN };
  const main = {
    ...toPanel(results, MAIN, names),
    ...place,
    names: 180,
  };
  const small = SMALL
    .map((figure) => toPanel(results, figure, SMALL_SUBJECTS))
    .filter(({ bars }) => bars.length > 0);
  return main.bars.length === 0
    ? layOutRows(small, TITLE_HEIGHT)
    : [main, ...layOutRows(small, below([main], TITLE_HEIGHT))];
}

function layOutRows(
  panels: readonly Pick<Panel, "title" | "bars">[],
  y: number,
): Panel[] {
  if (panels.length === 0) return [];
  const width = (WIDTH - 2 * MARGIN - (COLUMNS - 1) * GAP) / COLUMNS;
  const row = panels.slice(0, COLUMNS).map((panel, index) => {
    const x = MARGIN + index * (width + GAP);
    return { ...panel, x, y, width, names: 116 };
  });
  return [...row, ...layOutRows(panels.slice(COLUMNS), below(row, y))];
}

/** Where the next panels begin. */
function below(panels: readonly Pick<Panel, "bars">[], y: number): number {
  const most = Math.max(...panels.map(({ bars }) => bars.length));
  return y + PANEL_HEAD + most * ROW_HEIGHT + GAP;
}

function toPanel(
  results: Results,
  wanted: Wanted,
  names: readonly string[],
): Pick<Panel, "title" | "bars"> {
  const sign = wanted.unit.endsWith("/s") ? 1 : -1;
  const bars = names
    .map((name): Bar => ({
      title: shortTitle(titleOf(results, name)),
      value: median(roundsOf(results, wanted, name)),
      kind: kindOf(name),
    }))
    .filter(({ value }) => Number.isFinite(value))
    .toSorted((a, b) => sign * (b.value - a.value));
  const unit = sign > 0 ? wanted.unit : `${wanted.unit}, less is better`;
  return { title: `${wanted.title}: ${unit}`, bars };
}

function shortTitle(title: string): string {
  return title.replace("constant with fields", "limit: constant answer")
    .replace("python3 -m", "Python");
}

function kindOf(name: string): Bar["kind"] {
  if (name.startsWith("constant-")) return "limit";
  return name === "serve-deno" || name === "serve-bun" ? "ours" : "theirs";
}

function drawPanel({ title, bars, x, y, width, names }: Panel): string {
  const longest = Math.max(...bars.map(({ value }) => value));
  const room = width - names - FIGURE_WIDTH;
  const rows = bars.map(({ title, value, kind }, index) => {
    const top = y + PANEL_HEAD + index * ROW_HEIGHT;
    const base = top + BAR_HEIGHT - 3;
    const length = Math.max(1, Math.round(room * value / longest));
    return `<text x="${
      Math.round(x + names - 6)
    }" y="${base}" text-anchor="end">${escape(title)}</text>` +
      `<rect class="${kind}" x="${
        Math.round(x + names)
      }" y="${top}" width="${length}" height="${BAR_HEIGHT}" rx="2"/>` +
      `<text class="m" x="${Math.round(x + names + length + 5)}" y="${base}">${
        figure(value)
      }</text>`;
  });
  const head = `<text class="p" x="${Math.round(x)}" y="${y + 14}">${
    escape(title)
  }</text>`;
  return [head, ...rows].join("\n");
}

function describe(panels: readonly Panel[]): string {
  return panels.map(({ title, bars }) =>
    `${title}. ${
      bars.map(({ title, value }) => `${title} ${figure(value)}`).join(", ")
    }.`
  ).join(" ");
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
