/**
 * The rows of the server and of the program, in the table of flags.
 *
 * @module
 */

import { HELP_TOPICS, SHELLS, type UngroupedRow } from "./flag.ts";
import * as place from "./places.ts";
import * as read from "./values.ts";

/** Addresses and connections. */
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

  {
    name: "url-root",
    option: "urlRoot",
    values: ["PATH"],
    read: read.text,
    help: "serve it below PATH, such as /static",
  },
] as const satisfies readonly UngroupedRow[];

export const HTTPS_ROWS = [
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
] as const satisfies readonly UngroupedRow[];

export const ACCESS_ROWS = [
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
] as const satisfies readonly UngroupedRow[];

/** Records of requests. */
export const LOG_ROWS = [
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
] as const satisfies readonly UngroupedRow[];

/** A program that runs for months. */
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

/** What only prints something. */
export const PROGRAM_ROWS = [
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
] as const satisfies readonly UngroupedRow[];
