/**
 * From a file to the representation that answers the request (RFC 9110 §3.2, §12).
 *
 * @module
 */

import { type Coding, CODINGS } from "../http/content_coding.ts";
import { downloadField } from "../http/metadata.ts";
import type {
  Candidate,
  Found,
  PathTarget,
  Resource,
  ValidatedFile,
} from "../http/resource.ts";
import type { Stat } from "../ports/files.ts";
import { join, segmentsBelow } from "../ports/paths.ts";
import type { Site } from "../site/site.ts";
import type { Look } from "./known.ts";
import { locate } from "./locate.ts";
import { selectCoding, type Selection } from "./negotiate.ts";
import { type FileValidators, validatorsOf } from "./validators.ts";

/** The names of sidecars: that of the file, and one of these. */
const EXTENSIONS: Readonly<Record<Coding, string>> = {
  br: ".br",
  zstd: ".zst",
  gzip: ".gz",
};

type FileResource = Resource & { readonly kind: "file" };
type Judged = ValidatedFile & FileValidators;

/** Where a file is below the root, and whether no link leads there. */
interface Place {
  readonly below: string;
  readonly isDirect: boolean;
}

/** The place of a file, or of its sidecar with an extension. */
type PlaceOf = (found: Found, extension?: string) => Place;

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
  file: FileResource,
  target: PathTarget,
  request: Request,
  site: Site,
): Promise<Selection> {
  const now = site.clock.now();
  const beside = await findBeside(file, site);
  const isFirst = isFirstChoice(file, target, site);
  const placeOf = await placing(file, site);
  const isTagged = !site.isUntagged(pathOf(file));
  const judge = async (found: Found, extension = ""): Promise<Judged> => {
    const { path, stat } = found;
    const source = { kind: "file", path, stat } as const;
    const { below, isDirect } = placeOf(found, extension);
    const place = isFirst && isDirect ? undefined : below;
    const file = { source, place, isTagged };
    return { source, ...await validatorsOf(file, request, site) };
  };
  // Together: whoever waits for several digests waits no longer than for one.
  const [own, ...judged] = await Promise.all([
    judge(file),
    ...[...notOlder(beside, file.stat)].map(async ([coding, found]) =>
      [coding, await judge(found, EXTENSIONS[coding])] as const
    ),
  ]);
  const sidecars: ReadonlyMap<Coding, Judged> = new Map(judged);
  const candidate = toCandidate(file, own, sidecars, target, site);
  const isFinal = [own, ...sidecars.values()].every(({ isFinal }) => isFinal);
  const known = isFirst && isFinal
    ? site.known.keep(request, {
      candidate,
      looks: looksAt(file, beside, site),
      way: wayTo(file, beside, placeOf, site),
    }, now)
    : candidate;
  return selectCoding(known, request, site);
}

function toCandidate(
  file: FileResource,
  { source, validators }: Judged,
  sidecars: Candidate["sidecars"],
  { query }: PathTarget,
  { guessType }: Site,
): Candidate {
  const name = file.segments.at(-1) ?? "";
  return {
    path: pathOf(file),
    source,
    mediaType: guessType(name),
    fields: downloadField(query, name),
    validators,
    sidecars,
  };
}

function pathOf({ segments }: FileResource): string {
  return `/${segments.join("/")}`;
}

/** Whether nothing that may come into being would be served in its place. */
function isFirstChoice(
  { segments }: FileResource,
  target: PathTarget,
  { index }: Site,
): boolean {
  return segments.length === target.segments.length ||
    segments.at(-1) === index[0];
}

/** The root is resolved only where the path shows that a link leads there, or to the root. */
async function placing(
  { segments, path }: FileResource,
  { root, files }: Site,
): Promise<PlaceOf> {
  const isPlain = path === join(root, segments);
  const real = isPlain ? root : await files.realPath(root) ?? root;
  const names = segments.join("/");
  return ({ path }, extension = "") => {
    const below = segmentsBelow(real, path, files.os)?.join("/") ?? path;
    return { below, isDirect: below === `${names}${extension}` };
  };
}

/**
 * The directories. Where scripts are run, what others point at tells who may be seen, too;
 * and where links lead there, the directories that these lead through.
 */
function wayTo(
  file: FileResource,
  beside: ReadonlyMap<Coding, Found>,
  placeOf: PlaceOf,
  { root, cgi }: Site,
): string[] | undefined {
  if (cgi !== undefined) return undefined;
  const { segments } = file;
  return placeOf(file).isDirect &&
      [...beside].every(([coding, found]) =>
        placeOf(found, EXTENSIONS[coding]).isDirect
      )
    ? segments.map((_segment, index) => join(root, segments.slice(0, index)))
    : undefined;
}

/** What the selection depends on, by the names that lead there. */
function looksAt(
  { segments, stat }: FileResource,
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
  { segments, path, stat }: FileResource,
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
