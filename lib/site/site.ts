/**
 * A site: the options of a user, checked and completed once, as plain data. No stage has
 * defaults of its own.
 *
 * @module
 */

import {
  checkedField,
  CONNECTION_CLOSE,
  type Field,
  type Fields,
} from "../http/field.ts";
import { compileGlob, EVERYWHERE, type Glob } from "../http/glob.ts";
import { createTypeOf, type TypeByContent } from "../http/media_type.ts";
import {
  checkedFieldFor,
  codingRules,
  type MetadataRules,
} from "../http/metadata.ts";
import { readTarget } from "../http/target.ts";
import { typeError } from "../http/type_error.ts";
import type { Coder } from "../ports/content.ts";
import type { Log } from "../ports/exchange.ts";
import { type Files, namesOf, type OperatingSystem } from "../ports/files.ts";
import type { Clock } from "../ports/runtime.ts";
import { type Access, toAccess } from "./access.ts";
import type { FieldsInit, SiteOptions } from "./options.ts";
import { givenOverrides, type OverrideOptions } from "./overrides.ts";
import { type ArchivePolicy, toArchivePolicy } from "./archive_policy.ts";
import type { Reloading } from "./reloading.ts";
import {
  type HostFilesLog,
  namesBelow,
  type Routing,
  toRouting,
} from "./routing.ts";
import { toUploadPolicy, type UploadPolicy } from "./upload_policy.ts";
import { type Cgi, type CgiDefaults, checkedLimit, toCgi } from "./scripts.ts";
import { withSecretRoot } from "./secret_root.ts";

/** Which other origins may read what is served (the Fetch standard's CORS protocol). */
export type CorsPolicy =
  | { readonly kind: "none" }
  | { readonly kind: "any" }
  | { readonly kind: "listed"; readonly origins: readonly string[] };

/** What is served, and how: complete, checked, readonly. What changes is a handler's state. */
export interface Site extends OverrideOptions {
  /** The directory. */
  readonly root: string;
  /** The name of the root where that is a file, and all there is. */
  readonly fileName: string | undefined;
  /** The segments that lead to it in URLs. */
  readonly mount: readonly string[];
  /** Whether the last of them is a secret. */
  readonly isSecret: boolean;
  /** Whether `/` is redirected to the mount. */
  readonly redirectRoot: boolean;
  /** Whether the caller answers what is not there. */
  readonly fallthrough: boolean;
  /** The names to look for in a directory before it is listed. */
  readonly index: readonly string[];
  /** How representations are described. */
  readonly metadata: MetadataRules;
  /** Which paths have no entity tag. */
  readonly isUntagged: Glob;
  /** Whether coded files answer for those next to them. */
  readonly sidecars: boolean;
  /** Whether text is compressed while it is served. */
  readonly compress: boolean;
  /** Which other origins may read. */
  readonly cors: CorsPolicy;
  /** Who may ask. */
  readonly access: Access;
  /** How scripts are found and run; `undefined` when they are not. */
  readonly cgi: Cgi | undefined;
  /** How URLs lead to files as hosts of sites do it. */
  readonly routing: Routing;
  /** How pages follow what changes on the disk; `undefined` when they do not. */
  readonly reload: Reloading | undefined;
  /** How directories are listed; `false` when they are not. */
  readonly listing: "page" | "plain" | false;
  /** Whether a README is shown below a list. */
  readonly readme: boolean;
  /** How directories become archives; `undefined` when they do not. */
  readonly archive: ArchivePolicy | undefined;
  /** How files are received; `undefined` when they are not. */
  readonly upload: UploadPolicy | undefined;
  /** Whether names that begin with a dot are served. */
  readonly dotfiles: boolean;
  /** Whether links may lead out of the root. */
  readonly followSymlinks: boolean;
  /** Whether a target with doubled slashes is answered, and not redirected. */
  readonly mergeSlashes: boolean;
  /** How many requests are answered at a time; `undefined` for any number. */
  readonly maxConnections: number | undefined;
  /** The fields of every answer. */
  readonly serverFields: Fields;
  /** Fields that those of a reply give way to. */
  readonly lastFields: Fields;
  /** Called after every answer. */
  readonly log: Log | undefined;
  /** From the name of a file to its media type, or to what decides it. */
  readonly typeOf: (name: string) => string | TypeByContent;
  /** Where the files are. */
  readonly files: Files;
  /** The content codings. */
  readonly coder: Coder;
  /** The time. */
  readonly clock: Clock;
}

/** What {@linkcode createSite} needs from whoever knows the runtime. */
export interface SiteDefaults extends CgiDefaults {
  /** Where the files are, unless the options say so. */
  readonly files: Files;
  /** The content codings. */
  readonly coder: Coder;
  /** The log, unless the options have one. */
  readonly log: Log;
  /** The same for what the host reads. */
  readonly hostFilesLog: HostFilesLog;
}

/** Checks and completes options. */
export function createSite(
  options: SiteOptions,
  defaults: SiteDefaults,
  fallthrough = false,
): Site {
  const { compress = false, sidecars = true } = options;
  const { dotfiles = false, followSymlinks = false } = options;
  const { redirectRoot = false } = options;
  const files = options.files ?? defaults.files;
  const clock = options.clock ?? { now: Date.now };
  const cgi = scriptSettings(options, defaults, files.os);
  const root = checkedRoot(options.root);
  const fileName = options.singleFile === true
    ? checkedFileName(root, files.os)
    : undefined;
  const upload = toUploadPolicy(options, files);
  const index = checkedIndex(options.index ?? ["index.html", "index.htm"]);
  const site: Site = {
    ...givenOverrides(options),
    root,
    fileName,
    mount: toMount(options.urlRoot ?? "/"),
    isSecret: false,
    lastFields: [],
    redirectRoot: redirectRoot && !fallthrough,
    fallthrough,
    index: [...index, ...scriptIndex(cgi)],
    cgi,
    metadata: toRules(options),
    isUntagged: toUntagged(options.noEtag),
    routing: toRouting(options, defaults.hostFilesLog),
    reload: undefined,
    listing: checkedListing(options.listing ?? "page"),
    readme: options.readme ?? true,
    archive: toArchivePolicy(options),
    upload,
    dotfiles,
    followSymlinks,
    mergeSlashes: options.mergeSlashes ?? false,
    sidecars: sidecars && fileName === undefined,
    compress,
    cors: toCorsPolicy(options.cors ?? false),
    access: toAccess(options, upload?.auth),
    maxConnections: options.maxConnections === undefined
      ? undefined
      : checkedLimit("maxConnections", options.maxConnections),
    serverFields: toServerFields(options, defaults.serverVersion),
    log: options.log === false ? undefined : options.log ?? defaults.log,
    typeOf: options.guessType ?? createTypeOf(options),
    files,
    coder: defaults.coder,
    clock,
  };
  return options.secretRoot === true ? withSecretRoot(site) : site;
}

function scriptSettings(
  { cgi = false, serverVersion, log, ...options }: SiteOptions,
  defaults: SiteDefaults,
  os: OperatingSystem,
): Cgi | undefined {
  if (cgi === false) return undefined;
  const silent = log === false ? () => {} : undefined;
  const scriptLog = options.scriptLog ?? silent ?? defaults.scriptLog;
  const named = { serverVersion: serverVersion || defaults.serverVersion };
  return toCgi(
    cgi === true ? {} : cgi,
    { ...defaults, ...named, scriptLog },
    os,
  );
}

/** `index.php` is an index where PHP is run. */
function scriptIndex(cgi: Cgi | undefined): readonly string[] {
  return [...cgi?.extensions.keys() ?? []].map((extension) =>
    `index${extension}`
  );
}

/** The policy for other origins; throws for what is no origin. */
export function toCorsPolicy(cors: boolean | readonly string[]): CorsPolicy {
  if (typeof cors === "boolean") return { kind: cors ? "any" : "none" };
  for (const origin of cors) {
    if (URL.canParse(origin) && new URL(origin).origin === origin) continue;
    throw typeError`Cannot allow origin ${origin}: expected something like "https://example.com"`;
  }
  return { kind: "listed", origins: cors };
}

function checkedRoot(root: unknown): string {
  if (typeof root === "string" && root !== "" && !root.includes("\0")) {
    return root;
  }
  throw typeError`Cannot serve ${root}: root must be the path of a directory`;
}

function checkedFileName(root: string, os: OperatingSystem): string {
  const name = namesOf(root, os).at(-1);
  if (name !== undefined && name !== "." && name !== "..") return name;
  throw typeError`Cannot serve ${root} with singleFile: root must be the path of a file`;
}

function checkedIndex(names: readonly string[]): readonly string[] {
  for (const name of names) {
    if (typeof name === "string" && /^[^/\\\0]+$/.test(name)) continue;
    throw typeError`Cannot use ${name} as index: expected the name of a file`;
  }
  return names;
}

function checkedListing(listing: unknown): Site["listing"] {
  if (listing === "page" || listing === "plain" || listing === false) {
    return listing;
  }
  throw typeError`Cannot use ${listing} as listing: expected "page", "plain" or false`;
}

/** A directive of RFC 9111 §5.2, with or without a value. */
const DIRECTIVE_REGEXP = /^[a-z][a-z-]*(?:=(?:[\w-]+|"[^"]*"?))?$|^[\w-]+"$/i;

/** The rules that options stand for: first those of Cache-Control, then fields for all paths, then fields by path. */
function toRules(
  { headers = [], headersByPath = [], cacheControl = [], immutable = [] }:
    SiteOptions,
): MetadataRules {
  const caching = typeof cacheControl === "string"
    ? [[EVERYWHERE, cacheControl] as const]
    : checkedPairs("cacheControl", cacheControl);
  const rules: Array<readonly [glob: string, fields: Fields]> = [
    ...caching.map(([glob, value]) =>
      [glob, [checkedCacheControl(value)]] as const
    ),
    [EVERYWHERE, checkedFields("headers", EVERYWHERE, headers)],
    ...checkedPairs("headersByPath", headersByPath).map(([glob, fields]) =>
      [glob, checkedFields("headersByPath", glob, fields)] as const
    ),
  ];
  // A rule without fields would be matched at every request for nothing.
  const fields = rules.filter(([, fields]) => fields.length > 0).map((
    [glob, fields],
  ) => ({ matches: compileGlob(glob), fields }));
  return {
    immutable: immutable.map(toDirectory),
    fields,
    codings: codingRules(fields),
  };
}

/** Which paths have no entity tag. */
function toUntagged(noEtag: SiteOptions["noEtag"] = false): Glob {
  if (typeof noEtag === "boolean") return () => noEtag;
  const isGlob = (glob: unknown) => typeof glob === "string" && glob !== "";
  if (!noEtag.every(isGlob)) {
    throw typeError`Cannot use ${noEtag} as noEtag: expected a boolean or a list of globs`;
  }
  const globs = noEtag.map(compileGlob);
  return (path) => globs.some((matches) => matches(path));
}

/** `./assets/` and `assets` are `/assets/`, and `.` is everything. */
function toDirectory(directory: string): string {
  const names = directory === "" ? undefined : namesBelow(directory);
  if (names === undefined) {
    throw typeError`Cannot use ${directory} as immutable: expected a directory below the root`;
  }
  return `/${names.map((name) => `${name}/`).join("")}`;
}

/** A glob without its slash would be taken for a directive, and for all files. */
function checkedCacheControl(value: string): Field {
  const field = checkedField("Cache-Control", value);
  const parts = field[1].split(",").map((part) => part.trim());
  const directives = parts.filter((part) => part !== "");
  if (
    typeof value === "string" && directives.length > 0 &&
    directives.every((part) => DIRECTIVE_REGEXP.test(part))
  ) return field;
  throw typeError`Cannot use ${value} as Cache-Control: expected directives such as "max-age=60"`;
}

/** Other implementations of `Headers` are iterable, too, and no objects of the global class. */
function checkedFields(
  option: string,
  glob: string,
  fields: FieldsInit,
): Fields {
  const isObject = typeof fields === "object" && fields !== null;
  const all: FieldsInit = isObject ? fields : [fields]; // which is no pair
  const pairs = Symbol.iterator in all ? [...all] : Object.entries(all);
  return checkedPairs(option, pairs)
    .map(([name, value]) => checkedFieldFor(glob, name, value));
}

/** Names, or globs, and what belongs to each. No message has the value: that may be a secret. */
function checkedPairs<T>(
  option: string,
  pairs: readonly (readonly [name: string, value: T])[],
): typeof pairs {
  const isPair = (pair: unknown) =>
    Array.isArray(pair) && pair.length === 2 && typeof pair[0] === "string";
  if (Array.isArray(pairs) && pairs.every(isPair)) return pairs;
  throw new TypeError(
    `Cannot use ${option}: expected pairs of a name, or a glob, and a value`,
  );
}

/** What makes a page `crossOriginIsolated` (HTML, "cross-origin isolation"). */
const ISOLATION_FIELDS: Fields = [
  ["Cross-Origin-Opener-Policy", "same-origin"],
  ["Cross-Origin-Embedder-Policy", "require-corp"],
  ["Cross-Origin-Resource-Policy", "cross-origin"],
];

/** The fields of every answer. */
function toServerFields(
  { serverVersion, isolate = false, protocol = "HTTP/1.1" }: SiteOptions,
  software: string | false,
): Fields {
  const server = serverVersion ?? software;
  if (protocol !== "HTTP/1.0" && protocol !== "HTTP/1.1") {
    throw new TypeError(
      `Cannot speak "${protocol}": expected HTTP/1.0 or HTTP/1.1`,
    );
  }
  return [
    ...protocol === "HTTP/1.0" ? [CONNECTION_CLOSE] : [],
    ...server === false ? [] : [checkedField("Server", server)],
    // A browser must not take for a script what is none.
    ["X-Content-Type-Options", "nosniff"],
    ...isolate ? ISOLATION_FIELDS : [],
  ];
}

/** Reads `urlRoot`, such as `/static`, as decoded segments; a TypeError when it is no path. */
function toMount(urlRoot: string): readonly string[] {
  if (typeof urlRoot === "string" && /^\/[^?#]*$/.test(urlRoot)) {
    const url = `http://localhost${urlRoot}`;
    const target = readTarget({ method: "GET", url, headers: new Headers() });
    if (target.kind === "path" && !target.segments.includes("")) {
      return target.segments;
    }
  }
  throw typeError`Cannot serve below ${urlRoot}: expected a path such as "/static"`;
}

/** The path that people open in a browser: that of the directory, or of the only file. */
export function entryPath({ mount, fileName = "" }: Site): string {
  return [...mount, fileName]
    .map((segment) => `/${encodeURIComponent(segment)}`).join("");
}
