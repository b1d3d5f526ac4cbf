/**
 * From a directory without an index to the representation that lists it: a page that shows
 * exactly the names that can be fetched (D16).
 *
 * @module
 */

import { negotiateCoding } from "../http/content_coding.ts";
import { toHex } from "../http/digest.ts";
import { type Fields, VARY_ACCEPT_ENCODING } from "../http/field.ts";
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
  type Bytes,
  type Content,
  eventError,
  generatedContent,
  SHRUNK,
} from "../ports/content.ts";
import type { Entry, Stat } from "../ports/files.ts";
import type { HttpRequest } from "../ports/message.ts";
import { sleep } from "../ports/timers.ts";
import type { Cgi } from "../site/scripts.ts";
import type { Context } from "./context.ts";
import { digestBytes } from "./file_digest.ts";
import { isVisible, locateByName } from "./locate.ts";
import { selectCoding, type Selection } from "./negotiate.ts";
import { directoryDepth } from "./resolve.ts";
import { foldName } from "./spelling.ts";

/** A directory that is to be listed. */
interface Directory {
  /** Its real path. */
  readonly path: string;
  /** The names that lead to it. */
  readonly segments: readonly string[];
}

/** A directory of this size has some 2,000 names (ext4, XFS, Btrfs, APFS, tmpfs) or had them. */
const LONG_DIRECTORY_BYTES = 65_536;
/** How much of its digest is the tag of a page. */
const TAG_BYTES = 12;
const HTML = "text/html; charset=utf-8";
/** Our page needs no scripts; what one of a user's needs only they know. */
const POLICY: Fields = [["Content-Security-Policy", PAGE_POLICY]];

/**
 * The representation of a directory. A long one is sent while it is read: it begins at once
 * and holds nobody up, but has neither a length nor a validator.
 */
export async function selectListing(
  { path, stat }: Found,
  { segments }: PathTarget,
  request: HttpRequest,
  context: Context,
): Promise<Selection> {
  const { site, files } = context;
  const directory = { path, segments };
  const isLong = site.list === undefined && stat.size >= LONG_DIRECTORY_BYTES;
  // Whether it may be read must be known before its page begins; Windows does not tell so.
  const opened = isLong ? await files.open(path) : undefined;
  if (opened === undefined) {
    return await selectWhole(directory, request, context);
  }
  opened.close();
  return selectStream(directory, request, context);
}

/** The tag is that of the page: a directory's time says nothing of what its links lead to (D13). */
async function selectWhole(
  directory: Directory,
  request: HttpRequest,
  context: Context,
): Promise<Selection> {
  const { site } = context;
  const found = await readEntries(directory, context);
  if (found === undefined) return { kind: "unreadable" };
  const entries: ListingEntry[] = [];
  for await (const slice of visibleEntries(found, directory, context)) {
    entries.push(...slice);
  }
  const listing = { ...headingOf(directory, context), entries };
  const { bytes, mediaType, fields } = site.list === undefined
    ? { bytes: listingPage(listing), mediaType: HTML, fields: POLICY }
    : { ...pageBytes(await site.list(listing)), fields: [] };
  const path = directoryPath(directory.segments);
  const entityTag = site.isUntagged(path)
    ? undefined
    : { weak: false, opaque: await tagOf(bytes) };
  const candidate = {
    path,
    source: { kind: "bytes", bytes },
    mediaType,
    fields,
    validators: { entityTag },
    sidecars: new Map<never, ValidatedFile>(),
  } as const;
  return selectCoding(candidate, request, context);
}

async function tagOf(bytes: Bytes): Promise<string> {
  const digest = await digestBytes(bytes, "sha-256");
  return toHex(digest.slice(0, TAG_BYTES));
}

function selectStream(
  directory: Directory,
  { headers }: HttpRequest,
  context: Context,
): Selection {
  const { coder, compress, metadata } = context.site;
  const vary: Fields = compress ? [VARY_ACCEPT_ENCODING] : [];
  const accept = headers.get("accept-encoding");
  const offered = compress && context.coding ? coder.codings : [];
  const coding = negotiateCoding(accept, offered);
  if (coding === undefined) return { kind: "not-acceptable", fields: vary };
  const isCoded = coding !== "identity";
  const coded: Fields = isCoded ? [["Content-Encoding", coding]] : [];
  const own: Fields = [["Content-Type", HTML], ...POLICY, ...coded, ...vary];
  const open = (): Content => generatedContent(pageParts(directory, context));
  const representation = {
    metadata: describe(directoryPath(directory.segments), own, metadata),
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
  directory: Directory,
  context: Context,
): AsyncGenerator<Bytes, undefined> {
  const encoder = new TextEncoder();
  const { head, tail } = listingFrame(headingOf(directory, context));
  yield encoder.encode(head);
  await sleep(); // a turn in which it leaves
  const entries = await readEntries(directory, context);
  if (entries === undefined) {
    throw eventError(
      SHRUNK,
      `"${directory.path}" has gone while it was listed`,
    );
  }
  await sleep();
  const sorted = sortByName(entries);
  let isEmpty = true;
  for await (const slice of visibleEntries(sorted, directory, context)) {
    isEmpty &&= slice.length === 0;
    yield encoder.encode(listingRows(slice));
  }
  yield encoder.encode(tail(isEmpty));
}

async function readEntries(
  { path }: Directory,
  { site, files }: Context,
): Promise<readonly Entry[] | undefined> {
  return await files.list(path, await files.realPath(site.root));
}

function headingOf(
  { segments }: Directory,
  { site }: Context,
): Omit<Listing, "entries"> {
  return {
    path: directoryPath([...site.mount, ...segments]),
    parent: segments.length > 0,
  };
}

function directoryPath(segments: readonly string[]): string {
  return `/${segments.map((segment) => `${segment}/`).join("")}`;
}

/** How many names are looked at before others have their turn: some 5 ms. */
const SLICE_COST = 8192;
/** To look where a link leads takes as long as so many names, on Deno (measured: 0.2 ms). */
const LINK_COST = 512;

/**
 * The entries that can be fetched, in slices between which other requests have their turn:
 * messages of a MessageChannel would starve them on Deno, a timer does not.
 */
async function* visibleEntries(
  entries: readonly Entry[],
  directory: Directory,
  context: Context,
): AsyncGenerator<ListingEntry[]> {
  let slice: ListingEntry[] = [];
  let cost = 0;
  for (const entry of entries) {
    const { name } = entry;
    const kind = kindOf(entry, directory, context);
    cost += kind === "link" ? LINK_COST : 1;
    const target = kind === "link"
      ? await targetKind(name, directory, context)
      : kind;
    if (target === "file" || target === "directory") {
      slice.push({ name, directory: target === "directory" });
    }
    if (cost < SLICE_COST) continue;
    yield slice;
    await sleep();
    slice = [];
    cost = 0;
  }
  yield slice;
}

/** A name that is not in UTF-8 was read as another one, which may not exist. */
function kindOf(
  { name, kind }: Entry,
  { segments }: Directory,
  { site }: Context,
): Entry["kind"] {
  const { cgi } = site;
  const names = [...segments, name];
  const isShown = isVisible(name, site) && !(cgi && directoryDepth(names, cgi));
  if (!isShown) return "other";
  const isDoubtful = name.includes("\ufffd") ||
    kind === "directory" && cgi !== undefined &&
      isLikeScriptDirectory(names, cgi);
  return isDoubtful ? "link" : kind;
}

/** Whether a disk that folds names could take a directory for one of scripts. */
function isLikeScriptDirectory(
  segments: readonly string[],
  { directories }: Cgi,
): boolean {
  const folded = directories.map((names) => names.map(foldName));
  const depth = directoryDepth(segments.map(foldName), { directories: folded });
  return depth !== undefined;
}

/** What a link leads to; `undefined` when asking for it would find nothing. */
async function targetKind(
  name: string,
  { segments }: Directory,
  context: Context,
): Promise<Stat["kind"] | undefined> {
  const located = await locateByName([...segments, name], context);
  return located.kind === "found" ? located.stat.kind : undefined;
}
