/**
 * From what a user says of fields to rules that are checked and compiled.
 *
 * @module
 */

import { checkedField, type Field, type Fields } from "../http/field.ts";
import { compileGlob, EVERYWHERE, type Glob } from "../http/glob.ts";
import type { MetadataRules } from "../http/metadata.ts";
import type { FieldsInit, SiteOptions } from "./options.ts";

/** A directive of RFC 9111 §5.2, with or without a value. */
const DIRECTIVE_REGEXP = /^[a-z][a-z-]*(?:=(?:[\w-]+|"[^"]*"?))?$|^[\w-]+"$/i;

/**
 * The rules that options stand for: first those of Cache-Control, then fields for all
 * paths, then fields by path.
 *
 * @param options What the user says.
 * @returns The rules.
 * @throws {TypeError} When a field, a glob or a value is not of its kind.
 */
export function toRules(
  { headers = [], headersByPath = [], cacheControl = [], immutable = [] }:
    SiteOptions,
): MetadataRules {
  const caching = typeof cacheControl === "string"
    ? [[EVERYWHERE, cacheControl] as const]
    : cacheControl;
  const rules: Array<readonly [glob: string, fields: Fields]> = [
    ...caching.map(([glob, value]) =>
      [glob, [checkedCacheControl(value)]] as const
    ),
    [EVERYWHERE, checkedFields(headers)],
    ...headersByPath.map(([glob, fields]) =>
      [glob, checkedFields(fields)] as const
    ),
  ];
  return {
    immutable: immutable.map(toDirectory),
    // A rule without fields would be matched at every request for nothing.
    fields: rules.filter(([, fields]) => fields.length > 0).map((
      [glob, fields],
    ) => ({ matches: compileGlob(glob), fields })),
  };
}

/**
 * Which paths have no entity tag.
 *
 * @param noEtag What the user says.
 * @returns Whether a path has none.
 * @throws {TypeError} When it is neither a boolean nor a list of globs.
 */
export function toUntagged(noEtag: SiteOptions["noEtag"] = false): Glob {
  if (typeof noEtag === "boolean") return () => noEtag;
  const isGlob = (glob: unknown) => typeof glob === "string" && glob !== "";
  if (!Array.isArray(noEtag) || !noEtag.every(isGlob)) {
    throw new TypeError(
      `Cannot use ${
        JSON.stringify(noEtag)
      } as noEtag: expected a boolean or a list of globs`,
    );
  }
  const globs = noEtag.map(compileGlob);
  return (path) => globs.some((matches) => matches(path));
}

/** `./assets/` and `assets` are `/assets/`, and `.` is everything. */
function toDirectory(directory: string): string {
  if (directory === "" || directory.split("/").includes("..")) {
    throw new TypeError(
      `Cannot use ${
        JSON.stringify(directory)
      } as immutable: expected a directory below the root`,
    );
  }
  const names = directory.split("/").filter((name) =>
    name !== "" && name !== "."
  );
  return `/${names.map((name) => `${name}/`).join("")}`;
}

/** A glob without its slash would be taken for a directive, and for all files. */
function checkedCacheControl(value: string): Field {
  const field = checkedField("Cache-Control", value);
  const parts = value.split(",").map((part) => part.trim());
  const directives = parts.filter((part) => part !== "");
  if (
    directives.length > 0 &&
    directives.every((part) => DIRECTIVE_REGEXP.test(part))
  ) return field;
  throw new TypeError(
    `Cannot use ${
      JSON.stringify(value)
    } as Cache-Control: expected directives such as "max-age=60"`,
  );
}

function checkedFields(fields: FieldsInit): Fields {
  const pairs = fields instanceof Headers
    ? [...fields]
    : Array.isArray(fields)
    ? fields as Fields
    : Object.entries(fields);
  return pairs.map(([name, value]) => checkedField(name, value));
}
