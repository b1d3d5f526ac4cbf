/**
 * The flags of addresses and processes.
 *
 * The flags of what is served.
 *
 * The flags of who may ask.
 *
 * The flags of scripts (RFC 3875).
 *
 * The flags of TLS.
 *
 * The flags of the log.
 *
 * The flags of the program itself.
 *
 * The one table of flags: the parser, `--help`, the README, the completions, the manual
 * page and the environment of `lib/program/fetch.ts` are made from it.
 *
 * @module
 */

import { type Flag, HELP_TOPICS, SHELLS } from "./flag.ts";

/** The rows. */
export const WHERE_FLAGS = [
  {
    name: "bind",
    letter: "b",
    values: ["ADDRESS"],
    repeatable: true,
    choices: ["127.0.0.1", "0.0.0.0"],
    everyday: true,
    group: "Where",
    help: "address, HOST:PORT or unix:PATH; repeatable",
  },
  {
    name: "port-fallback",
    values: [],
    group: "Where",
    help: "take the next free port where one is in use",
  },
  {
    name: "protocol",
    letter: "p",
    values: ["VERSION"],
    choices: ["HTTP/1.1", "HTTP/1.0"],
    group: "Where",
    help: "HTTP/1.1, or HTTP/1.0: close after an answer",
  },
  {
    name: "workers",
    values: ["NUMBER"],
    choices: ["auto"],
    group: "Where",
    help: "threads that serve, or auto: one a core",
  },
  {
    name: "max-connections",
    values: ["NUMBER"],
    group: "Where",
    help: "most requests at a time; more get 503",
  },
  {
    name: "open",
    values: [],
    everyday: true,
    group: "Where",
    help: "open the browser",
  },
  {
    name: "qr",
    values: [],
    group: "Where",
    help: "show the address as a QR code",
  },
] as const satisfies readonly Flag[];

/** The rows. */
export const WHAT_FLAGS = [
  {
    name: "directory",
    letter: "d",
    values: ["DIR"],
    group: "What",
    help: "directory to serve; default: the current one",
  },
  {
    name: "url-root",
    values: ["PATH"],
    group: "What",
    help: "serve it below PATH, such as /static",
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
    name: "no-etag",
    values: ["GLOB"],
    otherwise: "/**",
    repeatable: true,
    group: "What",
    help: "send no ETag; default: for all; repeatable",
  },
  {
    name: "content-type",
    values: ["TYPE"],
    group: "What",
    help: "media type of files without a known extension",
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
    everyday: true,
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
] as const satisfies readonly Flag[];

/** The rows. */
export const ACCESS_FLAGS = [
  {
    name: "basic-auth",
    values: ["USER:PASSWORD"],
    repeatable: true,
    group: "Access",
    help: "ask for a password; repeatable",
  },
  {
    name: "basic-auth-file",
    values: ["FILE"],
    group: "Access",
    help: "ask for users of an htpasswd file (bcrypt)",
  },
  {
    name: "trusted-proxy",
    values: ["CIDR"],
    repeatable: true,
    group: "Access",
    help: "believe its Forwarded fields; repeatable",
  },
] as const satisfies readonly Flag[];

/** The rows. */
export const CGI_FLAGS = [
  {
    name: "cgi",
    values: [],
    everyday: true,
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
] as const satisfies readonly Flag[];

/** The rows. */
export const HTTPS_FLAGS = [
  {
    name: "tls-cert",
    values: ["FILE"],
    group: "HTTPS",
    help: "certificate chain in PEM; serves HTTPS",
  },
  {
    name: "tls-key",
    values: ["FILE"],
    group: "HTTPS",
    help: "its private key; default: in --tls-cert",
  },
  {
    name: "tls-password-file",
    values: ["FILE"],
    group: "HTTPS",
    help: "file with the password of the key",
  },
  {
    name: "tls-self-signed",
    values: [],
    everyday: true,
    group: "HTTPS",
    help: "make a certificate for this run",
  },
  {
    name: "redirect-http",
    values: ["PORT"],
    group: "HTTPS",
    help: "send those who come to PORT by HTTP to HTTPS",
  },
] as const satisfies readonly Flag[];

/** The rows. */
export const LOG_FLAGS = [
  {
    name: "log-format",
    values: ["FORMAT"],
    choices: ["http.server", "common", "combined", "json"],
    group: "Log",
    help: "http.server, common, combined, json, or %h %r…",
  },
  {
    name: "log-file",
    values: ["FILE"],
    group: "Log",
    help: "append the log to FILE; SIGHUP opens it anew",
  },
  {
    name: "quiet",
    letter: "q",
    values: [],
    everyday: true,
    group: "Log",
    help: "do not log requests",
  },
] as const satisfies readonly Flag[];

/** The rows. */
export const PROGRAM_FLAGS = [
  {
    name: "completions",
    values: ["SHELL"],
    choices: SHELLS,
    group: "Program",
    help: "print completions for bash, zsh or fish",
  },
  {
    name: "man",
    values: [],
    group: "Program",
    help: "print the manual page",
  },
  {
    name: "help",
    letter: "h",
    values: ["GROUP"],
    otherwise: "",
    choices: HELP_TOPICS,
    group: "Program",
    help: "explain the flags of GROUP, or all",
  },
  {
    name: "version",
    values: [],
    group: "Program",
    help: "show the version",
  },
] as const satisfies readonly Flag[];

/** The name of a flag. */
export type FlagName = typeof FLAGS[number]["name"];

/** All flags, in the order in which people read them. */
const FLAGS = [
  ...WHERE_FLAGS,
  ...WHAT_FLAGS,
  ...HTTPS_FLAGS,
  ...ACCESS_FLAGS,
  ...CGI_FLAGS,
  ...LOG_FLAGS,
  ...PROGRAM_FLAGS,
] as const;

/** The same table, with every optional column. */
export const FLAG_TABLE: readonly Flag[] = FLAGS;

/** The positional arguments, as shown to people. */
export const POSITIONALS = [
  ["port", "default: 8000; 0 for any free one"],
  ["directory", "default: the current one; also -d DIR"],
] as const;
