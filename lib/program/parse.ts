/**
 * From the words of a command line to settings.
 *
 * The flags of what is served.
 *
 * The flags of who may ask.
 *
 * The flags of limits.
 *
 * @module
 */

import { compileNetworks } from "../http/address.ts";
import { checkedField, type Field } from "../http/field.ts";
import { type CgiSettings, parseCgi } from "./cgi.ts";
import { HELP_TOPICS, type Shell, SHELLS } from "./flag.ts";
import type { FlagName } from "./flags.ts";
import { type HttpsSettings, parseHttps } from "./https.ts";
import { type LogSettings, parseLog } from "./log.ts";
import {
  checkPlaces,
  checkTransport,
  parsePositionals,
  parseWhere,
  type Positionals,
  type WhereSettings,
} from "./where.ts";
import {
  flag,
  list,
  listed,
  readFlags,
  text,
  UsageError,
  type Values,
} from "./words.ts";

/** What the user wants served, and how. */
export interface Settings extends Positionals, WhatSettings, LimitSettings {
  /** Where to listen besides the port. */
  readonly where: WhereSettings;
  /** Whether, and how, TLS is spoken. */
  readonly https: HttpsSettings | undefined;
  /** Whether the browser is opened. */
  readonly open: boolean;
  /** Whether the address is shown as a QR code. */
  readonly qr: boolean;
  /** Whether, and how, scripts are run. */
  readonly cgi: CgiSettings | undefined;
  /** Who may ask. */
  readonly access: AccessSettings;
  /** What is logged, and where. */
  readonly log: LogSettings;
}

/** What a command line asks for. */
export type CommandLine =
  | { readonly kind: "serve"; readonly settings: Settings }
  /** The topic is empty for the first page. */
  | { readonly kind: "help"; readonly topic: string }
  | { readonly kind: "completions"; readonly shell: Shell }
  | { readonly kind: "man" }
  | { readonly kind: "version" }
  | { readonly kind: "invalid"; readonly message: string };

/**
 * Reads a command line. Who asks for help gets it, whatever else is wrong; the version,
 * the manual page and the completions come before anything is served.
 *
 * @param words The words after the program's name.
 * @returns What they ask for.
 */
export function parseCommandLine(words: readonly string[]): CommandLine {
  try {
    const topic = askedTopic(words);
    if (topic !== undefined) return { kind: "help", topic };
    const { _: positionals, ...values } = readFlags(words);
    const settings = () => toSettings(values, positionals.map(String));
    return toInformation(values) ?? { kind: "serve", settings: settings() };
  } catch (error) {
    if (error instanceof UsageError || error instanceof TypeError) {
      return { kind: "invalid", message: error.message };
    }
    throw error;
  }
}

/** What `--help` is asked about: behind `=`, or the next word that is no flag. */
function askedTopic(words: readonly string[]): string | undefined {
  const end = words.indexOf("--");
  const flags = end < 0 ? words : words.slice(0, end);
  const at = flags.findIndex((word) => /^(?:-h|--help)(?:=|$)/.test(word));
  if (at < 0) return undefined;
  const [, attached] = /=([^]*)$/.exec(flags[at] ?? "") ?? [];
  const next = flags[at + 1] ?? "";
  return toTopic(attached ?? (next.startsWith("-") ? "" : next));
}

function toTopic(word: string): string {
  const topic = word.toLowerCase();
  if (topic === "" || HELP_TOPICS.includes(topic)) return topic;
  throw new UsageError(`no help on "${word}", but on ${listed(HELP_TOPICS)}`);
}

/** What only prints something. */
function toInformation(values: Values): CommandLine | undefined {
  const help = values[flag("help")]; // in -hq
  if (help !== undefined) return { kind: "help", topic: toTopic(String(help)) };
  if (values[flag("version")] === true) return { kind: "version" };
  if (values[flag("man")] === true) return { kind: "man" };
  const word = text(values, "completions");
  if (word === undefined) return undefined;
  const shell = SHELLS.find((shell) => shell === word.toLowerCase());
  if (shell !== undefined) return { kind: "completions", shell };
  throw new UsageError(
    `no completions for "${word}", but for ${listed(SHELLS)}`,
  );
}

function toSettings(values: Values, positionals: readonly string[]): Settings {
  const where = parseWhere(values);
  const https = parseHttps(values);
  const limits = parseLimits(values);
  const { port, directory } = parsePositionals(
    positionals,
    text(values, "directory"),
  );
  checkTransport(where, https !== undefined, limits.workers !== 1);
  checkPlaces(where, port);
  return {
    port,
    directory,
    where,
    https,
    open: values[flag("open")] === true,
    qr: values[flag("qr")] === true,
    access: parseAccess(values),
    log: parseLog(values),
    cgi: parseCgi(values),
    ...parseWhat(values),
    ...limits,
  };
}

/** What of the directory is served, and with which fields. */
export interface WhatSettings {
  /** The fields to add, each with the glob of the paths that it is for, where there is one. */
  readonly headers: readonly ByPath<Field>[];
  /** Values of Cache-Control, likewise. */
  readonly cacheControl: readonly ByPath<string>[];
  /** Directories below the root in which hashed names never change. */
  readonly immutable: readonly string[];
  /** Globs of the paths that have no entity tag. */
  readonly noEtag: readonly string[];
  /** Which other origins may read. */
  readonly cors: boolean | readonly string[];
  /** Whether pages are isolated. */
  readonly isolate: boolean;
  /** Whether text is compressed. */
  readonly compress: boolean;
  /** Whether coded files answer for those next to them. */
  readonly sidecars: boolean;
  /** The media type of what has no known extension, where one was given. */
  readonly contentType: string | undefined;
  /** Where the directory is in URLs, where that was said. */
  readonly urlRoot: string | undefined;
  /** The version of HTTP, where one was given; it is not checked yet. */
  readonly protocol: string | undefined;
  /** Whether names that begin with a dot are served. */
  readonly dotfiles: boolean;
  /** Whether links may lead out of the directory. */
  readonly followSymlinks: boolean;
}

/** Something for the paths that a glob matches, or for all. */
export interface ByPath<T> {
  /** The glob, which begins with a slash. */
  readonly glob: string | undefined;
  /** What is for them. */
  readonly value: T;
}

/** A glob and an equals sign: what begins with a slash, or has one before any colon or space. */
const GLOB_REGEXP = /^(\/[^=]*|[^=:\s]*\/[^=:\s]*)=([^]*)$/;

/**
 * Reads the flags of what is served.
 *
 * @param values The values of all flags.
 * @returns What they ask for.
 * @throws {UsageError} When a value is not of its kind.
 * @throws {TypeError} When a field may not be added.
 */
export function parseWhat(values: Values): WhatSettings {
  const isOn = (name: FlagName) => values[flag(name)] === true;
  return {
    headers: list(values, "header").map(byPath).map(toField),
    cacheControl: list(values, "cache-control").map(byPath),
    immutable: list(values, "immutable"),
    noEtag: globs(values, "no-etag"),
    cors: toOrigins(text(values, "cors")),
    contentType: text(values, "content-type"),
    urlRoot: text(values, "url-root"),
    protocol: text(values, "protocol"),
    isolate: isOn("isolate"),
    compress: isOn("compress"),
    sidecars: isOn("sidecars"),
    dotfiles: isOn("dotfiles"),
    followSymlinks: isOn("follow-symlinks"),
  };
}

/** A glob has a slash, which no name and no directive has. */
function byPath(text: string): ByPath<string> {
  const [, glob, value = ""] = GLOB_REGEXP.exec(text) ?? [];
  return glob === undefined ? { glob, value: text } : { glob, value };
}

/** Behind an equals sign nothing may be forgotten: no glob would be none, and not all. */
function globs(values: Values, name: FlagName): readonly string[] {
  const globs = list(values, name);
  if (globs.includes("")) throw new UsageError(`--${name} needs a value`);
  return globs;
}

function toOrigins(text: string | undefined): boolean | readonly string[] {
  if (text === undefined) return false;
  return text === "*" ? true : text.split(",").map((origin) => origin.trim());
}

function toField({ glob, value }: ByPath<string>): ByPath<Field> {
  const colon = value.indexOf(":");
  if (colon < 0) {
    throw new UsageError(`--header needs "NAME: VALUE", not "${value}"`);
  }
  const name = value.slice(0, colon).trim();
  return { glob, value: checkedField(name, value.slice(colon + 1)) };
}

/** What the user wants of who may ask. */
export interface AccessSettings {
  /** Passwords by the names of users; `undefined` when no flag has any. */
  readonly users: Readonly<Record<string, string>> | undefined;
  /** The file of users, where there is one. */
  readonly file: string | undefined;
  /** The proxies that are believed. */
  readonly proxies: readonly string[];
}

/** Only this machine reaches it. */
const LOCAL_REGEXP = /^(?:127\.|::1$|localhost$|unix:|\/)/;

/**
 * Reads the flags of who may ask.
 *
 * @param values The values of all flags.
 * @returns What they ask for.
 * @throws {UsageError} When a value is not of its kind. No password is in its message.
 * @throws {TypeError} When a network cannot be read.
 */
export function parseAccess(values: Values): AccessSettings {
  const pairs = list(values, "basic-auth").map(toPair);
  const file = text(values, "basic-auth-file");
  const proxies = list(values, "trusted-proxy")
    .flatMap((text) => text.split(",").map((network) => network.trim()));
  compileNetworks(proxies);
  return {
    users: pairs.length === 0 ? undefined : Object.fromEntries(pairs),
    file,
    proxies,
  };
}

/** The first colon ends the name; a password may have others. */
function toPair(text: string, index: number): [string, string] {
  const colon = text.indexOf(":");
  const [user, password] = [
    text.slice(0, Math.max(colon, 0)),
    text.slice(colon + 1),
  ];
  if (colon > 0 && password !== "" && !/\p{Cc}/u.test(text)) {
    return [user, password];
  }
  const which = index === 0 ? "" : ` (number ${index + 1})`;
  throw new UsageError(`--basic-auth${which} needs USER:PASSWORD`);
}

/**
 * What to say at the start to somebody whose passwords everybody can read on the way.
 *
 * @param settings What the user said.
 * @param addresses The addresses that are bound.
 * @param isEncrypted Whether TLS is spoken.
 * @returns A line, or `undefined`.
 */
export function passwordNotice(
  { users, file }: AccessSettings,
  addresses: readonly string[],
  isEncrypted: boolean,
): string | undefined {
  const asks = users !== undefined || file !== undefined;
  const isReached = addresses.some((address) => !LOCAL_REGEXP.test(address));
  return asks && isReached && !isEncrypted
    ? "Passwords are sent readable by all on the way: use TLS, or -b 127.0.0.1"
    : undefined;
}

/** How much the user wants done at a time. */
export interface LimitSettings {
  /** The most requests that are answered at a time, where there is such a number. */
  readonly maxConnections: number | undefined;
  /** How many threads serve; 1 for none besides the first. */
  readonly workers: number | "auto";
}

/** More would only wait for each other. */
const MAX_WORKERS = 256;

/**
 * Reads the flags of limits.
 *
 * @param values The values of all flags.
 * @returns What they ask for.
 * @throws {UsageError} When a value is not of its kind.
 */
export function parseLimits(values: Values): LimitSettings {
  const most = text(values, "max-connections");
  const workers = text(values, "workers") ?? "1";
  return {
    maxConnections: most === undefined ? undefined : toCount(
      most,
      Number.MAX_SAFE_INTEGER,
      "--max-connections",
      "1 or more",
    ),
    workers: workers === "auto" ? workers : toCount(
      workers,
      MAX_WORKERS,
      "--workers",
      `1 to ${MAX_WORKERS}, or auto`,
    ),
  };
}

function toCount(
  value: string,
  most: number,
  name: string,
  expected: string,
): number {
  const count = Number(value);
  if (/^\d+$/.test(value) && count > 0 && count <= most) return count;
  throw new UsageError(`${name} needs ${expected}, not "${value}"`);
}
