/**
 * Figures and tables of Markdown.
 *
 * @module
 */

import type { Summary } from "./statistics.ts";

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

/**
 * A figure with fewer digits the larger it is.
 *
 * @param value The figure.
 * @returns Such as `0.83`, `12.3` or `12,346`.
 */
export function figure(value: number): string {
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
