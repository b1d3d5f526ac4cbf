/**
 * The rows of uploads in the table of flags.
 *
 * @module
 */

import type { UngroupedRow } from "./flag.ts";
import * as read from "./values.ts";

/** The rows. */
export const UPLOAD_ROWS = [
  {
    name: "upload",
    setting: "upload.directory",
    values: ["DIR"],
    read: read.text,
    otherwise: ".",
    everyday: true,
    help: "receive files in DIR, below the directory",
  },
  {
    name: "upload-only",
    setting: "upload.only",
    ...read.SWITCH,
    help: "a drop box: nobody sees what is there",
  },
  {
    name: "upload-auth",
    setting: "upload.users",
    values: ["USER:PASSWORD"],
    read: read.users,
    repeatable: true,
    secret: true,
    help: "ask those who send for a password; repeatable",
  },
  {
    name: "on-duplicate",
    setting: "upload.onDuplicate",
    values: ["MODE"],
    read: read.onDuplicate,
    choices: ["rename", "refuse", "overwrite"],
    closed: true,
    help: "rename (default), refuse or overwrite",
  },
  {
    name: "upload-max",
    setting: "upload.maxFile",
    values: ["BYTES"],
    read: read.optional(read.bytes),
    help: "largest file, such as 2G; default: any size",
  },
  {
    name: "upload-total",
    setting: "upload.maxTotal",
    values: ["BYTES"],
    read: read.optional(read.bytes),
    help: "most that is received in all; default: any",
  },
  {
    name: "upload-keep-free",
    setting: "upload.keepFree",
    values: ["BYTES"],
    read: read.optional(read.bytesOrNone),
    help: "space that stays free; default: 256M",
  },
  {
    name: "upload-at-once",
    setting: "upload.maxAtOnce",
    values: ["NUMBER"],
    read: read.optional(read.count("1 or more, such as 32")),
    help: "most files at a time; default: 32",
  },
] as const satisfies readonly UngroupedRow[];
