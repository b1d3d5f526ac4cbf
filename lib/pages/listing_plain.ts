/**
 * The page of `http.server` that lists a directory: names, references and nothing else, and no way up.
 *
 * @module
 */

import { slashOf, toReference, toVisible } from "./entry_name.ts";
import type { ListingEntry, ListingForm } from "./listing.ts";
import { markup, PAGE_POLICY, pageFields, pageFrame } from "./markup.ts";

/** The form: `list_directory` of `http.server`. */
export const plainForm: ListingForm = {
  mediaType: "text/html; charset=utf-8",
  detail: "names",
  fields: pageFields(PAGE_POLICY),
  head({ path }) {
    // GDAL (`/vsicurl/`) reads listings with Apache's title alone; with a slash at its end, no
    // names that are percent-encoded.
    const { head } = pageFrame(`Index of ${path.slice(0, -1) || "/"}`);
    const { text } = markup`<h1>Directory listing for ${path}</h1>
<hr>
<ul>
`;
    return head + text;
  },
  rows: (entries) => entries.map(row).join(""),
  tail: () => `</ul>\n<hr>${pageFrame("").tail}`,
};

/** A reference as `quote` of Python writes it, which encodes the plus sign, too. */
function row(entry: ListingEntry): string {
  const name = entry.name + slashOf(entry);
  const reference = toReference(name).replaceAll("+", "%2B");
  if (reference === name) return `<li><a href="${name}">${name}</a></li>\n`;
  return markup`<li><a href="${reference}">${toVisible(name)}</a></li>
`.text;
}
