/**
 * What is known of targets: what could be selected for one can be selected again at once,
 * as long as a look at each file shows what it was (decision D90).
 *
 * The directories that lead to files. Where none has changed, no link in them leads
 * elsewhere, and no name has come or gone.
 *
 * One look for all who are there (decision D91).
 *
 * @module
 */

import { type Cache, createCache } from "../http/cache.ts";
import type { Candidate } from "../http/resource.ts";
import type { TargetRequest } from "../http/target.ts";
import type { Files, Stat } from "../ports/files.ts";
import { isSame, isSettled, SMALL_BYTES } from "./open.ts";

/** A file by a name that leads to it, and what it was. */
export interface Look {
  /** The path; links in it have been followed. */
  readonly path: string;
  /** What was seen. */
  readonly stat: Stat;
}

/** What is known of targets. */
export interface Known {
  /** What may be selected for a target; `undefined` when that is to be found out. */
  readonly find: (
    request: TargetRequest,
    now: number,
  ) => Candidate | undefined;
  /** Keeps what was found out. Gives back what was known before where that is the same. */
  readonly keep: (
    request: TargetRequest,
    found: FoundOut,
    now: number,
  ) => Candidate;
}

/** What was found out about a target. */
export interface FoundOut {
  /** What may be selected. */
  readonly candidate: Candidate;
  /** The files: that of the target and its sidecars. */
  readonly looks: readonly Look[];
  /** The directories that lead there; `undefined` when more than they tells what may be seen. */
  readonly way: readonly string[] | undefined;
}

interface Entry {
  readonly candidate: Candidate;
  readonly host: string | null;
  readonly looks: readonly Look[];
  /** The directories that lead there, where they can tell that nothing has changed. */
  readonly way: Way | undefined;
  readonly bytes: number;
  /**
   * In milliseconds since the epoch: when everything is to be found out again, or where the
   * way can tell, when the entry was not used for a while.
   */
  due: number;
}

/** Nothing is known, and nothing is kept. */
export const NOTHING: Known = {
  find: () => undefined,
  keep: (_request, { candidate }) => candidate,
};

/** How many bytes are kept at most. */
const LIMIT_BYTES = 100_663_296;
/** What an entry takes besides the bytes of its files, about (measured: 3 KiB on Bun, 5 on Deno). */
const ENTRY_BYTES = 5120;
/** What each coding takes besides its bytes, about (measured: 2.4 KiB on Bun, 4.4 on Deno). */
const CODING_BYTES = 4608;
/** Longer URLs are hardly asked for twice. */
const LONGEST_URL = 1024;
/**
 * How long a look at the files themselves is enough, in milliseconds, where their way cannot
 * tell that no link leads elsewhere and no sidecar has come. What is sent meanwhile is the
 * very file that could be seen by that name a moment ago.
 */
const FRESH_MS = 1000;
/** How often an entry that is used is made the last to be dropped, in milliseconds. */
const USED_MS = 10_000;

/**
 * Makes the memory of a site.
 *
 * @param files Where the files are; where nobody can glance at them, nothing is kept.
 * @returns The memory, empty.
 */
export function createKnown({ glance }: Pick<Files, "glance">): Known {
  if (glance === undefined) return NOTHING;
  const entries: Cache<Entry> = createCache(LIMIT_BYTES);
  const isAsSeen = ({ path, stat }: Look) => {
    const seen = glance(path);
    return seen !== undefined && isSame(seen, stat);
  };
  const ways = createWays(glance);
  const isFresh = (url: string, entry: Entry, now: number) => {
    const { way, bytes, due } = entry;
    const isDue = now >= due || due - now > (way ? USED_MS : FRESH_MS);
    // What is not found again is not used again, however often somebody asks.
    if (way === undefined) return !isDue;
    if (isDue) {
      entry.due = now + USED_MS;
      entries.set(url, entry, bytes);
    }
    return ways.isAsBefore(way, now);
  };
  return {
    find: ({ url, headers }, now) => {
      const entry = entries.get(url);
      if (entry === undefined || !isFresh(url, entry, now)) return undefined;
      const { candidate, host, looks } = entry;
      return headers.get("host") === host && looks.every(isAsSeen)
        ? candidate
        : undefined;
    },
    keep: ({ url, headers }, { candidate: found, looks, way }, now) => {
      // What may still change within a tick of the clock has no lasting state.
      const isLasting = looks.every(({ stat }) => isSettled(stat, now));
      if (!isLasting || url.length > LONGEST_URL) return found;
      const before = entries.get(url);
      const candidate = before !== undefined && isSameFor(before, found, looks)
        ? before.candidate
        : found;
      const host = headers.get("host");
      const bytes = 2 * url.length + costOf(looks);
      const steps = way && ways.take(way, now);
      const due = now + (steps === undefined ? FRESH_MS : USED_MS);
      const entry = { candidate, host, looks, way: steps, bytes, due };
      entries.set(url, entry, bytes);
      return candidate;
    },
  };
}

/** The same files at the same places: then all that was made of them is the same. */
function isSameFor(
  { candidate, looks: before }: Entry,
  found: Candidate,
  looks: readonly Look[],
): boolean {
  const paths = ({ source, sidecars }: Candidate) =>
    [source, ...[...sidecars.values()].map(({ source }) => source)]
      .map((file) => "path" in file ? file.path : "").join("\0");
  return paths(candidate) === paths(found) && before.length === looks.length &&
    looks.every(({ path, stat }, index) => {
      const look = before[index];
      return look?.path === path && isSame(stat, look.stat);
    });
}

/** The first look is at the file, the others at the same in other codings. */
function costOf(looks: readonly Look[]): number {
  return looks.reduce(
    (sum, { stat: { size } }) =>
      sum + CODING_BYTES + (size <= SMALL_BYTES ? size : 0),
    ENTRY_BYTES - CODING_BYTES,
  );
}

/** A directory as it was. */
interface Step {
  readonly path: string;
  readonly stat: Stat;
  /** When to look at it again, in milliseconds since the epoch. */
  due: number;
  /** Whether it was seen to have changed: then it stays so, for all who have come by it. */
  hasChanged: boolean;
}

/** Directories as they were when somebody came by them. */
export type Way = readonly Step[];

/** What looks at directories, at each once a second. */
export interface Ways {
  /** Directories as they are; `undefined` where one could change unnoticed. */
  readonly take: (paths: readonly string[], now: number) => Way | undefined;
  /** Whether none has changed, as far as was seen within the last second. */
  readonly isAsBefore: (way: Way, now: number) => boolean;
}

/** How many bytes directories take at most, about. */
const DIRECTORIES_BYTES = 4_194_304;
/** What one takes besides its path, about. */
const STEP_BYTES = 256;

/**
 * Makes what looks at directories.
 *
 * @param glance Looks at one.
 * @returns It has seen none yet.
 */
export function createWays(glance: NonNullable<Files["glance"]>): Ways {
  const steps = createCache<Step>(DIRECTORIES_BYTES);
  const isStepAsBefore = (step: Step, now: number) => {
    // A clock that was set back must not make a look last.
    if (now >= step.due || step.due - now > FRESH_MS) {
      const seen = glance(step.path);
      step.hasChanged ||= seen === undefined || !isSame(seen, step.stat);
      step.due = now + FRESH_MS;
    }
    return !step.hasChanged;
  };
  const look = (path: string, now: number): Step | undefined => {
    const known = steps.get(path);
    if (known !== undefined && isStepAsBefore(known, now)) return known;
    const stat = glance(path);
    if (stat === undefined || !isSettled(stat, now)) return undefined;
    const step = { path, stat, due: now + FRESH_MS, hasChanged: false };
    steps.set(path, step, STEP_BYTES + 2 * path.length);
    return step;
  };
  return {
    take: (paths, now) => {
      const way = paths.map((path) => look(path, now));
      return way.every((step): step is Step => step !== undefined)
        ? way
        : undefined;
    },
    isAsBefore: (way, now) => way.every((step) => isStepAsBefore(step, now)),
  };
}

/**
 * Files at which one glance serves all requests that were there already when it was made:
 * those that the runtime takes from its sockets in one turn had all come before it. It is
 * only for programs in which nothing but requests from sockets is answered: in others
 * somebody may write a file and ask for it in the same turn.
 *
 * @param files The files.
 * @param onNextTurn Calls back before more is read from the sockets.
 * @returns The same files.
 */
export function shareGlances(
  files: Files,
  onNextTurn: (callback: () => void) => void,
): Files {
  const { glance } = files;
  if (glance === undefined) return files;
  const seen = new Map<string, Stat | undefined>();
  const forget = () => seen.clear();
  return {
    ...files,
    glance: (path) => {
      const known = seen.get(path);
      if (known !== undefined) return known;
      if (seen.size === 0) onNextTurn(forget);
      const stat = glance(path);
      seen.set(path, stat);
      return stat;
    },
  };
}
