/**
 * From the words of a command line, or from environment variables, to what the user wants.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { type Flag, flagVariable, flagWords, type Shell } from "./flag.ts";
import { FLAG_TABLE } from "./flags.ts";
import { foreignAdvice } from "./foreign.ts";
import {
  type GivenValues,
  readFlag,
  type Settings,
  toSettings,
} from "./settings.ts";
import { listed, parseTopic, UsageError } from "./values.ts";

/** What a command line asks for. */
export type CommandLine =
  | { readonly kind: "serve"; readonly settings: Settings }
  /** The topic is empty for the first page. */
  | { readonly kind: "help"; readonly topic: string }
  | { readonly kind: "completions"; readonly shell: Shell }
  | { readonly kind: "man" }
  | { readonly kind: "version" }
  | { readonly kind: "invalid"; readonly message: string };

/**
 * Reads a command line. `--help` counts whatever else is wrong; the version, the manual page
 * and the completions come before anything is served.
 */
export function parseCommandLine(words: readonly string[]): CommandLine {
  try {
    const topic = helpTopic(words);
    if (topic !== undefined) return { kind: "help", topic };
    const { given, positionals } = parseFlags(words);
    return toInformation(given) ??
      { kind: "serve", settings: toSettings(given, positionals) };
  } catch (error) {
    if (error instanceof UsageError || error instanceof TypeError) {
      return { kind: "invalid", message: error.message };
    }
    throw error;
  }
}

/** The topic of `--help`: behind `=`, or the next word that is no flag. */
function helpTopic(words: readonly string[]): string | undefined {
  const end = words.indexOf("--");
  const flags = end < 0 ? words : words.slice(0, end);
  const at = flags.findIndex((word) => /^(?:-h|--help)(?:=|$)/.test(word));
  if (at < 0) return undefined;
  const [, attached] = /=([^]*)$/.exec(flags[at] ?? "") ?? [];
  const next = flags[at + 1] ?? "";
  return parseTopic(attached ?? (next.startsWith("-") ? "" : next));
}

/** What only prints something. */
function toInformation(given: GivenValues): CommandLine | undefined {
  const topic = readFlag("help", given); // in -hq
  if (topic !== undefined) return { kind: "help", topic };
  if (readFlag("version", given)) return { kind: "version" };
  if (readFlag("man", given)) return { kind: "man" };
  const shell = readFlag("completions", given);
  return shell && { kind: "completions", shell };
}

/** The values of the flags by their names, and the other words. */
function parseFlags(words: readonly string[]): {
  readonly given: GivenValues;
  readonly positionals: readonly string[];
} {
  const keys = (flags: readonly Flag[]) => flags.map(keyOf);
  const { _: positionals, ...values } = parseArgs(joinValues(words), {
    boolean: keys(FLAG_TABLE.filter(({ values }) => values.length === 0)),
    string: [
      ...keys(FLAG_TABLE.filter(({ values }) => values.length > 0)),
      "_",
    ],
    collect: keys(FLAG_TABLE.filter(({ repeatable }) => repeatable)),
    alias: Object.fromEntries(
      FLAG_TABLE.flatMap(({ letter, name }) => letter ? [[letter, name]] : []),
    ),
    negatable: keys(FLAG_TABLE.filter(({ on }) => on)),
    default: Object.fromEntries(
      FLAG_TABLE.flatMap(({ name, on }) => on === true ? [[name, true]] : []),
    ),
    unknown: (word, key) => {
      if (key === undefined) return true;
      // Its value may be a password.
      throw unknownFlag(word.startsWith("--") ? `--${key}` : `-${key}`);
    },
  });
  const given = FLAG_TABLE.map((flag) => [flag.name, values[keyOf(flag)]]);
  return {
    given: Object.fromEntries(given),
    positionals: positionals.map(String),
  };
}

/** `parseArgs` would read `--no-etag=GLOB` as `--etag=GLOB`. No word of a command line has a NUL. */
function keyOf({ name }: Flag): string {
  return name.startsWith("no-") ? `\0${name}` : name;
}

function unknownFlag(name: string): UsageError {
  const advice = foreignAdvice(name);
  if (advice !== undefined) {
    return new UsageError(`unknown flag "${name}": ${advice}`);
  }
  const near = nearestWords(name, FLAG_TABLE.flatMap(flagWords));
  const hint = near.length === 0 ? "" : ` (did you mean ${listed(near)}?)`;
  return new UsageError(`unknown flag "${name}"${hint}`);
}

/**
 * Writes every flag with a value as one word, `--name=value`: a value may begin with a
 * hyphen, and `-H NAME VALUE` is one value, `NAME: VALUE`.
 */
function joinValues(words: readonly string[]): string[] {
  const joined: string[] = [];
  const left = [...words];
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (word === "--") return [...joined, word, ...left];
    const flag = findFlag(word);
    const attached = attachedValue(word);
    if (attached !== undefined) joined.push(attached);
    else if (flag === undefined || flag.values.length === 0) joined.push(word);
    else joined.push(joinValue(flag, takeValue(word, flag, left)));
  }
  return joined;
}

function findFlag(word: string): Flag | undefined {
  return FLAG_TABLE.find(({ name, letter }) =>
    word === `--${name}` || letter !== undefined && word === `-${letter}`
  );
}

function joinValue(flag: Flag, value: string): string {
  return `--${keyOf(flag)}=${value}`;
}

/** `-b::1` is `--bind=::1`; a switch with a value is a slip. */
function attachedValue(word: string): string | undefined {
  const [, name = "", value] = /^(--[^=]+)=([^]*)$/.exec(word) ?? [];
  const long = value === undefined ? undefined : findFlag(name);
  if (long?.values.length === 0) {
    throw new UsageError(`${name} takes no value`);
  }
  if (long !== undefined) return joinValue(long, value ?? "");
  if (!/^-[a-z]./is.test(word)) return undefined;
  const short = findFlag(word.slice(0, 2));
  return short === undefined || short.values.length === 0
    ? undefined
    : joinValue(short, word.slice(2).replace(/^=/, ""));
}

/** Takes the words that are the value of a flag, as one. */
function takeValue(word: string, flag: Flag, left: string[]): string {
  if (flag.otherwise !== undefined) return flag.otherwise;
  const first = left.shift();
  // `NAME: VALUE` is all in one word; `NAME:` is a slip: the quotes are missing.
  const alone = flag.values.length === 1 || /:./s.test(first ?? "");
  const values = alone ? [first] : [first?.replace(/:$/, ""), left.shift()];
  if (values.includes(undefined)) {
    throw new UsageError(`${word} needs ${flag.values.join(" ")}`);
  }
  return values.join(": ");
}

/** One slip for so many letters behind the first, and one more for what is left of them. */
const LETTERS_PER_SLIP = 4;
/** More would be a list, and no help. */
const MAX_HINTS = 4;

/**
 * The words that begin with a word, as `argparse` takes them for it; without one, those that
 * are nearest to it by letters that are added, left out or changed.
 */
export function nearestWords(
  word: string,
  words: readonly string[],
): readonly string[] {
  const longer = words.filter((other) => other.startsWith(word));
  if (longer.length > 0) return longer.length > MAX_HINTS ? [] : longer;
  const distances = words.map((other) => distance(word, other));
  const least = Math.min(...distances);
  const letters = word.replaceAll("-", "").length;
  const slips = Math.ceil((letters - 1) / LETTERS_PER_SLIP);
  return least <= slips
    ? words.filter((_, index) => distances[index] === least)
    : [];
}

/** Levenshtein's distance. (That of `@std/text` takes 4 MiB as soon as it is imported.) */
function distance(word: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const letter of word) {
    let [left = 0] = row;
    const next = [++left];
    for (const [index, above] of row.slice(1).entries()) {
      const changed = (row[index] ?? 0) + (other[index] === letter ? 0 : 1);
      next.push(left = Math.min(left + 1, above + 1, changed));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** The command line that the variables of an environment stand for. */
export function environmentWords(
  read: (variable: string) => string | undefined,
): readonly string[] {
  return FLAG_TABLE.flatMap((flag) => {
    const variable = flagVariable(flag);
    return variable === undefined
      ? []
      : variableWords(flag, read(variable) ?? "");
  });
}

function variableWords(
  { name, values, repeatable, on, otherwise }: Flag,
  value: string,
): string[] {
  if (value === "") return [];
  const isSwitch = values.length === 0 ||
    otherwise !== undefined && /^(?:[01]|true|false)$/.test(value);
  if (isSwitch) return switchWords(name, on === true, value);
  const lines = repeatable === true
    ? value.split("\n").filter((line) => line !== "")
    : [value];
  return lines.map((line) => `--${name}=${line}`);
}

function switchWords(name: string, isOn: boolean, value: string): string[] {
  switch (value) {
    case "1":
    case "true":
      return isOn ? [] : [`--${name}`];
    case "0":
    case "false":
      return isOn ? [`--no-${name}`] : [];
    default:
      return [`--${name}=${value}`]; // which is refused
  }
}
