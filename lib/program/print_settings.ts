/**
 * `--print-config`: what holds and where it comes from, as a file of settings.
 *
 * @module
 */

import type { Runtime } from "../ports/runtime.ts";
import { toAbsolute } from "./checks.ts";
import {
  type FlagRow,
  type Given,
  GROUPS,
  isFileSetting,
  type Layer,
  type Source,
} from "./flag.ts";
import { FLAG_TABLE } from "./flags.ts";
import { defaultOf, takesNumber } from "./settings_schema.ts";

const HEAD =
  `// What serve would do now, as a file for --config; behind it, where each value comes from.
`;
const HIDDEN = "***";
const HIDDEN_NOTE =
  `// Passwords and variables of scripts are hidden: write them in place of ${HIDDEN}.
`;

/** The settings as JSON with comments. What holds by default is a comment. */
export function printSettings(given: Layer, runtime: Runtime): string {
  const groups = GROUPS.map((group) => {
    const rows = FLAG_TABLE.filter((row) =>
      row.group === group && isFileSetting(row)
    );
    return [
      `  // ${group}`,
      ...rows.map((row) => `  ${lineOf(row, given, runtime)}`),
    ];
  }).filter(({ length }) => length > 1);
  const hasSecret = FLAG_TABLE.some(({ secret, name }) =>
    secret === true && given.get(name)?.given !== undefined
  );
  const body = groups.map((lines) => lines.join("\n")).join("\n\n");
  return `${HEAD}${hasSecret ? HIDDEN_NOTE : ""}{\n${body}\n}\n`;
}

function lineOf(row: FlagRow, given: Layer, runtime: Runtime): string {
  const { name, help } = row;
  const value = given.get(name);
  if (value?.given !== undefined) {
    const json = JSON.stringify(toJson(row, value.given, runtime));
    return `"${name}": ${json}, // ${sourceText(value.source)}`;
  }
  const fallback = defaultOf(row);
  const from = value === undefined ? "" : ` by ${sourceText(value.source)}`;
  return fallback === undefined
    ? `// "${name}": not set${from}: ${help}`
    : `// "${name}": ${JSON.stringify(fallback)}, // default${from}`;
}

function sourceText(source: Source): string {
  switch (source.kind) {
    case "flag":
      return "flag";
    case "variable":
      return source.name;
    case "file":
      // A line break in the name of the file would end the comment.
      return source.place.replaceAll(/\p{Cc}|\p{Zl}|\p{Zp}/gu, "?");
  }
}

function toJson(row: FlagRow, given: Given, runtime: Runtime): unknown {
  if (typeof given !== "string" && typeof given !== "object") return given;
  const all = [given].flat().map((value) => valueOf(row, value, runtime));
  return row.repeatable === true ? all : all[0];
}

function valueOf(
  { values, secret, locate }: FlagRow,
  value: string,
  runtime: Runtime,
): string | number {
  if (secret === true) return value.replace(/(?<=[:=])[^]*$/, HIDDEN);
  if (locate !== undefined) {
    return locate(value, (path) => toAbsolute(path, runtime) ?? path);
  }
  const isNumber = takesNumber(values) && String(Number(value)) === value;
  return isNumber ? Number(value) : value;
}
