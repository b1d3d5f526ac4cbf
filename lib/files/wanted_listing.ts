/**
 * What a request wants of a directory: the form by the query or by Accept (RFC 9110 §12.5.1), the
 * order by the query and by Accept-Language (§12.5.4), one page or all entries.
 *
 * @module
 */

import { namesHtml, negotiateType } from "../http/accept.ts";
import type { Field } from "../http/field.ts";
import type {
  EntryDetail,
  List,
  ListingForm,
  ListingHeading,
  ListingUpload,
} from "../pages/listing.ts";
import { jsonForm, ndjsonForm, textForm } from "../pages/listing_data.ts";
import {
  collationOf,
  languageOf,
  plainCollation,
} from "../pages/listing_order.ts";
import { pageForm, wholeForm } from "../pages/listing_page.ts";
import { plainForm } from "../pages/listing_plain.ts";
import {
  type ListingFormat,
  type ListingQuery,
  readListingQuery,
} from "../pages/listing_query.ts";
import type { HttpRequest } from "../ports/message.ts";
import { offeredFormats } from "../site/archive_policy.ts";
import type { Site } from "../site/site.ts";
import { isBelowUploads, isDropBox } from "../site/upload_policy.ts";
import type { Directory, NameOrder } from "./directory_names.ts";

export interface WantedListing {
  readonly directory: Directory;
  readonly heading: ListingHeading;
  readonly form: ListingForm;
  /** A user's own page, in place of all forms: it may hide what a form would show. */
  readonly list: List | undefined;
  readonly order: NameOrder;
  /** What has to be known of entries: for what is shown, or for the order. */
  readonly detail: EntryDetail;
  /** The fields of the request that it depends on. */
  readonly vary: Field;
}

/** The media types of the forms, the first of which counts where a client likes several alike. */
const FORMATS: ReadonlyMap<string, ListingFormat> = new Map([
  ["text/html", "html"],
  ["application/json", "json"],
  ["application/x-ndjson", "ndjson"],
  ["text/plain", "text"],
]);

/** What a request wants; what it asks for in vain counts as left out. */
export function wantedListing(
  directory: Directory,
  query: string,
  { headers }: HttpRequest,
  site: Site,
): WantedListing {
  const { segments } = directory;
  const asked = readListingQuery(query);
  const accept = headers.get("accept");
  const format = asked.format ?? negotiateFormat(accept);
  const isPlain = format === "html" && site.listing === "plain";
  const { list } = site;
  // A browser would take long for a hundred thousand rows; a program wants all of them.
  const isPerson = format === "html" && !isPlain && list === undefined &&
    !asked.recursive && namesHtml(accept);
  const page = isPerson ? asked.page ?? 1 : asked.page;
  const isWhole = page === undefined && !asked.recursive;
  const form = formOf(format, isPlain, isWhole);
  return {
    directory,
    heading: {
      path: `/${
        [...site.mount, ...segments].map((name) => `${name}/`).join("")
      }`,
      parent: segments.length > 0,
      depth: segments.length,
      archives: isDropBox(segments, site) ? [] : offeredFormats(site),
      upload: uploadOf(segments, site),
      query: {
        ...asked,
        page,
        format: list === undefined ? asked.format : format,
      },
    },
    form,
    list,
    order: isPlain
      ? { key: "plain", collation: plainCollation, isGrouped: false }
      : orderFor(headers.get("accept-language")),
    detail: detailOf(form, list, asked),
    vary: ["Vary", isPlain ? "Accept" : "Accept, Accept-Language"],
  };
}

/** How a directory receives files, where it does. */
function uploadOf(
  names: readonly string[],
  { upload }: Site,
): ListingUpload | undefined {
  if (upload === undefined || !isBelowUploads(names, upload)) return undefined;
  const { only, maxFile, onDuplicate } = upload;
  return {
    only,
    maxFile: maxFile === Infinity ? undefined : maxFile,
    onDuplicate,
  };
}

function negotiateFormat(accept: string | null): ListingFormat {
  const type = negotiateType(accept, [...FORMATS.keys()]);
  // What has none of these is not refused: most clients send a field that is not about listings.
  return FORMATS.get(type ?? "") ?? "html";
}

function formOf(
  format: ListingFormat,
  isPlain: boolean,
  isWhole: boolean,
): ListingForm {
  switch (format) {
    case "html":
      if (isPlain) return plainForm;
      return isWhole ? wholeForm : pageForm;
    case "json":
      return jsonForm;
    case "ndjson":
      return ndjsonForm;
    case "text":
      return textForm;
  }
}

function detailOf(
  { detail }: ListingForm,
  list: List | undefined,
  { sort }: ListingQuery,
): EntryDetail {
  if (list !== undefined) return "metadata";
  return detail === "names" && sort !== "name" ? "states" : detail;
}

function orderFor(accept: string | null): NameOrder {
  const language = languageOf(accept);
  return { key: language, collation: collationOf(language), isGrouped: true };
}
