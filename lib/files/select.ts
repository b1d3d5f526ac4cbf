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
} from "../http/resource.ts";
import { join, segmentsBelow, type Stat } from "../ports/files.ts";
import type { Context } from "./context.ts";
import { locate } from "./locate.ts";
import type { CacheEntry, Fingerprint } from "./representation_cache.ts";
import { type FileValidators, validatorsOf } from "./validators.ts";

type FileResource = Resource & { readonly kind: "file" };
type Sidecars = ReadonlyMap<Coding, Found>;

/** The names of sidecars: that of the file, and one of these. */
const EXTENSIONS: Readonly<Record<Coding, string>> = {
  br: ".br",
  zstd: ".zst",
  gzip: ".gz",
};

/** Where a file is below the root, and whether no link leads there. */
interface Location {
  readonly below: string;
  readonly isDirect: boolean;
}

/** The location of a file, or of its sidecar with an extension. */
type LocationOf = (found: Found, extension?: string) => Location;

/** A file before its coding is chosen, and its entry in the cache, where it may have one. */
export interface SelectedFile {
  readonly candidate: Candidate;
  readonly entry: CacheEntry | undefined;
}

/** The file and its sidecars, with their validators. */
export async function selectFile(
  file: FileResource,
  target: PathTarget,
  request: Request,
  context: Context,
): Promise<SelectedFile> {
  const { site, state } = context;
  const now = site.clock.now();
  const sidecars = await findSidecars(file, context);
  const isFirst = isFirstChoice(file, target, site.index);
  const locationOf = await locating(file, context);
  const isTagged = !site.isUntagged(pathOf(file));
  const validate = async (found: Found, extension = "") => {
    const { path, stat } = found;
    const source = { kind: "file", path, stat } as const;
    const { below, isDirect } = locationOf(found, extension);
    const location = isFirst && isDirect ? undefined : below;
    return await validatorsOf({ source, location, isTagged }, request, context);
  };
  // Together: a request that waits for several digests waits no longer than for one.
  const [own, ...validated] = await Promise.all([
    validate(file),
    ...[...notOlder(sidecars, file.stat)].map(async ([coding, found]) =>
      [coding, await validate(found, EXTENSIONS[coding])] as const
    ),
  ]);
  const candidate = toCandidate(file, own, new Map(validated), target, context);
  const isFinal = [own, ...validated.map(([, sidecar]) => sidecar)]
    .every(({ isFinal }) => isFinal);
  const entry = context.caching && isFirst && isFinal
    ? state.representations?.add(request, {
      candidate,
      files: fingerprintsOf(file, sidecars, context),
      directories: directoriesOf(file, sidecars, locationOf, context),
    }, now)
    : undefined;
  return { candidate: entry?.candidate ?? candidate, entry };
}

function toCandidate(
  file: FileResource,
  { source, validators }: FileValidators,
  sidecars: Candidate["sidecars"],
  { query }: PathTarget,
  { site }: Context,
): Candidate {
  const name = file.segments.at(-1) ?? "";
  return {
    path: pathOf(file),
    source,
    mediaType: site.guessType(name),
    fields: downloadField(query, name),
    validators,
    sidecars,
  };
}

function pathOf({ segments }: FileResource): string {
  return `/${segments.join("/")}`;
}

/** Whether no file that is created later takes precedence. */
function isFirstChoice(
  { segments }: FileResource,
  target: PathTarget,
  index: readonly string[],
): boolean {
  // Where slashes are merged, a target has segments without a name.
  const names = target.segments.filter((segment) => segment !== "");
  return segments.length === names.length || segments.at(-1) === index[0];
}

/** The root is resolved only where the path shows that a link leads there, or to the root. */
async function locating(
  { segments, path }: FileResource,
  { site: { root }, files }: Context,
): Promise<LocationOf> {
  const isPlain = path === join(root, segments);
  const real = isPlain ? root : await files.realPath(root) ?? root;
  const names = segments.join("/");
  return ({ path }, extension = "") => {
    const below = segmentsBelow(real, path, files.os)?.join("/") ?? path;
    return { below, isDirect: below === `${names}${extension}` };
  };
}

/**
 * The directories on the way. They do not suffice where scripts are run: what is visible then
 * also depends on where the directories of scripts lead. Nor where links lead through others.
 */
function directoriesOf(
  file: FileResource,
  sidecars: Sidecars,
  locationOf: LocationOf,
  { site: { root, cgi } }: Context,
): string[] | undefined {
  if (cgi !== undefined) return undefined;
  const { segments } = file;
  return locationOf(file).isDirect &&
      [...sidecars].every(([coding, found]) =>
        locationOf(found, EXTENSIONS[coding]).isDirect
      )
    ? segments.map((_segment, index) => join(root, segments.slice(0, index)))
    : undefined;
}

/** What the selection depends on, by the names that lead there. */
function fingerprintsOf(
  { segments, stat }: FileResource,
  sidecars: Sidecars,
  { site }: Context,
): Fingerprint[] {
  const path = join(site.root, segments);
  const others = [...sidecars].map(([coding, { stat }]) => ({
    path: `${path}${EXTENSIONS[coding]}`,
    stat,
  }));
  return [{ path, stat }, ...others];
}

/** The files next to it by the names of sidecars that may be served themselves. */
async function findSidecars(
  { segments, path, stat }: FileResource,
  context: Context,
): Promise<Sidecars> {
  const sidecars = new Map<Coding, Found>();
  if (!context.sidecars || stat.mtime === undefined) return sidecars;
  // What a user's own `resolve` found elsewhere has nothing to do with what lies here.
  const isElsewhere = context.site.resolve !== undefined &&
    (await locate(segments, context))?.path !== path;
  if (isElsewhere) return sidecars;
  for (const coding of CODINGS) {
    const name = `${segments.at(-1) ?? ""}${EXTENSIONS[coding]}`;
    const found = await locate([...segments.slice(0, -1), name], context);
    if (found?.stat.kind === "file") sidecars.set(coding, found);
  }
  return sidecars;
}

/** A sidecar counts when it is not older than what it stands for. */
function notOlder(
  sidecars: Sidecars,
  { mtime: least = Infinity }: Stat,
): Sidecars {
  if (sidecars.size === 0) return sidecars;
  const isOld = ({ stat: { mtime = -Infinity } }: Found) => mtime < least;
  return new Map([...sidecars].filter(([, found]) => !isOld(found)));
}
