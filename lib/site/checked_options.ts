/**
 * Whether options are of their kinds: JavaScript has no compiler that says so. A misspelt `basicAuth`
 * would let everybody in, and `followSymlinks: "false"` everything out.
 *
 * @module
 */

import { nearestWords } from "../pages/nearest.ts";

/** What a value may be. */
export interface Kind {
  readonly expected: string;
  readonly includes: (value: unknown) => boolean;
  /** The options of an object. */
  readonly options?: ReadonlyMap<string, Kind>;
}

/** What is checked, value by value, where it is read. */
export const OTHER: Kind = { expected: "", includes: () => true };
export const SWITCH: Kind = {
  expected: "a boolean",
  includes: (value) => typeof value === "boolean",
};
const FUNCTION: Kind = {
  expected: "a function",
  includes: (value) => typeof value === "function",
};
const TEXT: Kind = {
  expected: "text",
  includes: (value) => typeof value === "string",
};
const OFF: Kind = { expected: "false", includes: (value) => value === false };
const LIST: Kind = { expected: "a list", includes: Array.isArray };
const OBJECT: Kind = {
  expected: "an object",
  includes: (value) => typeof value === "object" && value !== null,
};

/** An object of options, by their kinds; others are refused, so that no table lacks one for long. */
export function objectOf(
  kinds: ReadonlyArray<readonly [names: string, kind: Kind]>,
): Kind {
  const options = new Map(
    kinds.flatMap(([names, kind]) =>
      names.split(" ").map((name) => [name, kind] as const)
    ),
  );
  return { ...OBJECT, options };
}

function either(one: Kind, other: Kind): Kind {
  return {
    ...other,
    expected: `${one.expected} or ${other.expected}`,
    includes: (value) => one.includes(value) || other.includes(value),
  };
}

const BASIC_AUTH = objectOf([
  ["users", OBJECT],
  ["verify", FUNCTION],
  ["realm", OTHER],
]);
const ARCHIVE = objectOf([["maxEntries maxBytes maxAtOnce", OTHER]]);
const UPLOAD = objectOf([
  ["only", SWITCH],
  ["auth", BASIC_AUTH],
  ["directory maxFile maxTotal keepFree maxAtOnce onDuplicate", OTHER],
]);
const CGI = objectOf([
  ["authorization indexQuery compress", SWITCH],
  ["directories", LIST],
  ["extensions environment processes", OBJECT],
  ["openSpool", FUNCTION],
  ["stderr", either(FUNCTION, OFF)],
  ["user", TEXT],
  ["canonicalName timeout maxBody maxProcesses", OTHER],
]);
const SITE = objectOf([
  ["cleanUrls compress dotfiles fallthrough followSymlinks isolate", SWITCH],
  ["mergeSlashes readme redirectRoot secretRoot sidecars singleFile", SWITCH],
  ["errorPage expectContinue guessType list resolve scriptLog", FUNCTION],
  ["headersByPath immutable index trustedProxies", LIST],
  ["clock files headers mediaTypes", OBJECT],
  ["defaultType", TEXT],
  ["hostFilesLog log", either(FUNCTION, OFF)],
  ["serverVersion", either(TEXT, OFF)],
  ["cacheControl", either(TEXT, LIST)],
  ["cors noEtag", either(SWITCH, LIST)],
  ["archive", either(SWITCH, ARCHIVE)],
  ["basicAuth", BASIC_AUTH],
  ["cgi", either(SWITCH, CGI)],
  ["upload", either(SWITCH, UPLOAD)],
  ["hostFiles listing maxConnections protocol", OTHER],
  ["root spa trailingSlash urlRoot", OTHER],
]);

/** Throws a `TypeError` for what is not of its kind, and for what is no option. */
export function checkSiteOptions(options: unknown): void {
  checkOptions(options, SITE);
}

/** The same for other options. No message has a value in it: that may be a password. */
export function checkOptions(value: unknown, kind: Kind, path = ""): void {
  if (!kind.includes(value)) {
    throw new TypeError(
      `Cannot use ${path || "options"}: expected ${kind.expected}`,
    );
  }
  if (kind.options === undefined || typeof value !== "object") return;
  for (const [name, given] of Object.entries(value ?? {})) {
    const within = path === "" ? name : `${path}.${name}`;
    const known = kind.options.get(name);
    if (known === undefined) {
      const near = nearestWords(name, [...kind.options.keys()]).join(" or ");
      const hint = near === "" ? "" : ` (did you mean ${near}?)`;
      throw new TypeError(
        `Cannot use ${within}: there is no such option${hint}`,
      );
    }
    if (given !== undefined) checkOptions(given, known, within);
  }
}
