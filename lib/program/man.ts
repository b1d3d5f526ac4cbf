/**
 * The manual page, made from the table of flags, in the macros of man(7).
 *
 * @module
 */

import {
  type Flag,
  flagSyntax,
  type Group,
  GROUP_NOTES,
  GROUPS,
  HANDLER_GROUPS,
} from "./flag.ts";
import { FLAG_TABLE } from "./flags.ts";
import { ARGUMENTS_NOTE, EXAMPLES, POSITIONALS, SUMMARY } from "./help.ts";

/** The characters that mean something to roff, and how to write them. */
const ESCAPES: Readonly<Record<string, string>> = {
  "\\": String.raw`\e`,
  "-": String.raw`\-`,
  "'": String.raw`\(aq`,
  '"': String.raw`\(dq`,
  "`": String.raw`\(ga`,
  "^": String.raw`\(ha`,
  "~": String.raw`\(ti`,
};

const ENVIRONMENT: readonly Row[] = [
  ["NO_COLOR", "when it is set and not empty, nothing is coloured"],
  [
    "SERVE_NAME",
    "in place of the flag --name, which counts before it: SERVE_PORT, SERVE_CACHE_CONTROL; " +
    "1 or 0 for a switch, a line for each value of a flag that can be repeated. " +
    `deno serve, which runs @x/serve/fetch, has those of the groups ${
      HANDLER_GROUPS.join(", ").replace(/, (\w+)$/, " and $1")
    }, and SERVE_CONFIG`,
  ],
];

const EXIT_STATUS: readonly Row[] = [
  ["0", "it was told to stop, by SIGINT or SIGTERM, or its share has ended"],
  ["1", "it could not be done"],
  ["2", "the command line was not understood"],
];

const SEE_ALSO = "https://docs.python.org/3/library/http.server.html, " +
  "RFC 9110 (HTTP), RFC 3875 (CGI)";

/** A term, and its explanation. */
type Row = readonly [term: string, text: string];

export function manualPage(
  version: string,
  flags: readonly Flag[] = FLAG_TABLE,
): string {
  const sections = [
    section("NAME", text("serve - share a directory over HTTP")),
    section(
      "SYNOPSIS",
      `.B serve\n${text("[flags] [port] [directory]")}`,
    ),
    section("DESCRIPTION", text(`${SUMMARY} ${ARGUMENTS_NOTE}`), positionals()),
    section("OPTIONS", ...GROUPS.map((group) => groupOptions(group, flags))),
    section("EXIT STATUS", ...EXIT_STATUS.map(item)),
    section("ENVIRONMENT", ...ENVIRONMENT.map(item)),
    section("EXAMPLES", ...EXAMPLES.map(example)),
    section("SEE ALSO", text(SEE_ALSO)),
  ];
  return `.TH SERVE 1 "" ${argument(`serve ${version}`)}\n${sections.join("")}`;
}

function section(heading: string, ...parts: readonly string[]): string {
  return `.SH ${argument(heading)}\n${parts.join("")}`;
}

function positionals(): string {
  return POSITIONALS.map(([name, help]) => item([`[${name}]`, help])).join("");
}

function groupOptions(group: Group, flags: readonly Flag[]): string {
  const note = GROUP_NOTES[group];
  const rows = flags.filter((flag) => flag.group === group);
  return `.SS ${argument(group)}\n${note === undefined ? "" : text(note)}${
    rows.map((flag) => item([flagSyntax(flag), flag.help])).join("")
  }`;
}

function item([term, words]: Row): string {
  return `.TP\n.B ${argument(term)}\n${text(words)}`;
}

/** The lines are examples as they stand: neither filled nor broken. */
function example([purpose, ...lines]: readonly string[]): string {
  return `.TP\n${text((purpose ?? "").replaceAll("`", ""))}${
    lines.map(text).join(".br\n")
  }`;
}

/** A line of text; one that begins with a dot or an apostrophe would be a request. */
function text(words: string): string {
  return `${words.startsWith(".") ? String.raw`\&` : ""}${escaped(words)}\n`;
}

/** An argument of a macro, which may have spaces. */
function argument(words: string): string {
  return `"${escaped(words)}"`;
}

function escaped(words: string): string {
  return words.replaceAll(/[\\\-'"`^~]|[^\x20-\x7e]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const hexadecimal = code.toString(16).toUpperCase().padStart(4, "0");
    return ESCAPES[character] ?? String.raw`\[u${hexadecimal}]`;
  });
}
