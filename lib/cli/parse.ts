/**
 * From the words of a command line to settings.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { checkedField, type Field } from "../http/field.ts";
import { createGuessType } from "../http/media_type.ts";
import { type Flag, FLAG_TABLE, type FlagName } from "./flags.ts";

/** What the user wants served, and how. */
export interface Settings {
  /** The port; 0 for any free one. */
  readonly port: number;
  /** The directory as the user wrote it. */
  readonly directory: string;
  /** Whether the directory was written behind a port, where it may just as well be a slip. */
  readonly afterPort: boolean;
  /** The address to listen on, where one was given. */
  readonly bind: string | undefined;
  /** The fields to add. */
  readonly headers: readonly Field[];
  /** The media type of what has no known extension, where one was given. */
  readonly contentType: string | undefined;
  /** Whether names that begin with a dot are served. */
  readonly dotfiles: boolean;
  /** Whether links may lead out of the directory. */
  readonly followSymlinks: boolean;
  /** Whether requests are not logged. */
  readonly quiet: boolean;
}

/** What a command line asks for. */
export type CommandLine =
  | { readonly kind: "serve"; readonly settings: Settings }
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | { readonly kind: "invalid"; readonly message: string };

/** A slip of the user, told in one line. */
class UsageError extends Error {}

type Values = Readonly<Record<string, unknown>>;

const DEFAULT_PORT = 8000;
const BY_WORD: ReadonlyMap<string, Flag> = new Map(
  FLAG_TABLE.flatMap((flag) => [
    [`--${flag.name}`, flag] as const,
    ...flag.letter === undefined ? [] : [[`-${flag.letter}`, flag] as const],
  ]),
);

/**
 * Reads a command line.
 *
 * @param words The words after the program's name.
 * @returns What they ask for.
 */
export function parseCommandLine(words: readonly string[]): CommandLine {
  try {
    const { _: positionals, ...values } = parseFlags(joinValues(words));
    if (values[flag("help")] === true) return { kind: "help" };
    if (values[flag("version")] === true) return { kind: "version" };
    const settings = toSettings(values, positionals.map(String));
    return { kind: "serve", settings };
  } catch (error) {
    if (error instanceof UsageError || error instanceof TypeError) {
      return { kind: "invalid", message: error.message };
    }
    throw error;
  }
}

/** Keeps the names in this file to those of the table. */
function flag(name: FlagName): string {
  return name;
}

/**
 * Writes every flag with a value as one word, `--name=value`, so that a value may begin
 * with a hyphen and `-H NAME VALUE` is one value, `NAME: VALUE`.
 */
function joinValues(words: readonly string[]): string[] {
  const joined: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    if (word === "--") return [...joined, ...words.slice(at)];
    const known = BY_WORD.get(word);
    if (known === undefined || known.values.length === 0) {
      joined.push(word);
      continue;
    }
    const first = words[++at];
    const alone = known.values.length === 1 || first?.includes(":");
    const values = alone ? [first] : [first, words[++at]];
    if (values.includes(undefined)) {
      throw new UsageError(`${word} needs ${known.values.join(" ")}`);
    }
    joined.push(`--${known.name}=${values.join(": ")}`);
  }
  return joined;
}

function parseFlags(words: string[]): ReturnType<typeof parseArgs> {
  const names = (flags: readonly Flag[]) => flags.map(({ name }) => name);
  return parseArgs(words, {
    boolean: names(FLAG_TABLE.filter(({ values }) => values.length === 0)),
    string: [
      ...names(FLAG_TABLE.filter(({ values }) => values.length > 0)),
      "_",
    ],
    collect: names(FLAG_TABLE.filter(({ repeatable }) => repeatable)),
    alias: Object.fromEntries(
      FLAG_TABLE.flatMap(({ letter, name }) => letter ? [[letter, name]] : []),
    ),
    unknown: (word, key) => {
      if (key !== undefined) throw new UsageError(`unknown flag "${word}"`);
      return true;
    },
  });
}

function toSettings(values: Values, positionals: readonly string[]): Settings {
  const ports = positionals.filter(isNumber);
  const directories = positionals.filter((word) => !isNumber(word));
  // A second number can only be meant as the directory.
  if (ports.length === 2) directories.push(...ports.splice(1));
  const [port] = ports;
  const [directory] = directories;
  const named = text(values, "directory");
  if (positionals.length > 2 || directories.length > 1) {
    throw new UsageError(`too many arguments: ${quoted(positionals)}`);
  }
  if (named !== undefined && directory !== undefined) {
    throw new UsageError(`two directories: ${quoted([named, directory])}`);
  }
  const contentType = text(values, "content-type");
  if (contentType !== undefined) createGuessType({ defaultType: contentType });
  return {
    port: port === undefined ? DEFAULT_PORT : toPort(port),
    directory: named ?? directory ?? ".",
    afterPort: port !== undefined && directory !== undefined,
    bind: text(values, "bind"),
    headers: (values[flag("header")] as string[]).map(toField),
    contentType,
    dotfiles: values[flag("dotfiles")] === true,
    followSymlinks: values[flag("follow-symlinks")] === true,
    quiet: values[flag("quiet")] === true,
  };
}

function text(values: Values, name: FlagName): string | undefined {
  const value = values[flag(name)];
  if (value === undefined) return undefined;
  if (value === "") throw new UsageError(`--${name} needs a value`);
  return String(value);
}

function toField(line: string): Field {
  const colon = line.indexOf(":");
  if (colon < 0) {
    throw new UsageError(`--header needs "NAME: VALUE", not "${line}"`);
  }
  return checkedField(line.slice(0, colon).trim(), line.slice(colon + 1));
}

function isNumber(word: string): boolean {
  return /^\d+$/.test(word);
}

function toPort(word: string): number {
  if (+word <= 65_535) return +word;
  throw new UsageError(`bad port ${word}: expected 0 to 65535`);
}

function quoted(words: readonly string[]): string {
  return words.map((word) => `"${word}"`).join(", ");
}
