/**
 * How the hosts differ in what `_redirects` and `_headers` say: one table, measured with their own
 * parsers (netlify-redirector 0.5.0, netlify-redirect-parser 14.4.0, netlify-headers-parser 7.1.4,
 * and those of Cloudflare's wrangler 4.164.0).
 *
 * @module
 */

/** The hosts whose `_redirects` and `_headers` are read. */
export type Host = "netlify" | "cloudflare";

/** How paths of rules are matched. */
export interface Matching {
  /** Whether the names of a path are compared decoded, or as they stand in the URL. */
  readonly isDecoded: boolean;
  /** Whether `/a` is also `/a/`, and what is in front of `/*` counts without the slash. */
  readonly isSlashOptional: boolean;
  /** Whether a placeholder is a whole name, or any part of one. */
  readonly isWholeName: boolean;
  /** Whether `/a/*` is also `/ab`. */
  readonly isLoose: boolean;
  /** Whether case counts. */
  readonly isCaseSensitive: boolean;
}

export interface Dialect {
  /** Its name, for people. */
  readonly name: string;
  /** The longest line, in characters. */
  readonly longestLine: number;
  readonly redirects: Matching & {
    /** The status of a rule that says none. */
    readonly status: number;
    readonly statuses: readonly number[];
    /** Whether a file wins, unless `!` stands behind the status; otherwise the rule always does. */
    readonly fileWins: boolean;
    /** Whether parameters and conditions can stand in a line. */
    readonly hasConditions: boolean;
    /** Whether the query of the request is added to one of the target, or gives way to it. */
    readonly addsQuery: boolean;
    /** What a target on another host begins with. */
    readonly schemes: readonly string[];
    /** Whether a rule from `/` or `/*` to an index is a loop. */
    readonly refusesIndex: boolean;
    /** Whether the second rule for a path is told; it never counts. */
    readonly tellsDuplicates: boolean;
    /** How many rules without `*` and `:` there may be in front of all others; of these any number. */
    readonly mostStatic: number;
    /** How many other rules. */
    readonly mostDynamic: number;
  };
  readonly headers: Matching & {
    /** Whether a block can begin with `https://`. */
    readonly hasHosts: boolean;
    /** Whether `! Name` removes a field. */
    readonly removes: boolean;
    /** Whether a block takes the place of an earlier one for the same path. */
    readonly replaces: boolean;
    /** Whether `:splat` and `:name` in values are replaced. */
    readonly substitutes: boolean;
    /** Whether redirects have the fields, too. */
    readonly onRedirects: boolean;
    /** How many blocks. */
    readonly mostBlocks: number;
  };
}

/** Netlify has no bounds that we know of. These are ours: of what is compared one by one, and of a line. */
const MOST_COMPARED = 2000;
const LONGEST_LINE = 10_000;

const NETLIFY: Matching = {
  isDecoded: true,
  isSlashOptional: true,
  isWholeName: true,
  isLoose: false,
  isCaseSensitive: true,
};

const CLOUDFLARE: Matching = {
  isDecoded: false,
  isSlashOptional: false,
  isWholeName: false,
  isLoose: false,
  isCaseSensitive: true,
};

export const DIALECTS: Readonly<Record<Host, Dialect>> = {
  netlify: {
    name: "Netlify",
    longestLine: LONGEST_LINE,
    redirects: {
      ...NETLIFY,
      status: 301,
      statuses: [200, 301, 302, 303, 307, 308, 404, 410],
      fileWins: true,
      hasConditions: true,
      addsQuery: true,
      schemes: ["https:", "http:"],
      refusesIndex: false,
      tellsDuplicates: false,
      mostStatic: Infinity,
      mostDynamic: MOST_COMPARED,
    },
    headers: {
      ...NETLIFY,
      isLoose: true,
      isCaseSensitive: false,
      hasHosts: false,
      removes: false,
      replaces: false,
      substitutes: false,
      onRedirects: false,
      mostBlocks: MOST_COMPARED,
    },
  },
  cloudflare: {
    name: "Cloudflare Pages",
    longestLine: 2000,
    redirects: {
      ...CLOUDFLARE,
      status: 302,
      statuses: [200, 301, 302, 303, 307, 308],
      fileWins: false,
      hasConditions: false,
      addsQuery: false,
      schemes: ["https:"],
      refusesIndex: true,
      tellsDuplicates: true,
      mostStatic: 2000,
      mostDynamic: 100,
    },
    headers: {
      ...CLOUDFLARE,
      hasHosts: true,
      removes: true,
      replaces: true,
      substitutes: true,
      onRedirects: true,
      mostBlocks: 100,
    },
  },
};
