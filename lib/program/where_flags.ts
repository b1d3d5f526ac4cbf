/**
 * The rows of addresses and connections, in the table of flags.
 *
 * @module
 */

import type { UngroupedRow } from "./flag.ts";
import { SHARE_ROWS } from "./share_flags.ts";
import * as place from "./places.ts";
import * as read from "./values.ts";

/** The rows. */
export const WHERE_ROWS = [
  {
    name: "port",
    setting: "port",
    values: ["PORT"],
    read: place.port,
    fixed: true,
    help: "port to listen on; default: 8000; 0: any free one",
  },
  {
    name: "bind",
    setting: "where.binds",
    letter: "b",
    values: ["ADDRESS"],
    read: read.each(place.parseBind),
    repeatable: true,
    choices: ["127.0.0.1", "0.0.0.0"],
    everyday: true,
    fixed: true,
    locate: place.locateBind,
    help: "address, HOST:PORT or unix:PATH; repeatable",
  },
  {
    name: "port-fallback",
    setting: "where.fallback",
    ...read.SWITCH,
    fixed: true,
    help: "take the next free port where one is in use",
  },
  {
    name: "protocol",
    option: "protocol",
    letter: "p",
    values: ["VERSION"],
    read: read.protocol,
    choices: ["HTTP/1.1", "HTTP/1.0"],
    closed: true,
    help: "HTTP/1.1, or HTTP/1.0: close after an answer",
  },
  {
    name: "workers",
    setting: "workers",
    values: ["NUMBER"],
    read: read.workers,
    choices: ["auto"],
    fixed: true,
    help: "threads that serve, or auto: one a core",
  },
  {
    name: "max-connections",
    option: "maxConnections",
    values: ["NUMBER"],
    read: read.optional(read.count("1 or more")),
    fixed: true,
    help: "most connections at a time; more get 503",
  },
  {
    name: "header-timeout",
    setting: "limits.headerTimeout",
    values: ["SECONDS"],
    read: read.timeout,
    fixed: true,
    help: "time for the head of a request; default: 30",
  },
  {
    name: "idle-timeout",
    setting: "limits.idleTimeout",
    values: ["SECONDS"],
    read: read.timeout,
    fixed: true,
    help: "time between requests; default: 75",
  },
  {
    name: "stall-timeout",
    setting: "limits.stallTimeout",
    values: ["SECONDS"],
    read: read.timeout,
    fixed: true,
    help: "time without a byte of a message; default: 300",
  },
  {
    name: "max-requests",
    setting: "limits.maxRequests",
    values: ["NUMBER"],
    read: read.optional(read.count("1 or more")),
    fixed: true,
    help: "most requests of a connection",
  },
  {
    name: "open",
    setting: "open",
    ...read.SWITCH,
    everyday: true,
    fixed: true,
    help: "open the browser",
  },
  {
    name: "qr",
    setting: "qr",
    ...read.SWITCH,
    fixed: true,
    help: "show the address as a QR code",
  },
  ...SHARE_ROWS,
  {
    name: "url-root",
    option: "urlRoot",
    values: ["PATH"],
    read: read.text,
    help: "serve it below PATH, such as /static",
  },
] as const satisfies readonly UngroupedRow[];
