/**
 * From names to an object. Every policy is applied to the real path, and not to the URL
 * alone (decisions D6, D7).
 *
 * @module
 */

import { isHostFile } from "../hosts/host_names.ts";
import type { Absence, Found } from "../http/resource.ts";
import {
  type Files,
  type FoundBelow,
  INCOMING_PREFIX,
  isSameObject,
  join,
  namesOf,
  type OperatingSystem,
  segmentsBelow,
  type Stat,
} from "../ports/files.ts";
import type { Cgi } from "../site/scripts.ts";
import type { Site } from "../site/site.ts";
import { isInDropBox } from "../site/upload_policy.ts";
import { ABSENT, notFound, withheld } from "./absence.ts";
import type { Context } from "./context.ts";
import type { FoundBeside } from "./directories.ts";
import { foldName } from "./spelling.ts";

/** What names lead to, or why that may not be seen. */
export type Located = (FoundFile & { readonly kind: "found" }) | Absence;

/** What was found; where its names were known, with all that they tell. A `resolve` of a user may leave out the root. */
export type FoundFile = Found & Partial<FoundBeside>;

/**
 * Looks for an object below the root that may be sent as it is. Scripts may not: whatever
 * the URL, and however the file system spells it, their real path tells.
 */
export async function locate(
  segments: readonly string[],
  context: Context,
): Promise<Located> {
  const located = await locateAny(segments, context);
  const { cgi } = context.site;
  if (located.kind === "absent" || cgi === undefined) return located;
  return await isScript(located, cgi, context) ? ABSENT.script : located;
}

/** Looks for an object below the root by a name that was listed or is an index: where such names are run, it may be a script. */
export async function locateByName(
  segments: readonly string[],
  context: Context,
): Promise<Located> {
  const extension = extensionOf(segments.at(-1) ?? "");
  return context.site.cgi?.extensions.has(extension) === true
    ? await locateAny(segments, context)
    : await locate(segments, context);
}

/** Looks for an object below the root, be it a script or not. */
export async function locateAny(
  segments: readonly string[],
  context: Context,
): Promise<Located> {
  const { site, files } = context;
  const invisible = refuseNames(segments, site);
  if (invisible !== undefined) return invisible;
  // A root that is a file has no names below it.
  const names = site.fileName === undefined ? segments : [];
  const known = await findKnown(names, context);
  // Each of its names was judged just now.
  if (known !== undefined) return { kind: "found", ...known };
  const found = await find(site.root, names, files);
  if (found === undefined) return notFound(names, context);
  if (found === "withheld") return withheld(names, context);
  const { root, path, stat } = found;
  const refusal = refuse(found, site);
  if (refusal !== undefined) return refusal;
  return await isSpelled(names, root, path, context)
    ? { kind: "found", root, path, stat }
    : ABSENT.misspelled;
}

/**
 * What known names lead to, as their directories spell them. Where scripts are run, all is looked
 * for each time, as it is by who decides again, or on a file that is open.
 */
async function findKnown(
  names: readonly string[],
  { site, state: { directories }, caching, reading = false }: Context,
): Promise<FoundBeside | undefined> {
  return caching && site.cgi === undefined
    ? await directories.find(site.root, names, reading)
    : undefined;
}

/**
 * Why names lead to nothing, where at most one call of the system tells that, without a promise;
 * `undefined` where it takes more, or something is there.
 */
export function findNothing(
  names: readonly string[],
  context: Context,
): Absence | undefined {
  const { site, files: { find } } = context;
  const refusal = refuseNames(names, site);
  // What is no name can be more than one, with slashes.
  if (refusal !== undefined) {
    return refusal === ABSENT.noName ? undefined : refusal;
  }
  return find?.isMissing?.(join(site.root, names)) === true
    ? notFound(names, context)
    : undefined;
}

/** Names that cannot be those of a file, or may not be seen; beside a root that is a file there is nothing. */
export function refuseNames(
  segments: readonly string[],
  site: Site,
): Absence | undefined {
  const { files, fileName } = site;
  if (fileName !== undefined) {
    return segments.join("/") === fileName ? undefined : ABSENT.nothing;
  }
  const isName = segments.every((name) => isFileName(name, files.os));
  if (!isName) return ABSENT.noName;
  return refuseHidden(segments, site);
}

/** Names that may not be seen: with `dotfiles`, too, files that are being received. */
function refuseHidden(
  names: readonly string[],
  { dotfiles, upload, routing }: Site,
): Absence | undefined {
  if (names.some(isIncoming)) return ABSENT.incoming;
  if (routing.hostFiles !== undefined && isHostFile(names)) {
    return ABSENT.hostFile;
  }
  if (isInDropBox(names, upload)) return ABSENT.dropBox;
  return !dotfiles && names.some(isHidden) ? ABSENT.hidden : undefined;
}

/**
 * Finds what names lead to. The root is resolved each time: it may be a link that a deployment
 * moves. Files that cannot be exchanged meanwhile are found in two steps.
 */
export async function find(
  root: string,
  names: readonly string[],
  files: Files,
): Promise<FoundBelow | "withheld" | undefined> {
  if (files.find !== undefined) return await files.find(root, names);
  const path = await files.realPath(join(root, names));
  const real = path === undefined ? undefined : await files.realPath(root);
  const stat = path === undefined ? undefined : await files.stat(path);
  return path === undefined || real === undefined || stat === undefined
    ? undefined
    : { root: real, path, stat };
}

/** Whether a segment is a name that may be seen. */
export function isVisible(segment: string, { files, dotfiles }: Site): boolean {
  return isFileName(segment, files.os) &&
    (dotfiles ? !isIncoming(segment) : !isHidden(segment));
}

/** A real path may be served inside the root, where it is not hidden, or where links may leave the root. */
export function refuse(
  { root, path, stat }: FoundBelow,
  site: Site,
): Absence | undefined {
  // What was a file when it was named may be a directory now.
  if (site.fileName !== undefined) {
    return stat.kind === "file" ? undefined : ABSENT.odd;
  }
  const { os } = site.files;
  const inside = segmentsBelow(root, path, os);
  if (inside !== undefined) return refuseHidden(inside, site);
  if (!site.followSymlinks) return ABSENT.outside;
  return namesOf(path, os).some(isIncoming) ? ABSENT.incoming : undefined;
}

/** A name counts only as its directory spells it: what was asked for, and what links lead to. */
async function isSpelled(
  segments: readonly string[],
  root: string,
  path: string,
  { site, state: { spelling }, files }: Context,
): Promise<boolean> {
  const real = segmentsBelow(root, path, files.os) ?? [];
  const isPlain = real.join("/") === segments.join("/");
  return await spelling.isExact(site.root, segments) &&
    (isPlain || await spelling.isExact(root, real));
}

/** Whether an object is to be run, or lies in a directory of scripts. */
async function isScript(
  { path, stat }: Found,
  { directories, extensions }: Cgi,
  context: Context,
): Promise<boolean> {
  const { site: { root }, files } = context;
  if (stat.kind === "file" && extensions.has(extensionOf(path))) return true;
  for (const directory of directories) {
    const real = await files.realPath(join(root, directory));
    if (real === undefined) continue;
    if (segmentsBelow(real, path, files.os) !== undefined) return true;
    if (await isMisspelled(path, real, directory, context)) return true;
  }
  const paths = directories.map((directory) => join(root, directory));
  return await isBelowAny(path, paths, files);
}

/** A directory of scripts in another spelling (`CGI-BIN`), on a disk whose inodes do not tell. */
async function isMisspelled(
  path: string,
  real: string,
  directory: readonly string[],
  { site: { root }, state: { spelling }, files }: Context,
): Promise<boolean> {
  const isLike =
    segmentsBelow(foldPath(real), foldPath(path), files.os) !== undefined;
  return isLike && !await spelling.isExact(root, directory);
}

function foldPath(path: string): string {
  return path.split("/").map(foldName).join("/");
}

/**
 * Whether an object is one of some directories or lies below one, by whatever name or mount it
 * was found: paths can differ where device and inode do not.
 */
async function isBelowAny(
  path: string,
  directories: readonly string[],
  files: Files,
): Promise<boolean> {
  const stats: Stat[] = [];
  for (const directory of directories) {
    const stat = await files.stat(directory);
    if (stat !== undefined && hasIdentity(stat)) stats.push(stat);
  }
  if (stats.length === 0) return false;
  for (const parent of upwards(path, files.os)) {
    const stat = await files.stat(parent);
    if (stat === undefined) continue;
    if (stats.some((directory) => isSameObject(directory, stat))) return true;
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

/** The extension by which interpreters are chosen: the last dot and what follows, in lower case. */
export function extensionOf(path: string): string {
  return /\.[^./\\]*$/.exec(path)?.[0].toLowerCase() ?? "";
}

/** What Windows does not allow in a name, or reads as something else: separators, drives, streams. */
export const WINDOWS_CHARACTERS_REGEXP = /[\p{Cc}<>:"/\\|?*]/u;
/** Devices: these names open hardware, in every directory and with every extension. */
export const WINDOWS_DEVICES_REGEXP =
  /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])[ ]*(?:\.|$)/i;
/** 8.3 aliases: a second name, such as `GIT~1` for `.git`, that no policy has seen. */
const WINDOWS_ALIAS_REGEXP = /~\d/;

/** Whether a decoded segment can be the name of a file: what cannot is absent, not an error. */
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

/** Names that begin with a dot are hidden, because of `.git` and `.env`; `.well-known` is meant to be seen (RFC 8615). */
export function isHidden(name: string): boolean {
  return name.startsWith(".") && name !== ".well-known";
}

/** Whether a name is that of a file that is being received: nobody sees it, whatever the options say. */
export function isIncoming(name: string): boolean {
  return name.startsWith(INCOMING_PREFIX);
}
