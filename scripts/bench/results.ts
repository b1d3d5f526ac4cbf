/**
 * The figures of a run, and how they are kept in `results.json`: what is said of them
 * (`RESULTS.md`, the picture, the README) is made from that file alone.
 *
 * @module
 */

/** One figure of a work, for all subjects. */
export interface Series {
  readonly work: string;
  readonly title: string;
  readonly unit: string;
  readonly better: "more" | "less";
  /** By subject, a value a round. */
  readonly values: Readonly<Record<string, readonly number[]>>;
}

/** Where a run was made. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
}

/** A run. */
export interface Results {
  readonly date: string;
  readonly machine: Machine;
  /** The commit that ours was compared with. */
  readonly baseline?: string;
  /** Version of wrk. */
  readonly wrk: string;
  readonly rounds: number;
  /** Length of a round. */
  readonly seconds: number;
  /** By name: title, version, and how it runs. */
  readonly subjects: Readonly<
    Record<string, { title: string; version: string; setup: string }>
  >;
  /** By name of a subject that was not found: the reason. */
  readonly missing: Readonly<Record<string, string>>;
  readonly series: readonly Series[];
  /** By work and subject: the reason. */
  readonly skipped: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Which figure of which work. */
export interface Figure {
  readonly work: string;
  readonly unit: string;
}

const DIGITS = 4;

/**
 * The rounds of a subject.
 *
 * @param results The run.
 * @param figure Which figure.
 * @param subject Whose.
 * @returns A value a round; none where it was not measured.
 */
export function roundsOf(
  { series }: Results,
  { work, unit }: Figure,
  subject: string,
): readonly number[] {
  return series.find((one) => one.work === work && one.unit === unit)
    ?.values[subject] ?? [];
}

/**
 * What a subject is called.
 *
 * @param results The run.
 * @param subject Its name.
 * @returns Its title; the name where it did not take part.
 */
export function titleOf({ subjects }: Results, subject: string): string {
  return subjects[subject]?.title ?? subject;
}

/**
 * A run as JSON, with four significant digits, and the rounds of a subject in a line.
 *
 * @param results The run.
 * @returns The text; to read it and write it again changes nothing.
 */
export function encodeResults(results: Results): string {
  const round = (value: unknown) =>
    typeof value === "number" ? Number(value.toPrecision(DIGITS)) : value;
  const text = JSON.stringify(
    results,
    (key, value) =>
      key === "values"
        ? Object.fromEntries(
          Object.entries(value as Series["values"])
            .map(([subject, rounds]) => [subject, rounds.map(round)]),
        )
        : value,
    1,
  );
  const lists = /\[[^[\]{}"]*\]/g;
  return `${text.replace(lists, (list) => list.replace(/\s+/g, ""))}\n`;
}

/**
 * Reads what {@link encodeResults} has written.
 *
 * @param text The JSON.
 * @returns The run.
 * @throws {SyntaxError} When it is not JSON.
 */
export function decodeResults(text: string): Results {
  return JSON.parse(text);
}
