/**
 * Entries of archives, and how they are named.
 *
 * @module
 */

import { alternatives } from "../files/alternatives.ts";
import {
  WINDOWS_CHARACTERS_REGEXP,
  WINDOWS_DEVICES_REGEXP,
} from "../files/locate.ts";
import type { StoredSource } from "../http/body.ts";

export interface ArchiveEntry {
  /** Its path in the archive; that of a directory ends with a slash. */
  readonly name: string;
  /** The time of modification in whole seconds since the epoch. */
  readonly seconds: number;
  /** Whether any user may execute it. */
  readonly isExecutable: boolean;
  /** Where its bytes come from; `undefined` for a directory. */
  readonly source: StoredSource | undefined;
}

/** The permission bits of an entry. */
export function modeOf({ source, isExecutable }: ArchiveEntry): number {
  return source === undefined || isExecutable ? 0o755 : 0o644;
}

/** What Windows drops at the end of a name. */
const DROPPED_REGEXP = /[. ]+$/;

/** A name that every system can have. */
function portableName(name: string): string {
  const allowed = name.replaceAll(
    new RegExp(WINDOWS_CHARACTERS_REGEXP, "gu"),
    "_",
  )
    .replace(DROPPED_REGEXP, (end) => "_".repeat(end.length));
  return WINDOWS_DEVICES_REGEXP.test(allowed) ? `_${allowed}` : allowed;
}

/** What names of one directory are called where every system can have them; other names stay. */
export function portableNames(
  names: readonly string[],
): ReadonlyMap<string, string> {
  const portable = new Map<string, string>();
  let taken: Set<string> | undefined;
  for (const name of names) {
    const allowed = portableName(name);
    if (allowed === name) continue;
    taken ??= new Set(names);
    const free = freeName(allowed, taken);
    taken.add(free);
    portable.set(name, free);
  }
  return portable;
}

/** A name that is not taken: `a (2).txt` in place of `a.txt`. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  for (const free of alternatives(name)) if (!taken.has(free)) return free;
  return name;
}
