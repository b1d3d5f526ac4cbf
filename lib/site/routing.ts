/**
 * How URLs lead to files as hosts of sites do it: what a user says, and the same, checked; and what other
 * options are checked by as well: paths below the root, and logs.
 *
 * @module
 */

import type { Host } from "../hosts/dialect.ts";
import { typeError } from "../http/type_error.ts";

export type { Host };

/** Takes lines about `_redirects` and `_headers`: those that are ignored, and what counts. */
export type HostFilesLog = (line: string) => unknown;

/** Whether the URLs of directories and pages end with a slash. */
export type TrailingSlash = "always" | "never" | "keep";

/** What a user may say of URLs; everything may be left out. */
export interface RoutingOptions {
  /**
   * Whether navigations to what is not there get a page, with 200, as applications of one page want
   * it: `true` for `index.html`, or the path of that page below the root. A missing script, style,
   * picture or API stays 404.
   *
   * @default {false}
   */
  readonly spa?: boolean | string | undefined;
  /**
   * Whether `/about` is `about.html`, and `/about.html` leads to `/about` (301). Each page has one URL.
   *
   * @default {false}
   */
  readonly cleanUrls?: boolean | undefined;
  /**
   * Whether the URLs of directories and, with `cleanUrls`, of pages end with a slash: always, never, or as they
   * do without this option.
   *
   * @default {"keep"}
   */
  readonly trailingSlash?: TrailingSlash | undefined;
  /**
   * Whether `_redirects` and `_headers` in the root are read, as the named host reads them; they are
   * hidden then.
   *
   * @default {false}
   */
  readonly hostFiles?: Host | false | undefined;
  /**
   * Called for every line that tells of `_redirects` and `_headers` when they are read: the lines
   * that are ignored, each with its number and the reason, and how many count; `false` for nothing.
   *
   * @default {"lines on the standard error output"}
   */
  readonly hostFilesLog?: HostFilesLog | false | undefined;
}

/** How URLs lead to files. */
export interface Routing {
  /** The names that lead to the page of an application; `undefined` where there is none. */
  readonly spa: readonly string[] | undefined;
  /** Whether pages have no extension in URLs. */
  readonly cleanUrls: boolean;
  readonly trailingSlash: TrailingSlash;
  /** The host whose files are read. */
  readonly hostFiles: Host | undefined;
  /** Is told of them. */
  readonly hostFilesLog: HostFilesLog;
}

const SLASHES: readonly unknown[] = ["always", "never", "keep"];
const HOSTS: readonly unknown[] = ["netlify", "cloudflare"];

/** Checks and completes the options. */
export function toRouting(
  {
    spa = false,
    cleanUrls = false,
    trailingSlash = "keep",
    hostFiles = false,
    hostFilesLog,
  }: RoutingOptions,
  defaultLog: HostFilesLog = () => {},
): Routing {
  if (!SLASHES.includes(trailingSlash)) {
    throw typeError`Cannot use ${trailingSlash} as trailingSlash: expected "always", "never" or "keep"`;
  }
  if (hostFiles !== false && !HOSTS.includes(hostFiles)) {
    throw typeError`Cannot use ${hostFiles} as hostFiles: expected "netlify" or "cloudflare"`;
  }
  return {
    spa: spa === false ? undefined : toNames(spa),
    cleanUrls,
    trailingSlash,
    hostFiles: hostFiles === false ? undefined : hostFiles,
    hostFilesLog: hostFilesLog === false
      ? () => {}
      : withoutErrors(hostFilesLog ?? defaultLog),
  };
}

/** The same for who names files, and not pages. */
export function byName(routing: Routing): Routing {
  return { ...routing, cleanUrls: false, trailingSlash: "keep" };
}

/** `./app.html` and `/app.html` are `["app.html"]`. */
function toNames(spa: true | string): readonly string[] {
  if (spa === true) return ["index.html"];
  const names = namesBelow(spa);
  if (names !== undefined && names.length > 0) return names;
  throw typeError`Cannot use ${spa} as spa: expected the path of a page below the root`;
}

/** `./inbox/` and `/inbox` are `["inbox"]`, and `/` is none; `undefined` for what is no such path. */
export function namesBelow(path: unknown): readonly string[] | undefined {
  if (typeof path !== "string" || path.includes("\0")) return undefined;
  const names = path.split("/").filter((name) => name !== "" && name !== ".");
  return names.includes("..") ? undefined : names;
}

/** What a log throws, or rejects with, must not end the server. */
export function withoutErrors<T>(
  report: (line: T) => unknown,
): (line: T) => void {
  return (line) => {
    new Promise((resolve) => resolve(report(line))).catch(() => {});
  };
}
