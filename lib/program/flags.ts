/**
 * The one table of flags. A row says everything of a flag: the parser, the settings, the
 * environment of `deno serve`, `--help`, the manual page, the completions and the READMEs are
 * made from it. A new switch that is an option of the site is a row here, a property in
 * `lib/site/options.ts`, and its use.
 *
 * @module
 */

import { CGI_ROWS } from "./cgi_flags.ts";
import {
  type FlagRow,
  type Group,
  GROUPS,
  HELP_TOPICS,
  SHELLS,
  type UngroupedRow,
} from "./flag.ts";
import * as read from "./values.ts";

/** The rows, by groups. */
const ROWS = {
  Where: [
    {
      name: "bind",
      setting: "where.binds",
      letter: "b",
      values: ["ADDRESS"],
      read: read.each(read.parseBind),
      repeatable: true,
      choices: ["127.0.0.1", "0.0.0.0"],
      everyday: true,
      help: "address, HOST:PORT or unix:PATH; repeatable",
    },
    {
      name: "port-fallback",
      setting: "where.fallback",
      ...read.SWITCH,
      help: "take the next free port where one is in use",
    },
    {
      name: "protocol",
      option: "protocol",
      letter: "p",
      values: ["VERSION"],
      read: read.protocol,
      choices: ["HTTP/1.1", "HTTP/1.0"],
      help: "HTTP/1.1, or HTTP/1.0: close after an answer",
    },
    {
      name: "workers",
      setting: "workers",
      values: ["NUMBER"],
      read: read.workers,
      choices: ["auto"],
      help: "threads that serve, or auto: one a core",
    },
    {
      name: "max-connections",
      option: "maxConnections",
      values: ["NUMBER"],
      read: read.optional(read.count("1 or more")),
      help: "most connections at a time; more get 503",
    },
    {
      name: "header-timeout",
      setting: "limits.headerTimeout",
      values: ["SECONDS"],
      read: read.timeout,
      help: "time for the head of a request; default: 30",
    },
    {
      name: "idle-timeout",
      setting: "limits.idleTimeout",
      values: ["SECONDS"],
      read: read.timeout,
      help: "time between requests; default: 75",
    },
    {
      name: "stall-timeout",
      setting: "limits.stallTimeout",
      values: ["SECONDS"],
      read: read.timeout,
      help: "time without a byte of a message; default: 300",
    },
    {
      name: "max-requests",
      setting: "limits.maxRequests",
      values: ["NUMBER"],
      read: read.optional(read.count("1 or more")),
      help: "most requests of a connection",
    },
    {
      name: "open",
      setting: "open",
      ...read.SWITCH,
      everyday: true,
      help: "open the browser",
    },
    {
      name: "qr",
      setting: "qr",
      ...read.SWITCH,
      help: "show the address as a QR code",
    },
    {
      name: "url-root",
      option: "urlRoot",
      values: ["PATH"],
      read: read.text,
      help: "serve it below PATH, such as /static",
    },
  ],
  What: [
    {
      name: "directory",
      setting: "directory",
      letter: "d",
      values: ["DIR"],
      read: read.text,
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
      everyday: true,
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
      ...read.SWITCH,
      on: true,
      help: "compress text from 1 KiB up (on)",
    },
    {
      name: "sidecars",
      option: "sidecars",
      ...read.SWITCH,
      on: true,
      help: "serve name.br, .zst, .gz for name (on)",
    },
    {
      name: "dotfiles",
      option: "dotfiles",
      ...read.SWITCH,
      help: "serve names that begin with a dot, too",
    },
    {
      name: "follow-symlinks",
      option: "followSymlinks",
      ...read.SWITCH,
      help: "let symbolic links lead out of the directory",
    },
    {
      name: "merge-slashes",
      option: "mergeSlashes",
      ...read.SWITCH,
      help: "answer //a//b as /a/b, without a redirect",
    },
  ],
  HTTPS: [
    {
      name: "tls-cert",
      setting: "https.cert",
      values: ["FILE"],
      read: read.text,
      help: "certificate chain in PEM; serves HTTPS",
    },
    {
      name: "tls-key",
      setting: "https.key",
      values: ["FILE"],
      read: read.text,
      help: "its private key; default: in --tls-cert",
    },
    {
      name: "tls-password-file",
      setting: "https.passwordFile",
      values: ["FILE"],
      read: read.text,
      help: "file with the password of the key",
    },
    {
      name: "tls-self-signed",
      setting: "https.isSelfSigned",
      ...read.SWITCH,
      everyday: true,
      help: "make a certificate for this run",
    },
    {
      name: "redirect-http",
      setting: "https.redirectPort",
      values: ["PORT"],
      read: read.optional(read.redirectPort),
      help: "send those who come to PORT by HTTP to HTTPS",
    },
  ],
  Access: [
    {
      name: "basic-auth",
      setting: "access.users",
      values: ["USER:PASSWORD"],
      read: read.users,
      repeatable: true,
      help: "ask for a password; repeatable",
    },
    {
      name: "basic-auth-file",
      setting: "access.file",
      values: ["FILE"],
      read: read.text,
      help: "ask for users of an htpasswd file (bcrypt)",
    },
    {
      name: "trusted-proxy",
      setting: "access.proxies",
      values: ["CIDR"],
      read: read.networks,
      repeatable: true,
      help: "believe its Forwarded fields; repeatable",
    },
  ],
  CGI: CGI_ROWS,
  Log: [
    {
      name: "log-format",
      setting: "log.format",
      values: ["FORMAT"],
      read: read.logFormat,
      choices: ["http.server", "common", "combined", "json"],
      help: "http.server, common, combined, json, or %h %r…",
    },
    {
      name: "log-file",
      setting: "log.file",
      values: ["FILE"],
      read: read.text,
      help: "append the log to FILE; SIGHUP opens it anew",
    },
    {
      name: "quiet",
      setting: "log.quiet",
      ...read.SWITCH,
      letter: "q",
      help: "do not log requests",
    },
  ],
  Program: [
    {
      name: "completions",
      setting: "program.completions",
      values: ["SHELL"],
      read: read.optional(read.shell),
      choices: SHELLS,
      help: "print completions for bash, zsh or fish",
    },
    {
      name: "man",
      setting: "program.man",
      ...read.SWITCH,
      help: "print the manual page",
    },
    {
      name: "help",
      setting: "program.help",
      letter: "h",
      values: ["GROUP"],
      read: read.topic,
      otherwise: "",
      choices: HELP_TOPICS,
      help: "explain the flags of GROUP, or all",
    },
    {
      name: "version",
      setting: "program.version",
      ...read.SWITCH,
      help: "show the version",
    },
  ],
} as const satisfies Readonly<Record<Group, readonly UngroupedRow[]>>;

/** Any row, with the types of what it sets. */
export type AnyRow = typeof ROWS[Group][number];

/** All rows, in the order in which people read them. */
export const FLAG_TABLE: readonly FlagRow[] = GROUPS.flatMap((group) =>
  ROWS[group].map((row) => ({ ...row, group }))
);
