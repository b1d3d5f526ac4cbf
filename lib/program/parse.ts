/**
 * From the words of a command line to settings.
 *
 * @module
 */

import { type CgiSettings, parseCgi } from "./cgi.ts";
import { type AccessSettings, parseAccess } from "./cli_access.ts";
import { parseWhat, type WhatSettings } from "./cli_what.ts";
import { HELP_TOPICS, type Shell, SHELLS } from "./flag.ts";
import { type HttpsSettings, parseHttps } from "./https.ts";
import { type LimitSettings, parseLimits } from "./limits.ts";
import { type LogSettings, parseLog } from "./log.ts";
import { parsePositionals, type Positionals } from "./positionals.ts";
import {
  checkPlaces,
  checkTransport,
  parseWhere,
  type WhereSettings,
} from "./where.ts";
import {
  flag,
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
