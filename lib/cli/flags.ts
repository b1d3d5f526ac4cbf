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
  /** Whether it is a switch that is on, and that `--no-` turns off. */
  readonly on?: boolean;
  /** What it stands for when its value, which then follows an equals sign, is left out. */
  readonly otherwise?: string;
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
    help: "address to listen on; default: all of them",
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
    help: 'header to add; also "[GLOB=]NAME: VALUE"',
  },
  {
    name: "cache-control",
    values: ["[GLOB=]VALUE"],
    repeatable: true,
    group: "What",
    help: "Cache-Control; default: no-cache; repeatable",
  },
  {
    name: "immutable",
    values: ["DIR"],
    repeatable: true,
    group: "What",
    help: "hashed names in DIR never change; repeatable",
  },
  {
    name: "cors",
    values: ["ORIGIN,…"],
    otherwise: "*",
    group: "What",
    help: "let other origins read; default: all",
  },
  {
    name: "isolate",
    values: [],
    group: "What",
    help: "isolate pages, for SharedArrayBuffer and threads",
  },
  {
    name: "compress",
    values: [],
    on: true,
    group: "What",
    help: "compress text from 1 KiB up (on)",
  },
  {
    name: "sidecars",
    values: [],
    on: true,
    group: "What",
    help: "serve name.br, .zst, .gz for name (on)",
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
export function flagSyntax(
  { letter, name, values, on, otherwise }: Flag,
): string {
  const long = on === true ? `--[no-]${name}` : `--${name}`;
  if (otherwise !== undefined) return `${long}[=${values.join(" ")}]`;
  const names = letter === undefined ? long : `-${letter}, ${long}`;
  return [names, ...values].join(" ");
}
