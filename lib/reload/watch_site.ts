/**
 * Finds out what of a site has changed on the disk, and tells when it is whole again.
 *
 * @module
 */

import { showingHostFiles } from "../files/context.ts";
import { refuseNames } from "../files/locate.ts";
import type { Watch, WatchFailure, Watching } from "../ports/watch.ts";
import type { Site } from "../site/site.ts";
import { type Difference, isDifferent, isIncomplete } from "./burst.ts";
import { createGather, type Gather, type Hints } from "./gather.ts";
import {
  createTree,
  type Entry,
  entryAt,
  lookAgain,
  lookAtUntold,
  parentOf,
  scanAll,
  shownAs,
  type Tree,
} from "./tree.ts";

/** A name of the site that leads to something else now. */
export interface SiteChange {
  /** `there`: it is new, or has other content. */
  readonly kind: "there" | "gone";
  readonly type: Entry["kind"];
  /** The names below the root, without the mount; a file that links lead to has several. */
  readonly segments: readonly string[];
}

/** What has changed: anything, or up to a thousand names. */
export type SiteChanges =
  | { readonly kind: "any" }
  | { readonly kind: "some"; readonly changes: readonly SiteChange[] };

export interface SiteListener {
  /** What has changed; what had vanished meanwhile is back, or is not written again. */
  readonly changed: (changes: SiteChanges) => void;
  /** A line for people. */
  readonly notice: (line: string) => void;
}

export interface SiteWatch {
  /** Settles when everything was looked at once: what changes from then on is told. */
  readonly ready: Promise<void>;
  readonly close: () => void;
}

/** How many milliseconds pass between looks at the root and at links, or without watches at everything. */
const CHECK_MS = 1000;
/** The same while there is no root, or of a site that is one file, whose directory the program may not read. */
const SHORT_CHECK_MS = 100;
/** So many times as long as it took to look: 5 % of a processor. */
const REST = 20;
/** How many milliseconds without a change end the wait for files that have vanished. */
const VANISHED_MS = 2000;
/** How many milliseconds that wait lasts at most. */
const MOST_VANISHED_MS = 10_000;
/** How many names are told; of more, anything may have changed. */
const MOST_CHANGES = 1000;

interface State {
  readonly site: Site;
  readonly listener: SiteListener;
  readonly open: () => Watching;
  readonly notices: Set<string>;
  readonly gather: Gather;
  watching: Watching | undefined;
  /** Whether there are no watches: everything is looked at, again and again. */
  isPolling: boolean;
  /** Whether everything must be looked at, for the last time failed. */
  isDue: boolean;
  root: Root | undefined;
  tree: Tree | undefined;
  /** What was there when pages were told last, of all that has changed since then. */
  readonly before: Map<string, Entry | undefined>;
  isReady: boolean;
  /** Whether the root leads elsewhere now. */
  isMoved: boolean;
  /** When the first, and the last of these changes was seen. */
  since: number;
  seen: number;
  isClosed: boolean;
}

/** Watches the files of a site. */
export function watchSite(
  site: Site,
  watch: Watch,
  listener: SiteListener,
): SiteWatch {
  const gather = createGather();
  const state: State = {
    // What the host reads changes pages, although nobody can see it.
    site: showingHostFiles(site),
    listener,
    gather,
    notices: new Set(),
    open: () => watch(gather.add, (failure) => poll(state, failure)),
    watching: undefined,
    isPolling: false,
    isDue: false,
    root: undefined,
    tree: undefined,
    before: new Map(),
    isReady: false,
    isMoved: false,
    since: 0,
    seen: 0,
    isClosed: false,
  };
  const ready = look(state, () => checkRoot(state));
  void ready.then(() => run(state));
  return {
    ready,
    close: () => {
      state.isClosed = true;
      state.watching?.close();
      gather.close();
    },
  };
}

/** Looks where something may have changed, until it is closed. */
async function run(state: State): Promise<void> {
  state.isReady = true;
  let rest = CHECK_MS;
  while (!state.isClosed) {
    const isShort = state.root === undefined ||
      state.site.fileName !== undefined;
    const pause = isShort ? SHORT_CHECK_MS : rest;
    const hints = await state.gather.next(Math.min(pause, untilTold(state)));
    if (state.isClosed) return;
    const start = performance.now();
    await look(state, () => lookAt(state, hints));
    tell(state);
    rest = Math.max(CHECK_MS, REST * (performance.now() - start));
  }
}

/** A disk that fails, or has no descriptors left, is looked at again later. */
async function look(state: State, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    state.isDue = true;
    const reason = error instanceof Error ? error.message : String(error);
    notice(state, `Cannot look for changes: ${reason}`);
  }
}

async function lookAt(state: State, { paths, isAny }: Hints): Promise<void> {
  await checkRoot(state);
  const { tree, site } = state;
  if (tree === undefined || state.root === undefined) return;
  if (isAny || state.isDue || state.isPolling && paths.size === 0) {
    state.isDue = false;
    return await scanAll(tree);
  }
  for (const path of paths) await lookAgain(tree, path);
  if (paths.size > 0) return;
  if (site.fileName !== undefined) {
    await lookAgain(tree, `${tree.base}/${site.fileName}`);
  }
  await lookAtUntold(tree);
}

interface Root {
  readonly path: string;
  /** Which directory it is: another may have its path. */
  readonly identity: string;
}

/** The directory of a site; Deno may not be allowed to look at that of a single file. */
async function findRoot(
  { root, fileName, files }: Site,
): Promise<Root | undefined> {
  const directory = fileName === undefined ? root : parentOf(root);
  const real = await files.realPath(directory);
  const path = real ?? (fileName === undefined ? undefined : directory);
  const stat = path === undefined ? undefined : await files.stat(path);
  if (path === undefined || fileName === undefined && stat === undefined) {
    return undefined;
  }
  return { path, identity: `${stat?.device} ${stat?.inode}` };
}

/** A root that is gone, was made anew or leads elsewhere now tells nothing of it. */
async function checkRoot(state: State): Promise<void> {
  const before = state.root;
  const root = await findRoot(state.site);
  state.root = root;
  const { tree } = state;
  if (root !== undefined && root.path !== tree?.base) {
    return await begin(state, root);
  }
  if (before === undefined) state.since = performance.now();
  if (tree !== undefined && root?.identity !== before?.identity) {
    await scanAll(tree);
  }
}

/** Watches a directory that was not the root before. */
async function begin(state: State, { path }: Root): Promise<void> {
  state.watching?.close();
  const isWatched = !state.isPolling && state.site.fileName === undefined;
  state.watching = isWatched ? state.open() : undefined;
  state.before.clear();
  const tree = createTree({
    site: state.site,
    base: path,
    watching: {
      add: async (directory, depth) =>
        await state.watching?.add(directory, depth),
      remove: (directory) => state.watching?.remove(directory),
    },
    onFailure: (failure) => poll(state, failure),
    onChange: (path, before) => remember(state, path, before),
    onFull: () =>
      notice(state, "There are too many files: not all are watched"),
  });
  state.tree = undefined;
  await scanAll(tree);
  state.tree = tree;
  state.isMoved = state.isReady;
}

/** Only of a tree that is known already. */
function remember(
  state: State,
  path: string,
  before: Entry | undefined,
): void {
  if (state.tree === undefined) return;
  state.seen = performance.now();
  if (state.before.size === 0) state.since = state.seen;
  if (!state.before.has(path)) state.before.set(path, before);
}

/** Goes on without watches, and gives those back that it has: other programs need some, too. */
function poll(state: State, failure: WatchFailure): void {
  if (state.isPolling) return;
  state.isPolling = true;
  state.watching?.close();
  state.watching = undefined;
  notice(state, `${reasonFor(failure)}: changes are looked for every second`);
}

function reasonFor({ kind, message }: WatchFailure): string {
  return kind === "limit"
    ? "The system's limit of watches is reached (sysctl fs.inotify.max_user_watches=524288 raises it)"
    : `Cannot watch the files (${message})`;
}

function notice(state: State, line: string): void {
  if (!state.notices.has(line)) state.listener.notice(line);
  state.notices.add(line);
}

/** How many milliseconds there are until pages are told of what is still absent. */
function untilTold({ before, root, since, seen }: State): number {
  if (before.size === 0 || root === undefined) return Infinity;
  const due = Math.min(seen + VANISHED_MS, since + MOST_VANISHED_MS);
  return Math.max(0, due - performance.now());
}

/** Tells what has changed, unless something is absent that may come back. */
function tell(state: State): void {
  const { before, tree, listener } = state;
  if (state.isMoved) {
    state.isMoved = false;
    before.clear();
    return listener.changed({ kind: "any" });
  }
  // A root that has vanished may come back with all that was in it.
  if (tree === undefined || before.size === 0 || state.root === undefined) {
    return;
  }
  const differences = [...before].map(([path, before]): Difference => ({
    path,
    before,
    after: entryAt(tree, path),
  })).filter((difference) =>
    isDifferent(difference) &&
    namesOf(difference, tree, state.site).length > 0
  );
  if (isIncomplete(differences) && untilTold(state) > 0) return;
  before.clear();
  const changes = differences.flatMap((difference) =>
    namesOf(difference, tree, state.site)
  );
  if (changes.length > MOST_CHANGES) return listener.changed({ kind: "any" });
  if (changes.length > 0) listener.changed({ kind: "some", changes });
}

/** All that a site shows of a difference: policies hold for each way by which links lead to it. */
function namesOf(
  { path, before, after }: Difference,
  tree: Tree,
  site: Site,
): readonly SiteChange[] {
  const type = (after ?? before)?.kind ?? "file";
  const kind = after === undefined ? "gone" : "there";
  return shownAs(tree, path)
    .filter((names) => refuseNames(names, site) === undefined)
    .map((segments) => ({ kind, type, segments }));
}
