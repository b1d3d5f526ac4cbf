/**
 * What a handler remembers of `_redirects` and `_headers`.
 *
 * @module
 */

import type { HostRules } from "../hosts/host_rules.ts";
import type { Found } from "../ports/files.ts";
import type { Site } from "../site/site.ts";

/** A file as it was seen last: what was found, or why it cannot be read; `undefined` where nothing is there. */
export type SeenHostFile = Found | string | undefined;

/** The files of the host, and the rules in them. */
export interface HostFiles {
  /** The rules that hold; `undefined` before the first look. */
  rules: HostRules | undefined;
  /** What they were read from, by name; empty before the first look. */
  seen: ReadonlyMap<string, SeenHostFile>;
  /** What they said; nothing before they were read. */
  content: string;
  /** When to look again, in milliseconds since the epoch. */
  due: number;
  /** A look that has begun. */
  looking: Promise<void> | undefined;
}

/** How long the rules are fresh, in milliseconds. */
export const FRESH_MS = 1000;

/** Makes the state, without rules: they are read with the first request. */
export function createHostFiles(
  { routing: { hostFiles: host }, fileName }: Site,
): HostFiles | undefined {
  if (host === undefined || fileName !== undefined) return undefined;
  return {
    rules: undefined,
    seen: new Map(),
    content: "",
    due: -Infinity,
    looking: undefined,
  };
}

/** Whether it is time to look at the files again. A clock that was set back must not make rules last. */
export function isHostDue({ due }: HostFiles, now: number): boolean {
  return now >= due || due - now > FRESH_MS;
}

/** The same site as the host sees it: its policies without the one that hides these files. */
export function showingHostFiles(site: Site): Site {
  return { ...site, routing: { ...site.routing, hostFiles: undefined } };
}
