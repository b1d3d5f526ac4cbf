/**
 * From the words of a command line to settings.
 *
 * @module
 */

import { checkedField, type Field } from "../http/field.ts";
import { type CgiSettings, parseCgi } from "./cgi.ts";
import { type HttpsSettings, parseHttps } from "./https.ts";
import {
  flag,
  list,
  readFlags,
  text,
  UsageError,
  type Values,
} from "./words.ts";
import { HELP_TOPICS, type Shell, SHELLS } from "./flag.ts";
import type { FlagName } from "./flags/mod.ts";

/** What the user wants served, and how. */
export interface Settings {
  /** The port; 0 for any free one. */
  readonly port: number;
  /** The directory as the user wrote it. */
  readonly directory: string;
  /** Whether the directory was written behind a port, where it may just as well be a slip. */
  readonly afterPort: boolean;
  /** The address to listen on, where one was given. */
  readonly bind: string | undefined;
  /** The fields to add, each with the glob of the paths that it is for, where there is one. */
  readonly headers: readonly ByPath<Field>[];
  /** Values of Cache-Control, likewise. */
  readonly cacheControl: readonly ByPath<string>[];
  /** Directories below the root in which hashed names never change. */
  readonly immutable: readonly string[];
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
  /** Whether, and how, TLS is spoken. */
  readonly https: HttpsSettings | undefined;
  /** Whether the browser is opened. */
  readonly open: boolean;
  /** Whether the address is shown as a QR code. */
  readonly qr: boolean;
  /** Whether, and how, scripts are run. */
  readonly cgi: CgiSettings | undefined;
  /** Whether requests are not logged. */
  readonly quiet: boolean;
}

/** Something for the paths that a glob matches, or for all. */
export interface ByPath<T> {
  /** The glob, which begins with a slash. */
  readonly glob: string | undefined;
  /** What is for them. */
  readonly value: T;
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

const DEFAULT_PORT = 8000;
/** A glob and an equals sign: what begins with a slash, or has one before any colon or space. */
const GLOB_REGEXP = /^(\/[^=]*|[^=:\s]*\/[^=:\s]*)=([^]*)$/;

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

/** Alternatives, such as `a, b or c`. */
function listed(words: readonly string[]): string {
  return words.join(", ").replace(/, ([^,]*)$/, " or $1");
}

function toSettings(values: Values, positionals: readonly string[]): Settings {
  if (positionals.includes("")) throw new UsageError("an argument is empty");
  const ports = positionals.filter(isNumber);
  const directories = positionals.filter((word) => !isNumber(word));
  // A second number can only be meant as the directory.
  if (ports.length === 2) directories.push(...ports.splice(1));
  const [port] = ports;
  const [directory] = directories;
  const named = text(values, "directory");
  if (positionals.length > 2 || directories.length > 1) {
    throw new UsageError(`too many arguments: ${quoted(positionals)}`);
  }
  if (named !== undefined && directory !== undefined) {
    throw new UsageError(`two directories: ${quoted([named, directory])}`);
  }
  return {
    port: port === undefined ? DEFAULT_PORT : toPort(port),
    directory: named ?? directory ?? ".",
    afterPort: port !== undefined && directory !== undefined,
    bind: list(values, "bind").at(-1)?.replace(/^\[(.*)\]$/, "$1"),
    contentType: text(values, "content-type"),
    urlRoot: text(values, "url-root"),
    protocol: text(values, "protocol"),
    quiet: values[flag("quiet")] === true,
    https: parseHttps(values),
    open: values[flag("open")] === true,
    qr: values[flag("qr")] === true,
    cgi: parseCgi(values),
    ...toSiteSettings(values),
  };
}

function toSiteSettings(values: Values) {
  const isOn = (name: FlagName) => values[flag(name)] === true;
  return {
    headers: list(values, "header").map(byPath).map(toField),
    cacheControl: list(values, "cache-control").map(byPath),
    immutable: list(values, "immutable"),
    cors: toOrigins(text(values, "cors")),
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

function isNumber(word: string): boolean {
  return /^\d+$/.test(word);
}

function toPort(word: string): number {
  if (+word <= 65_535) return +word;
  throw new UsageError(`bad port ${word}: expected 0 to 65535`);
}

function quoted(words: readonly string[]): string {
  return words.map((word) => `"${word}"`).join(", ");
}
