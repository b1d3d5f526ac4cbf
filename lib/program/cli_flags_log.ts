/**
 * The flags of the log.
 *
 * @module
 */

import type { Flag } from "./flag.ts";

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
