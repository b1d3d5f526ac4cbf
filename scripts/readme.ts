/**
 * Writes the tables of flags, of jobs, of metrics and of the log's placeholders into the READMEs, each
 * between its two marks.
 *
 * @module
 */

import { placeholdersMarkdown } from "../lib/log/format.ts";
import { metricsMarkdown } from "../lib/log/metrics.ts";
import {
  COMMON_EXAMPLES,
  EXAMPLES,
  examplesMarkdown,
  flagsMarkdown,
} from "../lib/program/help.ts";
import { fillMarks } from "./marks.ts";

const TABLES = [
  ["README.md", "jobs", examplesMarkdown(EXAMPLES.slice(0, COMMON_EXAMPLES))],
  [
    "lib/program/docs.md",
    "jobs",
    examplesMarkdown(EXAMPLES.slice(COMMON_EXAMPLES)),
  ],
  ["lib/program/docs.md", "flags", flagsMarkdown()],
  ["lib/program/docs.md", "metrics", metricsMarkdown()],
  ["lib/log/docs.md", "placeholders", placeholdersMarkdown()],
] as const;

for (const [path, name, table] of TABLES) {
  const file = new URL(`../${path}`, import.meta.url);
  const text = await Deno.readTextFile(file);
  await Deno.writeTextFile(file, fillMarks(text, name, table));
}
