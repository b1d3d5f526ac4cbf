/**
 * The flags of addresses and processes.
 *
 * @module
 */

import type { Flag } from "./flag.ts";

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
