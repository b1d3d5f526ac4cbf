/**
 * Whether options are of their kinds: JavaScript has no compiler that says so. A misspelt `basicAuth`
 * would let everybody in, and `followSymlinks: "false"` everything out.
 *
 * @module
 */

import { nearestWords } from "../pages/nearest.ts";
import type { CgiOptions } from "./cgi_options.ts";
import type {
  ArchiveOptions,
  BasicAuthOptions,
  SiteOptions,
  UploadOptions,
} from "./options.ts";

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
export const FUNCTION: Kind = {
  expected: "a function",
  includes: (value) => typeof value === "function",
};
export const TEXT: Kind = {
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
export function objectOf<Options>(
  kinds: ReadonlyArray<
    readonly [kind: Kind, ...names: ReadonlyArray<keyof Options & string>]
  >,
): Kind {
  const options = new Map<string, Kind>(
    kinds.flatMap(([kind, ...names]) =>
      names.map((name) => [name, kind] as const)
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

const BASIC_AUTH = objectOf<BasicAuthOptions>([
  [RECORD, "users"],
  [FUNCTION, "verify"],
  [OTHER, "realm"],
]);
const ARCHIVE = objectOf<ArchiveOptions>([
  [OTHER, "maxEntries", "maxBytes", "maxAtOnce"],
]);
const UPLOAD = objectOf<UploadOptions>([
  [SWITCH, "only"],
  [BASIC_AUTH, "auth"],
  [OTHER, "directory", "maxFile", "maxTotal", "keepFree"],
  [OTHER, "maxAtOnce", "onDuplicate"],
]);
const CGI = objectOf<CgiOptions>([
  [SWITCH, "authorization", "indexQuery", "compress"],
  [LIST, "directories"],
  [RECORD, "extensions", "environment"],
  [OBJECT, "processes"],
  [FUNCTION, "openSpool"],
  [either(FUNCTION, OFF), "stderr"],
  [TEXT, "user"],
  [OTHER, "canonicalName", "timeout", "maxBody", "maxProcesses"],
]);
const SITE = objectOf<SiteOptions>([
  [SWITCH, "cleanUrls", "compress", "dotfiles", "fallthrough"],
  [SWITCH, "followSymlinks", "isolate", "mergeSlashes", "readme"],
  [SWITCH, "redirectRoot", "secretRoot", "sidecars", "singleFile"],
  [FUNCTION, "errorPage", "expectContinue", "guessType", "list"],
  [FUNCTION, "resolve", "scriptLog"],
  [LIST, "headersByPath", "immutable", "index", "trustedProxies"],
  [OBJECT, "clock", "files", "headers"],
  [RECORD, "mediaTypes"],
  [TEXT, "defaultType"],
  [either(FUNCTION, OFF), "hostFilesLog", "log"],
  [either(TEXT, OFF), "serverVersion"],
  [either(TEXT, LIST), "cacheControl"],
  [either(SWITCH, LIST), "cors", "noEtag"],
  [either(SWITCH, ARCHIVE), "archive"],
  [BASIC_AUTH, "basicAuth"],
  [either(SWITCH, CGI), "cgi"],
  [either(SWITCH, UPLOAD), "upload"],
  [OTHER, "hostFiles", "listing", "maxConnections", "protocol"],
  [OTHER, "root", "spa", "trailingSlash", "urlRoot"],
]);

/** The options of a site. Throws a `TypeError` for what is not of its kind, and for what is no option. */
export function checkedSiteOptions<Options extends object>(
  options: Options,
): Options {
  return checkedOptions(options, SITE);
}

/**
 * The same for other options. They are copied, so that what is inherited, as from a class, is checked
 * and counts. No message has a value in it: that may be a password.
 */
export function checkedOptions<Options extends object>(
  options: Options,
  kind: Kind,
): Options {
  return checkedValue(options, kind, "") as Options;
}

function checkedValue(value: unknown, kind: Kind, path: string): unknown {
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
      : [[name, checkedValue(option, known, pathOf(name))]];
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
