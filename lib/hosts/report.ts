/**
 * What is told of `_redirects` and `_headers`, in lines.
 *
 * @module
 */

import type { Dialect } from "./dialect.ts";
import type { HeaderBlocks } from "./headers.ts";
import type { Problem } from "./lines.ts";
import type { RedirectRules } from "./redirects.ts";

/** More would fill the screen. */
const MOST_LINES = 20;

/** The lines that are ignored, the first twenty of them, and what counts. */
export function reportLines(
  redirects: RedirectRules,
  headers: HeaderBlocks,
  { name }: Dialect,
): readonly string[] {
  const ignored = [
    ...toLines("_redirects", redirects.problems),
    ...toLines("_headers", headers.problems),
  ];
  const more = ignored.length - MOST_LINES;
  const rules = count(redirects.rules.length, "rule");
  const blocks = count(headers.blocks.length, "block");
  const end = ignored.length > 0 ? `; ${ignored.length} ignored` : "";
  return [
    ...ignored.slice(0, MOST_LINES),
    ...more > 0 ? [`and ${more} more`] : [],
    `_redirects: ${rules}, _headers: ${blocks}, as ${name} reads them${end}`,
  ];
}

/** What concerns the whole file has the line 0. */
function toLines(
  name: string,
  problems: readonly Problem[],
): readonly string[] {
  return problems.map(({ line, message }) =>
    line === 0 ? `${name}: ${message}` : `${name}:${line}: ${message}`
  );
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
