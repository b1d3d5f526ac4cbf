/**
 * The command line of `deno task bench`.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";

/** What was asked for. */
export interface Order {
  /** Names of works; none for all. */
  readonly works: readonly string[];
  /** Names of subjects; none for all. */
  readonly subjects: readonly string[];
  readonly rounds: number;
  /** Length of a round, for wrk a whole number. */
  readonly seconds: number;
  /** The commit to compare with. */
  readonly baseline: string | undefined;
  /** Whether to list what there is instead of measuring it. */
  readonly list: boolean;
  /** Where the figures go. */
  readonly json: string | undefined;
  /** A file of figures to use instead of measuring. */
  readonly from: string | undefined;
  /** Whether to write `RESULTS.md`, and what else is made from the figures. */
  readonly results: boolean;
}

/** The order, or why it was not understood. */
export type Reading =
  | { readonly kind: "order"; readonly order: Order }
  | { readonly kind: "mistake"; readonly message: string };

/** What there is. */
export interface Names {
  readonly works: readonly string[];
  readonly subjects: readonly string[];
}

/** The flags. */
export const USAGE = `deno task bench [FLAG]...

  --work NAME      measure this work only; repeatable
  --subject NAME   measure this subject only; repeatable
  --baseline COMMIT
                   measure that commit of this repository, too
  --rounds N       rounds, interleaved (5)
  --seconds S      length of a round (4)
  --json FILE      write the figures
  --from FILE      measure nothing, take the figures of that file
  --results        write scripts/bench/: results.json, RESULTS.md and
                   how-fast.svg; and "How fast" in README.md
  --list           list works and subjects
  --help           this
`;

const WITH_VALUE = [
  "work",
  "subject",
  "baseline",
  "rounds",
  "seconds",
  "json",
  "from",
];

/**
 * Reads the command line.
 *
 * @param words The words.
 * @param names The works and subjects that there are.
 * @returns The order, or a mistake in one line.
 */
export function readArguments(
  words: readonly string[],
  names: Names,
): Reading {
  const strangers: string[] = [];
  const values = parseArgs([...words], {
    string: WITH_VALUE,
    collect: WITH_VALUE,
    boolean: ["list", "results"],
    unknown: (word: string) => {
      strangers.push(word);
      return false;
    },
  });
  const given = (name: string) => (values[name] ?? []) as readonly string[];
  const order: Order = {
    works: given("work"),
    subjects: given("subject"),
    rounds: Number(given("rounds").at(-1) ?? 5),
    seconds: Number(given("seconds").at(-1) ?? 4),
    baseline: given("baseline").at(-1),
    list: values["list"] === true,
    json: given("json").at(-1),
    from: given("from").at(-1),
    results: values["results"] === true,
  };
  const message = strangers.length > 0
    ? `unknown: ${strangers.join(" ")}; see --help`
    : findMistake(order, names);
  return message === undefined
    ? { kind: "order", order }
    : { kind: "mistake", message };
}

function findMistake(order: Order, names: Names): string | undefined {
  const { works, subjects, baseline, rounds, seconds, json, from } = order;
  const whole = (value: number) => Number.isInteger(value) && value > 0;
  if (!whole(rounds)) return "--rounds wants a whole number from 1 up";
  if (!whole(seconds)) return "--seconds wants a whole number from 1 up";
  if (baseline === "") return "--baseline wants a commit";
  if (json === "") return "--json wants the name of a file";
  if (from === "") return "--from wants the name of a file";
  return stranger("work", works, names.works) ??
    stranger("subject", subjects, names.subjects);
}

function stranger(
  kind: string,
  wanted: readonly string[],
  known: readonly string[],
): string | undefined {
  const name = wanted.find((word) => !known.includes(word));
  return name === undefined
    ? undefined
    : `no ${kind} is called ${JSON.stringify(name)}; there are ${
      known.join(", ")
    }`;
}
