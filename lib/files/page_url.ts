/**
 * Which URL a page has, as hosts of sites have it: without `.html`, with or without a slash.
 *
 * A page is found by any of its spellings, and has one URL. It is moved only to a URL at which it
 * is found again, so no redirect leads to another, or back (decision D262).
 *
 * @module
 */

import type { PathTarget, Resource } from "../http/resource.ts";
import type { Site } from "../site/site.ts";
import type { Context } from "./context.ts";
import { toScript } from "./find_script.ts";
import { extensionOf, locate, locateByName, type Located } from "./locate.ts";

/** The names of a URL below the mount, and whether a slash ends it. */
export type PageUrl = Pick<PathTarget, "segments" | "directory">;

type FileResource = Resource & { readonly kind: "file" };
type PageResource = Resource & { readonly kind: "file" | "script" };

const EXTENSION = ".html";

/** What a URL means: the file with its very name, else a page. `found` is what its names lead to. */
export async function findPage(
  { segments, directory }: PageUrl,
  found: Located,
  context: Context,
): Promise<PageResource | undefined> {
  if (isFile(found) && !directory) return { ...found, kind: "file", segments };
  const isDirectory = found.kind === "found" && found.stat.kind === "directory";
  // Where only a slash is missing, it is added, whether there is an index or not.
  const isOpen = directory || context.site.routing.trailingSlash !== "keep";
  const index = () =>
    isDirectory && isOpen ? findIndex(segments, context) : undefined;
  const html = () => findHtml(segments, context);
  return isIndexFirst(directory, context.site)
    ? await index() ?? await html()
    : await html() ?? await index();
}

function isFile(found: Located): found is Located & { readonly kind: "found" } {
  return found.kind === "found" && found.stat.kind === "file";
}

/** Where `about.html` and `about/index.html` want one URL, that counts which has it as it is. */
function isIndexFirst(
  directory: boolean,
  { routing: { trailingSlash } }: Site,
): boolean {
  return trailingSlash === "keep" ? directory : trailingSlash === "always";
}

/** The first index name that is a file which may be served, or run. */
async function findIndex(
  segments: readonly string[],
  context: Context,
): Promise<PageResource | undefined> {
  const { site } = context;
  for (const name of site.index) {
    const index = [...segments, name];
    const found = await locateByName(index, context);
    if (!isFile(found)) continue;
    const interpreter = site.cgi?.extensions.get(extensionOf(name));
    if (interpreter === undefined) {
      return { ...found, kind: "file", segments: index };
    }
    const script = toScript(found, index, "", interpreter, site);
    return script.kind === "script" ? script : undefined;
  }
  return undefined;
}

/** `about.html`, where `about` was asked for. */
async function findHtml(
  segments: readonly string[],
  context: Context,
): Promise<FileResource | undefined> {
  const html = htmlOf(segments, context.site);
  if (html === undefined) return undefined;
  const found = await locate(html, context);
  return isFile(found) ? { ...found, kind: "file", segments: html } : undefined;
}

function htmlOf(
  segments: readonly string[],
  site: Site,
): readonly string[] | undefined {
  const name = segments.at(-1);
  return name === undefined || !hasCleanUrls(site)
    ? undefined
    : [...segments.slice(0, -1), `${name}${EXTENSION}`];
}

/** A file that is the only one has the URL that everybody was told. */
function hasCleanUrls({ routing, fileName }: Site): boolean {
  return routing.cleanUrls && fileName === undefined;
}

/** The one URL of a page that was found by another; `undefined` where it was asked for by its URL, or has none but its name. */
export async function movedPage(
  asked: PageUrl,
  { segments }: FileResource,
  context: Context,
): Promise<PageUrl | undefined> {
  const { site } = context;
  const isNamed = isSame(asked, { segments, directory: false });
  if (isNamed && !hasCleanUrls(site)) return undefined;
  const url = pageUrl(segments, site);
  if (url !== undefined) {
    if (isSame(url, asked)) return undefined;
    const found = await locate(url.segments, context);
    const page = await findPage(url, found, context);
    const isIt = page?.kind === "file" &&
      page.segments.join("/") === segments.join("/");
    if (isIt) return url;
  }
  return isNamed ? undefined : { segments, directory: false };
}

/** The URL that a page has if no other comes before it there; `undefined` for what is no page. */
function pageUrl(
  segments: readonly string[],
  site: Site,
): PageUrl | undefined {
  const { trailingSlash } = site.routing;
  const name = segments.at(-1) ?? "";
  const above = segments.slice(0, -1);
  if (site.index.includes(name)) {
    // There is no other spelling of the root.
    const directory = trailingSlash !== "never" || above.length === 0;
    return { segments: above, directory };
  }
  const base = name.endsWith(EXTENSION) ? name.slice(0, -EXTENSION.length) : "";
  if (base === "" || !hasCleanUrls(site)) return undefined;
  return { segments: [...above, base], directory: trailingSlash === "always" };
}

function isSame(url: PageUrl, other: PageUrl): boolean {
  return url.directory === other.directory &&
    url.segments.join("/") === other.segments.join("/");
}

/** The names of files that would stand before a page at its URL, if they were there; `undefined` where more than that decides. */
export function precedingNames(
  { segments }: Pick<FileResource, "segments">,
  asked: PageUrl,
  site: Site,
): ReadonlyArray<readonly string[]> | undefined {
  const { directory, segments: names } = asked;
  const html = htmlOf(names, site);
  const isHtml = html?.join("/") === segments.join("/");
  const url = pageUrl(segments, site);
  if (segments.length === names.length && !isHtml) {
    return url && hasCleanUrls(site) ? undefined : [];
  }
  if (url === undefined || !isSame(url, asked)) return undefined;
  const own = directory ? [] : [names];
  const isFirst = isIndexFirst(directory, site) !== isHtml;
  const indexes = site.index.map((name) => [...names, name]);
  if (isHtml) return isFirst ? own : [...own, ...indexes];
  const before = indexes.slice(0, site.index.indexOf(segments.at(-1) ?? ""));
  return isFirst || html === undefined
    ? [...own, ...before]
    : [...own, html, ...before];
}
