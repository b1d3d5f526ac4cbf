import { assert, assertEquals } from "@std/assert";
import {
  type Flag,
  flagSyntax,
  GROUP_NOTES,
  GROUPS,
  HELP_TOPICS,
} from "../../lib/program/flag.ts";
import { FLAG_TABLE } from "../../lib/program/flags.ts";
import {
  COMMON_EXAMPLES,
  EXAMPLES,
  examplesMarkdown,
  flagsMarkdown,
  helpText,
  POSITIONALS,
} from "../../lib/program/help.ts";

/** A terminal of the usual size; the shell's prompt wants a line, too. */
const COLUMNS = 80;
const LINES = 23;

function lines(text: string): readonly string[] {
  assert(text.endsWith("\n"));
  return text.slice(0, -1).split("\n");
}

function isExplained(text: string, flag: Flag): boolean {
  return lines(text).some((line) =>
    line.startsWith(`  ${flagSyntax(flag)}  `) && line.endsWith(flag.help)
  );
}

/** The names behind two hyphens, with braces as shells expand them: `--max-{a,b}`. */
function namesIn(text: string): readonly string[] {
  const joined = text.replaceAll(/,\n +/g, ",");
  return [...joined.matchAll(/--([\w-]*)(?:\{([\w,-]+)\}([\w-]*))?/g)]
    .flatMap(([, start = "", middles = "", end = ""]) =>
      middles.split(",").map((middle) => `${start}${middle}${end}`)
    );
}

Deno.test("helpText() fits a screen, and has every flag, once where it is not explained", () => {
  const text = helpText();
  assert(lines(text).length <= LINES, text);
  const names = namesIn(text).filter((name) => name !== "help");
  for (const flag of FLAG_TABLE) {
    const { name, everyday } = flag;
    assertEquals(isExplained(text, flag), everyday === true, name);
    const isPositional = POSITIONALS.some(([other]) => other === name);
    const times = name === "help" || isPositional ? 0 : 1;
    assertEquals(names.filter((other) => other === name).length, times, name);
  }
  for (const [name] of POSITIONALS) assert(text.includes(`[${name}]`));
  assert(text.startsWith("usage: serve "));
  assert(lines(text).at(-1)?.startsWith("serve --help GROUP explains a group"));
});

Deno.test("helpText() explains the flags of a group, and of no other", () => {
  for (const group of GROUPS) {
    const text = helpText(group.toLowerCase());
    assert(lines(text).length <= LINES, text);
    for (const flag of FLAG_TABLE) {
      assertEquals(isExplained(text, flag), flag.group === group, flag.name);
    }
    const note = GROUP_NOTES[group] ?? "";
    assert(text.replaceAll(/\s+/g, " ").includes(note));
  }
});

Deno.test("helpText() explains all flags", () => {
  const text = helpText("all");
  for (const flag of FLAG_TABLE) assert(isExplained(text, flag), flag.name);
  const headings = [...text.matchAll(/^(\w+):$/gm)].map(([, name]) => name);
  assertEquals(headings, [...GROUPS]);
});

Deno.test("helpText() is never wider than a terminal", () => {
  for (const topic of ["", ...HELP_TOPICS]) {
    for (const line of lines(helpText(topic))) {
      assert(line.length <= COLUMNS, line);
      assertEquals(line, line.trimEnd());
    }
  }
});

Deno.test("the READMEs have the tables of flags and of jobs, to the letter", async () => {
  const [common, more] = [
    EXAMPLES.slice(0, COMMON_EXAMPLES),
    EXAMPLES.slice(COMMON_EXAMPLES),
  ].map(examplesMarkdown);
  for (
    const [path, name, table] of [
      ["README.md", "jobs", common],
      ["lib/program/docs.md", "jobs", more],
      ["lib/program/docs.md", "flags", flagsMarkdown()],
    ]
  ) {
    const readme = await Deno.readTextFile(
      new URL(`../../${path}`, import.meta.url),
    );
    const marked = `<!-- ${name} -->\n${table}\n<!-- /${name} -->`;
    assert(readme.includes(marked), "run deno task readme");
  }
});

Deno.test("flagsMarkdown() has a row for every flag below its group", () => {
  const rows = flagsMarkdown().split("\n").slice(2);
  assertEquals(rows.length, GROUPS.length + FLAG_TABLE.length);
  let heading = "";
  for (const row of rows) {
    heading = /^\| \*\*(\w+)\*\* \| \|$/.exec(row)?.[1] ?? heading;
    const [, name] = /--(?:\[no-\])?([a-z-]+)/.exec(row) ?? [];
    const flag = FLAG_TABLE.find((flag) => flag.name === name);
    if (flag !== undefined) assertEquals(flag.group, heading);
  }
});
