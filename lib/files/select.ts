/**
 * From a file to the representation that answers the request (RFC 9110 §3.2, §12).
 *
 * @module
 */

import { type Coding, CODINGS } from "../http/content_coding.ts";
import { deriveEntityTag } from "../http/entity_tag.ts";
import type { Site } from "../site.ts";
import { downloadField } from "../http/metadata.ts";
import { selectCoding, type Selection } from "./negotiate.ts";
import type { Look } from "./known.ts";
import { join, locate } from "./locate.ts";
import type { Found, PathTarget, Resource } from "./resource.ts";

/** The names of sidecars: that of the file, and one of these. */
const EXTENSIONS: Readonly<Record<Coding, string>> = {
  br: ".br",
  zstd: ".zst",
  gzip: ".gz",
};

/**
 * The representation of a file.
 *
 * @param file The file.
 * @param target What was asked for.
 * @param request The request.
 * @param site What is served, and how.
 * @returns The representation, or that none is acceptable.
 */
export async function selectFile(
  file: Resource & { kind: "file" },
  target: PathTarget,
  request: Request,
  site: Site,
): Promise<Selection> {
  const { segments, path, stat } = file;
  const name = segments.at(-1) ?? "";
  const now = site.clock.now();
  const sidecars = await findSidecars(file, site);
  const candidate = {
    path: `/${segments.join("/")}`,
    source: { kind: "file", path, stat },
    mediaType: site.guessType(name),
    fields: downloadField(target.query, name),
    validators: {
      entityTag: deriveEntityTag(stat, now),
      lastModified: stat.mtime,
    },
    sidecars,
  } as const;
  const known = isFirstChoice(file, target, site)
    ? site.known.keep(request, {
      candidate,
      looks: looksAt(file, sidecars, site),
      way: wayTo(segments, site),
    }, now)
    : candidate;
  return selectCoding(known, request, site);
}

/** Whether nothing that may come into being would be served in its place. */
function isFirstChoice(
  { segments }: Resource & { kind: "file" },
  target: PathTarget,
  { index }: Site,
): boolean {
  return segments.length === target.segments.length ||
    segments.at(-1) === index[0];
}

/** The directories; where scripts are run, what others point at tells who may be seen, too. */
function wayTo(
  segments: readonly string[],
  { root, cgi }: Site,
): string[] | undefined {
  return cgi === undefined
    ? segments.map((_segment, index) => join(root, segments.slice(0, index)))
    : undefined;
}

/** What the selection depends on, by the names that lead there. */
function looksAt(
  { segments, stat }: Resource & { kind: "file" },
  sidecars: ReadonlyMap<Coding, Found>,
  site: Site,
): Look[] {
  const path = join(site.root, segments);
  const beside = [...sidecars].map(([coding, { stat }]) => ({
    path: `${path}${EXTENSIONS[coding]}`,
    stat,
  }));
  return [{ path, stat }, ...beside];
}

/** A sidecar counts when it may be served itself, and is not older than what it stands for. */
async function findSidecars(
  { segments, path, stat }: Resource & { kind: "file" },
  site: Site,
): Promise<ReadonlyMap<Coding, Found>> {
  if (!site.sidecars || stat.mtime === undefined) return NO_SIDECARS;
  // What somebody has found elsewhere has nothing to do with what lies here.
  const isElsewhere = site.resolve !== undefined &&
    (await locate(segments, site))?.path !== path;
  if (isElsewhere) return NO_SIDECARS;
  const sidecars = new Map<Coding, Found>();
  for (const coding of CODINGS) {
    const name = `${segments.at(-1) ?? ""}${EXTENSIONS[coding]}`;
    const found = await locate([...segments.slice(0, -1), name], site);
    const { kind, mtime = -Infinity } = found?.stat ?? {};
    if (found !== undefined && kind === "file" && mtime >= stat.mtime) {
      sidecars.set(coding, found);
    }
  }
  return sidecars.size > 0 ? sidecars : NO_SIDECARS;
}

const NO_SIDECARS: ReadonlyMap<Coding, Found> = new Map();
