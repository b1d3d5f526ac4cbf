/**
 * The flags of scripts (RFC 3875).
 *
 * @module
 */

import type { Flag } from "./flag.ts";

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
