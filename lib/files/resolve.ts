/**
 * From segments to a resource.
 *
 * @module
 */

import { findScript, type ScriptResource, toScript } from "../cgi/find.ts";
import type { Site } from "../site.ts";
import { extensionOf, type Found, locate, locateByName } from "./locate.ts";
import type { Target } from "./target.ts";

/** What a target identifies (RFC 9110 §3.1). */
export type Resource =
  | { readonly kind: "absent" }
  | { readonly kind: "moved"; readonly location: string }
  | ScriptResource
  | (Found & { readonly kind: "directory" })
  | (Found & {
    readonly kind: "file";
    /** The names that lead to it as it was asked for, with that of the index. */
    readonly segments: readonly string[];
  });

const ABSENT: Resource = { kind: "absent" };

/**
 * Resolves a target: what is there, if it may be seen?
 *
 * @param target The target.
 * @param site What is served, and how.
 * @returns The resource.
 */
export async function resolve(
  target: Target & { kind: "path" },
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
        : { kind: "moved", location: directoryLocation(target) };
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
      : toScript(found, index, "", interpreter);
  }
  return undefined;
}

/** Written anew from the decoded segments: it begins with exactly one slash, whatever was asked for. */
function directoryLocation(
  { segments, query }: Target & { kind: "path" },
): string {
  const path = segments.map((segment) => `/${encodeURIComponent(segment)}`);
  return `${path.join("")}/${toAscii(query)}`;
}

/** A query is kept as it came, but for what no field may hold. */
function toAscii(query: string): string {
  return query.toWellFormed().replace(
    /[^\x21-\x7e]+/g,
    (text) => encodeURIComponent(text),
  );
}
