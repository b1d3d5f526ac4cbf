/**
 * Icons: symbols that a page has once, and the one that an entry has.
 *
 * @module
 */

import type { ListingEntry } from "./listing.ts";
import { type Markup, markup } from "./markup.ts";

/** What an icon shows. The script of the page goes by these names. */
type IconName =
  | "folder"
  | "image"
  | "video"
  | "audio"
  | "pdf"
  | "text"
  | "archive"
  | "script"
  | "file";

const SHEET = "M6 3h8l4 4v14H6zM14 3v4h4";
const SCREEN = "M3.5 5h17v14h-17z";

/** Paths on 24 by 24. */
const PATHS: Readonly<Record<IconName | "home" | "up", string>> = {
  home: "M3.5 11.5 12 4l8.5 7.5M6 9.5V20h4.5v-6h3v6H18V9.5",
  up: "M12 19V5.5M6 11l6-6 6 6",
  folder:
    "M3 6a1 1 0 0 1 1-1h5l2.5 3H20a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1z",
  image: `${SCREEN}M4 16.5l4.5-5 4 4 3-2.5 4.5 4.5M15.5 9h.01`,
  video: `${SCREEN}M10 9l5 3-5 3z`,
  audio:
    "M9 17.5V6l10-2v11.5M9 17.5a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0zM19 15.5a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0z",
  pdf: `${SHEET}M9.5 17.5v-6H12a1.8 1.8 0 0 1 0 3.6H9.5`,
  text: `${SHEET}M9 11h6M9 14h6M9 17h4`,
  archive: "M3.5 4.5h17V9h-17zM5 9h14v10.5H5zM10 12.5h4",
  script: `${SCREEN}M7 9.5l3 2.5-3 2.5M12.5 15H17`,
  file: SHEET,
};

/** The symbols that `<use href="#NAME"/>` names. */
export const SPRITE: string = `<svg hidden>${
  Object.entries(PATHS)
    .map(([name, path]) =>
      `<symbol id="${name}" viewBox="0 0 24 24"><path d="${path}"/></symbol>`
    )
    .join("")
}</svg>`;

/** An icon that stands for itself, in a page without the symbols. */
export function inlineIcon(name: keyof typeof PATHS): Markup {
  return markup`<svg aria-hidden="true" viewBox="0 0 24 24"><path d="${
    PATHS[name]
  }"/></svg>`;
}

const ARCHIVE_REGEXP =
  /^application\/(?:zip|gzip|zstd|java-archive|vnd\.(?:rar|debian\.|ms-cab|android\.package|comicbook)|x-(?:tar|g?zip|bzip|xz|7z|rar|lzma|iso9660|rpm|compress|cpio|brotli|debian))/;
const TEXT_REGEXP =
  /^(?:text\/|application\/(?:json|xml|javascript|yaml|toml|sql|x-sh|x-ndjson|[^/]+\+(?:json|xml))(?:;|$))/;

/** Its content alone tells whether it is a video: it is source nearly always. */
const TYPESCRIPT_REGEXP = /\.m?ts$/i;

export function iconOf(
  { name, kind, mediaType = "" }: ListingEntry,
): IconName {
  if (kind === "directory") return "folder";
  if (kind !== "file") return "script";
  const type = mediaType.slice(0, mediaType.indexOf("/"));
  if (type === "image" || type === "video" || type === "audio") return type;
  if (mediaType === "application/pdf") return "pdf";
  if (TEXT_REGEXP.test(mediaType) || TYPESCRIPT_REGEXP.test(name)) {
    return "text";
  }
  return ARCHIVE_REGEXP.test(mediaType) ? "archive" : "file";
}
