/**
 * Taking a directory along: the form below its title, and the boxes of its rows. What it asks is a
 * form and no link: a crawler would take every archive.
 *
 * @module
 */

import { toValue } from "./entry_name.ts";
import type { ArchiveFormat, ListingEntry, ListingHeading } from "./listing.ts";
import { isSearch } from "./listing_query.ts";
import { type Markup, markup } from "./markup.ts";

/** The element that holds the choice; the boxes name it. */
const FORM_ID = "take";

/** Whether a page offers archives: they hold what is in the directory, and not what a search has found. */
export function offersArchives(
  { archives = [], query, upload }: ListingHeading,
): boolean {
  return archives.length > 0 && !isSearch(query) && upload?.only !== true;
}

/** The buttons: the first form of an archive, and a menu of the others. */
export function archiveForm(heading: ListingHeading): Markup {
  const [first, ...others] = heading.archives ?? [];
  if (!offersArchives(heading) || first === undefined) return markup``;
  const menu = others.length === 0 ? markup`` : markup`<details>
<summary aria-label="Other archives" title="Other archives"></summary>
<div>${others.map((format) => button(format, markup`as ${format}`))}</div>
</details>`;
  const text = markup`Download<span> all</span>`;
  return markup`<form id="${FORM_ID}">${button(first, text)}${menu}</form>
`;
}

function button(format: ArchiveFormat, text: Markup): Markup {
  return markup`<button name="archive" value="${format}" title="${format}">${text}</button>`;
}

/** A form sends a line break as CR and LF: a name with one could not be told. */
const BREAK_REGEXP = /[\r\n]/;

/** The box of an entry that can be taken along; `text` is its name in markup. */
export function selectionBox(
  { name, kind, readable }: ListingEntry,
  text: string,
): string {
  const isTaken = readable && (kind === "file" || kind === "directory");
  if (!isTaken || BREAK_REGEXP.test(name)) return "";
  return `<input type=checkbox form=${FORM_ID} name=name value="${
    toValue(name)
  }" aria-label="Select ${text}">`;
}
