/**
 * The rows of `--share` in the table of flags.
 *
 * @module
 */

import type { UngroupedRow } from "./flag.ts";
import * as read from "./values.ts";

/** The rows. */
export const SHARE_ROWS = [
  {
    name: "share",
    setting: "share.isOn",
    ...read.SWITCH,
    everyday: true,
    fixed: true,
    help: "below a path that nobody can guess, with its QR code",
  },
  {
    name: "share-for",
    setting: "share.duration",
    values: ["TIME"],
    read: read.optional(read.duration),
    fixed: true,
    help: "end the share after TIME: 90s, 30m, 2h, 7d",
  },
  {
    name: "share-times",
    setting: "share.times",
    values: ["NUMBER"],
    read: read.optional(read.count("1 or more")),
    fixed: true,
    help: "end the share after NUMBER downloads",
  },
] as const satisfies readonly UngroupedRow[];
