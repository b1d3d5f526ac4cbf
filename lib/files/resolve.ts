/**
 * From segments to a resource.
 *
 * @module
 */

import type { PathTarget, Resource } from "../http/resource.ts";
import type { Site } from "../site/site.ts";
import { findScript, toScript } from "./find.ts";
import { extensionOf, locate, locateByName } from "./locate.ts";

const ABSENT: Resource = { kind: "absent" };

/**
 * Resolves a target: what is there, if it may be seen?
 *
 * @param target The target.
 * @param site What is served, and how.
 * @returns The resource.
 */
export async function resolve(
  target: PathTarget,
  site: Site,
): Promise<Resource> {
  const { segments, directory } = target;
  const script = site.cgi && await findScript(target, site, site.cgi);
  if (script !== undefined) return script;
  const found = await locate(segments, site);
  if (found === undefined) return ABSENT;
  switch (found.stat.kind) {
    case "file":
      return directory ? ABSENT : { kind: "file", segments, ...found };
    case "directory":
      return directory
        ? await findIndex(segments, site) ?? { kind: "directory", ...found }
        : { kind: "moved", location: directoryLocation(target, site) };
    case "other":
      return ABSENT;
  }
}

/** The first index name that is a file which may be served, or run. */
async function findIndex(
  segments: readonly string[],
  site: Site,
): Promise<Resource | undefined> {
  for (const name of site.index) {
    const index = [...segments, name];
    const found = await locateByName(index, site);
    if (found?.stat.kind !== "file") continue;
    const interpreter = site.cgi?.extensions.get(extensionOf(name));
    return interpreter === undefined
      ? { kind: "file", segments: index, ...found }
      : toScript(found, index, "", interpreter, site);
  }
  return undefined;
}

/** Written anew from the decoded segments: it begins with exactly one slash, whatever was asked for. */
function directoryLocation(
  { segments, query }: PathTarget,
  { mount }: Site,
): string {
  const path = [...mount, ...segments]
    .map((segment) => `/${encodeURIComponent(segment)}`);
  return `${path.join("")}/${toAscii(query)}`;
}

/** A query is kept as it came, but for what no field may hold. */
function toAscii(query: string): string {
  return query.toWellFormed().replace(
    /[^\x21-\x7e]+/g,
    (text) => encodeURIComponent(text),
  );
}
