/**
 * The texts made from the table of flags.
 *
 * @module
 */

import { flagSyntax, GROUPS } from "./flag.ts";
import { FLAG_TABLE, POSITIONALS } from "./flags/mod.ts";

/**
 * The text of `--help`.
 *
 * @returns The text, at most 80 columns wide.
 */
export function helpText(): string {
  const rows = FLAG_TABLE.map((flag) => flagSyntax(flag));
  const width = Math.max(...rows.map((row) => row.length)) + 2;
  const line = (left: string, right: string) =>
    `  ${left.padEnd(width)}${right}\n`;
  const positionals = POSITIONALS.map(([name, help]) =>
    line(`[${name}]`, help)
  );
  const groups = GROUPS.map((group) => {
    const flags = FLAG_TABLE.filter((flag) => flag.group === group);
    const lines = flags.map((flag) => line(flagSyntax(flag), flag.help));
    return `\n${group}:\n${lines.join("")}`;
  });
  return `usage: serve [flags] [port] [directory]

Shares a directory over HTTP. A number is the port, anything else the directory.

${positionals.join("")}${groups.join("")}`;
}

/**
 * The table of flags in the README.
 *
 * @returns Markdown.
 */
export function flagsMarkdown(): string {
  const rows = FLAG_TABLE.map((flag) =>
    `| \`${flagSyntax(flag)}\` | ${flag.help} |`
  );
  return ["| flag | what it does |", "|---|---|", ...rows].join("\n");
}
