/**
 * The rows of archives in the table of flags.
 *
 * @module
 */

import type { UngroupedRow } from "./flag.ts";
import * as read from "./values.ts";

/** The rows. */
export const ARCHIVE_ROWS = [
  {
    name: "archive",
    setting: "archive.isOn",
    ...read.SWITCH_ON,
    help: "send folders as zip or tar: ?archive=zip (on)",
  },
  {
    name: "archive-max-entries",
    setting: "archive.maxEntries",
    values: ["NUMBER"],
    read: read.optional(read.count("1 or more, such as 1000")),
    help: "most entries of an archive; default: 100000",
  },
  {
    name: "archive-max-bytes",
    setting: "archive.maxBytes",
    values: ["BYTES"],
    read: read.optional(read.bytes),
    help: "most bytes of files in one; default: any number",
  },
] as const satisfies readonly UngroupedRow[];
