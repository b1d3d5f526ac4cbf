/**
 * The texts that people read of the table of flags.
 *
 * @module
 */

import {
  type Flag,
  flagSyntax,
  type Group,
  GROUP_NOTES,
  GROUPS,
} from "./flag.ts";
import { FLAG_TABLE, POSITIONALS } from "./mod.ts";

/** The narrowest terminal that people use. */
const COLUMNS = 80;

const USAGE = "usage: serve [flags] [port] [directory]\n";
/** What the program does, in one sentence. */
export const SUMMARY = "Shares a directory over HTTP.";
/** How the positional arguments are told apart. */
export const ARGUMENTS_NOTE =
  "A number is the port, anything else the directory.";

const POSITIONAL_ROWS = POSITIONALS.map(([name, help]) =>
  [`[${name}]`, help] as const
);

/**
 * The text of `--help`: a screen (24 lines of 80 columns) that explains what people use
 * every day and names the rest.
 *
 * @param topic A group by its name in small letters, `all`, or nothing for that screen.
 * @returns The text, at most 80 columns wide.
 */
export function helpText(topic = ""): string {
  if (topic === "") return frontPage();
  const groups = GROUPS.filter((group) =>
    topic === "all" || topic === group.toLowerCase()
  );
  const about = topic === "all"
    ? `${SUMMARY} ${ARGUMENTS_NOTE}\n\n${table(POSITIONAL_ROWS)}\n`
    : "\n";
  return USAGE + about + groups.map(groupText).join("\n");
}

function frontPage(): string {
  const everyday = FLAG_TABLE.filter(({ everyday }) => everyday);
  const width = Math.max(...GROUPS.map(({ length }) => length)) + 1;
  const names = GROUPS.map((group) => {
    const words = FLAG_TABLE
      .filter((flag) => flag.group === group && flag.everyday !== true)
      .map(({ name }) => `--${name}`);
    const [first = "", ...more] = wrap(words, COLUMNS - width);
    const lines = [group.toLowerCase().padEnd(width) + first, ...more];
    return `${lines.join(`\n${" ".repeat(width)}`)}\n`;
  });
  return `${USAGE}${SUMMARY} ${ARGUMENTS_NOTE}

${table([...POSITIONAL_ROWS, ...flagRows(everyday)])}
${
    names.join("")
  }serve --help GROUP explains a group, such as cgi; serve --help all, every flag.
`;
}

function groupText(group: Group): string {
  const note = GROUP_NOTES[group];
  const lines = note === undefined ? [] : wrap(note.split(" "), COLUMNS - 2);
  const flags = FLAG_TABLE.filter((flag) => flag.group === group);
  return `${group}:\n${table(flagRows(flags))}${
    lines.map((line) => `  ${line}\n`).join("")
  }`;
}

function flagRows(
  flags: readonly Flag[],
): ReadonlyArray<readonly [syntax: string, help: string]> {
  return flags.map((flag) => [flagSyntax(flag), flag.help]);
}

function table(
  rows: ReadonlyArray<readonly [left: string, right: string]>,
): string {
  const width = Math.max(...rows.map(([{ length }]) => length)) + 2;
  return rows.map(([left, right]) => `  ${left.padEnd(width)}${right}\n`)
    .join("");
}

function wrap(words: readonly string[], columns: number): readonly string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > columns) {
      lines.push(word);
    } else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/**
 * The table of flags in the README, by groups.
 *
 * @returns Markdown.
 */
export function flagsMarkdown(): string {
  const rows = GROUPS.flatMap((group) => [
    `| **${group}** | |`,
    ...flagRows(FLAG_TABLE.filter((flag) => flag.group === group))
      .map(([syntax, help]) => `| \`${syntax}\` | ${help} |`),
  ]);
  return ["| flag | what it does |", "|---|---|", ...rows].join("\n");
}
