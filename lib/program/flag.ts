/**
 * A flag of the command line: what the table of flags has of it, how it is written; and what was given for
 * the flags, and where: on the command line, by variables, in a file.
 *
 * @module
 */

import type { SiteOptions } from "../site/options.ts";

/** The headings under which flags stand, in the order in which people read them. */
export const GROUPS = [
  "Where",
  "What",
  "Site",
  "HTTPS",
  "Access",
  "Upload",
  "CGI",
  "Log",
  "Service",
  "Program",
] as const;

export type Group = typeof GROUPS[number];

/** Text below a heading, for what the rows leave unsaid. */
export const GROUP_NOTES: Readonly<Partial<Record<Group, string>>> = {
  What: "GLOB is of the path below the directory: * and ? stay in a segment, " +
    "** does not; the last rule that matches counts.",
  Site: "FILE is index.html by default.",
  Upload: "Any of these flags turns uploads on. " +
    "Nobody sees a file before it is complete.",
  CGI: "Scripts after RFC 3875. Any of these flags turns them on.",
  Service: "Every flag can stand in the file by its name, or be a variable " +
    "such as SERVE_PORT. A flag counts before a variable, that before the " +
    "file. --print-config shows what holds, --print-schema is for editors.",
};

/** Groups that a handler can do without listening: what `deno serve` has of them. */
export const HANDLER_GROUPS: readonly Group[] = [
  "What",
  "Site",
  "Access",
  "Upload",
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
  /** Whether the value must be one of the choices. */
  readonly closed?: boolean;
  /** Whether it holds from the start to the end: settings that are read again leave it as it was. */
  readonly fixed?: boolean;
  /** Whether no output may have the value in it. */
  readonly secret?: boolean;
  /** Makes the path in a value absolute; without it no path of the file system is in the value. */
  readonly locate?: (
    value: string,
    toAbsolute: (path: string) => string,
  ) => string;
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

/** Whether a flag is a setting: it can be a variable, too. The others only print something. */
export function isSetting({ group }: Flag): boolean {
  return group !== "Program";
}

/** Whether a file of settings can have it: it cannot name another file. */
export function isFileSetting(flag: Flag): boolean {
  return isSetting(flag) && flag.name !== "config";
}

/** Whether `true` and `false` say something of it in a file. */
export function takesBoolean({ values, otherwise, on }: Flag): boolean {
  return values.length === 0 || otherwise !== undefined || on === true;
}

/** What the names of all variables begin with. */
export const VARIABLE_PREFIX = "SERVE_";

/** The environment variable of a flag, where it has one. */
export function flagVariable(flag: Flag): string | undefined {
  const name = flag.name.replaceAll("-", "_").toUpperCase();
  return isSetting(flag) ? VARIABLE_PREFIX + name : undefined;
}

/** Where a value comes from: the command line, a variable by its name, or a line of a file. */
export type Source =
  | { readonly kind: "flag" }
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "file"; readonly place: string };

/** What was given for a flag. `undefined` stands for its default, which hides the layers below. */
export interface GivenValue {
  readonly given: Given;
  readonly source: Source;
}

/** What one source gives, by the names of flags. */
export type Layer = ReadonlyMap<string, GivenValue>;

/** What was given for each flag, by its name. */
export type GivenValues = Readonly<Record<string, Given>>;

/** The layers as one: the first that has a flag counts, also for a list as a whole. */
export function mergeLayers(layers: readonly Layer[]): Layer {
  return new Map(layers.toReversed().flatMap((layer) => [...layer]));
}

export function valuesOf(layer: Layer): GivenValues {
  return Object.fromEntries(
    [...layer].map(([name, { given }]) => [name, given]),
  );
}
