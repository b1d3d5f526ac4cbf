/**
 * A flag of the command line: what the table of flags has of it, and how it is written.
 *
 * @module
 */

import type { SiteOptions } from "../site/options.ts";

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

export type Group = typeof GROUPS[number];

/** Text below a heading, for what the rows leave unsaid. */
export const GROUP_NOTES: Readonly<Partial<Record<Group, string>>> = {
  What: "GLOB is of the path below the directory: * and ? stay in a segment, " +
    "** does not; the last rule that matches counts.",
  CGI: "Scripts after RFC 3875. Any of these flags turns them on.",
};

/** Groups that have environment variables: a handler can do these without listening. */
export const ENVIRONMENT_GROUPS: readonly Group[] = [
  "What",
  "Access",
  "CGI",
  "Log",
];

/** What `--help` can explain: a group by its name in small letters, or `all`. */
export const HELP_TOPICS: readonly string[] = [
  ...GROUPS.map((group) => group.toLowerCase()),
  "all",
];

/** The shells for which there are completions. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

export type Shell = typeof SHELLS[number];

/** What the parser gives for a flag: a switch, the last value, or all of a repeatable one. */
export type Given = boolean | string | readonly string[] | undefined;

/** Reads what was given; throws a `UsageError` or a `TypeError` for what is not of its kind. */
export type Read<T> = (given: Given, name: string) => T;

/** What people read of a flag. */
export interface Flag {
  /** The long name, without its two hyphens. */
  readonly name: string;
  readonly letter?: string;
  /** What follows it, as people read it; `FILE` and `DIR` are completed; empty for a switch. */
  readonly values: readonly string[];
  readonly repeatable?: boolean;
  /** Whether it is a switch that is on, and that `--no-` turns off. */
  readonly on?: boolean;
  /** What it stands for when its value, which then follows an equals sign, is left out. */
  readonly otherwise?: string;
  /** Words for completions; the value need not be one of them. */
  readonly choices?: readonly string[];
  /** Whether the first page of `--help` explains it. */
  readonly everyday?: boolean;
  readonly group: Group;
  /** What it does, for `--help`, the manual page and the README. */
  readonly help: string;
}

/** A flag that sets an option of the site, which is documented in {@linkcode SiteOptions}. */
type OptionTarget = {
  readonly [Name in keyof SiteOptions]-?: {
    readonly option: Name;
    readonly setting?: never;
    readonly read: Read<SiteOptions[Name]>;
  };
}[keyof SiteOptions];

/** A flag that sets something of the program; a dot leads into a section of the settings. */
interface SettingTarget {
  readonly option?: never;
  readonly setting: string;
  readonly read: Read<unknown>;
}

/** A flag, what it sets, and how its value is read. */
export type FlagRow = Flag & (OptionTarget | SettingTarget);

/** A row of the table, below the heading of its group. */
export type UngroupedRow =
  & Omit<Flag, "group">
  & (OptionTarget | SettingTarget);

/** What a shell can complete of the value of a flag. */
export type Completion =
  | { readonly kind: "file" | "directory" | "unknown" }
  | { readonly kind: "words"; readonly words: readonly string[] };

/** How the value of a flag is completed; `unknown` also for a switch. */
export function completionOf({ values, choices }: Flag): Completion {
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

/** How a flag is written, such as `-b, --bind ADDRESS`. */
export function flagSyntax(
  { letter, name, values, on, otherwise }: Flag,
): string {
  const long = on === true ? `--[no-]${name}` : `--${name}`;
  const names = letter === undefined ? long : `-${letter}, ${long}`;
  return otherwise === undefined
    ? [names, ...values].join(" ")
    : `${names}[=${values.join(" ")}]`;
}

/** The words for a flag, such as `-b` and `--bind`, or `--compress` and `--no-compress`. */
export function flagWords({ letter, name, on }: Flag): readonly string[] {
  return [
    ...letter === undefined ? [] : [`-${letter}`],
    `--${name}`,
    ...on === true ? [`--no-${name}`] : [],
  ];
}

/** The environment variable of a flag, where its group has variables. */
export function flagVariable({ name, group }: Flag): string | undefined {
  return ENVIRONMENT_GROUPS.includes(group)
    ? `SERVE_${name.replaceAll("-", "_").toUpperCase()}`
    : undefined;
}
