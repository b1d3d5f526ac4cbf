/** The table of flags: a row holds the option that it sets, and what it reads reaches it unchanged. */
import { assert, assertEquals } from "@std/assert";
import { parseCommandLine } from "../support/command_line.ts";
import { isSwitch, sampleOf } from "../support/flag_samples.ts";
import { readCommandLine } from "../../lib/program/command_line.ts";
import { readVariables } from "../../lib/program/configuration.ts";
import { completions } from "../../lib/program/completions.ts";
import {
  type FlagRow,
  flagSyntax,
  flagVariable,
  flagWords,
  GROUPS,
  isSetting,
  SHELLS,
} from "../../lib/program/flag.ts";
import { FLAG_TABLE } from "../../lib/program/flags.ts";
import { flagsMarkdown, helpText } from "../../lib/program/help.ts";
import { siteOptions } from "../../lib/program/prepare.ts";
import type { Settings } from "../../lib/program/settings.ts";

/** What else must be given with a flag. */
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  "redirect-http": ["--tls-self-signed"],
  "tls-key": ["--tls-cert=c"],
  "tls-password-file": ["--tls-cert=c"],
};
/** Sections that say together what is set. */
const JOINT_SECTIONS = ["https", "cgi", "share", "archive", "upload"];

/** What the row reads when the flag is given once. */
function readSample(row: FlagRow): unknown {
  const sample = sampleOf(row);
  if (isSwitch(row)) return row.read(true, row.name);
  return row.read(row.repeatable ? [sample] : sample, row.name);
}

function wordsOf(row: FlagRow): readonly string[] {
  const word = isSwitch(row)
    ? `--${row.name}`
    : `--${row.name}=${sampleOf(row)}`;
  return [word, ...NEEDS[row.name] ?? []];
}

function settingsOf(words: readonly string[]): Settings {
  const line = parseCommandLine(words);
  assert(line.kind === "serve", `${words.join(" ")}: ${JSON.stringify(line)}`);
  return line.settings;
}

function optionsOf(words: readonly string[]): Record<string, unknown> {
  const runtime = { environment: () => "ours" };
  const options = { log: false } as const;
  const ready = { root: "/srv", singleFile: false, options };
  return { ...siteOptions(settingsOf(words), ready, runtime) };
}

/** The properties that the public options document, each with a comment above it. */
async function documentedOptions(): Promise<ReadonlySet<string>> {
  const texts = [
    "site/options.ts",
    "site/cgi_options.ts",
    "http/media_type.ts",
    "site/overrides.ts",
    "site/routing.ts",
  ]
    .map((path) => new URL(`../../lib/${path}`, import.meta.url))
    .map((url) => Deno.readTextFile(url));
  const source = (await Promise.all(texts)).join("\n");
  const properties = source.matchAll(/\*\/\n {2}readonly (\w+)\??:/g);
  return new Set([...properties].map(([, name = ""]) => name));
}

function assertUnique(values: readonly (string | undefined)[]): void {
  const given = values.filter((value) => value !== undefined);
  assertEquals(given.length, new Set(given).size, given.join(" "));
}

Deno.test("the table: names, letters, variables and targets are unique", () => {
  assertUnique(FLAG_TABLE.flatMap(flagWords));
  assertUnique(FLAG_TABLE.map(flagVariable));
  assertUnique(FLAG_TABLE.map(({ option, setting }) => option ?? setting));
});

Deno.test("the table: every row has a help of one line, a group and a name", () => {
  for (const { name, group, help, letter, values, read } of FLAG_TABLE) {
    assert(/^[a-z]+(?:-[a-z]+)*$/.test(name), name);
    assert(letter === undefined || /^[a-zA-Z]$/.test(letter), name);
    assert(/^\S[^\n]*\S$/.test(help), name);
    assert(GROUPS.includes(group), name);
    assert(values.every((value) => value !== ""), name);
    assertEquals(typeof read, "function", name);
  }
});

Deno.test("the table: every text that people read is made from it", () => {
  const scripts = SHELLS.map((shell) => completions(shell));
  for (const row of FLAG_TABLE) {
    const syntax = flagSyntax(row);
    assert(helpText("all").includes(syntax), row.name);
    assert(flagsMarkdown().includes(`| \`${syntax}\` | ${row.help} |`));
    assert(scripts.every((script) => script.includes(row.name)), row.name);
  }
});

Deno.test("the table: an option of the site is documented, and gets exactly what the row reads", async () => {
  const documented = await documentedOptions();
  const rows = FLAG_TABLE.filter(({ option }) => option !== undefined);
  assert(rows.length > 0);
  for (const row of rows) {
    const { option = "root", name } = row;
    assert(documented.has(option), name);
    const options = optionsOf(wordsOf(row));
    assertEquals(options[option], readSample(row), name);
    const absent = isSwitch(row) ? row.on === true : row.read(undefined, name);
    const fallback = row.repeatable ? [] : absent;
    assertEquals(optionsOf([])[option], fallback, name);
  }
});

Deno.test("the table: the site gets documented options, and nothing else", async () => {
  const documented = await documentedOptions();
  for (const row of FLAG_TABLE) {
    if (row.group === "Program") continue;
    const options = optionsOf(wordsOf(row));
    for (const option of Object.keys({ ...options, ...options.cgi ?? {} })) {
      assert(documented.has(option), `${row.name}: ${option}`);
    }
  }
});

Deno.test("the table: a setting of the program is where its row says", () => {
  for (const row of FLAG_TABLE) {
    if (row.setting === undefined || row.group === "Program") continue;
    const settings: Record<string, unknown> = { ...settingsOf(wordsOf(row)) };
    const [section = "", name] = row.setting.split(".");
    assert(settings[section] !== undefined, row.name);
    if (JOINT_SECTIONS.includes(section)) continue;
    const value = name === undefined
      ? settings[section]
      : (settings[section] as Record<string, unknown>)[name];
    assertEquals(value, readSample(row), row.name);
  }
});

Deno.test("the table: what only prints something serves nothing", () => {
  for (const row of FLAG_TABLE) {
    const { kind } = parseCommandLine(wordsOf(row));
    const isPrinted = row.group === "Program";
    assertEquals(kind, isPrinted ? row.name : "serve");
  }
});

Deno.test("the table: a variable says the same as its flag", () => {
  for (const row of FLAG_TABLE) {
    const variable = flagVariable(row);
    assertEquals(variable !== undefined, isSetting(row), row.name);
    if (variable === undefined) continue;
    const value = isSwitch(row) ? "1" : sampleOf(row);
    const read = readVariables(
      { variables: () => new Map([[variable, value]]) },
      GROUPS,
    );
    const line = readCommandLine(wordsOf(row));
    assert(read.kind === "variables" && "flags" in line, row.name);
    const given = read.layer.get(row.name)?.given;
    assertEquals(given, line.flags.get(row.name)?.given, row.name);
  }
});

Deno.test("the table: a switch is off, or on and turned off by --no-", () => {
  for (const row of FLAG_TABLE.filter(isSwitch)) {
    if (row.option === undefined) continue;
    const isOn = row.on === true;
    const word = isOn ? `--no-${row.name}` : `--${row.name}`;
    assertEquals(optionsOf([])[row.option], isOn, row.name);
    assertEquals(optionsOf([word])[row.option], !isOn, row.name);
  }
});

/** Switches that the program itself uses, too: for what is public, and for permissions. */
const USED_BY_PROGRAM = ["dotfiles", "followSymlinks"];

Deno.test("the table: in lib/program/ nothing but its row names a switch of the site", () => {
  const directory = new URL("../../lib/program/", import.meta.url);
  const names = [...Deno.readDirSync(directory)].map(({ name }) => name)
    .filter((name) => name.endsWith(".ts"));
  const sources = names.map((name) => {
    const source = Deno.readTextFileSync(new URL(name, directory));
    return [name, source.replaceAll(/^ *(?:\/\*\*|\*|\/\/).*/gm, "")] as const;
  });
  const switches = FLAG_TABLE.filter(isSwitch)
    .flatMap(({ option }) => option ?? [])
    .filter((option) => !USED_BY_PROGRAM.includes(option));
  assert(switches.length > 0);
  for (const option of switches) {
    const homes = sources
      .filter(([, source]) => new RegExp(`(?<!-)\\b${option}\\b`).test(source))
      .map(([name]) => name.replace(/^(?:cgi|site)_/, ""));
    assertEquals([...new Set(homes)], ["flags.ts"], option);
  }
});
