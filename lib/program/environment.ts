/**
 * Flags by environment variables, for where there is no command line.
 *
 * @module
 */

import type { Flag, Group } from "./flag.ts";
import { FLAG_TABLE } from "./flags.ts";

/** What a handler can do by itself; the rest is the business of who listens. */
const GROUPS: readonly Group[] = ["What", "Access", "CGI", "Log"];

/**
 * The command line that the environment stands for: a variable for every flag that says
 * what is served, to whom, and what is logged.
 *
 * @param read Reads a variable.
 * @returns The words.
 */
export function environmentWords(
  read: (name: string) => string | undefined,
): readonly string[] {
  return FLAG_TABLE
    .filter(({ group }) => GROUPS.includes(group))
    .flatMap((flag) => words(flag, read(variableName(flag)) ?? ""));
}

function variableName({ name }: Flag): string {
  return `SERVE_${name.replaceAll("-", "_").toUpperCase()}`;
}

function words(
  { name, values, repeatable, on, otherwise }: Flag,
  value: string,
): string[] {
  if (value === "") return [];
  const isSwitch = values.length === 0 ||
    otherwise !== undefined && /^(?:[01]|true|false)$/.test(value);
  if (isSwitch) return switchWords(name, on === true, value);
  const lines = repeatable === true
    ? value.split("\n").filter((line) => line !== "")
    : [value];
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
