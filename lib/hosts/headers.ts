/**
 * Reads `_headers`: blocks of fields by path, and the lines that are ignored.
 *
 * @module
 */

import {
  checkedField,
  type Field,
  type Fields,
  fieldValue,
} from "../http/field.ts";
import type { Dialect } from "./dialect.ts";
import { guardedFault } from "./guarded_fields.ts";
import {
  type Invalid,
  invalid,
  type Line,
  type Problem,
  quote,
  readLines,
} from "./lines.ts";
import { compilePattern, type Pattern } from "./pattern.ts";
import { toUrlPath } from "./redirects.ts";

/** Fields for a path. */
export interface HeaderBlock {
  /** The host that it is for; `undefined` for every host. */
  readonly host: Pattern | undefined;
  readonly path: Pattern;
  /** Names of fields to remove, in lower case, before the others are set. */
  readonly removed: readonly string[];
  /** The fields; of each name one. */
  readonly fields: readonly Field[];
}

/** The blocks of a file, in order. */
export interface HeaderBlocks {
  readonly blocks: readonly HeaderBlock[];
  readonly problems: readonly Problem[];
}

interface OpenBlock {
  readonly line: number;
  /** Its path as the host normalises it. */
  readonly key: string;
  readonly host: Pattern | undefined;
  readonly path: Pattern;
  readonly removed: string[];
  readonly fields: Map<string, Field>;
  /** Whether there is a line in it. */
  isUsed: boolean;
}

/** Reads the file; fields that an option sets stay as they are. */
export function parseHeaders(
  text: string,
  dialect: Dialect,
  fixed: Fields = [],
): HeaderBlocks {
  const { lines, problems } = readLines(text, dialect.longestLine);
  const found: Problem[] = [...problems];
  const blocks: OpenBlock[] = [];
  const { mostBlocks } = dialect.headers;
  let count = 0;
  let current: OpenBlock | "ignored" | undefined;
  for (const line of lines) {
    if (!isPath(line, dialect)) {
      const message = readLine(line, current, dialect, fixed);
      if (message !== undefined) found.push({ line: line.number, message });
      continue;
    }
    const block = ++count > mostBlocks
      ? invalid(`there may be ${mostBlocks} blocks`)
      : openBlock(line, dialect);
    if ("message" in block) {
      found.push({ line: line.number, message: block.message });
      current = "ignored";
    } else blocks.push(current = block);
  }
  const full = blocks.filter(({ fields, removed }) =>
    fields.size + removed.length > 0
  );
  for (const { line } of blocks.filter(({ isUsed }) => !isUsed)) {
    found.push({ line, message: "a block without fields" });
  }
  return {
    blocks: dialect.headers.replaces ? lastOfEach(full, found) : full.map(done),
    problems: found.sort((a, b) => a.line - b.line),
  };
}

/** Indentation does not count: what is no path is a field. */
function isPath({ text }: Line, { headers }: Dialect): boolean {
  return text.startsWith("/") || headers.hasHosts && /^\S+:\/\//.test(text);
}

function openBlock(
  { number: line, text }: Line,
  { headers }: Dialect,
): OpenBlock | Invalid {
  const [, scheme, name = "", rest = text] =
    /^([^\s/]+):\/\/([^/]*)(.*)$/.exec(text) ?? [];
  if (scheme !== undefined && scheme !== "https" || /:\d+$/.test(name)) {
    return invalid(`a block begins with / or https://, without a port`);
  }
  const key = headers.isDecoded ? rest : toUrlPath(rest || "/");
  if (key === undefined) return invalid("this is no path", text);
  const path = compilePattern(key, headers);
  if (path.kind === "invalid") return path;
  // The parts of a host end at dots.
  const host = scheme === undefined
    ? undefined
    : compilePattern(`/${name.replaceAll(".", "/")}`, headers);
  if (host?.kind === "invalid") return host;
  return {
    line,
    key: `${scheme && name}${key}`,
    host,
    path,
    removed: [],
    fields: new Map(),
    isUsed: false,
  };
}

/** Adds what a line says to its block; or says why not. */
function readLine(
  { text }: Line,
  block: OpenBlock | "ignored" | undefined,
  dialect: Dialect,
  fixed: Fields,
): string | undefined {
  if (block === undefined) return "a path must come before the first field";
  // Why its path is none has been told.
  if (block === "ignored") return undefined;
  block.isUsed = true;
  const removed = /^!\s+(\S+)$/.exec(text)?.[1]?.toLowerCase();
  if (removed !== undefined) {
    return remove(removed, block, dialect, fixed);
  }
  const colon = text.indexOf(":");
  if (colon < 0) return `expected a field such as "Name: value"`;
  const name = text.slice(0, colon).trim();
  const value = text.slice(colon + 1).trim();
  if (value === "") return `the field ${quote(name)} has no value`;
  const lower = name.toLowerCase();
  const fault = guardedFault(lower, value) ?? fixedFault(lower, value, fixed);
  if (fault !== undefined) return fault;
  const [, former] = block.fields.get(lower) ?? [];
  const joined = former === undefined ? value : `${former}, ${value}`;
  const field = toField(name, joined);
  if (typeof field === "string") return field;
  block.fields.set(lower, field);
  return undefined;
}

function remove(
  name: string,
  { removed }: OpenBlock,
  { name: host, headers }: Dialect,
  fixed: Fields,
): string | undefined {
  if (!headers.removes) return `${host} does not remove fields`;
  const fault = guardedFault(name, undefined) ??
    fixedFault(name, undefined, fixed);
  if (fault === undefined) removed.push(name);
  return fault;
}

/** Whoever starts the server has the last word: `--isolate`, say, protects more than this site. */
function fixedFault(
  name: string,
  value: string | undefined,
  fixed: Fields,
): string | undefined {
  const set = fieldValue(fixed, name);
  return set === undefined || set === value
    ? undefined
    : `${name} cannot be changed: an option of the server sets it`;
}

/** The field, or why it is none. */
export function toField(name: string, value: string): Field | string {
  try {
    return checkedField(name, value);
  } catch (error) {
    return (error as TypeError).message;
  }
}

/** The last block for each path, at the place of the first. */
function lastOfEach(
  blocks: readonly OpenBlock[],
  problems: Problem[],
): HeaderBlock[] {
  const byPath = new Map<string, OpenBlock>();
  for (const block of blocks) {
    const former = byPath.get(block.key);
    byPath.set(block.key, block);
    if (former === undefined) continue;
    const { line } = former;
    const message = `the block for the same path in line ${block.line} counts`;
    problems.push({ line, message });
  }
  return [...byPath.values()].map(done);
}

function done({ host, path, removed, fields }: OpenBlock): HeaderBlock {
  return { host, path, removed, fields: [...fields.values()] };
}
