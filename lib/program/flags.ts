/**
 * The one table of flags. A row says everything of a flag: the parser, the settings, the
 * environment of `deno serve`, `--help`, the manual page, the completions and the READMEs are
 * made from it. A new switch that is an option of the site is a row here, a property in
 * `lib/site/options.ts`, and its use.
 *
 * @module
 */

import { ARCHIVE_ROWS } from "./archive_flags.ts";
import { CGI_ROWS } from "./cgi_flags.ts";
import {
  type FlagRow,
  type Group,
  GROUPS,
  HELP_TOPICS,
  SHELLS,
  type UngroupedRow,
} from "./flag.ts";
import { SERVICE_ROWS } from "./service_flags.ts";
import { SITE_ROWS } from "./site_flags.ts";
import { UPLOAD_ROWS } from "./upload_flags.ts";
import { WHERE_ROWS } from "./where_flags.ts";
import * as place from "./places.ts";
import * as read from "./values.ts";

/** The rows, by groups. */
const ROWS = {
  Where: WHERE_ROWS,
  What: [
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
    ...ARCHIVE_ROWS,
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
  ],
  Site: SITE_ROWS,
  HTTPS: [
    {
      name: "tls-cert",
      setting: "https.cert",
      values: ["FILE"],
      read: read.text,
      fixed: true,
      ...read.PATH,
      help: "certificate chain in PEM; serves HTTPS",
    },
    {
      name: "tls-key",
      setting: "https.key",
      values: ["FILE"],
      read: read.text,
      fixed: true,
      ...read.PATH,
      help: "its private key; default: in --tls-cert",
    },
    {
      name: "tls-password-file",
      setting: "https.passwordFile",
      values: ["FILE"],
      read: read.text,
      fixed: true,
      ...read.PATH,
      help: "file with the password of the key",
    },
    {
      name: "tls-self-signed",
      setting: "https.isSelfSigned",
      ...read.SWITCH,
      everyday: true,
      fixed: true,
      help: "make a certificate for this run",
    },
    {
      name: "redirect-http",
      setting: "https.redirectPort",
      values: ["PORT"],
      read: read.optional(place.redirectPort),
      fixed: true,
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
      secret: true,
      help: "ask for a password; repeatable",
    },
    {
      name: "basic-auth-file",
      setting: "access.file",
      values: ["FILE"],
      read: read.text,
      ...read.PATH,
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
  Upload: UPLOAD_ROWS,
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
      fixed: true,
      ...read.PATH,
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
  Service: SERVICE_ROWS,
  Program: [
    {
      name: "print-config",
      setting: "program.printConfig",
      ...read.SWITCH,
      help: "print the settings, and where each comes from",
    },
    {
      name: "print-schema",
      setting: "program.printSchema",
      ...read.SWITCH,
      help: "print the JSON Schema of --config",
    },
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
