/**
 * What is remembered of the files that a site shows, by their real paths: a runtime only tells where
 * to look again; whether something has changed there is found out here.
 *
 * @module
 */

import { isVisible, refuse } from "../files/locate.ts";
import { join, segmentsBelow, type Stat } from "../ports/files.ts";
import type { WatchFailure, Watching } from "../ports/watch.ts";
import type { Site } from "../site/site.ts";
import { isTemporaryName } from "./temporary_name.ts";

/** What an entry of a directory was when it was looked at last. */
export interface Entry {
  readonly kind: "file" | "directory";
  /** Differs when another content may be there. */
  readonly state: string;
  /** The real path that a link leads to. */
  readonly target: string | undefined;
}

export interface TreeParts {
  readonly site: Site;
  /** The real path of the directory of the site. */
  readonly base: string;
  readonly watching: Pick<Watching, "add" | "remove">;
  readonly onFailure: (failure: WatchFailure) => void;
  /** Something has changed at a path: what was there before. */
  readonly onChange: (path: string, before: Entry | undefined) => void;
  /** There are more files than can be remembered. */
  readonly onFull: () => void;
}

export interface Tree extends TreeParts {
  readonly directories: Map<string, Map<string, Entry>>;
  /** The base, and directories outside that links lead to. */
  readonly roots: Set<string>;
  /** The links to real paths. */
  readonly links: Map<string, Set<string>>;
  /** When entries of directories changed last: of the base, and of all where links lead out of the site. */
  readonly times: Map<string, number | undefined>;
  /** How many entries are remembered. */
  size: number;
  /** When other work had its turn last. */
  turn: number;
}

/** How many entries are remembered at most: some 40 MiB. */
const MOST_ENTRIES = 200_000;
/** How many milliseconds this work takes before others have their turn. */
const TURN_MS = 5;
/** By how many names a file that links lead to is told at most: links can multiply them without an end. */
const MOST_NAMES = 16;

/** A tree of which nothing is known yet. */
export function createTree(parts: TreeParts): Tree {
  const base = normalize(parts.base, parts.site);
  return {
    ...parts,
    base,
    directories: new Map(),
    roots: new Set([base]),
    links: new Map(),
    times: new Map(),
    size: 0,
    turn: performance.now(),
  };
}

/** Looks at everything, and watches it anew. */
export async function scanAll(tree: Tree): Promise<void> {
  await scan(tree, tree.base, [], new Set());
}

/** Looks at what a path leads to, as far as it is known, and at the links to it. */
export async function lookAgain(tree: Tree, path: string): Promise<void> {
  const changed = normalize(path, tree.site);
  const links = tree.links.get(changed) ?? [];
  for (const place of [changed, ...links]) {
    for (const root of [...tree.roots]) {
      const names = segmentsBelow(root, place, tree.site.files.os);
      if (names !== undefined) await lookBelow(tree, root, names);
    }
  }
}

/**
 * Looks at what changes without an event: where links lead to, by way of others; and on Deno (2.9.6)
 * a new link to what lies outside of the directory that is watched, and that this itself was removed.
 */
export async function lookAtUntold(tree: Tree): Promise<void> {
  const links = [...tree.links.values()].flatMap((links) => [...links]);
  for (const link of links) await lookAgain(tree, link);
  for (const [directory, time] of [...tree.times]) {
    await yieldTurn(tree);
    const stat = await tree.site.files.stat(directory);
    if (stat?.mtime !== time) await lookAgain(tree, directory);
  }
}

/** What is known of a path. */
export function entryAt(tree: Tree, path: string): Entry | undefined {
  const at = path.lastIndexOf("/");
  const directory = tree.directories.get(path.slice(0, at) || "/");
  return directory?.get(path.slice(at + 1));
}

/** The names that lead from the root of the site to a path: those of its place, and by links to a directory above it. */
export function shownAs(
  tree: Tree,
  path: string,
): readonly (readonly string[])[] {
  const all: (readonly string[])[] = [];
  for (const names of waysTo(tree, path, [path])) {
    if (all.length === MOST_NAMES) break;
    all.push(names);
  }
  return all;
}

/** No way takes a link twice: links can lead in a circle. */
function* waysTo(
  tree: Tree,
  path: string,
  taken: readonly string[],
): Generator<readonly string[]> {
  const inside = segmentsBelow(tree.base, path, tree.site.files.os);
  if (inside !== undefined) yield inside;
  for (let at = path.length; (at = path.lastIndexOf("/", at - 1)) > 0;) {
    const rest = path.slice(at + 1).split("/");
    for (const link of tree.links.get(path.slice(0, at)) ?? []) {
      if (taken.includes(link)) continue;
      for (const names of waysTo(tree, link, [...taken, link])) {
        yield [...names, ...rest];
      }
    }
  }
}

/** Looks at the first name that leads on from a directory that is known. */
async function lookBelow(
  tree: Tree,
  root: string,
  names: readonly string[],
): Promise<void> {
  if (names.length === 0) return await scan(tree, root, [], new Set());
  let depth = names.length - 1;
  while (
    depth > 0 && !tree.directories.has(join(root, names.slice(0, depth)))
  ) depth--;
  const above = names.slice(0, depth);
  const name = names[depth] ?? "";
  const directory = join(root, above);
  if (!tree.directories.has(directory) || !isShown(tree, name)) return;
  await look(tree, root, above, name, undefined, new Set());
  const target = tree.directories.get(directory)?.get(name)?.target;
  const rest = names.slice(depth + 1);
  // Deno (2.9.6) watches what links lead to, by one of the names.
  if (target !== undefined && rest.length > 0) {
    await lookAgain(tree, join(target, rest));
  }
}

/** Looks at a directory and all below it; each once, however many links lead there. */
async function scan(
  tree: Tree,
  root: string,
  segments: readonly string[],
  seen: Set<string>,
): Promise<void> {
  const directory = join(root, segments);
  if (seen.has(directory)) return;
  seen.add(directory);
  tree.roots.add(root);
  // Before it is listed, so that nothing is missed between the two.
  await watch(tree, directory, segments.length === 0);
  await rememberTime(tree, directory);
  const kinds = await listShown(tree, directory);
  const known = tree.directories.get(directory) ?? new Map<string, Entry>();
  tree.directories.set(directory, known);
  for (const name of [...known.keys()]) {
    if (!kinds.has(name)) replace(tree, directory, name, undefined);
  }
  for (const [name, kind] of kinds) {
    await look(tree, root, segments, name, kind, seen);
  }
}

async function look(
  tree: Tree,
  root: string,
  segments: readonly string[],
  name: string,
  kind: EntryKind | undefined,
  seen: Set<string>,
): Promise<void> {
  await yieldTurn(tree);
  const directory = join(root, segments);
  const entry = await examine(tree, directory, name, kind);
  replace(tree, directory, name, entry);
  const isRemembered = tree.directories.get(directory)?.has(name) === true;
  if (entry === undefined || !isRemembered) return;
  const { target } = entry;
  if (target !== undefined && isBelowBase(tree, target)) return;
  if (entry.kind === "file") {
    if (target === undefined) return;
    return await watch(tree, parentOf(target), false);
  }
  if (tree.site.fileName !== undefined) return;
  await (target === undefined
    ? scan(tree, root, [...segments, name], seen)
    : scan(tree, target, [], seen));
}

/** Before its entries are looked at: what comes later makes it another. */
async function rememberTime(
  { base, site, times }: Tree,
  directory: string,
): Promise<void> {
  if (!site.followSymlinks && directory !== base) return;
  times.set(directory, (await site.files.stat(directory))?.mtime);
}

type EntryKind = Stat["kind"] | "link";

/** The names of a directory that a site shows; of a site that is a file, only that. */
async function listShown(
  tree: Tree,
  directory: string,
): Promise<ReadonlyMap<string, EntryKind | undefined>> {
  const { site: { fileName, files } } = tree;
  if (fileName !== undefined) return new Map([[fileName, undefined]]);
  const entries = await files.list(directory) ?? [];
  return new Map(
    entries.filter(({ name }) => isShown(tree, name))
      .map(({ name, kind }) => [name, kind]),
  );
}

function isShown({ site }: Tree, name: string): boolean {
  return site.fileName === undefined
    ? isVisible(name, site) && !isTemporaryName(name)
    : name === site.fileName;
}

/** What is at a name now; links are followed where the site follows them. */
async function examine(
  { site, base }: Tree,
  directory: string,
  name: string,
  kind: EntryKind | undefined,
): Promise<Entry | undefined> {
  const path = join(directory, [name]);
  const isLink = kind === undefined || kind === "link";
  const found = isLink ? await site.files.realPath(path) : path;
  const stat = await site.files.stat(path);
  if (found === undefined || stat === undefined) return undefined;
  const real = normalize(found, site);
  const target = real === path ? undefined : real;
  const isRefused = target !== undefined &&
    refuse({ root: base, path: target, stat }, site) !== undefined;
  if (isRefused || stat.kind === "other") return undefined;
  return { kind: stat.kind, state: stateOf(stat, target), target };
}

/** The time of a directory changes with each of its entries, which are looked at by themselves. */
function stateOf(
  { kind, size, mtime, device, inode }: Stat,
  target: string | undefined,
): string {
  const state = kind === "directory" ? [kind] : [size, mtime, device, inode];
  return [...state, target ?? ""].join(" ");
}

/** Remembers what is at a name now, and tells when it has changed. */
function replace(
  tree: Tree,
  directory: string,
  name: string,
  after: Entry | undefined,
): void {
  const known = tree.directories.get(directory);
  const before = known?.get(name);
  if (known === undefined || before?.state === after?.state) return;
  if (before === undefined && tree.size >= MOST_ENTRIES) return tree.onFull();
  tree.size += Number(after !== undefined) - Number(before !== undefined);
  if (after === undefined) known.delete(name);
  else known.set(name, after);
  const path = join(directory, [name]);
  if (before?.target !== after?.target) relink(tree, path, before, after);
  const isLost = before?.kind === "directory" && before.target === undefined &&
    (after?.kind !== "directory" || after.target !== undefined);
  if (isLost) forget(tree, path);
  tree.onChange(path, before);
}

/** Remembers where a link leads to now; what lies outside is forgotten when no link leads to it. */
function relink(
  tree: Tree,
  path: string,
  before: Entry | undefined,
  after: Entry | undefined,
): void {
  if (after?.target !== undefined) {
    const links = tree.links.get(after.target) ?? new Set();
    tree.links.set(after.target, links.add(path));
  }
  if (before?.target === undefined) return;
  const links = tree.links.get(before.target);
  links?.delete(path);
  if (links === undefined || links.size > 0) return;
  tree.links.delete(before.target);
  if (tree.roots.has(before.target)) forget(tree, before.target);
}

function forget(tree: Tree, directory: string): void {
  const known = tree.directories.get(directory);
  for (const name of [...known?.keys() ?? []]) {
    replace(tree, directory, name, undefined);
  }
  tree.directories.delete(directory);
  tree.roots.delete(directory);
  tree.times.delete(directory);
  tree.watching.remove(directory);
}

async function watch(
  tree: Tree,
  directory: string,
  isTree: boolean,
): Promise<void> {
  const depth = isTree ? "tree" : "entries";
  const failure = await tree.watching.add(directory, depth);
  // What is gone will be looked at, or its directory was.
  if (failure !== undefined && failure.kind !== "absent") {
    tree.onFailure(failure);
  }
}

function isBelowBase({ base, site }: Tree, path: string): boolean {
  return segmentsBelow(base, path, site.files.os) !== undefined;
}

async function yieldTurn(tree: Tree): Promise<void> {
  if (performance.now() - tree.turn < TURN_MS) return;
  await tree.site.coder.nextTurn();
  tree.turn = performance.now();
}

/** Paths with `/`, as keys. */
function normalize(path: string, { files }: Site): string {
  return files.os === "windows" ? path.replaceAll("\\", "/") : path;
}

/** The directory that a path is in. */
export function parentOf(path: string): string {
  return path.replace(/[/\\][^/\\]*$/, "") || "/";
}
