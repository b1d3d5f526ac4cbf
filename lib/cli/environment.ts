/**
 * Flags by environment variables, for where there is no command line.
 *
 * @module
 */

import type { Flag } from "./flag.ts";
import { FLAG_TABLE } from "./flags/mod.ts";

/**
 * The command line that the environment stands for: a variable for every flag that says
 * what is served, and `SERVE_QUIET`.
 *
 * @param read Reads a variable.
 * @returns The words.
 */
export function environmentWords(
  read: (name: string) => string | undefined,
): readonly string[] {
  return FLAG_TABLE
    .filter(({ group }) =>
      group === "What" || group === "CGI" || group === "Access" ||
      group === "Log"
    )
    .flatMap((flag) => words(flag, read(variableName(flag)) ?? ""));
}

function variableName({ name }: Flag): string {
  return `SERVE_${name.replaceAll("-", "_").toUpperCase()}`;
}

function words(
  { name, values, repeatable, on }: Flag,
  value: string,
): string[] {
  if (value === "") return [];
  if (values.length === 0) return switchWords(name, on === true, value);
  const lines = repeatable === true ? value.split("\n") : [value];
  return lines.map((line) => `--${name}=${line}`);
}

function switchWords(name: string, isOn: boolean, value: string): string[] {
  switch (value) {
    case "1":
    case "true":
      return isOn ? [] : [`--${name}`];
    case "0":
    case "false":
      return isOn ? [`--no-${name}`] : [];
    default:
      return [`--${name}=${value}`]; // which is refused
  }
}
