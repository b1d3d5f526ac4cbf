/**
 * The cache of representations (RFC 9111 in spirit, decision D90): what was selected for a URL
 * answers again, as long as one `stat` of each of its files shows the same state.
 *
 * @module
 */

import { type Cache, type CacheUsage, createCache } from "../http/cache.ts";
import type { Coding } from "../http/content_coding.ts";
import type { Reply } from "../http/reply.ts";
import type { Representation } from "../http/representation.ts";
import type { Candidate } from "../http/resource.ts";
import type { TargetRequest } from "../http/target.ts";
import { bytesOf, type Content } from "../ports/content.ts";
import type { Files, Stat } from "../ports/files.ts";
import type { Answer } from "../ports/message.ts";
import type { Watch, Way } from "./directories.ts";
import { FRESH_MS, isDue, isSame, isSettled, SMALL_BYTES } from "./open.ts";

/** A file or a directory by a name that leads to it, and its state. */
export interface Fingerprint {
  /** The path; `stat` follows its links. */
  readonly path: string;
  readonly stat: Stat;
}

/** What was found out about a target. */
export interface Findings {
  readonly candidate: Candidate;
  /** The files: that of the target and its sidecars. */
  readonly files: readonly Fingerprint[];
  /** The paths at which a file would take precedence. */
  readonly preceding: readonly string[];
  /** The directories that lead there, as they are; `undefined` when they alone cannot tell what may be seen. */
  readonly directories: Way | undefined;
}

/** An answer that is sent again and again: the runtimes check its fields only once. */
export interface PreparedReply extends Answer {
  readonly reply: Reply;
  /** In memory; the answer to HEAD does without. */
  content: Content | undefined;
}

/** A representation in one coding, and what was made of it when it was first needed. */
export interface Selected {
  readonly kind: "selected";
  representation: Representation;
  /** All its bytes, in memory. */
  content?: Content;
  /** The reply to a request for the whole; of coded content it needs the bytes. */
  whole?: PreparedReply;
  notModified?: PreparedReply;
  /** How often all of it was read from the disk, where it is large. */
  reads?: number;
}

/** The codings of a representation that somebody has asked for. */
export type Codings = Partial<Record<Coding | "identity", Selected>>;

/** What the cache has for a URL. */
export interface CacheEntry {
  readonly url: string;
  readonly candidate: Candidate;
  readonly codings: Codings;
}

interface StoredEntry extends CacheEntry {
  readonly host: string | null;
  readonly files: readonly Fingerprint[];
  readonly preceding: readonly string[];
  readonly directories: Way | undefined;
  /** Bytes in memory, about. */
  bytes: number;
  /**
   * In milliseconds since the epoch: when the target is to be resolved again, as no watch tells that
   * a link leads elsewhere or a sidecar has come; or where its directories are watched, when the entry becomes the most recently used one.
   */
  due: number;
}

export interface RepresentationCache {
  /** The entry of a URL, if it is fresh. */
  readonly find: (
    request: TargetRequest,
    now: number,
  ) => CacheEntry | undefined;
  /** Adds what was found out; `undefined` where it may not be cached. */
  readonly add: (
    request: TargetRequest,
    findings: Findings,
    now: number,
  ) => CacheEntry | undefined;
  /** Adds the bytes of one coding of an entry; further requests are answered from memory. */
  readonly addContent: (
    entry: CacheEntry,
    selected: Selected,
    content: Content,
  ) => void;
  /** Evicts all: what was found for URLs is no longer right. */
  readonly clear: () => void;
  readonly usage: () => CacheUsage;
}

/** How many bytes are kept at most. */
const LIMIT_BYTES = 100_663_296;
/** What an entry takes besides its codings, about (measured: 3 KiB on Bun, 5 on Deno). */
const ENTRY_BYTES = 5120;
/** What a coding takes besides its bytes, about (measured: 2.4 KiB on Bun, 4.4 on Deno). */
const CODING_BYTES = 4608;
/** Longer URLs are hardly asked for twice. */
const LONGEST_URL = 1024;
/** How often an entry that is used becomes the most recently used one, in milliseconds. */
const USED_MS = 10_000;

/** Makes the cache of a site. A hit costs one `stat` for each of its files, and one for each directory on the way a second. */
export function createRepresentationCache(
  stat: NonNullable<Files["glance"]>,
  watch: Watch,
): RepresentationCache {
  const entries: Cache<StoredEntry> = createCache(LIMIT_BYTES);
  const isFresh = (url: string, entry: StoredEntry, now: number) => {
    const { directories, due } = entry;
    if (directories === undefined) return !isDue(due, now);
    if (isDue(due, now, USED_MS)) {
      entry.due = now + USED_MS;
      entries.set(url, entry, entry.bytes);
    }
    return watch.isUnchanged(directories, now);
  };
  return {
    clear: entries.clear,
    usage: entries.usage,
    find: ({ url, headers }, now) => {
      const entry = entries.get(url);
      if (entry === undefined || !isFresh(url, entry, now)) return undefined;
      return headers.get("host") === entry.host &&
          isAsBefore(entry, stat)
        ? entry
        : undefined;
    },
    add: ({ url, headers }, findings, now) => {
      const { candidate, files, preceding, directories } = findings;
      // Too young to cache: a second write within the clock's resolution would be missed.
      const isLasting = files.every(({ stat }) => isSettled(stat, now));
      if (!isLasting || url.length > LONGEST_URL) return undefined;
      const former = entries.get(url);
      const isSameAsBefore = former !== undefined &&
        isSameState(former, candidate, files);
      const entry: StoredEntry = {
        files,
        preceding,
        directories,
        url,
        candidate: isSameAsBefore ? former.candidate : candidate,
        codings: isSameAsBefore ? former.codings : {},
        host: headers.get("host"),
        bytes: isSameAsBefore ? former.bytes : 2 * url.length + costOf(files),
        due: now + (directories === undefined ? FRESH_MS : USED_MS),
      };
      entries.set(url, entry, entry.bytes);
      return entry;
    },
    addContent: ({ url, codings }, selected, content) => {
      // Of requests that ran at the same time the first counts.
      if (selected.content !== undefined) return;
      selected.content = content;
      const current = entries.get(url);
      if (current?.codings !== codings) return;
      current.bytes += addedBytes(selected, content);
      entries.set(url, current, current.bytes);
    },
  };
}

/** Whether the files are as they were, and none has come before them. */
function isAsBefore(
  { files, preceding }: Pick<Findings, "files" | "preceding">,
  stat: NonNullable<Files["glance"]>,
): boolean {
  const isUnchanged = (file: Fingerprint) => {
    const seen = stat(file.path);
    return seen !== undefined && isSame(seen, file.stat);
  };
  return files.every(isUnchanged) &&
    !preceding.some((path) => stat(path)?.kind === "file");
}

/** The bytes of a small file itself count from the beginning. */
function addedBytes({ representation }: Selected, content: Content): number {
  const length = bytesOf(content)?.length ?? 0;
  const isCoded = representation.size === undefined;
  return isCoded || length > SMALL_BYTES ? length : 0;
}

/** The same files at the same places: what was made of them is good as before. */
function isSameState(
  { candidate: former, files: before }: StoredEntry,
  candidate: Candidate,
  files: readonly Fingerprint[],
): boolean {
  return pathsOf(former) === pathsOf(candidate) &&
    before.length === files.length &&
    files.every(({ path, stat }, index) => {
      const file = before[index];
      return file?.path === path && isSame(stat, file.stat);
    });
}

function pathsOf({ source, sidecars }: Candidate): string {
  return [source, ...[...sidecars.values()].map(({ source }) => source)]
    .map((file) => "path" in file ? file.path : "").join("\0");
}

/** The bytes of small files count from the beginning: they are soon there. */
function costOf(files: readonly Fingerprint[]): number {
  return files.reduce(
    (sum, { stat: { size } }) =>
      sum + CODING_BYTES + (size <= SMALL_BYTES ? size : 0),
    ENTRY_BYTES - CODING_BYTES,
  );
}

/**
 * One `stat` per path and turn of the event loop (decision D91), and one look whether nothing is there: the
 * requests that the runtime takes from its sockets in one turn all came before it. Only for programs that
 * answer nothing but requests from sockets; others may write a file and ask for it in the same turn.
 */
export function shareStats(
  files: Files,
  onNextTurn: (callback: () => void) => void,
): Files {
  const { glance, find } = files;
  if (glance === undefined) return files;
  const shared = { ...files, glance: oncePerTurn(glance, onNextTurn) };
  if (find?.isMissing === undefined) return shared;
  const isMissing = oncePerTurn(find.isMissing, onNextTurn);
  const sharing: typeof find = (root, names) => find(root, names);
  return {
    ...shared,
    find: Object.assign(sharing, { look: find.look, isMissing }),
  };
}

/** A look at a path, whose result is that of all further ones in the turn. */
function oncePerTurn<T>(
  look: (path: string) => T,
  onNextTurn: (callback: () => void) => void,
): (path: string) => T {
  const seen = new Map<string, T>();
  const forget = () => seen.clear();
  return (path) => {
    const former = seen.get(path);
    if (former !== undefined || seen.has(path)) return former as T;
    if (seen.size === 0) onNextTurn(forget);
    const found = look(path);
    seen.set(path, found);
    return found;
  };
}
