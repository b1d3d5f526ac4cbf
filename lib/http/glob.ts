/**
 * Globs over paths, matched in one pass without backtracking: no path makes a pattern slow.
 *
 * @module
 */

/** A predicate over paths that begin with a slash. */
export type Glob = (path: string) => boolean;

/** The glob that matches every path. */
export const EVERYWHERE = "/**";

type Token =
  | { readonly kind: "literal"; readonly character: string }
  | { readonly kind: "one" }
  | { readonly kind: "many"; readonly slashes: boolean }
  /** The next `over` tokens are optional. */
  | { readonly kind: "maybe"; readonly over: number };

/**
 * Compiles a glob: `?` is a character, `*` any number of them, both without a slash;
 * `**` is anything. A leading slash may be left out.
 *
 * @param pattern The pattern.
 * @returns The predicate. Its time is proportional to the length of the path times that of the pattern.
 *
 * @example Usage
 * ```ts
 * import { compileGlob } from "@x/serve";
 * import { assert } from "@std/assert";
 *
 * const matches = compileGlob("/assets/**");
 * assert(matches("/assets/js/app.js"));
 * assert(!matches("/index.html"));
 * ```
 */
export function compileGlob(pattern: string): Glob {
  const tokens = tokenize(pattern.startsWith("/") ? pattern : `/${pattern}`);
  return (path) => {
    let states = skip(new Set([0]), tokens);
    for (const character of path) {
      const next = [...states].flatMap((state) =>
        step(state, tokens, character)
      );
      states = skip(new Set(next), tokens);
      if (states.size === 0) return false;
    }
    return states.has(tokens.length);
  };
}

function tokenize(pattern: string): readonly Token[] {
  return (pattern.match(/\*\*+\/|\*+|[^]/gu) ?? []).flatMap((text): Token[] => {
    const anything = { kind: "many", slashes: text.length > 1 } as const;
    if (text === "?") return [{ kind: "one" }];
    if (!text.startsWith("*")) return [{ kind: "literal", character: text }];
    if (!text.endsWith("/")) return [anything];
    // Directories, or none at all: `/a/**/b` is also `/a/b`.
    const slash = { kind: "literal", character: "/" } as const;
    return [{ kind: "maybe", over: 2 }, anything, slash];
  });
}

/** Adds the states behind optional tokens; a state is the number of matched tokens. */
function skip(states: Set<number>, tokens: readonly Token[]): Set<number> {
  for (const state of states) {
    const token = tokens[state];
    if (token?.kind === "many" || token?.kind === "maybe") {
      states.add(state + 1);
    }
    if (token?.kind === "maybe") states.add(state + 1 + token.over);
  }
  return states;
}

function step(
  state: number,
  tokens: readonly Token[],
  character: string,
): number[] {
  const token = tokens[state];
  switch (token?.kind) {
    case "literal":
      return token.character === character ? [state + 1] : [];
    case "one":
      return character === "/" ? [] : [state + 1];
    case "many":
      return token.slashes || character !== "/" ? [state] : [];
    case "maybe":
    case undefined:
      return [];
  }
}
