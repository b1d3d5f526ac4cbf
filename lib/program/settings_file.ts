/**
 * Settings in a file: every flag by its name, as JSON with comments and commas at the end. All that
 * is wrong is told, each with its line and column.
 *
 * @module
 */

import {
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from "jsonc-parser";
import { nearestWords } from "../pages/nearest.ts";
import type { Paths, Runtime } from "../ports/runtime.ts";
import {
  type FlagRow,
  type Given,
  type GivenValue,
  isFileSetting,
  type Layer,
  takesBoolean,
} from "./flag.ts";
import { findFlag, FLAG_TABLE } from "./flags.ts";
import { listed, messageOf, UsageError } from "./values.ts";

/** What a file says, or all that is wrong in it. */
export type SettingsFile =
  | { readonly kind: "layer"; readonly layer: Layer }
  | { readonly kind: "invalid"; readonly messages: readonly string[] };

/** More would fill a screen, and have the same reason. */
export const MAX_FILE_ERRORS = 20;

/** What is wrong at an offset in the text. */
interface Fault {
  readonly offset: number;
  readonly message: string;
}

export function readSettingsFile(
  path: string,
  { readText, paths }: Pick<Runtime, "paths" | "readText">,
): SettingsFile {
  const read = readText(path);
  if (read.kind === "text") return parseSettings(read.text, path, paths);
  return { kind: "invalid", messages: [`--config "${path}": ${read.message}`] };
}

/** Reads the text of a file of settings; `path` is what its paths are relative to. */
export function parseSettings(
  text: string,
  path: string,
  paths: Paths,
): SettingsFile {
  const json = text.replace(/^\uFEFF/, ""); // editors of Windows write it
  const lines = lineStarts(json);
  const { root, faults } = parse(json);
  const layer = new Map<string, GivenValue>();
  const seen = new Map<string, string>();
  const attempt: Attempt = ({ offset }, action) => {
    try {
      return action();
    } catch (error) {
      faults.push({ offset, message: messageOf(error) });
      return undefined;
    }
  };
  const locate = (name: string) => resolve(name, path, paths);
  for (const property of root?.children ?? []) {
    const place = `${path}:${positionOf(property.offset, lines)[0]}`;
    const [key, value] = property.children ?? [];
    const name = String(key?.value);
    const row = attempt(property, () => {
      refuseTwice(name, seen, place);
      return name === "$schema" ? undefined : rowOf(name);
    });
    if (row === undefined || value === undefined) continue;
    const given = readValue(row, value, { attempt, locate });
    layer.set(name, { given, source: { kind: "file", place } });
  }
  if (faults.length === 0) return { kind: "layer", layer };
  return { kind: "invalid", messages: toMessages(faults, path, lines) };
}

/** Does something with a part of the file; what is wrong there is told with the others. */
type Attempt = <T>(node: Node, action: () => T) => T | undefined;

interface Reading {
  readonly attempt: Attempt;
  /** A path relative to the directory of the file. */
  readonly locate: (name: string) => string;
}

function refuseTwice(
  name: string,
  seen: Map<string, string>,
  place: string,
): void {
  const first = seen.get(name);
  if (first !== undefined) {
    throw new UsageError(`"${name}" is there twice, also at ${first}`);
  }
  seen.set(name, place);
}

/** The object, and what is wrong with the text. */
function parse(
  text: string,
): { readonly root: Node | undefined; readonly faults: Fault[] } {
  const errors: ParseError[] = [];
  const options = { allowTrailingComma: true, allowEmptyContent: false };
  try {
    const root = parseTree(text, errors, options);
    const faults = toFaults(errors);
    if (root === undefined || root.type === "object") return { root, faults };
    const message = 'expected an object, such as {"port": 8080}';
    const { offset } = root;
    return { root: undefined, faults: [...faults, { offset, message }] };
  } catch (error) {
    // The parser calls itself for each bracket.
    if (!(error instanceof RangeError)) throw error;
    const message = "it is nested too deep";
    return { root: undefined, faults: [{ offset: 0, message }] };
  }
}

const SYNTAX: Readonly<Record<string, string>> = {
  InvalidSymbol: "no value of JSON; text stands in double quotes",
  InvalidNumberFormat: "no number of JSON",
  PropertyNameExpected: "expected a name in double quotes",
  ValueExpected: "expected a value",
  ColonExpected: "expected a colon",
  CommaExpected: "expected a comma",
  CloseBraceExpected: "expected }",
  CloseBracketExpected: "expected ]",
  EndOfFileExpected: "expected nothing more",
  UnexpectedEndOfComment: "the comment has no end",
  UnexpectedEndOfString: "the text has no end",
  UnexpectedEndOfNumber: "the number has no end",
  InvalidUnicode: "no escape of JSON: \\u needs four digits",
  InvalidEscapeCharacter: "no escape of JSON; a backslash is written \\\\",
  InvalidCharacter: "no character of JSON; in text a control character is \\u…",
};

function toFaults(errors: readonly ParseError[]): Fault[] {
  const codes = errors.map(({ error }) => printParseErrorCode(error));
  return errors.flatMap(({ offset }, at) => {
    const code = codes[at] ?? "";
    // The parser misses a value also where it has told that there is none of JSON.
    const isTold = code === "ValueExpected" &&
      codes[at - 1] === "InvalidSymbol";
    return isTold ? [] : [{ offset, message: SYNTAX[code] ?? code }];
  });
}

function rowOf(name: string): FlagRow {
  const row = findFlag(`--${name}`);
  if (row !== undefined && isFileSetting(row)) return row;
  if (row !== undefined) {
    throw new UsageError(
      `"${name}" is no setting: it stands on a command line`,
    );
  }
  const names = FLAG_TABLE.filter(isFileSetting).map(({ name }) => name);
  const near = nearestWords(name.replace(/^-+/, ""), names);
  const hint = near.length === 0 ? "" : ` (did you mean ${listed(near)}?)`;
  throw new UsageError(`unknown setting "${name}"${hint}`);
}

/** Reads a value as its row does. */
function readValue(row: FlagRow, node: Node, reading: Reading): Given {
  if (node.type === "boolean" && takesBoolean(row)) {
    return row.values.length === 0 || row.on === true
      ? node.value
      : flagAlone(row, node.value);
  }
  const isList = node.type === "array" && row.repeatable === true;
  const texts = (isList ? node.children ?? [] : [node]).flatMap((element) => {
    const text = reading.attempt(
      element,
      () => readText(row, element, reading),
    );
    return text === undefined ? [] : [text];
  });
  return row.repeatable === true ? texts : texts[0];
}

/** A flag without its value, or its default. */
function flagAlone({ otherwise, repeatable }: FlagRow, isOn: boolean): Given {
  if (!isOn || otherwise === undefined) return undefined;
  return repeatable === true ? [otherwise] : otherwise;
}

/** Reads one value; a number is as good as its text. */
function readText(row: FlagRow, node: Node, { locate }: Reading): string {
  const isText = node.type === "string" || node.type === "number";
  if (!isText || row.values.length === 0) throw wrongKind(row);
  const value = String(node.value);
  const quoted = `"${row.name}"`;
  if (value === "") throw new UsageError(`${quoted} is empty`);
  // No word of a command line has one, and no path.
  if (value.includes("\0")) {
    throw new UsageError(`${quoted} has a NUL character`);
  }
  const { closed, choices = [], repeatable } = row;
  if (closed === true && !choices.includes(value)) {
    throw new UsageError(`${quoted} needs ${listed(choices)}, not "${value}"`);
  }
  const located = row.locate?.(value, locate) ?? value;
  row.read(repeatable === true ? [located] : located, row.name);
  return located;
}

/** A path relative to the directory of the file. */
function resolve(
  name: string,
  file: string,
  { isAbsolute, join }: Paths,
): string {
  return isAbsolute(name) ? name : join(file, "..", name);
}

function wrongKind(row: FlagRow): UsageError {
  const kinds = [
    ...takesBoolean(row) ? ["true", "false"] : [],
    ...row.values.length > 0 ? ["text", "a number"] : [],
    ...row.repeatable === true ? ["a list of these"] : [],
  ];
  return new UsageError(`"${row.name}" needs ${listed(kinds)}`);
}

function lineStarts(text: string): readonly number[] {
  return [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
}

/** The line and the column of an offset, from 1. */
function positionOf(
  offset: number,
  lines: readonly number[],
): readonly [line: number, column: number] {
  let [low, high] = [0, lines.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((lines[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return [low + 1, offset - (lines[low] ?? 0) + 1];
}

function toMessages(
  faults: readonly Fault[],
  path: string,
  lines: readonly number[],
): readonly string[] {
  const sorted = faults.toSorted((a, b) => a.offset - b.offset);
  const messages = sorted.slice(0, MAX_FILE_ERRORS).map(
    ({ offset, message }) =>
      [path, ...positionOf(offset, lines)].join(":") + `: ${message}`,
  );
  const left = sorted.length - messages.length;
  return left === 0 ? messages : [...messages, `${path}: and ${left} more`];
}
