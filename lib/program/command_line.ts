/**
 * From the words of a command line to what the user asks for.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { nearestWords } from "../pages/nearest.ts";
import {
  type Flag,
  flagWords,
  type Given,
  type GivenValues,
  type Layer,
  mergeLayers,
  type Shell,
} from "./flag.ts";
import { findFlag, FLAG_TABLE } from "./flags.ts";
import { foreignAdvice } from "./foreign.ts";
import { parsePort } from "./places.ts";
import { readFlag } from "./settings.ts";
import {
  isNumber,
  listed,
  messageOf,
  parseTopic,
  UsageError,
} from "./values.ts";

export type CommandLine =
  /** What it gives, besides the variables and a file. */
  | { readonly kind: "serve" | "print-config"; readonly flags: Layer }
  /** The topic is empty for the first page. */
  | { readonly kind: "help"; readonly topic: string }
  | { readonly kind: "completions"; readonly shell: Shell }
  | { readonly kind: "man" | "print-schema" | "version" }
  | { readonly kind: "invalid"; readonly message: string };

/**
 * Reads a command line. `--help` counts whatever else is wrong; the version, the manual page,
 * the completions and the schema come before anything is served.
 */
export function readCommandLine(words: readonly string[]): CommandLine {
  try {
    const topic = helpTopic(words);
    if (topic !== undefined) return { kind: "help", topic };
    const { given, positionals } = parseFlags(words);
    return toInformation(given) ?? {
      kind: given["print-config"] === true ? "print-config" : "serve",
      flags: mergeLayers([toLayer(given), readPositionals(positionals, given)]),
    };
  } catch (error) {
    return { kind: "invalid", message: messageOf(error) };
  }
}

function toLayer(given: GivenValues): Layer {
  const source = { kind: "flag" } as const;
  return new Map(
    Object.entries(given).map(([name, given]) => [name, { given, source }]),
  );
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
  if (readFlag("print-schema", given)) return { kind: "print-schema" };
  const shell = readFlag("completions", given);
  return shell && { kind: "completions", shell };
}

/** The values of the flags by their names, and the other words. */
function parseFlags(words: readonly string[]): {
  readonly given: GivenValues;
  readonly positionals: readonly string[];
} {
  const text = words.join(" ");
  const rows = FLAG_TABLE.filter((flag) => isWritten(flag, text));
  const keys = (flags: readonly Flag[]) => flags.map(keyOf);
  const { _: positionals, ...values } = parseArgs(joinValues(words), {
    boolean: keys(rows.filter(({ values }) => values.length === 0)),
    string: [
      ...keys(rows.filter(({ values }) => values.length > 0)),
      "_",
    ],
    collect: keys(rows.filter(({ repeatable }) => repeatable)),
    alias: Object.fromEntries(
      rows.flatMap(({ letter, name }) => letter ? [[letter, name]] : []),
    ),
    negatable: keys(rows.filter(({ on }) => on)),
    default: Object.fromEntries(rows.map((flag) => [keyOf(flag), undefined])),
    unknown: (word, key) => {
      if (key === undefined) return true;
      // Its value may be a password.
      throw unknownFlag(word.startsWith("--") ? `--${key}` : `-${key}`);
    },
  });
  const given = rows.flatMap((flag): Array<[string, Given]> => {
    const value = values[keyOf(flag)] as Given;
    return value === undefined ? [] : [[flag.name, value]];
  });
  return {
    given: Object.fromEntries(given),
    positionals: positionals.map(String),
  };
}

/**
 * Whether a flag may be among the words. `parseArgs` takes a while for each that is declared: all
 * of them took 5 ms of a start on Bun.
 */
function isWritten({ name, letter }: Flag, words: string): boolean {
  return words.includes(name) ||
    letter !== undefined && words.includes(letter);
}

/** The words that belong to no flag: the port, and the directory. */
function readPositionals(
  words: readonly string[],
  given: GivenValues,
): Layer {
  if (words.includes("")) throw new UsageError("an argument is empty");
  const ports = words.filter(isNumber);
  const directories = words.filter((word) => !isNumber(word));
  // A second number can only be meant as the directory.
  if (ports.length === 2) directories.push(...ports.splice(1));
  const [port] = ports;
  const [directory] = directories;
  if (words.length > 2 || directories.length > 1) {
    throw new UsageError(`too many arguments: ${quoted(words)}`);
  }
  refuseTwo("ports", given.port, port);
  refuseTwo("directories", given.directory, directory);
  const advice = directory && foreignAdvice(directory);
  if (advice !== undefined && advice !== "") {
    throw new UsageError(`"${directory}" is ${advice}`);
  }
  if (port !== undefined) parsePort(port);
  return toLayer({
    ...port !== undefined && { port },
    ...directory !== undefined && { directory },
  });
}

/** The same thing by its flag and by its place. */
function refuseTwo(what: string, named: Given, word: string | undefined): void {
  if (named === undefined || word === undefined) return;
  throw new UsageError(`two ${what}: ${quoted([String(named), word])}`);
}

function quoted(words: readonly string[]): string {
  return words.map((word) => `"${word}"`).join(", ");
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
    throw new UsageError(`${word} needs ${expected(flag)}`);
  }
  return values.join(": ");
}

/** What the value of a flag must be, as people read it. */
function expected({ values, choices = [], closed }: Flag): string {
  return closed === true ? listed(choices) : values.join(" ");
}
