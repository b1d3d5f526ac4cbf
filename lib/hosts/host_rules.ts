/**
 * What `_redirects` and `_headers` say for a request: which rule leads it elsewhere, and which
 * fields its answer gets.
 *
 * @module
 */

import type { FieldChange } from "../http/metadata.ts";
import type { Dialect, Matching } from "./dialect.ts";
import { type HeaderBlock, type HeaderBlocks, toField } from "./headers.ts";
import { type Captures, keyOf, matchPattern } from "./pattern.ts";
import type { RedirectRule, RedirectRules } from "./redirects.ts";
import { type Destination, substitute, substituteText } from "./rule_target.ts";

/** The path of a request below the root: names; a slash at the end is an empty one. */
export interface AskedPath {
  /** Decoded. */
  readonly decoded: readonly string[];
  /** As the URL standard writes them. */
  readonly encoded: readonly string[];
  /** With its question mark, or nothing. */
  readonly query: string;
  /** The name of the host that was asked, without a port. */
  readonly host: string;
}

/** A rule that is for a request, and where it leads. */
export interface Match {
  readonly rule: RedirectRule;
  readonly to: Destination;
}

export interface HostRules {
  readonly dialect: Dialect;
  /** The first rule that is for a path, and does not lead back to it. */
  readonly redirectOf: (asked: AskedPath) => Match | undefined;
  /** What happens to the fields of its answer, in order. */
  readonly changesOf: (asked: AskedPath) => readonly FieldChange[];
}

/** Makes the rules of what was read. */
export function createHostRules(
  { rules }: Pick<RedirectRules, "rules">,
  { blocks }: Pick<HeaderBlocks, "blocks">,
  dialect: Dialect,
): HostRules {
  return {
    dialect,
    redirectOf: createRedirects(rules, dialect),
    changesOf: (asked) => {
      const names = namesOf(asked, dialect.headers);
      return blocks.flatMap((block) =>
        changesBy(block, names, asked.host, dialect)
      );
    },
  };
}

/** Rules without placeholders are found by their path, so that thousands cost nothing; the others are compared in order. */
function createRedirects(
  rules: readonly RedirectRule[],
  { redirects }: Dialect,
): HostRules["redirectOf"] {
  const exact = new Map<string, RedirectRule>();
  for (const rule of rules) {
    const { key } = rule.from;
    if (key !== undefined && !exact.has(key)) exact.set(key, rule);
  }
  const others = rules.filter(({ from }) => from.key === undefined);
  return (asked) => {
    const names = namesOf(asked, redirects);
    const path = `/${asked.encoded.join("/")}`;
    const first = exact.get(keyOf(names, redirects));
    for (const rule of inOrder(others, first)) {
      const captures = matchPattern(rule.from, names);
      if (captures === undefined) continue;
      const to = substitute(rule.to, captures, asked.query, redirects);
      const isBack = to.origin === undefined && to.path === path;
      if (!isBack) return { rule, to };
    }
    return undefined;
  };
}

/** The rules with one of them at its place. */
function* inOrder(
  rules: readonly RedirectRule[],
  one: RedirectRule | undefined,
): Generator<RedirectRule> {
  let left = one;
  for (const rule of rules) {
    if (left !== undefined && left.line < rule.line) {
      yield left;
      left = undefined;
    }
    yield rule;
  }
  if (left !== undefined) yield left;
}

function namesOf(
  { decoded, encoded }: AskedPath,
  { isDecoded, isCaseSensitive }: Matching,
): readonly string[] {
  const names = isDecoded ? decoded : encoded;
  return isCaseSensitive ? names : names.map((name) => name.toLowerCase());
}

function changesBy(
  { host, path, removed, fields }: HeaderBlock,
  names: readonly string[],
  asked: string,
  { headers }: Dialect,
): readonly FieldChange[] {
  const captures = matchPattern(path, names);
  const hosts = host && matchPattern(host, asked.split("."));
  if (captures === undefined || host !== undefined && hosts === undefined) {
    return [];
  }
  const all: Captures = new Map([...hosts ?? [], ...captures]);
  return [
    ...removed.map((name) => ({ kind: "remove", name }) as const),
    ...fields.flatMap(([name, value]) => {
      const field = headers.substitutes
        ? toField(name, substituteText(value, all))
        : [name, value] as const;
      return typeof field === "string" ? [] : [{ kind: "set", field } as const];
    }),
  ];
}
