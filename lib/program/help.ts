/**
 * `--help`, and the tables of flags and of jobs in the READMEs.
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
import { FLAG_TABLE } from "./flags.ts";

/** The narrowest terminal that people use. */
const COLUMNS = 80;

const USAGE = "usage: serve [flags] [port] [directory]\n";
export const SUMMARY = "Shares a directory over HTTP.";
export const ARGUMENTS_NOTE =
  "A number is the port, anything else the directory.";
/** The same with what {@linkcode POSITIONALS} says, for a page that has no room. */
const SHORT_SUMMARY =
  "Shares a directory, or one file, over HTTP: this one, on port 8000 (0: any).";

/** The positional arguments, as people read them. */
export const POSITIONALS = [
  ["port", "default: 8000; 0 for any free one"],
  ["directory", "or one file; default: here; also -d, --directory DIR"],
] as const;

const POSITIONAL_ROWS = POSITIONALS.map(([name, help]) =>
  [`[${name}]`, help] as const
);

/**
 * The text of `--help`, at most 80 columns wide. Without a topic it is a screen (24 lines) that
 * explains what people use every day and names the rest.
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
    const pieces = foldNames(
      flagsOf(group).filter((flag) => !isOnTop(flag)).map(({ name }) => name),
    );
    const [first = "", ...more] = wrap(pieces, COLUMNS - width);
    const lines = [group.toLowerCase().padEnd(width) + first, ...more];
    return lines.join(`\n${" ".repeat(width)}`);
  });
  return `${USAGE}${SHORT_SUMMARY}

${table(flagRows(everyday))}${joinShort(names).join("\n")}
serve --help GROUP explains a group, such as cgi; serve --help all, every flag.
`;
}

/** Between two groups in a line. */
const GAP = "   ";

/** Puts a group into the line of the one before where both fit: the page has few lines. */
function joinShort(groups: readonly string[]): readonly string[] {
  const lines: string[] = [];
  for (const group of groups) {
    const both = `${lines.at(-1) ?? ""}${GAP}${group}`;
    const fits = lines.length > 0 && !both.includes("\n") &&
      both.length <= COLUMNS;
    if (fits) lines[lines.length - 1] = both;
    else lines.push(group);
  }
  return lines;
}

/** Whether the front page explains a flag, as an everyday one or beside the argument for the same. */
function isOnTop({ name, everyday }: Flag): boolean {
  return everyday === true || POSITIONALS.some(([other]) => other === name);
}

/**
 * Names of flags as shells write them: those that share their first word, or their last one, are one:
 * `--max-{connections,requests}`. They are pieces, as {@linkcode wrap} takes them.
 */
function foldNames(names: readonly string[]): readonly string[] {
  const folded = new Set<string>();
  return names.flatMap((name) => {
    if (folded.has(name)) return [];
    const { all, start = "", end = "" } = alikeOf(name, names);
    all.forEach((other) => folded.add(other));
    if (all.length === 1) return [`--${name} `];
    const parts = all.map((other) =>
      other.slice(start.length, other.length - end.length)
    );
    return `--${start}{${parts.join(",")}}${end} `.split(/(?<=,)/);
  });
}

/** The names that share their first word, or the last one, with one of them, and all words that they share there. */
function alikeOf(
  name: string,
  names: readonly string[],
): { all: readonly string[]; start?: string | undefined; end?: string } {
  const [first, end] = [/^\w+-/, /-\w+$/].map((word) => word.exec(name)?.[0]);
  if (first === undefined || end === undefined) return { all: [name] };
  const before = names.filter((other) => other.startsWith(first));
  if (before.length > 1) {
    const starts = [...name.matchAll(/-/g)].map(({ index }) =>
      name.slice(0, index + 1)
    );
    const start = starts.findLast((start) =>
      before.every((other) => other.startsWith(start))
    );
    return { all: before, start };
  }
  const after = names.filter((other) => other.endsWith(end));
  return after.length > 1 ? { all: after, end } : { all: [name] };
}

function groupText(group: Group): string {
  const note = GROUP_NOTES[group];
  const lines = note === undefined
    ? []
    : wrap(note.split(/(?<= )/), COLUMNS - 2);
  return `${group}:\n${table(flagRows(flagsOf(group)))}${
    lines.map((line) => `  ${line}\n`).join("")
  }`;
}

function flagsOf(group: Group): readonly Flag[] {
  return FLAG_TABLE.filter((flag) => flag.group === group);
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

/** Lines of pieces of text; a piece ends where a line may. */
function wrap(pieces: readonly string[], columns: number): readonly string[] {
  const lines: string[] = [];
  for (const piece of pieces) {
    const line = `${lines.at(-1) ?? ""}${piece}`;
    if (lines.length === 0 || line.trimEnd().length > columns) {
      lines.push(piece);
    } else lines[lines.length - 1] = line;
  }
  return lines.map((line) => line.trimEnd());
}

/** The table of flags in the README, by groups, as Markdown. */
export function flagsMarkdown(): string {
  const rows = GROUPS.flatMap((group) => [
    `| **${group}** | |`,
    ...flagRows(flagsOf(group))
      .map(([syntax, help]) => `| \`${syntax}\` | ${help} |`),
  ]);
  return ["| flag | what it does |", "|---|---|", ...rows].join("\n");
}

/** A purpose in Markdown, and the command lines for it; the most common ones first. */
export const EXAMPLES: ReadonlyArray<
  readonly [purpose: string, ...lines: string[]]
> = [
  ["share this folder on port 8000", "serve"],
  ["another port, any free port", "serve 9000", "serve 0"],
  ["another folder", "serve 8000 public", "serve -d public"],
  ["one file, and nothing beside it", "serve report.pdf"],
  ["nobody else to see it", "serve -b 127.0.0.1"],
  ["to look at it: here, on a telephone", "serve --open", "serve --qr"],
  [
    "a link that nobody can guess, for a time, or so many downloads",
    "serve --share",
    "serve --share-for 2h",
    "serve --share-times 10",
  ],
  ["to receive files, in a folder of their own", "serve --upload=inbox"],
  ["HTTPS without a certificate", "serve --tls-self-signed"],
  [
    "a site to be as its host serves it",
    "serve dist --clean-urls",
    "serve dist --spa",
    "serve dist --host-files netlify",
  ],
  ["pages to reload when you save", "serve --reload"],
  [
    "settings in a file; health and metrics",
    "serve --config serve.json",
    "serve --admin",
  ],
  [
    "scripts of another origin to read it",
    "serve --cors",
    "serve --cors=http://localhost:3000",
  ],
  ["to run the scripts in `cgi-bin`", "serve --cgi"],
  ["`.git`, `.env` and the like, too", "serve --dotfiles"],
  [
    "a link that saves and does not show",
    "http://localhost:8000/report.pdf?download",
  ],
  ["a folder as data", "http://localhost:8000/?format=json"],
  ["a free port, whatever is in use", "serve --port-fallback"],
  ["several addresses", "serve -b 127.0.0.1 -b '[::1]:8001'"],
  ["a socket for a proxy", "serve -b unix:/run/serve.sock"],
  [
    "HTTPS with a certificate of yours",
    "serve --tls-cert ~/keys/cert.pem --tls-key ~/keys/key.pem",
  ],
  ["browsers to keep built assets for a year", "serve --immutable assets"],
  [
    "another cache policy than `no-cache`",
    "serve --cache-control '/img/**=max-age=3600'",
  ],
  ["SharedArrayBuffer, threads in WebAssembly", "serve --isolate"],
  ["a field of your own", "serve -H 'X-Robots-Tag: noindex'"],
  [
    "a game that was built compressed",
    "serve -H '**/*.js.gz=Content-Encoding: gzip'",
  ],
  ["PHP files to run anywhere", "serve --cgi-ext .php=php-cgi"],
  [
    "to receive files, in a drop box",
    "serve --upload",
    "serve --upload=inbox --upload-only",
  ],
  ["silence", "serve -q"],
];

/** How many of the examples the main README has. */
export const COMMON_EXAMPLES = 16;

/** A table of jobs as Markdown. */
export function examplesMarkdown(examples: typeof EXAMPLES): string {
  const rows = examples.map(([purpose, ...lines]) =>
    `| ${purpose} | ${lines.map((line) => `\`${line}\``).join(", ")} |`
  );
  return ["| you want | you type |", "|---|---|", ...rows].join("\n");
}
