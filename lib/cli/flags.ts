/**
 * The one table of flags: the parser, `--help`, the README and the environment of
 * `lib/fetch.ts` are made from it.
 *
 * @module
 */

import type { Flag } from "./flag.ts";

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
    name: "cgi",
    values: [],
    group: "CGI",
    help: "run scripts in /cgi-bin and /htbin",
  },
  {
    name: "cgi-dir",
    values: ["DIR"],
    repeatable: true,
    group: "CGI",
    help: "run scripts in DIR, too; repeatable",
  },
  {
    name: "cgi-ext",
    values: [".EXT=PROGRAM,…"],
    repeatable: true,
    group: "CGI",
    help: "run files by extension, anywhere; repeatable",
  },
  {
    name: "cgi-env",
    values: ["NAME[=VALUE]"],
    repeatable: true,
    group: "CGI",
    help: "variable for scripts; without VALUE ours",
  },
  {
    name: "cgi-user",
    values: ["NAME"],
    group: "CGI",
    help: "user that scripts run as; for root: nobody",
  },
  {
    name: "cgi-authorization",
    values: [],
    group: "CGI",
    help: "tell scripts the Authorization field",
  },
  {
    name: "cgi-index-query",
    values: [],
    group: "CGI",
    help: "give a query without = as arguments",
  },
  {
    name: "cgi-compress",
    values: [],
    group: "CGI",
    help: "compress the text that scripts write",
  },
  {
    name: "cgi-timeout",
    values: ["SECONDS"],
    group: "CGI",
    help: "time for the header block; default: 30",
  },
  {
    name: "cgi-max-body",
    values: ["BYTES"],
    group: "CGI",
    help: "most content of a request; default: 1G",
  },
  {
    name: "cgi-max-processes",
    values: ["NUMBER"],
    group: "CGI",
    help: "most scripts at a time; default: 64",
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
