/**
 * From a directory without an index to the representation that lists it, in the form that the
 * client wants. A short listing is made whole: it has a length and a tag. A long one, and a search
 * below the directory, are sent while they are read: they begin at once and hold nobody up, but have
 * neither.
 *
 * @module
 */

import { negotiateCoding } from "../http/content_coding.ts";
import { type Fields, VARY_ACCEPT_ENCODING } from "../http/field.ts";
import { describe } from "../http/metadata.ts";
import type { Candidate, Found, PathTarget } from "../http/resource.ts";
import type { ListingEntry } from "../pages/listing.ts";
import { pageForm } from "../pages/listing_page.ts";
import { pageBytes } from "../pages/markup.ts";
import {
  type Bytes,
  type Content,
  eventError,
  generatedContent,
  SHRUNK,
} from "../ports/content.ts";
import type { HttpRequest } from "../ports/message.ts";
import type { Context } from "./context.ts";
import { madeCandidate, selectCoding, type Selection } from "./negotiate.ts";
import { type Reading, readListing } from "./read_listing.ts";
import { readmeOf } from "./readme.ts";
import { type WantedListing, wantedListing } from "./wanted_listing.ts";

/** A directory of this size has some 16,000 names (ext4, Btrfs, APFS, tmpfs) or had them. */
const LONG_DIRECTORY_BYTES = 524_288;

export async function selectListing(
  { path, stat }: Found,
  target: PathTarget,
  request: HttpRequest,
  context: Context,
): Promise<Selection> {
  const directory = { path, segments: target.segments, stat };
  const wanted = wantedListing(directory, target.query, request, context.site);
  // A user's own page gets all entries at once.
  const isStreamed = wanted.list === undefined &&
    (stat.size >= LONG_DIRECTORY_BYTES || wanted.heading.query.recursive);
  // Whether it may be read must be known before it begins; Windows does not tell so.
  const opened = isStreamed ? await context.files.open(path) : undefined;
  if (opened === undefined) return await selectWhole(wanted, request, context);
  opened.close();
  return selectStream(wanted, request, context);
}

/** One listing is made for all who asked before it was begun; a user's own function is nobody else's. */
async function selectWhole(
  wanted: WantedListing,
  request: HttpRequest,
  context: Context,
): Promise<Selection> {
  const { directory, heading, form, order, list } = wanted;
  const make = () => makeCandidate(wanted, context);
  const key = JSON.stringify([
    directory.path,
    heading,
    form.mediaType,
    order.key,
  ]);
  const candidate = list === undefined
    ? await context.state.listings.make(
      { key, isSettled: false, request },
      make,
    )
    : await make();
  return candidate === undefined
    ? { kind: "unreadable" }
    : selectCoding(candidate, request, context);
}

/** `undefined` where the directory may not be read. */
async function makeCandidate(
  wanted: WantedListing,
  context: Context,
): Promise<Candidate | undefined> {
  const reading = await readListing(wanted, context);
  if (reading === undefined) return undefined;
  const page = await makePage(wanted, reading, context);
  const fields = [...page.fields, wanted.vary];
  return madeCandidate(directoryPath(wanted), { ...page, fields }, context);
}

/** What a page of a user's needs only they know: it has no policy of ours. */
async function makePage(
  wanted: WantedListing,
  reading: Reading,
  context: Context,
): Promise<{ bytes: Bytes; mediaType: string; fields: Fields }> {
  const { form, heading, list } = wanted;
  const entries: ListingEntry[] = [];
  for await (const slice of reading.slices) {
    for (const entry of slice) entries.push(entry);
  }
  const summary = reading.summary();
  if (list !== undefined) {
    return { ...pageBytes(await list({ ...summary, entries })), fields: [] };
  }
  const { mediaType, fields } = form;
  const readme = await readmeBelow(wanted, reading, context);
  const rows = form.rows(entries, 0, heading);
  const body = form.head(heading) + rows + form.tail(summary, readme);
  return { ...pageBytes({ body, mediaType }), fields };
}

/**
 * What describes the directory, below its first page, which people look at. Who gets all entries at
 * once may be a program that follows every link.
 */
async function readmeBelow(
  { form, heading: { query }, directory: { segments } }: WantedListing,
  { names }: Reading,
  context: Context,
): Promise<string | undefined> {
  const isShown = context.site.readme && form === pageForm && query.q === "" &&
    query.page === 1;
  return isShown ? await readmeOf(names, segments, context) : undefined;
}

function selectStream(
  wanted: WantedListing,
  { headers }: HttpRequest,
  context: Context,
): Selection {
  const { coder, compress, metadata } = context.site;
  const { mediaType, fields } = wanted.form;
  const vary = [wanted.vary, ...compress ? [VARY_ACCEPT_ENCODING] : []];
  const accept = headers.get("accept-encoding");
  const offered = compress && context.coding ? coder.codings : [];
  const coding = negotiateCoding(accept, offered);
  if (coding === undefined) return { kind: "not-acceptable", fields: vary };
  const isCoded = coding !== "identity";
  const coded: Fields = isCoded ? [["Content-Encoding", coding]] : [];
  const type = ["Content-Type", mediaType] as const;
  const own: Fields = [type, ...fields, ...coded, ...vary];
  const open = (): Content => generatedContent(textParts(wanted, context));
  const representation = {
    metadata: describe(directoryPath(wanted), own, metadata),
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

async function* textParts(
  wanted: WantedListing,
  context: Context,
): AsyncGenerator<Bytes, undefined> {
  const { form, heading, directory } = wanted;
  const encoder = new TextEncoder();
  yield encoder.encode(form.head(heading));
  await context.state.listings.nextTurn(); // in which it leaves
  const reading = await readListing(wanted, context);
  if (reading === undefined) {
    throw eventError(
      SHRUNK,
      `"${directory.path}" has gone while it was listed`,
    );
  }
  let at = 0;
  for await (const slice of reading.slices) {
    if (slice.length === 0) continue;
    yield encoder.encode(form.rows(slice, at, heading));
    at += slice.length;
  }
  const readme = await readmeBelow(wanted, reading, context);
  yield encoder.encode(form.tail(reading.summary(), readme));
}

/** Its path below the root, for the rules by glob. */
function directoryPath({ directory: { segments } }: WantedListing): string {
  return `/${segments.map((segment) => `${segment}/`).join("")}`;
}
