/**
 * From a file to the representation that answers the request (RFC 9110 §3.2, §12).
 *
 * @module
 */

import { type Coding, CODINGS } from "../http/content_coding.ts";
import { deriveEntityTag } from "../http/entity_tag.ts";
import type { Stat } from "../ports.ts";
import type { Site } from "../site.ts";
import { downloadField } from "../http/metadata.ts";
import { selectCoding, type Selection } from "./negotiate.ts";
import type { Look } from "./known.ts";
import { join, locate, segmentsBelow } from "./locate.ts";
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
  const beside = await findBeside(file, site);
  const sidecars = notOlder(beside, stat);
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
      looks: looksAt(file, beside, site),
      way: await wayTo(file, beside, site),
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

/**
 * The directories. Where scripts are run, what others point at tells who may be seen, too;
 * and where links lead there, the directories that these lead through.
 */
async function wayTo(
  { segments, path }: Resource & { kind: "file" },
  beside: ReadonlyMap<Coding, Found>,
  { root, cgi, files }: Site,
): Promise<string[] | undefined> {
  if (cgi !== undefined) return undefined;
  const isPlain = path === join(root, segments);
  const real = isPlain ? root : await files.realPath(root) ?? root;
  const isFreeOfLinks = (found: string, extension: string) =>
    segmentsBelow(real, found, files.os)?.join("/") ===
      `${segments.join("/")}${extension}`;
  return isFreeOfLinks(path, "") &&
      [...beside].every(([coding, { path }]) =>
        isFreeOfLinks(path, EXTENSIONS[coding])
      )
    ? segments.map((_segment, index) => join(root, segments.slice(0, index)))
    : undefined;
}

/** What the selection depends on, by the names that lead there. */
function looksAt(
  { segments, stat }: Resource & { kind: "file" },
  beside: ReadonlyMap<Coding, Found>,
  site: Site,
): Look[] {
  const path = join(site.root, segments);
  const others = [...beside].map(([coding, { stat }]) => ({
    path: `${path}${EXTENSIONS[coding]}`,
    stat,
  }));
  return [{ path, stat }, ...others];
}

/** What lies there by the name of a sidecar, and may be served itself. */
async function findBeside(
  { segments, path, stat }: Resource & { kind: "file" },
  site: Site,
): Promise<ReadonlyMap<Coding, Found>> {
  if (!site.sidecars || stat.mtime === undefined) return NOTHING_BESIDE;
  // What somebody has found elsewhere has nothing to do with what lies here.
  const isElsewhere = site.resolve !== undefined &&
    (await locate(segments, site))?.path !== path;
  if (isElsewhere) return NOTHING_BESIDE;
  const beside = new Map<Coding, Found>();
  for (const coding of CODINGS) {
    const name = `${segments.at(-1) ?? ""}${EXTENSIONS[coding]}`;
    const found = await locate([...segments.slice(0, -1), name], site);
    if (found?.stat.kind === "file") beside.set(coding, found);
  }
  return beside.size > 0 ? beside : NOTHING_BESIDE;
}

/** A sidecar counts when it is not older than what it stands for. */
function notOlder(
  beside: ReadonlyMap<Coding, Found>,
  { mtime: least = Infinity }: Stat,
): ReadonlyMap<Coding, Found> {
  const isOld = ({ stat: { mtime = -Infinity } }: Found) => mtime < least;
  return [...beside.values()].some(isOld)
    ? new Map([...beside].filter(([, found]) => !isOld(found)))
    : beside;
}

const NOTHING_BESIDE: ReadonlyMap<Coding, Found> = new Map();
