/**
 * What every stage is told besides the request: the site, which never changes, and the state
 * of its handler, which does.
 *
 * @module
 */

import type { HostRules } from "../hosts/host_rules.ts";
import {
  type ByteCache,
  type Cache,
  createByteCache,
  createCache,
  memoizeSecond,
} from "../http/cache.ts";
import { formatHttpDate } from "../http/date.ts";
import type { FieldChange } from "../http/metadata.ts";
import type { Candidate } from "../http/resource.ts";
import {
  createKeyedQueue,
  createQueue,
  type SharedQueue,
} from "../http/semaphore.ts";
import type { EntryKind } from "../pages/listing.ts";
import type { Coder } from "../ports/content.ts";
import type { Awaitable, Files, Found, OpenFile } from "../ports/files.ts";
import type { Site } from "../site/site.ts";
import { type Compression, createCompression } from "./compression.ts";
import { createDirectories, type Directories } from "./directories.ts";
import type { Computed } from "./open.ts";
import {
  createRepresentationCache,
  type PreparedReply,
  type RepresentationCache,
} from "./representation_cache.ts";
import { createSpelling, type Spelling } from "./spelling.ts";
import { createWorkQueue, type WorkQueue } from "./work_queue.ts";

/** What a directory has for an error, as it was seen last. */
export interface SeenDirectory {
  /** The content of its page; `undefined` where it has none, `absent` where it is not there itself. */
  readonly page: Awaitable<Uint8Array<ArrayBuffer> | "absent" | undefined>;
  /** Until when that is fresh, in milliseconds since the epoch. */
  readonly due: number;
}

/** All that a handler remembers. */
export interface State {
  /** What was selected for URLs; `undefined` where nothing may be cached. */
  readonly representations: RepresentationCache | undefined;
  /** Coded content. */
  readonly encodings: ByteCache;
  readonly digests: ByteCache;
  /** What was made of texts: READMEs, and pages of Markdown files. */
  readonly articles: ByteCache;
  /** Media types that the content of files has decided. */
  readonly mediaTypes: Cache<string>;
  /** Makes digests of large files, one at a time. */
  readonly largeDigests: WorkQueue<Computed>;
  readonly compression: Compression;
  /** Directories, with the names in them. */
  readonly directories: Directories;
  /** How directories spell names. */
  readonly spelling: Spelling;
  /** What listings and searches share. */
  readonly listings: ListingState;
  /** The HTTP-date of a moment: most answers of a second have the same. */
  readonly dateOf: (time: number) => string;
  /** What directories have for errors: most have nothing, and many requests are for what is absent. */
  readonly errorPages: Cache<SeenDirectory>;
  /** What the host of the site reads; `undefined` where no host is named. */
  readonly hosts: HostFiles | undefined;
  /** The reply to what is absent, as soon as it was sent once. */
  notFound: PreparedReply | undefined;
}

/** A name of a directory that can be seen; what a `link` leads to, and whether that can be seen, is not known yet. */
export interface Name {
  readonly name: string;
  readonly kind: EntryKind | "link";
}

/** What listings and searches share. */
export interface ListingState {
  /** Settles in another turn of the event loop, one that no other listing has: each then does a slice of its work. */
  readonly nextTurn: () => Promise<void>;
  /** Makes each listing once at a time, for all who asked before it was begun. */
  readonly make: SharedQueue<Candidate>;
  /** The sorted names of directories, by their state. */
  readonly names: Cache<readonly Name[]>;
  /** Those that are being read, by the same keys: fifty searches hold one list. */
  readonly reading: Map<string, Promise<readonly Name[] | undefined>>;
}

/** What the rules of the host say for the URL that was asked for. */
export interface Hosted {
  readonly rules: HostRules;
  readonly changes: readonly FieldChange[];
  /** Whether a rule has put another target in its place. */
  readonly isRewritten: boolean;
}

/** What every stage is told; a retry changes the last four for itself. */
export interface Context {
  readonly site: Site;
  readonly state: State;
  /** Where a host is named. */
  readonly hosted?: Hosted | undefined;
  /** The disk; a file that is open already takes the place of what its path leads to. */
  readonly files: Files;
  /** Whether coded files next to a file may answer for it. */
  readonly sidecars: boolean;
  /** Whether content may be coded while it is sent (decision D112). */
  readonly coding: boolean;
  /** Whether what is found out may be cached. */
  readonly caching: boolean;
  /** Whether the content of what is looked for is wanted: a small file may be read where it is found. */
  readonly reading?: boolean;
}

/**
 * How many streams are coded at a time. One takes up to 2 MiB (measured), as long as its client
 * likes; a processor codes one after the other anyway.
 */
const CODED_STREAMS = 16;
/** How many bytes of coded files are kept. */
const ENCODINGS_BYTES = 33_554_432;
/** What one takes besides, with the reply that was made of it, about (measured: 4.4 KiB on Deno). */
const ENCODING_BYTES = 4608;
/** How many bytes of digests and their keys are kept: some thousands. */
const DIGESTS_BYTES = 1_048_576;
/** How many bytes of media types and their keys are kept: some thousands. */
const MEDIA_TYPES_BYTES = 1_048_576;
/** How many bytes of pages for errors are kept, with the paths of directories. */
const ERROR_PAGES_BYTES = 4_194_304;
/** How many bytes of articles are kept: some hundreds. */
const ARTICLES_BYTES = 8_388_608;
/** How many bytes of names of directories are kept: some 170,000 names. */
const NAMES_BYTES = 16_777_216;
/** How many large files wait for their digests at most. */
const WAITING_DIGESTS = 64;
/** How many milliseconds an answer waits for the digest of a large file at most. */
const DIGEST_WAIT_MS = 10_000;

/** The context of a handler, whose state is empty. */
export function createContext(site: Site): Context {
  const { files, sidecars } = site;
  const state = createState(site);
  return { site, state, files, sidecars, coding: true, caching: true };
}

function createState(site: Site): State {
  const { files, resolve, clock, coder } = site;
  const directories = createDirectories(files, clock.now);
  // A user's own `resolve` need not find the same twice.
  const isCached = resolve === undefined && files.glance !== undefined;
  return {
    representations: isCached
      ? createRepresentationCache(files.glance, directories)
      : undefined,
    encodings: createByteCache(ENCODINGS_BYTES, ENCODING_BYTES),
    digests: createByteCache(DIGESTS_BYTES),
    articles: createByteCache(ARTICLES_BYTES),
    mediaTypes: createCache(MEDIA_TYPES_BYTES),
    errorPages: createCache(ERROR_PAGES_BYTES),
    largeDigests: createWorkQueue(WAITING_DIGESTS, DIGEST_WAIT_MS),
    compression: createCompression(coder, CODED_STREAMS),
    directories,
    spelling: createSpelling(files, directories),
    listings: createListings(coder),
    dateOf: memoizeSecond(formatHttpDate),
    hosts: createHostFiles(site),
    notFound: undefined,
  };
}

function createListings({ nextTurn }: Coder): ListingState {
  const turn = createQueue(nextTurn);
  return {
    nextTurn: () => turn(() => Promise.resolve()),
    make: createKeyedQueue(nextTurn),
    names: createCache(NAMES_BYTES),
    reading: new Map(),
  };
}

/** The disk with one path replaced by an open file, until its content was taken. */
export interface FileOverlay {
  readonly files: Files;
  /** Closes it where it was not used. */
  readonly close: () => void;
}

const NO_BYTES = new Uint8Array();

/** An open file that somebody else closes; its methods are called on itself, for it may be an object of a class. */
function borrowed(file: OpenFile, close: () => void): OpenFile {
  return {
    stat: file.stat,
    content: (...parameters) => file.content(...parameters),
    digest: (...parameters) => file.digest(...parameters),
    ...file.peek && { peek: (length) => file.peek?.(length) ?? NO_BYTES },
    close,
  };
}

/**
 * Lets `stat`, `find` and `open` give an open file by its path, until its content was taken: who
 * only looks into it, for its media type or its digest, gives it back.
 */
export function overlayOpenFile(
  path: string,
  file: OpenFile,
  disk: Files,
): FileOverlay {
  const { stat, find, open } = disk;
  let unused: OpenFile | undefined = file;
  let isOver = false;
  const take = (): OpenFile | undefined => {
    const taken = unused;
    unused = undefined;
    return taken;
  };
  const giveBack = () => {
    if (isOver) file.close();
    else unused = file;
  };
  const lend = () => {
    const taken = take();
    return taken && borrowed(taken, giveBack);
  };
  const files: Files = {
    ...disk,
    stat: (other) => other === path && unused ? file.stat : stat(other),
    ...find && {
      find: async (root, names) => {
        const found = await find(root, names);
        return found !== "withheld" && found?.path === path && unused
          ? { ...found, stat: file.stat }
          : found;
      },
    },
    open: (other) => (other === path ? lend() : undefined) ?? open(other),
  };
  const close = () => {
    isOver = true;
    take()?.close();
  };
  return { files, close };
}

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

/** Makes the state, without rules: they are read with the first request. */
function createHostFiles(
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

/** The same site as the host sees it: its policies without the one that hides these files. */
export function showingHostFiles(site: Site): Site {
  return { ...site, routing: { ...site.routing, hostFiles: undefined } };
}
