/**
 * Sending files to a directory: the form in its page, which works without the script, and the page of
 * a directory that shows nothing of what is there.
 *
 * @module
 */

import {
  LISTING_STYLE,
  UPLOAD_SCRIPT,
  UPLOAD_STYLE,
} from "./listing_assets.ts";
import { toVisible } from "./entry_name.ts";
import type { ListingHeading, ListingUpload } from "./listing.ts";
import { isSearch } from "./listing_query.ts";
import { type FrameParts, type Markup, markup, pageFrame } from "./markup.ts";
import { formatSize } from "./quantity.ts";

/** What a page has besides where it receives files. */
export const UPLOAD_PARTS = {
  styles: [UPLOAD_STYLE],
  scripts: [UPLOAD_SCRIPT],
} as const satisfies FrameParts;

/** Whether a page receives files: what a search has found is no place. */
export function receivesFiles({ upload, query }: ListingHeading): boolean {
  return upload !== undefined && !isSearch(query);
}

/** Where a page leads that says so: without the script, nothing else in a drop box tells that files have arrived. */
export const SENT_ID = "sent";

/** The form. The script puts its own controls before it, and hides those that it has. */
export function uploadForm(heading: ListingHeading): Markup {
  const { upload } = heading;
  if (upload === undefined || !receivesFiles(heading)) return markup``;
  const { maxFile } = upload;
  const most = maxFile === undefined
    ? markup``
    : markup` data-max="${maxFile}"`;
  return markup`<form id="send" method="post" enctype="multipart/form-data"${most}>
<p id="${SENT_ID}">What you sent has arrived.</p>
<div class="plain"><label>Files <input type="file" name="file" multiple></label>
<label>or text <textarea name="text" rows="3"></textarea></label>
<button>Send</button></div>
<p>${rulesOf(upload)}</p>
</form>
`;
}

/** What is allowed, and what becomes of it. */
function rulesOf({ maxFile, onDuplicate }: ListingUpload): string {
  const size = maxFile === undefined
    ? ""
    : `Up to ${formatSize(maxFile)} a file. `;
  return size + RULES[onDuplicate];
}

const RULES: Readonly<Record<ListingUpload["onDuplicate"], string>> = {
  rename: "Nothing is replaced: a file whose name is taken gets a number.",
  refuse: "Nothing is replaced: a file whose name is taken is refused.",
  overwrite: "A file of the same name is replaced.",
};

/** An arrow out of a tray. */
const ICON =
  markup`<svg aria-hidden="true" viewBox="0 0 24 24"><path d="M12 15.5V4M7 9l5-5 5 5M4 15v4.5h16V15"/></svg>`;

/** The page of a directory that receives files and shows none, up to its end. */
export function dropBoxHead(heading: ListingHeading): string {
  const name = heading.path.split("/").filter((name) => name !== "").at(-1);
  const place = name === undefined
    ? markup``
    : markup` to <bdi>${toVisible(name)}</bdi>`;
  const title = `Send files${
    name === undefined ? "" : ` to ${toVisible(name)}`
  }`;
  const { head } = pageFrame(title, {
    styles: [LISTING_STYLE, ...UPLOAD_PARTS.styles],
    scripts: UPLOAD_PARTS.scripts,
    className: "drop-box",
  });
  const { text } = markup`<main>
${ICON}
<h1 id="title">Send files${place}</h1>
<p id="summary" role="status">Nobody who comes here sees what is in it.</p>
${uploadForm(heading)}</main>`;
  return head + text;
}

/** The end of that page. */
export function dropBoxTail(): string {
  return pageFrame("").tail;
}
