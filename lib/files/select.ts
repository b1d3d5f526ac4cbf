/**
 * From a file to the representation that answers the request (RFC 9110 §3.2, §12).
 *
 * @module
 */

import type { FileSource } from "../http/body.ts";
import {
  type Coding,
  CODING_EXTENSIONS,
  CODINGS,
} from "../http/content_coding.ts";
import { NO_FIELDS } from "../http/field.ts";
import { PEEK_BYTES, type TypeByContent } from "../http/media_type.ts";
import {
  type CodedName,
  codedName,
  codingField,
  downloadField,
} from "../http/metadata.ts";
import type {
  Candidate,
  Found,
  PathTarget,
  Resource,
} from "../http/resource.ts";
import { join, segmentsBelow, type Stat } from "../ports/files.ts";
import type { HttpRequest } from "../ports/message.ts";
import type { Context } from "./context.ts";
import type { Kinds, Way } from "./directories.ts";
import {
  contentKey,
  type FileValidators,
  validatorsByState,
  validatorsOf,
} from "./validators.ts";
import { type FoundFile, locate } from "./locate.ts";
import { peekFile } from "./open.ts";
import { precedingNames } from "./page_url.ts";
import type { CacheEntry, Fingerprint } from "./representation_cache.ts";

type FileResource = FoundFile & Resource & { readonly kind: "file" };
type Sidecars = ReadonlyMap<Coding, Found>;

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

/** How a file stands at the URL that was asked for. */
export interface Place {
  /** The paths of files that would take its place; `undefined` where it may not be cached. */
  readonly preceding: readonly string[] | undefined;
  /** Whether no other file can come there. */
  readonly isOnly: boolean;
}

/** The place of a file that has the name that was asked for, where pages have no other URLs. */
export const OWN_PLACE: Place = { preceding: [], isOnly: true };

function placeOf(
  file: FileResource,
  target: PathTarget,
  { site, hosted }: Context,
): Place {
  const preceding = precedingNames(file, target, site)
    ?.map((names) => join(site.root, names));
  // A rule that leads to this file can lead to another tomorrow.
  const isOnly = preceding?.length === 0 && hosted?.isRewritten !== true;
  return { preceding, isOnly };
}

/** What was found out about a file. */
interface Facts {
  readonly path: string;
  readonly coded: CodedName | undefined;
  readonly mediaType: string;
  readonly own: FileValidators;
  /** The sidecars that may answer for it. */
  readonly validated: ReadonlyMap<Coding, FileValidators>;
  /** Whether all these validators stay. */
  readonly isFinal: boolean;
  readonly files: readonly Fingerprint[];
  /** See `Findings`. */
  readonly directories: Way | undefined;
}

/** The file and its sidecars, with their validators. */
export async function selectFile(
  file: FileResource,
  target: PathTarget,
  request: HttpRequest,
  context: Context,
  place = placeOf(file, target, context),
): Promise<SelectedFile> {
  const known = selectKnown(file, target, request, context, place);
  if (known !== undefined) return known;
  const { site } = context;
  const now = site.clock.now();
  const path = pathOf(file);
  const coded = codedName(path, site.metadata);
  const sidecars = await findSidecars(file, coded, context);
  const locationOf = await locating(file, context);
  const isTagged = !site.isUntagged(path);
  // What a user's own `resolve` gives may be another file than was read.
  const isOurs = site.resolve === undefined;
  const validate = async (found: FoundFile, extension = "") => {
    const { path, stat } = found;
    const bytes = isOurs ? found.bytes : undefined;
    const source = { kind: "file", path, stat, bytes } as const;
    const { below, isDirect } = locationOf(found, extension);
    const location = place.isOnly && isDirect ? undefined : below;
    return await validatorsOf({ source, location, isTagged }, request, context);
  };
  // Together: a request that waits for several digests waits no longer than for one.
  const [own, ...validated] = await Promise.all([
    validate(file),
    ...[...notOlder(sidecars, file.stat)].map(async ([coding, found]) =>
      [coding, await validate(found, CODING_EXTENSIONS[coding])] as const
    ),
  ]);
  const name = nameOf(file, coded);
  const paths = context.caching
    ? directoriesOf(file, sidecars, locationOf, context)
    : undefined;
  const facts = {
    path,
    coded,
    mediaType: await mediaTypeOf(name, own.source, coded, context),
    own,
    validated: new Map(validated),
    isFinal: own.isFinal && validated.every(([, { isFinal }]) => isFinal),
    files: fingerprintsOf(file, sidecars, context),
    directories: paths && context.state.directories.watch(paths, now),
  };
  return toSelected(facts, file, target, request, context, place, now);
}

/**
 * The same, where names and the state of the file tell everything, so that nothing is waited for: it
 * was found among known names, none of them is that of a sidecar, and no link leads there.
 */
export function selectKnown(
  file: FileResource,
  target: PathTarget,
  request: HttpRequest,
  context: Context,
  place: Place,
): SelectedFile | undefined {
  const { site } = context;
  const { stat, bytes, beside, way } = file;
  const isPlain = beside !== undefined && place.isOnly &&
    site.resolve === undefined;
  if (!isPlain) return undefined;
  const path = pathOf(file);
  const coded = codedName(path, site.metadata);
  if (mayHaveSidecars(file, coded, context) && hasSidecars(file, beside)) {
    return undefined;
  }
  const now = site.clock.now();
  const source = { kind: "file", path: file.path, stat, bytes } as const;
  const isTagged = !site.isUntagged(path);
  const own = validatorsByState({ source, location: undefined, isTagged }, now);
  const mediaType = own && site.typeOf(nameOf(file, coded));
  if (own === undefined || typeof mediaType !== "string") return undefined;
  const facts = {
    path,
    coded,
    mediaType,
    own,
    validated: NO_SIDECARS,
    isFinal: own.isFinal,
    files: fingerprintsOf(file, NO_SIDECARS, context),
    directories: way,
  };
  return toSelected(facts, file, target, request, context, place, now);
}

const NO_SIDECARS: ReadonlyMap<Coding, never> = new Map([]);

/** Adds what was found out to the cache, where it may be there. */
function toSelected(
  { path, coded, mediaType, own, validated, isFinal, files, directories }:
    Facts,
  file: FileResource,
  { query }: PathTarget,
  request: HttpRequest,
  { state, caching, hosted }: Context,
  { preceding }: Place,
  now: number,
): SelectedFile {
  const name = nameOf(file, coded);
  const candidate = {
    path,
    source: own.source,
    mediaType,
    fields: coded === undefined && query === ""
      ? NO_FIELDS
      : [...codingField(coded), ...downloadField(query, name)],
    changes: hosted?.changes,
    coding: coded?.coding,
    validators: own.validators,
    sidecars: validated,
  };
  // What was found by other rules than those that hold now is not cached.
  const isCurrent = hosted?.rules === state.hosts?.rules;
  const isLasting = isFinal && isCurrent && preceding !== undefined;
  const entry = caching && isLasting
    ? state.representations?.add(
      request,
      { candidate, files, preceding, directories },
      now,
    )
    : undefined;
  return { candidate: entry?.candidate ?? candidate, entry };
}

/** The name of what the bytes decode to. */
function nameOf(
  { segments }: FileResource,
  coded: CodedName | undefined,
): string {
  return coded?.decoded ?? segments.at(-1) ?? "";
}

/** By the name, or by the content where the name does not tell; coded bytes tell of their coding only. */
async function mediaTypeOf(
  name: string,
  source: FileSource,
  coded: CodedName | undefined,
  context: Context,
): Promise<string> {
  const type = context.site.typeOf(name);
  if (typeof type === "string") return type;
  return coded === undefined
    ? await typeByContent(type, source, context)
    : type.otherwise;
}

/** Looks into a file, once for each of its states. */
async function typeByContent(
  { decide, otherwise }: TypeByContent,
  source: FileSource,
  { site, state: { mediaTypes }, files }: Context,
): Promise<string> {
  const key = contentKey(source, site.clock.now());
  const known = key && mediaTypes.get(key);
  if (known) return known;
  const start = await peekFile(source, PEEK_BYTES, files);
  if (start === undefined) return otherwise;
  const type = decide(start);
  if (key) mediaTypes.set(key, type, 2 * (key.length + type.length));
  return type;
}

function pathOf({ segments }: FileResource): string {
  return `/${segments.join("/")}`;
}

/** The root is resolved only where the path shows that a link leads there, or to the root. */
async function locating(
  { segments, path }: FileResource,
  { site: { root, fileName }, files }: Context,
): Promise<LocationOf> {
  if (fileName !== undefined) {
    return ({ path }) => ({ below: path, isDirect: path === root });
  }
  const isPlain = path === join(root, segments);
  const real = isPlain ? root : await files.realPath(root) ?? root;
  const names = segments.join("/");
  const own: Location = { below: names, isDirect: true };
  return ({ path: at }, extension = "") => {
    if (isPlain && at === path && extension === "") return own;
    const below = segmentsBelow(real, at, files.os)?.join("/") ?? at;
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
  { site: { root, fileName, cgi } }: Context,
): string[] | undefined {
  if (cgi !== undefined) return undefined;
  if (fileName !== undefined) return locationOf(file).isDirect ? [] : undefined;
  return locationOf(file).isDirect &&
      [...sidecars].every(([coding, found]) =>
        locationOf(found, CODING_EXTENSIONS[coding]).isDirect
      )
    ? directoriesOnWay(file, root)
    : undefined;
}

function directoriesOnWay({ segments }: FileResource, root: string): string[] {
  return segments.map((_segment, index) =>
    join(root, segments.slice(0, index))
  );
}

/** What the selection depends on, by the names that lead there. */
function fingerprintsOf(
  { segments, stat }: FileResource,
  sidecars: Sidecars,
  { site }: Context,
): Fingerprint[] {
  const names = site.fileName === undefined ? segments : [];
  const path = join(site.root, names);
  const files = [{ path, stat }];
  for (const [coding, { stat }] of sidecars) {
    files.push({ path: `${path}${CODING_EXTENSIONS[coding]}`, stat });
  }
  return files;
}

/** The files next to it by the names of sidecars that may be served themselves. */
async function findSidecars(
  file: FileResource,
  coded: CodedName | undefined,
  context: Context,
): Promise<Sidecars> {
  const sidecars = new Map<Coding, Found>();
  if (!mayHaveSidecars(file, coded, context)) return sidecars;
  const { segments, path, beside } = file;
  // What a user's own `resolve` found elsewhere has nothing to do with what lies here.
  const { resolve } = context.site;
  if (resolve !== undefined) {
    const here = await locate(segments, context);
    if (here.kind === "absent" || here.path !== path) return sidecars;
  }
  const names = resolve === undefined ? beside : undefined;
  if (names !== undefined && !hasSidecars(file, names)) return sidecars;
  const last = segments.at(-1) ?? "";
  for (const coding of CODINGS) {
    const name = `${last}${CODING_EXTENSIONS[coding]}`;
    const found = await locate([...segments.slice(0, -1), name], context);
    const isFile = found.kind === "found" && found.stat.kind === "file";
    if (isFile) sidecars.set(coding, found);
  }
  return sidecars;
}

function mayHaveSidecars(
  { stat }: FileResource,
  coded: CodedName | undefined,
  { sidecars }: Context,
): boolean {
  return sidecars && coded === undefined && stat.mtime !== undefined;
}

/** Whether one of its names is among those of its directory. */
function hasSidecars({ segments }: FileResource, beside: Kinds): boolean {
  const key = (segments.at(-1) ?? "").normalize("NFC");
  return CODINGS.some((coding) =>
    beside.has(`${key}${CODING_EXTENSIONS[coding]}`)
  );
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
