/**
 * From names to an object. Every policy is applied to the real path, and not to the URL
 * alone (decisions D6, D7).
 *
 * Names: which segments can be the name of a file, and which are hidden. Pure, with
 * the operating system as a parameter, so that the rules for Windows are tested everywhere.
 *
 * Whether an object lies below a directory, by whatever name or mount both were found: paths
 * can differ where device and inode do not.
 *
 * @module
 */

import type { Found } from "../http/resource.ts";
import type {
  Files,
  FoundBelow,
  OperatingSystem,
  Stat,
} from "../ports/files.ts";
import { isSameObject, join, segmentsBelow } from "../ports/paths.ts";
import type { Cgi } from "../site/scripts.ts";
import type { Site } from "../site/site.ts";
import { foldName } from "./spelling.ts";

/**
 * Looks for an object below the root that may be sent as it is. Scripts are not: whatever
 * the URL, and however the file system spells it, their real path tells.
 *
 * @param segments The names that lead to it.
 * @param site What is served, and how.
 * @returns The object, or `undefined` when it is not there or may not be seen.
 */
export async function locate(
  segments: readonly string[],
  site: Site,
): Promise<Found | undefined> {
  const found = await locateAny(segments, site);
  if (found === undefined || site.cgi === undefined) return found;
  return await isScriptGround(found, site, site.cgi) ? undefined : found;
}

/**
 * Looks for an object below the root by a name that was shown or found: where such names
 * are run, it may be a script.
 *
 * @param segments The names that lead to it.
 * @param site What is served, and how.
 * @returns The object, or `undefined` when it is not there or may not be seen.
 */
export async function locateByName(
  segments: readonly string[],
  site: Site,
): Promise<Found | undefined> {
  const extension = extensionOf(segments.at(-1) ?? "");
  return site.cgi?.extensions.has(extension) === true
    ? await locateAny(segments, site)
    : await locate(segments, site);
}

/** Whether an object is to be run, or lies where everything is. */
async function isScriptGround(
  { path, stat }: Found,
  site: Site,
  { directories, extensions }: Cgi,
): Promise<boolean> {
  const { root, files } = site;
  if (stat.kind === "file" && extensions.has(extensionOf(path))) return true;
  for (const directory of directories) {
    const ground = await files.realPath(join(root, directory));
    if (ground === undefined) continue;
    if (segmentsBelow(ground, path, files.os) !== undefined) return true;
    if (await isMisspelledGround(path, ground, directory, site)) return true;
  }
  const grounds = directories.map((directory) => join(root, directory));
  return await leadsThrough(path, grounds, files);
}

/** A ground that its directory spells otherwise (`CGI-BIN`), on a disk whose inodes do not tell. */
async function isMisspelledGround(
  path: string,
  ground: string,
  directory: readonly string[],
  { root, files, spelling }: Site,
): Promise<boolean> {
  const isLike =
    segmentsBelow(foldPath(ground), foldPath(path), files.os) !== undefined;
  return isLike && !await spelling.isExact(root, directory);
}

function foldPath(path: string): string {
  return path.split("/").map(foldName).join("/");
}

/**
 * The extension of a name, by which interpreters are chosen.
 *
 * @param path A name or a path.
 * @returns What follows the last dot of the name, with it, in lower case; else nothing.
 */
export function extensionOf(path: string): string {
  return /\.[^./\\]*$/.exec(path)?.[0].toLowerCase() ?? "";
}

/**
 * Looks for an object below the root, be it a script or not.
 *
 * @param segments The names that lead to it.
 * @param site What is served, and how.
 * @returns The object, or `undefined` when it is not there or may not be seen.
 */
export async function locateAny(
  segments: readonly string[],
  site: Site,
): Promise<Found | undefined> {
  const { files } = site;
  if (!segments.every((segment) => isVisible(segment, site))) return undefined;
  const found = await find(site.root, segments, files);
  if (found === undefined) return undefined;
  const { root, path, stat } = found;
  return isAllowed(root, path, site) &&
      await isSpelled(segments, root, path, site)
    ? { path, stat }
    : undefined;
}

/**
 * Finds what names lead to. The root is resolved each time: it may be a link that a deployment
 * moves. Files that nobody exchanges can be looked at in two steps.
 *
 * @param root The root.
 * @param names The names.
 * @param files Where the files are.
 * @returns The object, or `undefined` when nothing is there.
 */
export async function find(
  root: string,
  names: readonly string[],
  files: Files,
): Promise<FoundBelow | undefined> {
  if (files.find !== undefined) return await files.find(root, names);
  const path = await files.realPath(join(root, names));
  const real = path === undefined ? undefined : await files.realPath(root);
  const stat = path === undefined ? undefined : await files.stat(path);
  return path === undefined || real === undefined || stat === undefined
    ? undefined
    : { root: real, path, stat };
}

/** A name counts only as its directory spells it: what was asked for, and what links lead to. */
async function isSpelled(
  segments: readonly string[],
  root: string,
  path: string,
  site: Site,
): Promise<boolean> {
  const { files, spelling } = site;
  const real = segmentsBelow(root, path, files.os) ?? [];
  const isPlain = real.join("/") === segments.join("/");
  return await spelling.isExact(site.root, segments) &&
    (isPlain || await spelling.isExact(root, real));
}

/**
 * Whether a segment is a name that may be seen.
 *
 * @param segment The segment.
 * @param site What is served, and how.
 * @returns Whether it may.
 */
export function isVisible(segment: string, { files, dotfiles }: Site): boolean {
  return isFileName(segment, files.os) && (dotfiles || !isHidden(segment));
}

/** Whether the real path may be served: inside the root and not hidden there, or links may leave it. */
function isAllowed(root: string, path: string, site: Site): boolean {
  const inside = segmentsBelow(root, path, site.files.os);
  if (inside === undefined) return site.followSymlinks;
  return site.dotfiles || !inside.some(isHidden);
}

/** What Windows does not allow in a name, or reads as something else: separators, drives, streams. */
const WINDOWS_CHARACTERS_REGEXP = /[\p{Cc}<>:"/\\|?*]/u;
/** Devices: these names open hardware, in every directory and with every extension. */
const WINDOWS_DEVICES_REGEXP =
  /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])[ ]*(?:\.|$)/i;
/** 8.3 aliases: a second name, such as `GIT~1` for `.git`, that no policy has seen. */
const WINDOWS_ALIAS_REGEXP = /~\d/;

/**
 * Whether a decoded segment can be the name of a file: what cannot is absent, not an error.
 *
 * @param segment The segment.
 * @param os Whose rules apply.
 * @returns Whether it can be a name.
 */
export function isFileName(segment: string, os: OperatingSystem): boolean {
  if (segment === "" || segment === "." || segment === "..") return false;
  switch (os) {
    case "posix":
      return !segment.includes("/") && !segment.includes("\0");
    case "windows":
      return !WINDOWS_CHARACTERS_REGEXP.test(segment) &&
        !WINDOWS_DEVICES_REGEXP.test(segment) &&
        !WINDOWS_ALIAS_REGEXP.test(segment) &&
        !segment.endsWith(".") && !segment.endsWith(" ");
  }
}

/**
 * Whether a name is hidden by default: names that begin with a dot are, because of
 * `.git` and `.env`; `.well-known` is meant to be seen (RFC 8615).
 *
 * @param name The name.
 * @returns Whether it is hidden.
 */
export function isHidden(name: string): boolean {
  return name.startsWith(".") && name !== ".well-known";
}

/**
 * Whether an object is one of some directories, or a directory on the way to it is.
 *
 * @param path The real path of the object.
 * @param directories Paths of the directories, in any spelling.
 * @param files Where the files are.
 * @returns Whether it is, as far as the disk tells inodes; by path it may be all the same.
 */
export async function leadsThrough(
  path: string,
  directories: readonly string[],
  files: Files,
): Promise<boolean> {
  const grounds: Stat[] = [];
  for (const directory of directories) {
    const stat = await files.stat(directory);
    if (stat !== undefined && hasIdentity(stat)) grounds.push(stat);
  }
  if (grounds.length === 0) return false;
  for (const at of upwards(path, files.os)) {
    const stat = await files.stat(at);
    if (stat === undefined) continue;
    if (grounds.some((ground) => isSameObject(ground, stat))) return true;
  }
  return false;
}

/** Inodes above 2^53 (overlayfs, NTFS) were rounded: two directories could have the same number. */
function hasIdentity({ device, inode }: Stat): boolean {
  return device !== undefined && inode !== undefined && inode > 0 &&
    Number.isSafeInteger(inode) && Number.isSafeInteger(device);
}

/** The object, and each directory above it. */
function* upwards(path: string, os: OperatingSystem): Generator<string> {
  const last = os === "windows" ? /[/\\][^/\\]*$/ : /\/[^/]*$/;
  for (let at = path; at !== ""; at = at.replace(last, "")) {
    yield at;
    if (!last.test(at)) return;
  }
}
