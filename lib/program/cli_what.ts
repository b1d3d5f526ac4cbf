/**
 * The flags of what is served.
 *
 * @module
 */

import { checkedField, type Field } from "../http/field.ts";
import type { FlagName } from "./mod.ts";
import { flag, list, text, UsageError, type Values } from "./words.ts";

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
