/**
 * The script of a target, and what of the path is left for it (RFC 3875 §3.2).
 *
 * @module
 */

import type { PathTarget, ScriptResource } from "../http/resource.ts";
import { type Found, join } from "../ports/files.ts";
import type { Cgi } from "../site/scripts.ts";
import type { Site } from "../site/site.ts";
import type { Context } from "./context.ts";
import {
  extensionOf,
  type FoundFile,
  locateAny,
  type Located,
  refuseNames,
} from "./locate.ts";

/** What Windows runs by itself. */
const WINDOWS_PROGRAM_REGEXP = /^\.(?:exe|com)$/;

/** Looks for the script of a target. */
export async function findScript(
  target: PathTarget,
  cgi: Cgi,
  context: Context,
): Promise<ScriptResource | undefined> {
  const depth = directoryDepth(target.segments, cgi);
  return depth === undefined
    ? await findByExtension(target, cgi, context)
    : await findInDirectory(target, depth, cgi, context);
}

/** How many segments lead to the directory of scripts that a path is in. */
export function directoryDepth(
  segments: readonly string[],
  { directories }: Pick<Cgi, "directories">,
): number | undefined {
  return directories.find((names) =>
    names.every((name, index) => name === segments[index])
  )?.length;
}

/** The first segment that is not a directory is the script; the rest is PATH_INFO. */
async function findInDirectory(
  target: PathTarget,
  depth: number,
  cgi: Cgi,
  context: Context,
): Promise<ScriptResource> {
  const { segments } = target;
  const { site } = context;
  const first = await lookFor(segments.slice(0, depth + 1), context);
  // What is found in it proves a directory.
  const isIn = first.kind === "found" && segments.length > depth;
  for (
    let length = isIn ? depth + 1 : depth;
    length <= segments.length;
    length++
  ) {
    const names = segments.slice(0, length);
    const found = length === depth + 1 ? first : await lookFor(names, context);
    if (found.kind === "absent") {
      const missing = segments.slice(0, Math.max(length, depth + 1));
      const refusal = refused(404, "No such CGI script", missing, site);
      return { ...refusal, reason: found.reason };
    }
    if (found.stat.kind === "directory") continue;
    if (found.stat.kind === "other") return notPlain(names, site);
    const interpreter = cgi.interpreters.get(extensionOf(names.join("/")));
    return interpreter !== undefined || isExecutable(found, site)
      ? toScript(found, names, pathInfo(target, length), interpreter, site)
      : refused(403, "CGI script is not executable", names, site);
  }
  return notPlain(target.directory ? [...segments, ""] : segments, site);
}

async function findByExtension(
  target: PathTarget,
  { extensions }: Cgi,
  context: Context,
): Promise<ScriptResource | undefined> {
  const { segments } = target;
  for (let length = 1; length <= segments.length; length++) {
    const names = segments.slice(0, length);
    const interpreter = extensions.get(extensionOf(names.at(-1) ?? ""));
    if (interpreter === undefined) continue;
    const found = await lookFor(names, context);
    if (found.kind === "found" && found.stat.kind === "file") {
      const rest = pathInfo(target, length);
      return toScript(found, names, rest, interpreter, context.site);
    }
  }
  return undefined;
}

/**
 * Looks for what may be a script: among known names, else by all of them, and then its directories
 * are watched, so that their names are known once they have settled.
 */
async function lookFor(
  names: readonly string[],
  context: Context,
): Promise<Located> {
  const { site: { root, clock }, state: { directories } } = context;
  const known = await findKnown(names, context);
  if (known !== undefined) return known;
  const located = await locateAny(names, context);
  if (located.kind === "found") {
    const way = names.map((_name, index) => join(root, names.slice(0, index)));
    directories.watch(way, clock.now());
  }
  return located;
}

/**
 * A script is run by its real path. What lies above the root may have been exchanged since that was
 * known: it was not where the root was looked at by that very path.
 */
async function findKnown(
  names: readonly string[],
  { site, files, state: { directories }, caching }: Context,
): Promise<Located | undefined> {
  const isPlain = caching && site.fileName === undefined;
  if (!isPlain || refuseNames(names, site) !== undefined) return undefined;
  const known = await directories.find(site.root, names, false);
  if (known === undefined) return undefined;
  const isReal = known.root === site.root ||
    known.root === await files.realPath(site.root);
  return isReal ? { kind: "found", ...known } : undefined;
}

/** On Windows the extension says what is a program; elsewhere the mode does. */
function isExecutable({ path, stat }: Found, { files }: Site): boolean {
  return files.os === "windows"
    ? WINDOWS_PROGRAM_REGEXP.test(extensionOf(path))
    : stat.executable !== false;
}

export function toScript(
  { root, path, stat }: FoundFile,
  names: readonly string[],
  pathInfo: string,
  interpreter: readonly string[] | undefined,
  { mount }: Site,
): ScriptResource {
  const nonParsed = names.at(-1)?.startsWith("nph-") === true;
  const name = pathOf([...mount, ...names]);
  return {
    kind: "script",
    script: { name, root, path, stat, pathInfo, interpreter, nonParsed },
  };
}

function pathInfo({ segments, directory }: PathTarget, length: number): string {
  return pathOf(segments.slice(length)) + (directory ? "/" : "");
}

function pathOf(segments: readonly string[]): string {
  return segments.map((segment) => `/${segment}`).join("");
}

function notPlain(names: readonly string[], site: Site): ScriptResource {
  return refused(403, "CGI script is not a plain file", names, site);
}

function refused(
  status: number,
  reason: string,
  names: readonly string[],
  { mount }: Site,
): ScriptResource & { readonly kind: "refused" } {
  const path = pathOf([...mount, ...names]);
  return { kind: "refused", status, message: `${reason} ('${path}')` };
}
