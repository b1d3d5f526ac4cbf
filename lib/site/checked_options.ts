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
/** What a list or a `Map` holds is no property of it, and would be left out. */
const RECORD: Kind = {
  expected: "an object of names and values",
  includes: (value) =>
    typeof value === "object" && value !== null && !(Symbol.iterator in value),
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
  return { ...RECORD, options };
}

function either(one: Kind, other: Kind): Kind {
  return {
    ...other,
    expected: `${one.expected} or ${other.expected}`,
    includes: (value) => one.includes(value) || other.includes(value),
  };
}

const BASIC_AUTH = objectOf([
  ["users", RECORD],
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
  ["extensions environment", RECORD],
  ["processes", OBJECT],
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
  ["clock files headers", OBJECT],
  ["mediaTypes", RECORD],
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

/** The options of a site. Throws a `TypeError` for what is not of its kind, and for what is no option. */
export function checkedSiteOptions<Options extends object>(
  options: Options,
): Options {
  return checkedOptions(options, SITE) as Options;
}

/**
 * The same for other options. They are copied, so that what is inherited, as from a class, is checked
 * and counts. No message has a value in it: that may be a password.
 */
export function checkedOptions(
  value: unknown,
  kind: Kind,
  path = "",
): unknown {
  if (!kind.includes(value)) {
    throw new TypeError(
      `Cannot use ${path || "options"}: expected ${kind.expected}`,
    );
  }
  const { options } = kind;
  if (options === undefined || typeof value !== "object" || value === null) {
    return value;
  }
  const pathOf = (name: string) => path === "" ? name : `${path}.${name}`;
  for (const name of Object.keys(value)) {
    if (!options.has(name)) throw noSuchOption(name, pathOf(name), options);
  }
  const pairs = [...options].flatMap(([name, known]) => {
    const option: unknown = Reflect.get(value, name);
    return option === undefined
      ? []
      : [[name, checkedOptions(option, known, pathOf(name))]];
  });
  return Object.fromEntries(pairs);
}

function noSuchOption(
  name: string,
  path: string,
  options: ReadonlyMap<string, Kind>,
): TypeError {
  const near = nearestWords(name, [...options.keys()]).join(" or ");
  const hint = near === "" ? "" : ` (did you mean ${near}?)`;
  return new TypeError(`Cannot use ${path}: there is no such option${hint}`);
}
