/**
 * All that was given, as one: a flag counts before a variable of the environment (`SERVE_PORT` for
 * `--port`), a variable before the file of settings, and that before what holds by default.
 *
 * @module
 */

import { lazy } from "../http/cache.ts";
import { nearestWords } from "../pages/nearest.ts";
import type { Runtime } from "../ports/runtime.ts";
import {
  type FlagRow,
  flagVariable,
  type Given,
  type GivenValue,
  type Group,
  GROUPS,
  type Layer,
  mergeLayers,
  valuesOf,
  VARIABLE_PREFIX,
} from "./flag.ts";
import { findFlag, FLAG_TABLE } from "./flags.ts";
import { readFlag, type Settings, toSettings } from "./settings.ts";
import { listed, messageOf, UsageError } from "./values.ts";

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
  const row = findFlag(`--${name}`);
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

export type ReadVariables =
  | {
    readonly kind: "variables";
    readonly layer: Layer;
    /** What the user may want to change. */
    readonly notices: readonly string[];
  }
  | { readonly kind: "invalid"; readonly messages: readonly string[] };

type Environment = Pick<Runtime, "variables">;

/** The unit of systemd passes flags on in it. */
const UNIT_FLAGS = `${VARIABLE_PREFIX}FLAGS`;
/** Kubernetes and Docker set these for a service that is called `serve`, and `SERVE_PORT=tcp://10.0.0.1:80`. */
const LINK_REGEXP = /^SERVE_(?:SERVICE|PORT)_(?:HOST|PORT|\d)/;
const LINK_VALUE_REGEXP = /^(?:tcp|udp|sctp):\/\//;

/** Reads the variables of the flags in some groups, and `SERVE_CONFIG`. */
export function readVariables(
  { variables }: Environment,
  groups: readonly Group[],
): ReadVariables {
  const rows = lazy(() => rowsByVariable(groups));
  const values = variables(VARIABLE_PREFIX, () => [...rows().keys()]);
  const layer = new Map<string, GivenValue>();
  const messages: string[] = [];
  for (const [name, row] of values.size === 0 ? [] : rows()) {
    const value = values.get(name) ?? "";
    if (value === "" || LINK_VALUE_REGEXP.test(value)) continue;
    try {
      const given = toGiven(row, value);
      row.read(given, row.name);
      layer.set(row.name, { given, source: { kind: "variable", name } });
    } catch (error) {
      messages.push(`${name}: ${messageOf(error)}`);
    }
  }
  return messages.length > 0
    ? { kind: "invalid", messages }
    : { kind: "variables", layer, notices: noticesOf(values) };
}

function rowsByVariable(
  groups: readonly Group[],
): ReadonlyMap<string, FlagRow> {
  const rows = FLAG_TABLE.filter(({ group, name }) =>
    groups.includes(group) || name === "config"
  );
  return new Map(rows.flatMap((row) => {
    const name = flagVariable(row);
    return name === undefined ? [] : [[name, row] as const];
  }));
}

/** What a variable gives for its flag: `1` and `0` for a switch, a line for each value of a list. */
function toGiven(
  { values, repeatable, otherwise }: FlagRow,
  value: string,
): Given {
  const isOn = readSwitch(value);
  if (values.length === 0) {
    if (isOn !== undefined) return isOn;
    throw new UsageError(`expected 1 or 0, not "${value}"`);
  }
  if (otherwise !== undefined && isOn !== undefined) {
    return isOn ? repeatable ? [otherwise] : otherwise : undefined;
  }
  return repeatable === true
    ? value.split("\n").filter((line) => line !== "")
    : value;
}

function readSwitch(value: string): boolean | undefined {
  if (value === "1" || value === "true") return true;
  return value === "0" || value === "false" ? false : undefined;
}

/** A sentence for each variable that is meant for the program, and means nothing to it. */
function noticesOf(
  values: ReadonlyMap<string, string>,
): readonly string[] {
  if (values.size === 0) return [];
  const all = FLAG_TABLE.flatMap((flag) => flagVariable(flag) ?? []);
  return [...values.keys()]
    .filter((name) =>
      !all.includes(name) && name !== UNIT_FLAGS && !LINK_REGEXP.test(name)
    )
    .map((name) => `The variable ${name} is no setting${nearTo(name, all)}`);
}

/** What may have been meant; the prefix, which all have, says nothing. */
function nearTo(name: string, all: readonly string[]): string {
  const near = nearestWords(
    name.slice(VARIABLE_PREFIX.length),
    all.map((other) => other.slice(VARIABLE_PREFIX.length)),
  );
  return near.length === 0
    ? ""
    : ` (did you mean ${listed(near.map((word) => VARIABLE_PREFIX + word))}?)`;
}
