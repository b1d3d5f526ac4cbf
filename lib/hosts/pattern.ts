/**
 * Paths of rules, and what they match: in one pass, without regular expressions over what a client
 * sends. A path is a list of names; a slash at its end is an empty name.
 *
 * @module
 */

import type { Matching } from "./dialect.ts";
import { type Invalid, invalid } from "./lines.ts";

/** What a placeholder stands for: one name or part of it; for `:splat` any number. */
export type Captures = ReadonlyMap<string, readonly string[]>;

/** A name: texts, and between them placeholders. */
interface NamePattern {
  readonly texts: readonly string[];
  readonly placeholders: readonly string[];
}

/** The name with `*` in it, and those behind it. */
interface Splat {
  /** What stands in front of `*` in its name. */
  readonly head: string;
  /** What stands behind it. */
  readonly tail: string;
  readonly after: readonly NamePattern[];
}

export interface Pattern {
  readonly kind: "pattern";
  readonly matching: Matching;
  readonly before: readonly NamePattern[];
  readonly splat: Splat | undefined;
  /** The path, where it has neither `*` nor placeholders: equal keys are the same. */
  readonly key: string | undefined;
}

const PLACEHOLDER_REGEXP = /:([A-Za-z]\w*)/;
/** Where placeholders are whole names, they may be called anything. */
const WHOLE_REGEXP = /^:(.+)$/;

/** Compiles a path, which begins with a slash. */
export function compilePattern(
  path: string,
  matching: Matching,
): Pattern | Invalid {
  const names = namesOf(path, matching);
  const at = names.findIndex((name) => name.includes("*"));
  const fault = faultOf(names, at, matching);
  if (fault !== undefined) return invalid(fault);
  const toName = (name: string) => readName(name, matching);
  if (at < 0) {
    const before = names.map(toName);
    const isPlain = placeholdersIn(before).length === 0;
    const key = isPlain ? keyOf(names, matching) : undefined;
    return { kind: "pattern", matching, before, splat: undefined, key };
  }
  const [head = "", tail = ""] = names[at]?.split("*") ?? [];
  const splat = { head, tail, after: names.slice(at + 1).map(toName) };
  const before = names.slice(0, at).map(toName);
  return {
    kind: "pattern",
    matching,
    key: undefined,
    ...matching.isLoose ? loosened(before, splat) : { before, splat },
  };
}

/** The names of a path, as they are compared. */
function namesOf(
  path: string,
  { isCaseSensitive, isSlashOptional }: Matching,
): string[] {
  const text = isCaseSensitive ? path : path.toLowerCase();
  const end = isSlashOptional && text.length > 1 && text.endsWith("/")
    ? -1
    : undefined;
  return text.slice(1, end).split("/");
}

function faultOf(
  names: readonly string[],
  at: number,
  { isSlashOptional, isWholeName }: Matching,
): string | undefined {
  const stars = names.join("").split("*").length - 1;
  if (stars > 1) return "more than one * is not supported";
  const pieces = names.map((name) => readName(name, { isWholeName }));
  const placeholders = placeholdersIn(pieces);
  const star = names[at];
  if (star !== undefined) {
    if (placeholdersIn([readName(star, { isWholeName })]).length > 0) {
      return "a placeholder and * in one name are not supported";
    }
    // netlify-redirector 0.5.0: `/h/*x` matches nothing.
    if (isSlashOptional && !star.endsWith("*")) {
      return "nothing may stand behind * in a name";
    }
    if (placeholders.includes("splat")) return "* and :splat are the same";
  }
  // Cloudflare drops such a rule without a word: its regular expression is invalid.
  const isTwice = placeholders.some((name, index) =>
    placeholders.slice(0, index).some((other) => name.startsWith(other))
  );
  return isTwice && !isWholeName
    ? "no placeholder may begin with the name of one in front of it"
    : undefined;
}

function readName(
  name: string,
  { isWholeName }: Pick<Matching, "isWholeName">,
): NamePattern {
  if (isWholeName) {
    const [, placeholder] = WHOLE_REGEXP.exec(name) ?? [];
    return placeholder === undefined
      ? { texts: [name], placeholders: [] }
      : { texts: ["", ""], placeholders: [placeholder] };
  }
  const parts = name.split(PLACEHOLDER_REGEXP);
  return {
    texts: parts.filter((_part, index) => index % 2 === 0),
    placeholders: parts.filter((_part, index) => index % 2 === 1),
  };
}

function placeholdersIn(names: readonly NamePattern[]): readonly string[] {
  return names.flatMap(({ placeholders }) => placeholders);
}

const NO_NAME: NamePattern = { texts: [], placeholders: [] };

/** `/a/*` as `/a*`. */
function loosened(
  before: readonly NamePattern[],
  splat: Splat,
): { readonly before: readonly NamePattern[]; readonly splat: Splat } {
  const { texts: [head = ""], placeholders } = before.at(-1) ?? NO_NAME;
  const isText = before.length > 0 && placeholders.length === 0;
  return isText && splat.head === ""
    ? { before: before.slice(0, -1), splat: { ...splat, head } }
    : { before, splat };
}

/** What paths have in common that are the same. */
export function keyOf(names: readonly string[], matching: Matching): string {
  return withoutSlash(names, matching).join("/");
}

function withoutSlash(
  names: readonly string[],
  { isSlashOptional }: Pick<Matching, "isSlashOptional">,
): readonly string[] {
  return isSlashOptional && names.at(-1) === "" ? names.slice(0, -1) : names;
}

/** What the placeholders of a pattern stand for; `undefined` where it does not match. */
export function matchPattern(
  { before, splat, matching }: Pattern,
  path: readonly string[],
): Captures | undefined {
  const captures = new Map<string, readonly string[]>();
  if (splat === undefined) {
    const names = withoutSlash(path, matching);
    const pattern = withoutEmptyEnd(before, matching);
    return names.length === pattern.length &&
        matchNames(pattern, names, 0, captures)
      ? captures
      : undefined;
  }
  if (path.length < before.length) return undefined;
  if (!matchNames(before, path, 0, captures)) return undefined;
  const rest = matchSplat(splat, path, before.length, matching, captures);
  if (rest === undefined) return undefined;
  return captures.set("splat", rest);
}

function withoutEmptyEnd(
  names: readonly NamePattern[],
  { isSlashOptional }: Matching,
): readonly NamePattern[] {
  const { texts } = names.at(-1) ?? NO_NAME;
  const isEmpty = texts.length === 1 && texts[0] === "";
  return isSlashOptional && isEmpty ? names.slice(0, -1) : names;
}

/** What stands behind `start` is copied once, and only where it matches: it is as long as a client wants. */
function matchSplat(
  { head, tail, after }: Splat,
  path: readonly string[],
  start: number,
  matching: Matching,
  captures: Map<string, readonly string[]>,
): readonly string[] | undefined {
  const { isSlashOptional } = matching;
  const pattern = withoutEmptyEnd(after, matching);
  const hasSlash = after.length > 0 && isSlashOptional && path.at(-1) === "";
  const end = path.length - (hasSlash ? 1 : 0) - pattern.length;
  if (end < start || !matchNames(pattern, path, end, captures)) {
    return undefined;
  }
  if (end === start) return isSlashOptional && head === "" ? [] : undefined;
  const first = path[start] ?? "";
  if (!first.startsWith(head)) return undefined;
  // netlify-redirector 0.5.0: `/a*` has the splat `b` for `/a/b`.
  const isBelow = isSlashOptional && head !== "" && first === head &&
    end - start > 1;
  const middle = path.slice(isBelow ? start + 1 : start, end);
  if (!isBelow) middle[0] = first.slice(head.length);
  const last = middle.pop() ?? "";
  if (!last.endsWith(tail)) return undefined;
  middle.push(last.slice(0, last.length - tail.length));
  return middle;
}

function matchNames(
  pattern: readonly NamePattern[],
  names: readonly string[],
  start: number,
  captures: Map<string, readonly string[]>,
): boolean {
  return pattern.every((name, index) =>
    matchName(name, names[start + index] ?? "", captures)
  );
}

/**
 * Whether a name matches. As in a regular expression, a placeholder takes as much as it can: so the
 * texts behind it are looked for from the end.
 */
function matchName(
  { texts, placeholders }: NamePattern,
  name: string,
  captures: Map<string, readonly string[]>,
): boolean {
  const [first = ""] = texts;
  if (placeholders.length === 0) return name === first;
  const last = texts.at(-1) ?? "";
  if (!name.startsWith(first) || !name.endsWith(last)) return false;
  let end = name.length - last.length;
  for (let index = placeholders.length - 1; index >= 0; index--) {
    const text = texts[index] ?? "";
    const at = index === 0 ? 0 : name.lastIndexOf(text, end - 1 - text.length);
    const start = at + text.length;
    // Each placeholder stands for one character at least.
    if (at < 0 || start >= end) return false;
    const placeholder = placeholders[index] ?? "";
    const capture = [name.slice(start, end)];
    captures.set(placeholder, captures.get(placeholder) ?? capture);
    end = at;
  }
  return true;
}

export function captureNames({ before, splat }: Pattern): readonly string[] {
  const names = placeholdersIn([...before, ...splat?.after ?? []]);
  return splat === undefined ? names : [...names, "splat"];
}
