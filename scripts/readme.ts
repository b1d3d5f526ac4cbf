/**
 * Writes the table of flags into the README, between its two marks.
 *
 * @module
 */

import { flagsMarkdown } from "../lib/cli/help.ts";

const README = new URL("../README.md", import.meta.url);
const MARKS_REGEXP = /(<!-- flags -->\n)[^]*?(\n<!-- \/flags -->)/;

const text = await Deno.readTextFile(README);
await Deno.writeTextFile(
  README,
  text.replace(MARKS_REGEXP, (_, start, end) => start + flagsMarkdown() + end),
);
