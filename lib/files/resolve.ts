/**
 * From segments to a resource. Every policy is applied to the resolved object, the real
 * path, and not to the URL alone (decisions D6, D7).
 *
 * @module
 */

import * as posix from "@std/path/posix";
import * as windows from "@std/path/windows";
import type { Site } from "../site.ts";
import type { OperatingSystem, Stat } from "../ports.ts";
import { isFileName, isHidden } from "./name.ts";
import type { Target } from "./target.ts";

/** An object that may be served. */
export interface Found {
  /** Its real path, free of links. */
  readonly path: string;
  /** What it is. */
  readonly stat: Stat;
}

/** What a target identifies (RFC 9110 §3.1). */
export type Resource =
  | { readonly kind: "absent" }
  | { readonly kind: "moved"; readonly location: string }
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

/** The first index name that is a file which may be served. */
async function findIndex(
  segments: readonly string[],
  site: Site,
): Promise<Resource | undefined> {
  for (const name of site.index) {
    const index = [...segments, name];
    const found = await locate(index, site);
    if (found?.stat.kind === "file") {
      return { kind: "file", segments: index, ...found };
    }
  }
  return undefined;
}

/**
 * Looks for an object below the root.
 *
 * @param segments The names that lead to it.
 * @param site What is served, and how.
 * @returns The object, or `undefined` when it is not there or may not be seen.
 */
export async function locate(
  segments: readonly string[],
  site: Site,
): Promise<Found | undefined> {
  const { files } = site;
  if (!segments.every((segment) => isVisible(segment, site))) return undefined;
  const path = await files.realPath(join(site.root, segments));
  if (path === undefined) return undefined;
  // The root is resolved each time: it may be a link that a deployment moves.
  const root = await files.realPath(site.root);
  if (root === undefined || !isAllowed(root, path, site)) return undefined;
  const stat = await files.stat(path);
  return stat && { path, stat };
}

/** Whether a segment is a name that may be seen.
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

/**
 * The names that lead from a directory to a path below it.
 *
 * @param root A real path.
 * @param path A real path.
 * @param os Whose paths they are.
 * @returns The names, or `undefined` when the path is not below: `/srv/www-secret` is not below `/srv/www`.
 */
export function segmentsBelow(
  root: string,
  path: string,
  os: OperatingSystem,
): readonly string[] | undefined {
  const { relative, isAbsolute } = os === "windows" ? windows : posix;
  const way = relative(root, path);
  if (way === "") return [];
  const segments = way.split(os === "windows" ? /[/\\]/ : "/");
  return segments[0] === ".." || isAbsolute(way) ? undefined : segments;
}

/** Both systems read `/`; a root that ends with a separator, such as `/` or `C:\\`, keeps just one. */
function join(root: string, segments: readonly string[]): string {
  if (segments.length === 0) return root;
  return `${root.replace(/[/\\]$/, "")}/${segments.join("/")}`;
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
