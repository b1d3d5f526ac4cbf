/**
 * Writes the tables of flags, of jobs and of the log's placeholders into the README, each between its two marks.
 *
 * @module
 */

import { examplesMarkdown } from "../lib/cli/examples.ts";
import { flagsMarkdown } from "../lib/cli/help.ts";
import { placeholdersMarkdown } from "../lib/wraps/log_template.ts";

const README = new URL("../README.md", import.meta.url);
const TABLES = {
  flags: flagsMarkdown(),
  jobs: examplesMarkdown(),
  placeholders: placeholdersMarkdown(),
};

let text = await Deno.readTextFile(README);
for (const [name, table] of Object.entries(TABLES)) {
  const marks = new RegExp(`(<!-- ${name} -->\\n)[^]*?(\\n<!-- /${name} -->)`);
  text = text.replace(marks, (_, start, end) => start + table + end);
}
await Deno.writeTextFile(README, text);
