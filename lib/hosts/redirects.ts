/**
 * Reads `_redirects`: rules in the order of the file, and the lines that are ignored.
 *
 * @module
 */

import type { Dialect } from "./dialect.ts";
import {
  type Invalid,
  invalid,
  type Line,
  type Problem,
  readLines,
} from "./lines.ts";
import { compilePattern, type Pattern } from "./pattern.ts";
import { readTargetText, type RuleTarget } from "./rule_target.ts";

export interface RedirectRule {
  readonly line: number;
  readonly from: Pattern;
  readonly to: RuleTarget;
  readonly status: number;
  /** Whether it counts where a file is, too. */
  readonly isForced: boolean;
}

/** The rules of a file, in order. */
export interface RedirectRules {
  readonly rules: readonly RedirectRule[];
  readonly problems: readonly Problem[];
}

interface RuleText {
  readonly from: string;
  readonly to: string;
  readonly status: string | undefined;
}

type Read<T> = T | Invalid;

export function parseRedirects(text: string, dialect: Dialect): RedirectRules {
  const { lines, problems } = readLines(text, dialect.longestLine);
  const found: Problem[] = [...problems];
  const rules: RedirectRule[] = [];
  const count = createCounter(dialect);
  const seen = new Set<string>();
  for (const line of lines) {
    const rule = readRule(line, dialect);
    const fault = rule.kind === "invalid"
      ? rule.message
      : count(rule.rule) ?? duplicateOf(rule, seen, dialect);
    if (fault !== undefined) {
      found.push({ line: line.number, message: fault });
    } else if (rule.kind === "rule") rules.push(rule.rule);
  }
  return { rules, problems: found.sort((a, b) => a.line - b.line) };
}

interface ReadRule {
  readonly kind: "rule";
  readonly rule: RedirectRule;
  readonly from: string;
}

function readRule(
  { number: line, text }: Line,
  dialect: Dialect,
): Read<ReadRule> {
  const { redirects } = dialect;
  const tokens = withoutComment(text.split(/\s+/));
  const texts = redirects.hasConditions
    ? readConditional(tokens)
    : readThree(tokens);
  if ("kind" in texts) return texts;
  const from = readFrom(texts.from, dialect);
  if (typeof from !== "string") return from;
  const pattern = compilePattern(from, redirects);
  if (pattern.kind === "invalid") return pattern;
  const to = readTargetText(texts.to, pattern, redirects);
  if (to.kind === "invalid") return to;
  const { status, isForced } = readStatus(texts.status, dialect);
  if (status === undefined) {
    return invalid(
      `${dialect.name} rules have the status ${redirects.statuses.join(", ")}`,
      texts.status,
    );
  }
  const rule = { line, from: pattern, to, status, isForced };
  const fault = targetFault(rule, from, dialect);
  return fault === undefined
    ? { kind: "rule", rule, from }
    : invalid(fault, texts.to);
}

/** Both hosts take a word that begins with # for a comment; the first cannot be one. */
function withoutComment(words: readonly string[]): readonly string[] {
  const at = words.findIndex((word) => word.startsWith("#"));
  return at < 0 ? words : words.slice(0, at);
}

/** `from to [status]` and nothing else. */
function readThree(words: readonly string[]): Read<RuleText> {
  const [from, to, status, more] = words;
  if (from === undefined || to === undefined) {
    return invalid("a rule needs a path and a target");
  }
  return more === undefined
    ? { from, to, status }
    : invalid("a rule has a path, a target and a status, and no more", more);
}

const TARGET_REGEXP = /^(?:\/|https?:\/\/)/i;

/** `from [parameters] to [status] [conditions]`. */
function readConditional(
  [from = "", ...words]: readonly string[],
): Read<RuleText> {
  const at = words.findIndex((word) => TARGET_REGEXP.test(word));
  const to = words[at];
  if (to === undefined) {
    return words.length === 0
      ? invalid("a rule needs a path and a target")
      : invalid("a target begins with /, http:// or https://", words[0]);
  }
  if (at > 0) {
    return invalid("matching queries is not supported", words[0]);
  }
  const [status, ...rest] = words.slice(1);
  const conditions = [...isCondition(status) ? [status] : [], ...rest]
    .filter(isCondition);
  return conditions.length > 0
    ? invalid("conditions are not supported", conditions.join(" "))
    : { from, to, status };
}

function isCondition(word: string | undefined): word is string {
  return word?.includes("=") === true;
}

/** The path that a rule is for. */
function readFrom(
  text: string,
  { name, redirects }: Dialect,
): Read<string> {
  if (/^https?:\/\//i.test(text)) {
    return invalid("rules for one host are not supported", text);
  }
  if (redirects.isDecoded) {
    if (!text.startsWith("/")) return invalid("a path begins with /", text);
    return text.startsWith("/.netlify")
      ? invalid(`${name} has no rules for /.netlify`, text)
      : text;
  }
  return toUrlPath(text.startsWith("/") ? text : `/${text}`) ??
    invalid("this is no path", text);
}

/** A path as the URL standard writes it; a query and a fragment are left out. */
export function toUrlPath(path: string): string | undefined {
  const url = `http://localhost${path}`;
  return URL.canParse(url) ? new URL(url).pathname : undefined;
}

function readStatus(
  text: string | undefined,
  { redirects }: Dialect,
): { readonly status: number | undefined; readonly isForced: boolean } {
  if (text === undefined) return { status: redirects.status, isForced: false };
  const isForced = redirects.fileWins && text.endsWith("!");
  const digits = isForced ? text.slice(0, -1) : text;
  const status = /^\d{3}$/.test(digits)
    ? redirects.statuses.find((status) => status === Number(digits))
    : undefined;
  return { status, isForced };
}

/** Why a rule cannot have its target. */
function targetFault(
  { from, to, status }: RedirectRule,
  path: string,
  { redirects }: Dialect,
): string | undefined {
  const isRedirect = status >= 300 && status < 400;
  if (to.origin !== undefined) {
    return isRedirect ? undefined : "other hosts are not asked (no proxying)";
  }
  const isIndex = /\/index(?:\.html)?$/.test(to.text);
  if (redirects.refusesIndex && isIndex && /\/\*?$/.test(path)) {
    return "this is an endless loop: the index of a directory is its URL";
  }
  const isSelf = isRedirect && from.key !== undefined && to.text === path;
  return isSelf ? "this leads to itself" : undefined;
}

/** Counts rules; says why one is too many. */
function createCounter(
  { redirects: { mostStatic, mostDynamic } }: Dialect,
): (rule: RedirectRule) => string | undefined {
  let [first, other] = [0, 0];
  let isFirst = true;
  return ({ from }) => {
    isFirst &&= from.key !== undefined;
    // Where any number of static rules is allowed, they count nowhere.
    if (isFirst || from.key !== undefined && mostStatic === Infinity) {
      return ++first > mostStatic
        ? `there may be ${mostStatic} rules without * and :`
        : undefined;
    }
    return ++other > mostDynamic
      ? `there may be ${mostDynamic} rules with * or :, and behind the first of them`
      : undefined;
  };
}

function duplicateOf(
  { from }: ReadRule,
  seen: Set<string>,
  { redirects }: Dialect,
): string | undefined {
  const isDuplicate = seen.has(from) && redirects.tellsDuplicates;
  seen.add(from);
  return isDuplicate ? `there is a rule for this path already` : undefined;
}
