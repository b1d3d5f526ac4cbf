/**
 * From segments to a resource: a file, a directory, a script and what of the path is left for
 * it (RFC 3875 §3.2), or nothing.
 *
 * @module
 */

import type { PathTarget, Resource, ScriptResource } from "../http/resource.ts";
import { checkedResource } from "../site/overrides.ts";
import { byName } from "../site/routing.ts";
import { entryPath, type Site } from "../site/site.ts";
import type { Context } from "./context.ts";
import { ABSENT } from "./absence.ts";
import { findScript } from "./find_script.ts";
import { locate, type Located, refuseNames } from "./locate.ts";
import { findPage, movedPage } from "./page_url.ts";

/** What a target identifies: by the user's own `resolve`, if there is one. */
export async function identify(
  target: PathTarget,
  context: Context,
): Promise<Resource> {
  const { site } = context;
  const next = (target: PathTarget) => resolve(target, context);
  return site.resolve === undefined
    ? await next(target)
    : checkedResource(await site.resolve(target, next));
}

/** The same for the names of files, as listings, archives and uploads have them. */
export async function identifyByName(
  target: PathTarget,
  context: Context,
): Promise<Resource> {
  const { site } = context;
  const routing = byName(site.routing);
  return await identify(target, { ...context, site: { ...site, routing } });
}

/** Resolves a target to the visible resource, else to `absent`. */
export async function resolve(
  target: PathTarget,
  context: Context,
): Promise<Resource> {
  const { site } = context;
  if (site.fileName !== undefined && target.segments.length === 0) {
    return movedToEntry(target, site);
  }
  const script = site.cgi && await findScript(target, site.cgi, context);
  if (script?.kind === "script") return script;
  const single = withSingleSlashes(target);
  if (single !== undefined) return await redirectTo(single, target, context);
  if (script !== undefined) return script;
  return await resolvePlain(target, context);
}

/** The file that a target names, where nothing has to be waited for to be sure of it. */
export function resolveKnown(
  { segments, directory }: PathTarget,
  reading: boolean,
  { site, state: { directories } }: Context,
): Resource & { readonly kind: "file" } | undefined {
  const isByName = !directory && site.resolve === undefined &&
    site.cgi === undefined && !site.routing.cleanUrls;
  if (!isByName || refuseNames(segments, site) !== undefined) return undefined;
  const found = directories.findKnown(site.root, segments, reading);
  return found?.stat.kind === "file"
    ? { ...found, kind: "file", segments }
    : undefined;
}

/** A file, a directory or a page; each has one URL, and is moved there from others. */
async function resolvePlain(
  target: PathTarget,
  context: Context,
): Promise<Resource> {
  const { segments, directory } = target;
  const { site } = context;
  const found = await locate(segments, context);
  const page = await findPage(target, found, context);
  if (page?.kind === "file") {
    const url = await movedPage(target, page, context);
    return url === undefined ? page : moved({ ...target, ...url }, site);
  }
  if (page !== undefined && directory) return page;
  if (found.kind === "absent") return found;
  switch (found.stat.kind) {
    case "file":
      return ABSENT.noDirectory;
    case "directory":
      if (directory) return { ...found, kind: "directory" };
      return await isUnseen(target, found, context)
        ? ABSENT.unlisted
        : moved({ ...target, directory: true }, site);
    case "other":
      return ABSENT.odd;
  }
}

/** Whether a directory has nothing to show, and an application could have a page by its name. */
async function isUnseen(
  { segments }: PathTarget,
  found: Located,
  context: Context,
): Promise<boolean> {
  const { listing, routing: { spa } } = context.site;
  if (spa === undefined || listing !== false) return false;
  const url = { segments, directory: true };
  return await findPage(url, found, context) === undefined;
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
