/**
 * The rows of a program that runs for months, in the table of flags.
 *
 * @module
 */

import type { UngroupedRow } from "./flag.ts";
import * as place from "./places.ts";
import * as read from "./values.ts";

/** The rows. */
export const SERVICE_ROWS = [
  {
    name: "config",
    setting: "config",
    values: ["FILE"],
    read: read.text,
    fixed: true,
    ...read.PATH,
    help: "read flags from FILE (JSON); SIGHUP reads it again",
  },
  {
    name: "admin",
    setting: "admin",
    values: ["ADDRESS"],
    read: read.optional(place.parseBind),
    otherwise: "127.0.0.1:9464",
    fixed: true,
    locate: place.locateBind,
    help: "answer /health, /metrics; default: 127.0.0.1:9464",
  },
] as const satisfies readonly UngroupedRow[];
