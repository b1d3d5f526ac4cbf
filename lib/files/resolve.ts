/**
 * From segments to a resource: a file, a directory, a script and what of the path is left for
 * it (RFC 3875 §3.2), or nothing.
 *
 * @module
 */

import type {
  Found,
  PathTarget,
  Resource,
  ScriptResource,
} from "../http/resource.ts";
import type { Cgi } from "../site/scripts.ts";
import { entryPath, type Site } from "../site/site.ts";
import type { Context } from "./context.ts";
import { ABSENT } from "./absence.ts";
import { extensionOf, locate, locateAny, locateByName } from "./locate.ts";

/** Resolves a target to the visible resource, else to `absent`. */
export async function resolve(
  target: PathTarget,
  context: Context,
): Promise<Resource> {
  const { segments, directory } = target;
  const { site } = context;
  if (site.fileName !== undefined && segments.length === 0) {
    return movedToEntry(target, site);
  }
  const script = site.cgi && await findScript(target, site.cgi, context);
  if (script?.kind === "script") return script;
  const single = withSingleSlashes(target);
  if (single !== undefined) return await redirectTo(single, target, context);
  if (script !== undefined) return script;
  const found = await locate(segments, context);
  if (found.kind === "absent") return found;
  switch (found.stat.kind) {
    case "file":
      return directory
        ? ABSENT.noDirectory
        : { ...found, kind: "file", segments };
    case "directory":
      return directory
        ? await findIndex(segments, context) ?? { ...found, kind: "directory" }
        : moved({ ...target, directory: true }, site);
    case "other":
      return ABSENT.odd;
  }
}

/**
 * The target without doubled and encoded slashes; `undefined` where it has none. No name has a
 * slash in it: clients of npm write `/@scope%2fname`, and others join base and path to `//a//b`.
 */
function withSingleSlashes(target: PathTarget): PathTarget | undefined {
  const { segments, directory } = target;
  if (!segments.some((segment) => segment === "" || segment.includes("/"))) {
    return undefined;
  }
  return {
    ...target,
    segments: segments.flatMap((segment) => segment.split("/"))
      .filter((name) => name !== ""),
    directory: directory || segments.at(-1)?.endsWith("/") === true,
  };
}

/** Redirects to a resource that is there (decision D131); the option answers for doubled slashes at once. */
async function redirectTo(
  single: PathTarget,
  target: PathTarget,
  context: Context,
): Promise<Resource> {
  const { site } = context;
  const resource = await resolve(single, context);
  const one = resource.kind === "script"
    ? withPathInfo(single, target, resource, site)
    : single;
  const isMerged = site.mergeSlashes &&
    encodedSlashes(one) === encodedSlashes(target);
  const isHere = resource.kind === "file" || resource.kind === "directory" ||
    resource.kind === "script";
  if (isHere && !isMerged) return moved(one, site);
  return one === single ? resource : await resolve(one, context);
}

/** In how many segments there are encoded slashes. */
function encodedSlashes({ segments }: PathTarget): number {
  return segments.filter((segment) => segment.includes("/")).length;
}

/** Single slashes in front of the name of a script and in it; what the script finds behind stays as it came. */
function withPathInfo(
  single: PathTarget,
  target: PathTarget,
  { script }: ScriptResource & { readonly kind: "script" },
  { mount }: Site,
): PathTarget {
  let left = script.name.split("/").length - 1 - mount.length;
  const segments: string[] = [];
  for (const segment of target.segments) {
    const parts = segment.split("/");
    while (left > 0 && parts.length > 0) {
      const name = parts.shift();
      if (!name) continue;
      segments.push(name);
      left--;
    }
    if (parts.length > 0) segments.push(parts.join("/"));
  }
  // The index of a directory is not named.
  return left > 0 ? single : { ...target, segments };
}

/** The first index name that is a file which may be served, or run. */
async function findIndex(
  segments: readonly string[],
  context: Context,
): Promise<Resource | undefined> {
  const { site } = context;
  for (const name of site.index) {
    const index = [...segments, name];
    const found = await locateByName(index, context);
    if (found.kind === "absent" || found.stat.kind !== "file") continue;
    const interpreter = site.cgi?.extensions.get(extensionOf(name));
    return interpreter === undefined
      ? { ...found, kind: "file", segments: index }
      : toScript(found, index, "", interpreter, site);
  }
  return undefined;
}

/** Leads from `/` to what there is: the mount, or the only file. */
export function movedToEntry(
  { query }: PathTarget,
  site: Site,
): Resource & { readonly kind: "moved" } {
  return { kind: "moved", location: entryPath(site) + toAscii(query) };
}

/** The Location is written anew from decoded names: it begins with exactly one slash, whatever was asked for. */
function moved(
  { segments, directory, query }: PathTarget,
  { mount }: Site,
): Resource {
  const path = [...mount, ...segments]
    .map((segment) => `/${encodeSegment(segment)}`).join("");
  const location = `${path}${directory ? "/" : ""}${toAscii(query)}`;
  return { kind: "moved", location };
}

/** What a path may hold stays as it is (RFC 3986 §3.3), such as the `@` of a scope. */
function encodeSegment(name: string): string {
  return encodeURI(name).replaceAll(/[?#/]/g, encodeURIComponent);
}

/** A query is kept as it came, but for what no field may hold. */
function toAscii(query: string): string {
  return query.toWellFormed().replace(
    /[^\x21-\x7e]+/g,
    (text) => encodeURIComponent(text),
  );
}

/** What Windows runs by itself. */
const WINDOWS_PROGRAM_REGEXP = /^\.(?:exe|com)$/;

/** Looks for the script of a target. */
async function findScript(
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
  for (let length = depth; length <= segments.length; length++) {
    const names = segments.slice(0, length);
    const found = await locateAny(names, context);
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
    const found = await locateAny(names, context);
    if (found.kind === "found" && found.stat.kind === "file") {
      const rest = pathInfo(target, length);
      return toScript(found, names, rest, interpreter, context.site);
    }
  }
  return undefined;
}

/** On Windows the extension says what is a program; elsewhere the mode does. */
function isExecutable({ path, stat }: Found, { files }: Site): boolean {
  return files.os === "windows"
    ? WINDOWS_PROGRAM_REGEXP.test(extensionOf(path))
    : stat.executable !== false;
}

/** Makes a script of a file. */
function toScript(
  { path, stat }: Found,
  names: readonly string[],
  pathInfo: string,
  interpreter: readonly string[] | undefined,
  { mount }: Site,
): ScriptResource {
  const nonParsed = names.at(-1)?.startsWith("nph-") === true;
  const name = pathOf([...mount, ...names]);
  return {
    kind: "script",
    script: { name, path, stat, pathInfo, interpreter, nonParsed },
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
