/**
 * From what a user says to what the stages read: options are checked and completed
 * once, so that no stage has defaults of its own.
 *
 * @module
 */

import { checkedField, type Field, type Fields } from "./http/field.ts";
import {
  createGuessType,
  type GuessType,
  type MediaTypeOptions,
} from "./http/media_type.ts";
import type { Clock, Files, Log } from "./ports.ts";

/** What a user may say of a site; everything but `root` may be left out. */
export interface SiteOptions extends MediaTypeOptions {
  /** The directory to serve. A relative one is below the working directory. */
  readonly root: string;
  /**
   * The names to look for in a directory before it is listed.
   *
   * @default {["index.html", "index.htm"]}
   */
  readonly index?: readonly string[];
  /**
   * Fields to add to every answer that carries a representation; one of ours with the
   * same name gives way.
   *
   * @default {[]}
   */
  readonly headers?: Headers | Readonly<Record<string, string>> | Fields;
  /**
   * Whether names that begin with a dot are served. `.well-known` always is.
   *
   * @default {false}
   */
  readonly dotfiles?: boolean;
  /**
   * Whether symbolic links may lead out of the root.
   *
   * @default {false}
   */
  readonly followSymlinks?: boolean;
  /**
   * The value of the Server field; `false` leaves it out.
   *
   * @default {"the name and version of this package and of the runtime"}
   */
  readonly serverVersion?: string | false;
  /**
   * Called once for every request after its answer was sent; `false` for nothing.
   *
   * @default {"the lines of http.server on the standard error output"}
   */
  readonly log?: Log | false;
  /** Where the files are: the disk, or something like it in memory. */
  readonly files?: Files;
  /** The time. */
  readonly clock?: Clock;
}

/** What is served, and how: complete, checked, readonly. */
export interface Site {
  /** The directory. */
  readonly root: string;
  /** The names to look for in a directory before it is listed. */
  readonly index: readonly string[];
  /** The fields to add to every answer that carries a representation. */
  readonly fields: Fields;
  /** Whether names that begin with a dot are served. */
  readonly dotfiles: boolean;
  /** Whether links may lead out of the root. */
  readonly followSymlinks: boolean;
  /** The fields of every answer. */
  readonly serverFields: Fields;
  /** Called after every answer. */
  readonly log: Log | undefined;
  /** From a name to a media type. */
  readonly guessType: GuessType;
  /** Where the files are. */
  readonly files: Files;
  /** The time. */
  readonly clock: Clock;
}

/** What {@linkcode createSite} needs from whoever knows the runtime. */
export interface SiteDefaults {
  /** Where the files are, unless the options say so. */
  readonly files: Files;
  /** The value of the Server field, unless the options say so. */
  readonly serverVersion: string;
  /** The log, unless the options have one. */
  readonly log: Log;
}

/**
 * Checks and completes options.
 *
 * @param options What the user says.
 * @param defaults What holds where the user says nothing.
 * @returns The site.
 * @throws {TypeError} When an option is not of its kind.
 */
export function createSite(options: SiteOptions, defaults: SiteDefaults): Site {
  const serverVersion = options.serverVersion ?? defaults.serverVersion;
  return {
    root: checkedRoot(options.root),
    index: checkedIndex(options.index ?? ["index.html", "index.htm"]),
    fields: checkedFields(options.headers ?? []),
    dotfiles: options.dotfiles ?? false,
    followSymlinks: options.followSymlinks ?? false,
    serverFields: serverVersion === false
      ? []
      : [checkedField("Server", serverVersion)],
    log: options.log === false ? undefined : options.log ?? defaults.log,
    guessType: createGuessType(options),
    files: options.files ?? defaults.files,
    clock: options.clock ?? { now: Date.now },
  };
}

function checkedRoot(root: unknown): string {
  if (typeof root === "string" && root !== "" && !root.includes("\0")) {
    return root;
  }
  throw new TypeError(
    `Cannot serve ${
      JSON.stringify(root)
    }: root must be the path of a directory`,
  );
}

function checkedIndex(names: readonly string[]): readonly string[] {
  for (const name of names) {
    if (typeof name === "string" && /^[^/\\\0]+$/.test(name)) continue;
    throw new TypeError(
      `Cannot use ${
        JSON.stringify(name)
      } as index: expected the name of a file`,
    );
  }
  return names;
}

function checkedFields(
  headers: NonNullable<SiteOptions["headers"]>,
): Fields {
  return pairs(headers).map(([name, value]) => checkedField(name, value));
}

function pairs(
  headers: NonNullable<SiteOptions["headers"]>,
): Iterable<Field> & { map: Fields["map"] } {
  if (headers instanceof Headers) return [...headers];
  return Array.isArray(headers) ? headers : Object.entries(headers);
}
