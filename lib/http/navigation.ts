/**
 * What a browser tells of a request: whether it wants a page, and for whom (Fetch Metadata, https://www.w3.org/TR/fetch-metadata/).
 *
 * @module
 */

import { namesHtml } from "./accept.ts";
import type { Field } from "./field.ts";
import type { PathTarget } from "./resource.ts";

/** What depends on whether it is a navigation says so (RFC 9110 §12.5.5). */
export const VARY_NAVIGATION: Field = [
  "Vary",
  "Sec-Fetch-Mode, Sec-Fetch-Dest, Accept",
];

/** Where a browser shows pages; `object` and `embed` show pictures as well. */
const PAGE_DESTINATIONS: ReadonlySet<string | null> = new Set([
  "document",
  "frame",
  "iframe",
  null,
]);

type FieldsOf = { readonly headers: Pick<Headers, "get"> };

/**
 * Whether a page is wanted that is to be shown. Browsers say so, but only to HTTPS and to their own
 * machine; else the client must name `text/html`.
 */
export function wantsPage({ headers }: FieldsOf): boolean {
  if (!tellsMode({ headers })) return namesHtml(headers.get("accept"));
  return (headers.get("sec-fetch-mode") ?? "navigate") === "navigate" &&
    PAGE_DESTINATIONS.has(headers.get("sec-fetch-dest"));
}

/** Whether a page is wanted, by the fields and, where a browser does not say so, by having no extension. */
export function isNavigation(
  request: FieldsOf,
  { segments, directory }: Pick<PathTarget, "segments" | "directory">,
): boolean {
  const hasExtension = !directory && /.\./.test(segments.at(-1) ?? "");
  return wantsPage(request) && (tellsMode(request) || !hasExtension);
}

/** Whether a page of another origin asks; `undefined` where nobody tells. */
export function asksFromElsewhere({ headers }: FieldsOf): boolean | undefined {
  const site = headers.get("sec-fetch-site");
  return site === null ? undefined : site !== "same-origin" && site !== "none";
}

function tellsMode({ headers }: FieldsOf): boolean {
  return headers.get("sec-fetch-mode") !== null ||
    headers.get("sec-fetch-dest") !== null;
}
