/**
 * All that was given, as one: a flag counts before a variable, a variable before the file of
 * settings, and that before what holds by default.
 *
 * @module
 */

import type { Runtime } from "../ports/runtime.ts";
import { type Group, GROUPS } from "./flag.ts";
import { FLAG_TABLE } from "./flags.ts";
import { type Layer, mergeLayers, valuesOf } from "./given.ts";
import { readFlag, type Settings, toSettings } from "./settings.ts";
import { messageOf } from "./values.ts";
import { readVariables } from "./variables.ts";

/** What holds, or all that is wrong. */
export type Configuration = Configured | Misconfigured;

/** What holds. */
export interface Configured {
  readonly kind: "configured";
  readonly settings: Settings;
  readonly given: Layer;
  /** What does not change while the program runs: the command line, and the variables. */
  readonly above: Layer;
  /** What the user may want to change. */
  readonly notices: readonly string[];
}

/** What is wrong: a line for each. */
export interface Misconfigured {
  readonly kind: "invalid";
  /** Where the user can read more: about flags, or at the place in the file. */
  readonly about: "flags" | "file";
  readonly messages: readonly string[];
}

/** Reads the variables, and the file that they or the flags name; of both, what some groups of flags say. */
export async function configure(
  flags: Layer,
  runtime: Runtime,
  groups: readonly Group[] = GROUPS,
): Promise<Configuration> {
  const variables = readVariables(runtime, groups);
  if (variables.kind === "invalid") return { ...variables, about: "flags" };
  const above = mergeLayers([flags, variables.layer]);
  const read = await withFile(above, runtime);
  if (read.kind === "invalid") return read;
  const given = new Map(
    [...read.given].filter(([name]) => isOf(groups, name)),
  );
  const settings = settingsOf(given);
  if (settings.kind === "invalid") return settings;
  const { notices } = variables;
  return { ...settings, kind: "configured", given, above, notices };
}

function isOf(groups: readonly Group[], name: string): boolean {
  const row = FLAG_TABLE.find((row) => row.name === name);
  return row !== undefined && groups.includes(row.group);
}

/** What is given, with the file that is named there. */
export async function withFile(
  above: Layer,
  runtime: Runtime,
): Promise<{ readonly kind: "given"; readonly given: Layer } | Misconfigured> {
  try {
    const path = readFlag("config", valuesOf(above));
    if (path === undefined) return { kind: "given", given: above };
    const { readSettingsFile } = await import("./settings_file.ts");
    const file = readSettingsFile(path, runtime);
    if (file.kind === "invalid") return { ...file, about: "file" };
    return { kind: "given", given: mergeLayers([above, file.layer]) };
  } catch (error) {
    return misconfigured(error);
  }
}

/** The settings that were given, or why they cannot be. */
export function settingsOf(
  given: Layer,
): { readonly kind: "settings"; readonly settings: Settings } | Misconfigured {
  try {
    return { kind: "settings", settings: toSettings(valuesOf(given)) };
  } catch (error) {
    return misconfigured(error);
  }
}

function misconfigured(error: unknown): Misconfigured {
  return { kind: "invalid", about: "flags", messages: [messageOf(error)] };
}
