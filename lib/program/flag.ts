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

/** What stands below a heading, where the rows leave something to say. */
export const GROUP_NOTES: Readonly<Partial<Record<Group, string>>> = {
  What: "GLOB is of the path below the directory: * and ? stay in a segment, " +
    "** does not; the last rule that matches counts.",
  CGI: "Scripts after RFC 3875. Any of these flags turns them on.",
};

/** What `--help` can explain: a group by its name in small letters, or `all`. */
export const HELP_TOPICS: readonly string[] = [
  ...GROUPS.map((group) => group.toLowerCase()),
  "all",
];

/** The shells for which there are completions. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** A shell. */
export type Shell = typeof SHELLS[number];

/** A flag of the command line. */
export interface Flag {
  /** The long name, without its two hyphens. */
  readonly name: string;
  /** The letter, where there is one. */
  readonly letter?: string;
  /** What follows it, as shown to people; `FILE` and `DIR` are completed; nothing for a switch. */
  readonly values: readonly string[];
  /** Whether it may be given more than once. */
  readonly repeatable?: boolean;
  /** Whether it is a switch that is on, and that `--no-` turns off. */
  readonly on?: boolean;
  /** What it stands for when its value, which then follows an equals sign, is left out. */
  readonly otherwise?: string;
  /** Words that its value can be, for completions; it need not be one of them. */
  readonly choices?: readonly string[];
  /** Whether the first page of `--help` explains it. */
  readonly everyday?: boolean;
  /** The heading it stands under. */
  readonly group: Group;
  /** What it does, for `--help` and for the README. */
  readonly help: string;
}

/** What the value of a flag is, as far as a shell can complete it. */
export type Value =
  | { readonly kind: "file" | "directory" | "unknown" }
  | { readonly kind: "words"; readonly words: readonly string[] };

/**
 * What the value of a flag is.
 *
 * @param flag The flag.
 * @returns Words, or a kind; `unknown` also for a flag without a value.
 */
export function valueOf({ values, choices }: Flag): Value {
  if (choices !== undefined) return { kind: "words", words: choices };
  switch (values[0]) {
    case "FILE":
      return { kind: "file" };
    case "DIR":
      return { kind: "directory" };
    default:
      return { kind: "unknown" };
  }
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
  const names = letter === undefined ? long : `-${letter}, ${long}`;
  return otherwise === undefined
    ? [names, ...values].join(" ")
    : `${names}[=${values.join(" ")}]`;
}

/**
 * The words that stand for a flag on a command line.
 *
 * @param flag The flag.
 * @returns Words such as `-b` and `--bind`, or `--compress` and `--no-compress`.
 */
export function flagWords({ letter, name, on }: Flag): readonly string[] {
  return [
    ...letter === undefined ? [] : [`-${letter}`],
    `--${name}`,
    ...on === true ? [`--no-${name}`] : [],
  ];
}
