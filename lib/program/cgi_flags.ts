/**
 * The rows of CGI in the table of flags.
 *
 * @module
 */

import { CANONICAL_NAMES } from "../site/scripts.ts";
import type { UngroupedRow } from "./flag.ts";
import * as read from "./values.ts";

/** The rows. */
export const CGI_ROWS = [
  {
    name: "cgi",
    setting: "cgi.isOn",
    ...read.SWITCH,
    everyday: true,
    help: "run scripts in /cgi-bin and /htbin",
  },
  {
    name: "cgi-dir",
    setting: "cgi.directories",
    values: ["DIR"],
    read: read.list,
    repeatable: true,
    help: "run scripts in DIR, too; repeatable",
  },
  {
    name: "cgi-ext",
    setting: "cgi.extensions",
    values: [".EXT=PROGRAM,…"],
    read: read.extensions,
    repeatable: true,
    help: "run files by extension, anywhere; repeatable",
  },
  {
    name: "cgi-env",
    setting: "cgi.environment",
    values: ["NAME[=VALUE]"],
    read: read.list,
    repeatable: true,
    secret: true,
    help: "variable for scripts; without VALUE ours",
  },
  {
    name: "cgi-user",
    setting: "cgi.user",
    values: ["NAME"],
    read: read.text,
    help: "user that scripts run as; for root: nobody",
  },
  {
    name: "cgi-authorization",
    setting: "cgi.authorization",
    ...read.SWITCH,
    help: "tell scripts the Authorization field",
  },
  {
    name: "cgi-index-query",
    setting: "cgi.indexQuery",
    ...read.SWITCH,
    help: "give a query without = as arguments",
  },
  {
    name: "cgi-canonical-name",
    setting: "cgi.canonicalName",
    values: ["SOURCE"],
    read: read.canonicalName,
    choices: CANONICAL_NAMES,
    closed: true,
    help: "SERVER_PORT from socket or host; default: socket",
  },
  {
    name: "cgi-compress",
    setting: "cgi.compress",
    ...read.SWITCH,
    help: "compress the text that scripts write",
  },
  {
    name: "cgi-timeout",
    setting: "cgi.timeout",
    values: ["SECONDS"],
    read: read.optional(read.milliseconds),
    help: "time for the header block; default: 30",
  },
  {
    name: "cgi-max-body",
    setting: "cgi.maxBody",
    values: ["BYTES"],
    read: read.optional(read.bytes),
    help: "most content of a request; default: 1G",
  },
  {
    name: "cgi-max-processes",
    setting: "cgi.maxProcesses",
    values: ["NUMBER"],
    read: read.optional(read.count("1 or more, such as 64")),
    help: "most scripts at a time; default: 64",
  },
] as const satisfies readonly UngroupedRow[];
