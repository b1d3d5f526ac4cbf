/**
 * From a directory without an index to the representation that lists it: a page that shows
 * exactly the names that can be fetched.
 *
 * Which entries of a directory a listing shows: exactly those that can be fetched (D16).
 *
 * @module
 */

import { CODINGS, negotiateCoding } from "../http/content_coding.ts";
import type { Fields } from "../http/field.ts";
import { describe } from "../http/metadata.ts";
import type { Found, PathTarget, ValidatedFile } from "../http/resource.ts";
import {
  type Listing,
  type ListingEntry,
  listingFrame,
  listingPage,
  listingRows,
  sortByName,
} from "../pages/listing.ts";
import { PAGE_POLICY, pageBytes } from "../pages/markup.ts";
import {
  type Content,
  eventError,
  generatedContent,
  SHRUNK,
} from "../ports/content.ts";
import type { Entry } from "../ports/files.ts";
import type { Cgi } from "../site/scripts.ts";
import type { Site } from "../site/site.ts";
import { isVisible, locateByName } from "./locate.ts";
import { selectCoding, type Selection } from "./negotiate.ts";
import { directoryDepth } from "./resolve.ts";
import { foldName } from "./spelling.ts";

/** A directory of this size has some 2,000 names (ext4, XFS, Btrfs, APFS, tmpfs) or had them. */
const LONG_DIRECTORY_BYTES = 65_536;
const HTML = "text/html; charset=utf-8";
/** Our page needs no scripts; what one of a user's needs only they know. */
const POLICY: Fields = [["Content-Security-Policy", PAGE_POLICY]];

/**
 * The representation of a directory. A long one is sent while it is read, so that it begins
 * at once and holds nobody up; neither its length nor a validator is known then.
 *
 * @param directory The directory.
 * @param target What was asked for.
 * @param request The request.
 * @param site What is served, and how.
 * @returns The representation, or that the directory may not be read, or that none is acceptable.
 */
export async function selectListing(
  { path, stat }: Found,
  { segments }: PathTarget,
  request: Request,
  site: Site,
): Promise<Selection> {
  const listed = { path, segments, site };
  const isLong = site.list === undefined && stat.size >= LONG_DIRECTORY_BYTES;
  // Whether it may be read must be known before its page begins; Windows does not tell so.
  const opened = isLong ? await site.files.open(path) : undefined;
  if (opened === undefined) return await selectWhole(listed, request);
  opened.close();
  return selectStream(listed, request);
}

/** The tag is that of the page: a directory's time says nothing of what its links lead to (D13). */
async function selectWhole(
  listed: Listed,
  request: Request,
): Promise<Selection> {
  const { path, segments, site } = listed;
  const found = await site.files.list(
    path,
    await site.files.realPath(site.root),
  );
  if (found === undefined) return { kind: "unreadable" };
  const entries: ListingEntry[] = [];
  for await (const slice of shownEntries(found, listed)) entries.push(...slice);
  const { bytes, mediaType, fields } = await listDirectory(
    { ...placeOf(listed), entries },
    site,
  );
  const place = directoryPath(segments);
  const entityTag = site.isUntagged(place)
    ? undefined
    : { weak: false, opaque: await digest(bytes) };
  const candidate = {
    path: place,
    source: { kind: "bytes", bytes },
    mediaType,
    fields,
    validators: { entityTag },
    sidecars: new Map<never, ValidatedFile>(),
  } as const;
  return selectCoding(candidate, request, site);
}

async function listDirectory(listing: Listing, { list }: Site): Promise<{
  bytes: Uint8Array<ArrayBuffer>;
  mediaType: string;
  fields: Fields;
}> {
  return list === undefined
    ? { bytes: listingPage(listing), mediaType: HTML, fields: POLICY }
    : { ...pageBytes(await list(listing)), fields: [] };
}

function selectStream(listed: Listed, { headers }: Request): Selection {
  const { segments, site } = listed;
  const { compress, crowded, metadata } = site;
  const vary: Fields = compress ? [["Vary", "Accept-Encoding"]] : [];
  const accept = headers.get("accept-encoding");
  const coding = negotiateCoding(
    accept,
    compress && !crowded ? CODINGS : [],
  );
  if (coding === undefined) return { kind: "not-acceptable", fields: vary };
  const isCoded = coding !== "identity";
  const coded: Fields = isCoded ? [["Content-Encoding", coding]] : [];
  const own: Fields = [["Content-Type", HTML], ...POLICY, ...coded, ...vary];
  const open = (): Content => generatedContent(pageParts(listed));
  const representation = {
    metadata: describe(directoryPath(segments), own, metadata),
    validators: {},
    size: undefined,
    body: {
      kind: "stream",
      open,
      discard: () => {},
      coding: isCoded ? coding : undefined,
    },
  } as const;
  return { kind: "selected", representation };
}

async function* pageParts(
  listed: Listed,
): AsyncGenerator<Uint8Array<ArrayBuffer>, undefined> {
  const { path, site } = listed;
  const encoder = new TextEncoder();
  const { head, tail } = listingFrame(placeOf(listed));
  yield encoder.encode(head);
  await nextTask(); // in which it leaves
  const entries = await site.files.list(
    path,
    await site.files.realPath(site.root),
  );
  if (entries === undefined) {
    throw eventError(SHRUNK, `"${path}" has gone while it was listed`);
  }
  await nextTask();
  for await (const slice of shownEntries(sortByName(entries), listed)) {
    yield encoder.encode(listingRows(slice));
  }
  yield encoder.encode(tail);
}

function placeOf({ segments, site }: Listed): Omit<Listing, "entries"> {
  return {
    path: directoryPath([...site.mount, ...segments]),
    parent: segments.length > 0,
  };
}

function directoryPath(segments: readonly string[]): string {
  return `/${segments.map((segment) => `${segment}/`).join("")}`;
}

async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return hash.slice(0, 12).toHex();
}

/** A directory that is to be listed. */
export interface Listed {
  /** Its real path. */
  readonly path: string;
  /** The names that lead to it. */
  readonly segments: readonly string[];
  /** What is served, and how. */
  readonly site: Site;
}

/** How many names are looked at before others have their turn: some 5 ms. */
const SLICE_COST = 8192;
/** To look where a link leads takes as long as so many names, on Deno (measured: 0.2 ms). */
const LINK_COST = 512;

/**
 * Those entries that can be fetched, in slices between which others may have their turn.
 *
 * @param entries What was found in the directory.
 * @param listed The directory.
 * @returns The slices, in the same order.
 */
export async function* shownEntries(
  entries: readonly Entry[],
  listed: Listed,
): AsyncGenerator<ListingEntry[]> {
  let slice: ListingEntry[] = [];
  let cost = 0;
  for (const entry of entries) {
    const kind = kindOf(entry, listed);
    cost += kind === "link" ? LINK_COST : 1;
    const directory = kind === "link"
      ? await isDirectory(entry.name, listed)
      : isDirectoryKind(kind);
    if (directory !== undefined) slice.push({ name: entry.name, directory });
    if (cost < SLICE_COST) continue;
    yield slice;
    await nextTask();
    slice = [];
    cost = 0;
  }
  yield slice;
}

/**
 * Only a turn of the event loop lets other requests in; messages of a MessageChannel starve
 * them on Deno.
 *
 * @returns Settles in another task.
 */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

/** A name that is not in UTF-8 was read as another one, which may not exist. */
function kindOf(
  { name, kind }: Entry,
  { segments, site }: Listed,
): Entry["kind"] {
  const { cgi } = site;
  const isShown = isVisible(name, site) &&
    !(cgi && directoryDepth([...segments, name], cgi));
  if (!isShown) return "other";
  const isDoubtful = name.includes("\ufffd") ||
    kind === "directory" && cgi !== undefined &&
      isLikeGround([...segments, name], cgi);
  return isDoubtful ? "link" : kind;
}

/** Whether a disk that folds names could take a directory for one of scripts. */
function isLikeGround(
  segments: readonly string[],
  { directories }: Cgi,
): boolean {
  const folded = directories.map((names) => names.map(foldName));
  const depth = directoryDepth(segments.map(foldName), { directories: folded });
  return depth !== undefined;
}

/** Whether a link leads to a directory; `undefined` when asking for it would find nothing. */
async function isDirectory(
  name: string,
  { segments, site }: Listed,
): Promise<boolean | undefined> {
  const found = await locateByName([...segments, name], site);
  return found && isDirectoryKind(found.stat.kind);
}

function isDirectoryKind(kind: Found["stat"]["kind"]): boolean | undefined {
  return kind === "other" ? undefined : kind === "directory";
}
