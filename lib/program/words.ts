/**
 * From the words of a command line to the values of flags.
 *
 * What somebody may have meant who wrote a word that there is not.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { type Flag, flagWords } from "./flag.ts";
import { FLAG_TABLE, type FlagName } from "./flags.ts";

/** A slip of the user, told in one line. */
export class UsageError extends Error {}

/** Values by the names of flags, and the positional arguments as `_`. */
export type Values = Readonly<Record<string, unknown>>;

const BY_WORD: ReadonlyMap<string, Flag> = new Map(
  FLAG_TABLE.flatMap((flag) => [
    [`--${flag.name}`, flag] as const,
    ...flag.letter === undefined ? [] : [[`-${flag.letter}`, flag] as const],
  ]),
);

/**
 * The key of a flag among the values: keeps the names in the code to those of the table.
 *
 * @param name The name.
 * @returns The key.
 */
export function flag(name: FlagName): string {
  return keyOf(name);
}

/** `parseArgs` would read `--no-etag=GLOB` as `--etag=GLOB`. No word of a command line has a NUL. */
function keyOf(name: string): string {
  return name.startsWith("no-") ? `\0${name}` : name;
}

/**
 * Reads the flags of a command line.
 *
 * @param words The words after the program's name.
 * @returns The values of the flags, and the other words as `_`.
 * @throws {UsageError} When a flag is unknown, or its value is missing.
 */
export function readFlags(
  words: readonly string[],
): Values & { readonly _: readonly unknown[] } {
  const names = (flags: readonly Flag[]) =>
    flags.map(({ name }) => keyOf(name));
  return parseArgs(joinValues(words), {
    boolean: names(FLAG_TABLE.filter(({ values }) => values.length === 0)),
    string: [
      ...names(FLAG_TABLE.filter(({ values }) => values.length > 0)),
      "_",
    ],
    collect: names(FLAG_TABLE.filter(({ repeatable }) => repeatable)),
    alias: Object.fromEntries(
      FLAG_TABLE.flatMap(({ letter, name }) => letter ? [[letter, name]] : []),
    ),
    negatable: names(FLAG_TABLE.filter(({ on }) => on)),
    default: Object.fromEntries(
      FLAG_TABLE.flatMap(({ name, on }) => on === true ? [[name, true]] : []),
    ),
    unknown: (word, key) => {
      // Its value may be a password.
      const name = word.replace(/=.*/s, "");
      if (key !== undefined) throw unknownFlag(name);
      return true;
    },
  });
}

function unknownFlag(name: string): UsageError {
  if (name === "--port") {
    return new UsageError(
      `unknown flag "--port": a port stands alone, as in serve 8080`,
    );
  }
  const near = nearestWords(name, FLAG_TABLE.flatMap(flagWords));
  const hint = near.length === 0 ? "" : ` (did you mean ${listed(near)}?)`;
  return new UsageError(`unknown flag "${name}"${hint}`);
}

/**
 * Alternatives in a sentence.
 *
 * @param words The alternatives.
 * @returns Text such as `a, b or c`.
 */
export function listed(words: readonly string[]): string {
  return words.join(", ").replace(/, ([^,]*)$/, " or $1");
}

/**
 * Writes every flag with a value as one word, `--name=value`, so that a value may begin
 * with a hyphen and `-H NAME VALUE` is one value, `NAME: VALUE`.
 */
function joinValues(words: readonly string[]): string[] {
  const joined: string[] = [];
  const left = [...words];
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (word === "--") return [...joined, word, ...left];
    const known = BY_WORD.get(word);
    const attached = attachedValue(word);
    if (attached !== undefined) joined.push(attached);
    else if (known === undefined || known.values.length === 0) {
      joined.push(word);
    } else joined.push(joinValue(known, takeValue(word, known, left)));
  }
  return joined;
}

function joinValue({ name }: Flag, value: string): string {
  return `--${keyOf(name)}=${value}`;
}

/** `-b::1` is `--bind=::1`; a switch with a value is a slip. */
function attachedValue(word: string): string | undefined {
  const [, name = "", value] = /^(--[^=]+)=([^]*)$/.exec(word) ?? [];
  const long = value === undefined ? undefined : BY_WORD.get(name);
  if (long?.values.length === 0) {
    throw new UsageError(`${name} takes no value`);
  }
  if (long !== undefined) return joinValue(long, value ?? "");
  const known = /^-[a-z]/i.test(word)
    ? BY_WORD.get(word.slice(0, 2))
    : undefined;
  return known === undefined || known.values.length === 0 || word.length === 2
    ? undefined
    : joinValue(known, word.slice(2).replace(/^=/, ""));
}

/** The words that are the value of a flag, as one. */
function takeValue(word: string, known: Flag, left: string[]): string {
  if (known.otherwise !== undefined) return known.otherwise;
  const first = left.shift();
  // `NAME: VALUE` is all in one word; `NAME:` is a slip of somebody who forgot the quotes.
  const alone = known.values.length === 1 || /:./s.test(first ?? "");
  const values = alone ? [first] : [first?.replace(/:$/, ""), left.shift()];
  if (values.includes(undefined)) {
    throw new UsageError(`${word} needs ${known.values.join(" ")}`);
  }
  return values.join(": ");
}

/**
 * The value of a flag with one value.
 *
 * @param values The values.
 * @param name The flag.
 * @returns The value, where it was given.
 * @throws {UsageError} When it is empty.
 */
export function text(values: Values, name: FlagName): string | undefined {
  const value = values[flag(name)];
  if (value === undefined) return undefined;
  if (value === "") throw new UsageError(`--${name} needs a value`);
  return String(value);
}

/**
 * The values of a flag that may be repeated.
 *
 * @param values The values.
 * @param name The flag.
 * @returns The values in order.
 */
export function list(values: Values, name: FlagName): readonly string[] {
  return (values[flag(name)] as string[] | undefined) ?? [];
}

/** A slip for so many letters behind the first, and one more for what is left of them. */
const LETTERS_PER_SLIP = 4;
/** More would be a list, and no help. */
const MAX_WORDS = 4;

/**
 * The words that begin with a word, as `argparse` takes them for it; without one, those that
 * are nearest to it by letters that are added, left out or changed.
 *
 * @param word The word.
 * @param known The words that there are.
 * @returns Some of them; none when nothing is near.
 */
export function nearestWords(
  word: string,
  known: readonly string[],
): readonly string[] {
  const longer = known.filter((other) => other.startsWith(word));
  if (longer.length > 0) return longer.length > MAX_WORDS ? [] : longer;
  const near = Map.groupBy(known, (other) => distance(word, other));
  const least = Math.min(...near.keys());
  const letters = word.replaceAll("-", "").length;
  const slips = Math.ceil((letters - 1) / LETTERS_PER_SLIP);
  return least <= slips ? near.get(least) ?? [] : [];
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
