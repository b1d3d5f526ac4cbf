/**
 * The one table of flags: the parser, `--help`, the README and the environment of
 * `lib/fetch.ts` are made from it.
 *
 * @module
 */

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
  /** The heading it stands under. */
  readonly group: "Where" | "What" | "Program";
  /** What it does, for `--help` and for the README. */
  readonly help: string;
}

/** The name of a flag. */
export type FlagName = typeof FLAGS[number]["name"];

/** All flags, in the order in which people read them. */
export const FLAGS = [
  {
    name: "bind",
    letter: "b",
    values: ["ADDRESS"],
    group: "Where",
    help: "address to listen on; default: all, IPv4 and IPv6",
  },
  {
    name: "directory",
    letter: "d",
    values: ["DIR"],
    group: "What",
    help: "directory to serve; default: the current one",
  },
  {
    name: "header",
    letter: "H",
    values: ["NAME", "VALUE"],
    repeatable: true,
    group: "What",
    help: 'header to add; also "NAME: VALUE"; repeatable',
  },
  {
    name: "content-type",
    values: ["TYPE"],
    group: "What",
    help: "media type of files without a known extension",
  },
  {
    name: "dotfiles",
    values: [],
    group: "What",
    help: "serve names that begin with a dot, too",
  },
  {
    name: "follow-symlinks",
    values: [],
    group: "What",
    help: "let symbolic links lead out of the directory",
  },
  {
    name: "quiet",
    letter: "q",
    values: [],
    group: "Program",
    help: "do not log requests",
  },
  {
    name: "help",
    letter: "h",
    values: [],
    group: "Program",
    help: "show this help",
  },
  {
    name: "version",
    values: [],
    group: "Program",
    help: "show the version",
  },
] as const satisfies readonly Flag[];

/** The same table, with every optional column. */
export const FLAG_TABLE: readonly Flag[] = FLAGS;

/** The positional arguments, as shown to people. */
export const POSITIONALS = [
  ["port", "default: 8000; 0 for any free one"],
  ["directory", "the directory to serve, in place of -d"],
] as const;

/**
 * How a flag is written.
 *
 * @param flag The flag.
 * @returns Text such as `-b, --bind ADDRESS`.
 */
export function flagSyntax({ letter, name, values }: Flag): string {
  const names = letter === undefined ? `--${name}` : `-${letter}, --${name}`;
  return [names, ...values].join(" ");
}
