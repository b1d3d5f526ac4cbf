/**
 * What is said of a flag, and how it is written.
 *
 * @module
 */

/** The headings under which flags stand, in the order in which people read them. */
export const GROUPS = [
  "Where",
  "What",
  "HTTPS",
  "Access",
  "CGI",
  "Log",
  "Program",
] as const;

/** A heading. */
export type Group = typeof GROUPS[number];

/** A flag of the command line. */
export interface Flag {
  /** The long name, without its two hyphens. */
  readonly name: string;
  /** The letter, where there is one. */
  readonly letter?: string;
  /** What follows it, as shown to people; nothing for a switch. */
  readonly values: readonly string[];
  /** Whether it may be given more than once. */
  readonly repeatable?: boolean;
  /** Whether it is a switch that is on, and that `--no-` turns off. */
  readonly on?: boolean;
  /** What it stands for when its value, which then follows an equals sign, is left out. */
  readonly otherwise?: string;
  /** The heading it stands under. */
  readonly group: Group;
  /** What it does, for `--help` and for the README. */
  readonly help: string;
}

/**
 * How a flag is written.
 *
 * @param flag The flag.
 * @returns Text such as `-b, --bind ADDRESS`.
 */
export function flagSyntax(
  { letter, name, values, on, otherwise }: Flag,
): string {
  const long = on === true ? `--[no-]${name}` : `--${name}`;
  if (otherwise !== undefined) return `${long}[=${values.join(" ")}]`;
  const names = letter === undefined ? long : `-${letter}, ${long}`;
  return [names, ...values].join(" ");
}
