/**
 * The flags of what is served.
 *
 * @module
 */

import type { Flag } from "./flag.ts";

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
