/**
 * The rows of what is served, in the table of flags.
 *
 * @module
 */

import { CANONICAL_NAMES } from "../site/scripts.ts";
import type { UngroupedRow } from "./flag.ts";
import * as read from "./values.ts";

/** Files, their fields and their directories. */
export const WHAT_ROWS = [
  {
    name: "directory",
    setting: "directory",
    letter: "d",
    values: ["DIR"],
    read: read.directory,
    ...read.PATH,
    help: "directory or file to serve; default: here",
  },
  {
    name: "header",
    setting: "headers",
    letter: "H",
    values: ["NAME", "VALUE"],
    read: read.each(read.fieldByPath),
    repeatable: true,
    help: 'header to add; also "[GLOB=]NAME: VALUE"',
  },
  {
    name: "cache-control",
    setting: "cacheControl",
    values: ["[GLOB=]VALUE"],
    read: read.each(read.byPath),
    repeatable: true,
    help: "Cache-Control; default: no-cache; repeatable",
  },
  {
    name: "no-etag",
    option: "noEtag",
    values: ["GLOB"],
    read: read.each(read.glob),
    otherwise: "/**",
    repeatable: true,
    help: "send no ETag; default: for all; repeatable",
  },
  {
    name: "content-type",
    setting: "contentType",
    values: ["TYPE"],
    read: read.text,
    help: "media type of files without a known extension",
  },
  {
    name: "immutable",
    option: "immutable",
    values: ["DIR"],
    read: read.list,
    repeatable: true,
    help: "hashed names in DIR never change; repeatable",
  },
  {
    name: "cors",
    option: "cors",
    values: ["ORIGIN,…"],
    read: read.origins,
    otherwise: "*",
    help: "let other origins read; default: all",
  },
  {
    name: "isolate",
    option: "isolate",
    ...read.SWITCH,
    help: "isolate pages, for SharedArrayBuffer and threads",
  },
  {
    name: "compress",
    option: "compress",
    ...read.SWITCH_ON,
    help: "compress text from 1 KiB up (on)",
  },
  {
    name: "sidecars",
    option: "sidecars",
    ...read.SWITCH_ON,
    help: "serve name.br, .zst, .gz for name (on)",
  },
  {
    name: "listing",
    option: "listing",
    values: ["MODE"],
    read: read.listing,
    on: true,
    choices: ["page", "plain", "none"],
    closed: true,
    help: "list directories: page (default), plain or none",
  },
  {
    name: "readme",
    option: "readme",
    ...read.SWITCH_ON,
    help: "show a directory's README below its list (on)",
  },
  {
    name: "dotfiles",
    option: "dotfiles",
    ...read.SWITCH,
    help: "serve names that begin with a dot, too",
  },
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

  {
    name: "follow-symlinks",
    option: "followSymlinks",
    ...read.SWITCH,
    // Deno has given back the permission to read what lies outside.
    fixed: true,
    help: "let symbolic links lead out of the directory",
  },
  {
    name: "merge-slashes",
    option: "mergeSlashes",
    ...read.SWITCH,
    help: "answer //a//b as /a/b, without a redirect",
  },
] as const satisfies readonly UngroupedRow[];

/** How URLs lead to pages. */
export const SITE_ROWS = [
  {
    name: "spa",
    option: "spa",
    values: ["FILE"],
    read: read.spa,
    otherwise: "index.html",
    help: "answer navigations to what is missing with FILE",
  },
  {
    name: "clean-urls",
    option: "cleanUrls",
    ...read.SWITCH,
    help: "/about is about.html, and /about.html leads there",
  },
  {
    name: "trailing-slash",
    option: "trailingSlash",
    values: ["WHEN"],
    read: read.trailingSlash,
    choices: ["always", "never", "keep"],
    closed: true,
    help: "in URLs of pages: always, never or keep (default)",
  },
  {
    name: "host-files",
    option: "hostFiles",
    values: ["HOST"],
    read: read.hostFiles,
    choices: ["netlify", "cloudflare"],
    closed: true,
    help: "obey _redirects and _headers as netlify or cloudflare",
  },
  {
    name: "reload",
    setting: "reload",
    ...read.SWITCH,
    fixed: true,
    help: "reload pages in browsers when a file changes",
  },
] as const satisfies readonly UngroupedRow[];

/** What is received. */
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
