/**
 * Listings for programs: JSON, JSON lines, and names. `listing.schema.json` describes the first two.
 *
 * @module
 */

import { formatTimestamp } from "../http/date.ts";
import { slashOf, toReference } from "./entry_name.ts";
import type { ListingEntry, ListingForm } from "./listing.ts";

/** Characters that JSON need not escape, but that end a line for `splitlines` of Python, or command a terminal. */
const UNSEEN_REGEXP = /[\x7f-\x9f\u2028\u2029]/g;
/** These, the other controls, and what begins an escape. */
// deno-lint-ignore no-control-regex
const ESCAPED_REGEXP = /[\x00-\x1f\\\x7f-\x9f\u2028\u2029]/g;

/** The form `json`: an object. What is not known is left out, as in the model: `jq` reads null there. */
export const jsonForm: ListingForm = {
  mediaType: "application/json",
  detail: "metadata",
  fields: [],
  head({ path, query: { sort, order, q, recursive, page } }) {
    const head = toJson({ path, query: { sort, order, q, recursive }, page });
    return `${head.slice(0, -1)},"entries":[`;
  },
  rows: (entries, at) =>
    entries
      .map((entry, index) =>
        (at + index > 0 ? ",\n" : "\n") + toJson(describeEntry(entry))
      )
      .join(""),
  tail({ directories, files, size, pages, cut }) {
    const tail = toJson({ directories, files, size, pages, cut });
    return `\n],${tail.slice(1)}\n`;
  },
};

/**
 * The form `ndjson`: an entry a line; the last line of a search that was cut says so. The media type
 * is that which programs name (Elasticsearch, Ollama, Docker); `application/jsonl` has few users.
 */
export const ndjsonForm: ListingForm = {
  mediaType: "application/x-ndjson",
  detail: "metadata",
  fields: [],
  head: () => "",
  rows: (entries) =>
    entries.map((entry) => `${toJson(describeEntry(entry))}\n`).join(""),
  tail: ({ cut }) => cut === undefined ? "" : `${toJson({ cut })}\n`,
};

/**
 * The form `text`: a name a line, directories with a slash. A backslash, and what could end a line,
 * is escaped as `%b` of `printf` undoes it (POSIX).
 */
export const textForm: ListingForm = {
  mediaType: "text/plain; charset=utf-8",
  detail: "names",
  fields: [],
  head: () => "",
  rows: (entries) =>
    entries
      .map((entry) =>
        `${entry.name.replace(ESCAPED_REGEXP, escapeOctets)}${slashOf(entry)}\n`
      )
      .join(""),
  tail: () => "",
};

/** An entry, as its keys are called in JSON. */
function describeEntry(entry: ListingEntry) {
  const { name, kind, size, modified, mediaType, entityTag, readable } = entry;
  return {
    name,
    url: toReference(name) + slashOf(entry),
    kind,
    size,
    modified: modified === undefined ? undefined : formatTimestamp(modified),
    mediaType,
    etag: entityTag,
    readable,
  };
}

function toJson(value: unknown): string {
  return JSON.stringify(value).replace(
    UNSEEN_REGEXP,
    (character) =>
      `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A line feed and a backslash as everybody knows them, others octet by octet. */
function escapeOctets(character: string): string {
  if (character === "\n") return "\\n";
  if (character === "\\") return "\\\\";
  return Array.from(
    new TextEncoder().encode(character),
    (octet) => `\\0${octet.toString(8).padStart(3, "0")}`,
  ).join("");
}
