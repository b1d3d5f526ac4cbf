/**
 * The rows of a page that lists a directory. There can be thousands: a row of a plain name is put
 * together without a template of markup. End tags that may be left out are.
 *
 * @module
 */

import { escape } from "@std/html/entities";
import { memoizeLast } from "../http/cache.ts";
import { formatTimestamp } from "../http/date.ts";
import { offersArchives, selectionBox } from "./archive_form.ts";
import { isPlainName, slashOf, toReference, toVisible } from "./entry_name.ts";
import { iconOf } from "./icons.ts";
import type { ListingEntry, ListingHeading } from "./listing.ts";
import { formatSize, pluralize } from "./quantity.ts";

export const UP_ROW =
  '<tr class=up><th><a href="../"><svg aria-hidden=true><use href="#up"/></svg><bdi>../</bdi></a><td><td>\n';

/** The rows of entries. The line feed behind each keeps lftp from reading two as one. */
export function formatRows(
  entries: readonly ListingEntry[],
  _at: number,
  heading: ListingHeading,
): string {
  if (heading.upload?.only) return "";
  const isGrid = heading.query.view === "grid";
  const hasBoxes = offersArchives(heading);
  let text = "";
  for (const entry of entries) {
    text += `<tr><th>${formatName(entry, isGrid, hasBoxes)}<td>${
      formatTime(entry.modified)
    }${formatCell(entry.size)}\n`;
  }
  return text;
}

/** The same rows with what programs read: name, minute and size, as Apache writes them. */
export function formatBareRows(
  entries: readonly ListingEntry[],
  _at: number,
  heading: ListingHeading,
): string {
  if (heading.upload?.only) return "";
  // Neighbours are often of one minute.
  const minuteOf = memoizeLast(formatMinute);
  let text = "";
  for (const entry of entries) {
    const { modified, size } = entry;
    text += `<tr><th>${formatBareName(entry)}<td>${
      modified === undefined ? "" : minuteOf(Math.floor(modified / 60_000))
    }<td>${size === undefined ? "-" : formatSize(size)}\n`;
  }
  return text;
}

/** A minute since the epoch, by number; empty where no date can be written. */
function formatMinute(minute: number): string {
  const time = formatTimestamp(60_000 * minute);
  return time === undefined ? "" : toMinute(time);
}

/** Plain names have no direction of their own. */
function formatBareName(entry: ListingEntry): string {
  const { isPlain, reference, text } = spell(entry);
  const content = isPlain ? text : `<bdi>${text}</bdi>`;
  const remark = remarkOn(entry);
  return remark === undefined
    ? `<a href="${reference}">${content}</a>`
    : `<span>${content} <small>${remark}</small></span>`;
}

function formatName(
  entry: ListingEntry,
  isGrid: boolean,
  hasBox: boolean,
): string {
  const { reference, text } = spell(entry);
  // A tile cuts what is longer than its two lines.
  const title = isGrid && entry.name.length > 24 ? ` title="${text}"` : "";
  const remark = remarkOn(entry);
  const content = `${formatIcon(entry, isGrid, reference)}<bdi>${text}</bdi>`;
  const box = hasBox ? selectionBox(entry, text) : "";
  return remark === undefined
    ? `<a href="${reference}"${title}>${content}</a>${box}`
    : `<span${title}>${content} <small>${remark}</small></span>`;
}

/** The name of an entry as a reference and as text. */
function spell(entry: ListingEntry): {
  readonly isPlain: boolean;
  readonly reference: string;
  readonly text: string;
} {
  const { name } = entry;
  const slash = slashOf(entry);
  const isPlain = isPlainName(name);
  const reference = (isPlain ? name : toReference(name)) + slash;
  const text = (isPlain ? name : escape(toVisible(name))) + slash;
  return { isPlain, reference, text };
}

/** Why an entry is no link: what the page shows can be opened. */
function remarkOn({ kind, readable }: ListingEntry): string | undefined {
  if (kind === "scripts") return "scripts";
  return readable ? undefined : "not readable";
}

/** Pictures that every browser shows. */
const PICTURE_REGEXP =
  /^image\/(?:a?png|avif|bmp|gif|jpeg|svg\+xml|webp|vnd\.microsoft\.icon|x-icon)(?:;|$)/;

function formatIcon(
  entry: ListingEntry,
  isGrid: boolean,
  reference: string,
): string {
  const { kind, readable, mediaType = "" } = entry;
  const isPicture = isGrid && readable && kind === "file" &&
    PICTURE_REGEXP.test(mediaType);
  return isPicture
    ? `<img loading=lazy decoding=async alt="" src="${reference}">`
    : `<svg aria-hidden=true><use href="#${iconOf(entry)}"/></svg>`;
}

/**
 * What lftp reads behind a link: the minute as Apache writes it, and the size behind it as one word,
 * hence its space does not break; where there is none, `-`, or it reads no date, too.
 */
function formatTime(modified: number | undefined): string {
  const time = modified === undefined ? undefined : formatTimestamp(modified);
  return time === undefined
    ? ""
    : `<time datetime=${time}>${toMinute(time)}</time>`;
}

function toMinute(time: string): string {
  return `${time.slice(0, 10)} ${time.slice(11, 16)}`;
}

function formatCell(size: number | undefined): string {
  return size === undefined
    ? "<td>-"
    : `<td title="${pluralize(size, "byte")}">${formatSize(size)}`;
}
