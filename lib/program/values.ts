/**
 * How the values of flags are read and checked. A message names the flag, and never has a
 * password in it.
 *
 * @module
 */

import { compileNetworks } from "../http/address.ts";
import type { Field } from "../http/field.ts";
import { EVERYWHERE } from "../http/glob.ts";
import { checkedFieldFor } from "../http/metadata.ts";
import { createLogFormat } from "../log/format.ts";
import type {
  CgiOptions,
  SiteOptions,
  UploadOptions,
} from "../site/options.ts";
import { toCorsPolicy } from "../site/site.ts";
import { foreignAdvice } from "./foreign.ts";
import {
  type Given,
  HELP_TOPICS,
  type Read,
  type Shell,
  SHELLS,
} from "./flag.ts";

/** A slip of the user, told in one line. */
export class UsageError extends Error {}

/** The message for what the user has got wrong; throws again what is no such thing. */
export function messageOf(error: unknown): string {
  if (error instanceof UsageError || error instanceof TypeError) {
    return error.message;
  }
  throw error;
}

type ReadValue<T> = (value: string, name: string) => T;

/** The columns of a switch. */
export const SWITCH = {
  values: [],
  read: (given: Given): boolean => given === true,
} as const;

/** The columns of a switch that is on. */
export const SWITCH_ON = {
  values: [],
  on: true,
  read: (given: Given): boolean => given !== false,
} as const;

/** The column of a value that is a path of the file system. */
export const PATH = {
  locate: (value: string, toAbsolute: (path: string) => string): string =>
    toAbsolute(value),
} as const;

/** One value, which is not empty. */
export const text: Read<string | undefined> = (given, name) => {
  if (given === "") throw new UsageError(`--${name} needs a value`);
  return given === undefined ? undefined : String(given);
};

export const list: Read<readonly string[]> = (given) =>
  Array.isArray(given) ? given : [];

/** One value, where it was given. */
export function optional<T>(read: ReadValue<T>): Read<T | undefined> {
  return (given, name) => {
    const value = text(given, name);
    return value === undefined ? undefined : read(value, name);
  };
}

/** One value, or its default. */
export function withDefault<T>(fallback: T, read: ReadValue<T>): Read<T> {
  return (given, name) => optional(read)(given, name) ?? fallback;
}

export function each<T>(read: ReadValue<T>): Read<readonly T[]> {
  return (given, name) => list(given, name).map((value) => read(value, name));
}

/** The directory, or the file, as the user wrote it. */
export const directory: Read<string> = withDefault(".", (value) => value);

export function isNumber(word: string): boolean {
  return /^\d+$/.test(word);
}

/** A number from 1 to `most`. */
export function count(
  expected: string,
  most = Number.MAX_SAFE_INTEGER,
): ReadValue<number> {
  return (value, name) => {
    const number = Number(value);
    if (isNumber(value) && number > 0 && number <= most) return number;
    throw new UsageError(`--${name} needs ${expected}, not "${value}"`);
  };
}

/** More would only wait for each other. */
const MAX_WORKERS = 256;

/** A number of threads, or one for each core. */
export const workers = withDefault<number | "auto">(
  1,
  (value, name) =>
    value === "auto"
      ? value
      : count(`1 to ${MAX_WORKERS}, or auto`, MAX_WORKERS)(value, name),
);

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  K: 1024,
  M: 1024 ** 2,
  G: 1024 ** 3,
};

const SECOND_UNITS: Readonly<Record<string, number>> = {
  S: 1,
  M: 60,
  H: 3600,
  D: 86_400,
};

/** A positive amount: a number and perhaps a unit, as the two groups of a pattern. */
function amount(
  pattern: RegExp,
  expected: string,
  units = UNITS,
): ReadValue<number> {
  return (value, name) => {
    const [, number = "", unit = ""] = pattern.exec(value) ?? [];
    const result = Number(number) * (units[unit.toUpperCase()] ?? NaN);
    const isGood = number !== "" && result > 0 &&
      result <= Number.MAX_SAFE_INTEGER;
    if (isGood) return result;
    throw new UsageError(`--${name} needs ${expected}, not "${value}"`);
  };
}

/** Seconds, as milliseconds. */
export function milliseconds(
  value: string,
  name: string,
  expected = "seconds, such as 30",
): number {
  const pattern = /^(\d{1,6}(?:\.\d{1,3})?)()$/;
  return Math.ceil(amount(pattern, expected)(value, name) * 1000);
}

/** The same, or 0 for any time. */
export const timeout: Read<number | undefined> = optional((value, name) =>
  value === "0"
    ? 0
    : milliseconds(value, name, "seconds, such as 30, or 0 for any time")
);

const seconds = amount(
  /^(\d{1,6})([smhd])$/i,
  "a time such as 90s, 30m, 2h or 7d",
  SECOND_UNITS,
);

/** A time with its unit, as milliseconds. */
export const duration: ReadValue<number> = (value, name) =>
  seconds(value, name) * 1000;

export const bytes: ReadValue<number> = amount(
  /^(\d+)([KMG]?)$/i,
  "bytes, such as 500K, 10M or 2G",
);

/** The same, or 0 for none. */
export const bytesOrNone: ReadValue<number> = (value, name) =>
  value === "0" ? 0 : bytes(value, name);

/** The site checks it with the other options of uploads. */
export const onDuplicate = text as Read<UploadOptions["onDuplicate"]>;

/** The site checks the version; elsewhere `-p` is the port. */
export const protocol: Read<SiteOptions["protocol"]> = (given, name) => {
  const advice = foreignAdvice(`-p ${given}`);
  if (advice !== undefined) throw new UsageError(advice);
  return text(given, name) as SiteOptions["protocol"];
};

/** `--no-listing` gives `false`. */
export const listing: Read<SiteOptions["listing"]> = (given) => {
  switch (given) {
    case "page":
    case "plain":
      return given;
    case "none":
    case false:
      return false;
    case true:
    case undefined:
      return "page";
    default:
      throw new UsageError(
        `--listing needs page, plain or none, not "${given}"`,
      );
  }
};

/** The path of a page; `otherwise` stands for the flag alone. */
export const spa = text as Read<SiteOptions["spa"]>;

function oneOf<T extends string>(...words: readonly T[]): ReadValue<T> {
  return (value, name) => {
    const word = words.find((word) => word === value);
    if (word !== undefined) return word;
    throw new UsageError(`--${name} needs ${listed(words)}, not "${value}"`);
  };
}

export const trailingSlash: Read<SiteOptions["trailingSlash"]> = optional(
  oneOf("always", "never", "keep"),
);

export const hostFiles: Read<SiteOptions["hostFiles"]> = optional(
  oneOf("netlify", "cloudflare"),
);

/** Checked with the other options of CGI. */
export const canonicalName = text as Read<CgiOptions["canonicalName"]>;

/** Something for the paths that a glob matches; without a glob, for all. */
export interface ByPath<T> {
  readonly glob: string | undefined;
  readonly value: T;
}

/** A glob and an equals sign: what begins with a slash, or has one before any colon or space. */
const GLOB_REGEXP = /^(\/[^=]*|[^=:\s]*\/[^=:\s]*)=([^]*)$/;

/** A glob has a slash, which no name of a field and no directive has. */
export function byPath(text: string): ByPath<string> {
  const [, glob, value = ""] = GLOB_REGEXP.exec(text) ?? [];
  return glob === undefined ? { glob, value: text } : { glob, value };
}

/** A field, perhaps for a glob. */
export function fieldByPath(text: string): ByPath<Field> {
  const { glob, value } = byPath(text);
  const colon = value.indexOf(":");
  if (colon < 0) {
    throw new UsageError(`--header needs "NAME: VALUE", not "${value}"`);
  }
  const name = value.slice(0, colon).trim();
  const rest = value.slice(colon + 1);
  return { glob, value: checkedFieldFor(glob ?? EVERYWHERE, name, rest) };
}

/** Behind an equals sign nothing may be forgotten: no glob would be none, and not all. */
export function glob(value: string, name: string): string {
  if (value === "") throw new UsageError(`--${name} needs a value`);
  return value;
}

/** `*` for all origins, or a list of them. */
export const origins = withDefault<boolean | readonly string[]>(
  false,
  (value) => {
    if (value === "*") return true;
    const all = value.split(",").map((origin) => origin.trim());
    toCorsPolicy(all); // throws for what is none
    return all;
  },
);

/** Passwords by the names of users. */
export const users: Read<Readonly<Record<string, string>> | undefined> = (
  given,
  name,
) => {
  const pairs = list(given, name)
    .map((text, index) => toPair(text, index, name));
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs);
};

/** The first colon ends the name; a password may have others. */
function toPair(text: string, index: number, name: string): [string, string] {
  const colon = text.indexOf(":");
  const password = text.slice(colon + 1);
  if (colon > 0 && password !== "" && !/\p{Cc}/u.test(text)) {
    return [text.slice(0, colon), password];
  }
  const which = index === 0 ? "" : ` (number ${index + 1})`;
  throw new UsageError(`--${name}${which} needs USER:PASSWORD`);
}

export const networks: Read<readonly string[]> = (given, name) => {
  const all = list(given, name)
    .flatMap((text) => text.split(",").map((network) => network.trim()));
  compileNetworks(all); // throws for what is none
  return all;
};

/** The comma before another extension; others are part of an argument. */
const NEXT_EXTENSION_REGEXP = /,(?=\.[^=,]+=)/;

/** Programs with their arguments, by extension. */
export const extensions: Read<Readonly<Record<string, readonly string[]>>> = (
  given,
  name,
) =>
  Object.fromEntries(
    list(given, name).flatMap((text) => text.split(NEXT_EXTENSION_REGEXP))
      .map(toExtension),
  );

function toExtension(text: string): [string, readonly string[]] {
  const [, extension, program = ""] = /^(\.[^=]+)=(.*)$/s.exec(text) ?? [];
  const words = program.split(" ").filter((word) => word !== "");
  if (extension === undefined || words.length === 0) {
    throw new UsageError(`--cgi-ext needs ".EXT=PROGRAM", not "${text}"`);
  }
  return [extension, words];
}

/** The name of a format, or a template. */
export const logFormat: Read<string> = withDefault("http.server", (value) => {
  createLogFormat(value); // throws for one that there is not
  return value;
});

/** A shell that has completions. */
export function shell(word: string): Shell {
  const shell = SHELLS.find((shell) => shell === word.toLowerCase());
  if (shell !== undefined) return shell;
  throw new UsageError(
    `no completions for "${word}", but for ${listed(SHELLS)}`,
  );
}

/** A topic of `--help`; empty for the first page. */
export function parseTopic(word: string): string {
  const topic = word.toLowerCase();
  if (topic === "" || HELP_TOPICS.includes(topic)) return topic;
  throw new UsageError(`no help on "${word}", but on ${listed(HELP_TOPICS)}`);
}

export const topic: Read<string | undefined> = (given) =>
  given === undefined ? undefined : parseTopic(String(given));

/** Alternatives in a sentence: `a, b or c`. */
export function listed(words: readonly string[]): string {
  return words.join(", ").replace(/, ([^,]*)$/, " or $1");
}
