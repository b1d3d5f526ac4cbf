/**
 * From a resource to the representation that answers the request (RFC 9110 §3.2, §12).
 *
 * @module
 */

import { deriveEntityTag } from "../http/entity_tag.ts";
import { overrideFields } from "../http/field.ts";
import type { Representation } from "../http/reply.ts";
import type { Site } from "../options.ts";
import { PAGE_POLICY } from "../pages/markup.ts";
import { type ListingEntry, listingPage } from "../pages/listing.ts";
import type { Entry } from "../ports.ts";
import { isVisible, locate, type Resource } from "./resolve.ts";

/**
 * The representation of a file.
 *
 * @param file The file.
 * @param site What is served, and how.
 * @returns Its metadata, validators, size and a description of its bytes.
 */
export function selectFile(
  file: Resource & { kind: "file" },
  site: Site,
): Representation {
  const { name, path, stat } = file;
  return {
    metadata: overrideFields([
      ["Content-Type", site.guessType(name)],
      ["Accept-Ranges", "bytes"],
      ["Cache-Control", "no-cache"],
    ], site.fields),
    validators: {
      entityTag: deriveEntityTag(stat, site.clock.now()),
      lastModified: stat.mtime,
    },
    size: stat.size,
    body: { kind: "file", path, stat, span: { start: 0, end: stat.size - 1 } },
  };
}

/**
 * The representation of a directory without an index: a page that shows exactly the
 * names that can be fetched. Its entity tag is that of its bytes, because a directory's
 * time of modification says nothing of what its links have come to point at.
 *
 * @param segments Where the directory is below the root.
 * @param path Its real path.
 * @param site What is served, and how.
 * @returns The representation, or `undefined` when the directory cannot be read.
 */
export async function selectListing(
  segments: readonly string[],
  path: string,
  site: Site,
): Promise<Representation | undefined> {
  const entries = await site.files.list(path);
  if (entries === undefined) return undefined;
  const lines: ListingEntry[] = [];
  for (const entry of entries) {
    const directory = await isDirectory(segments, entry, site);
    if (directory !== undefined) lines.push({ name: entry.name, directory });
  }
  const bytes = listingPage(segments, lines);
  return {
    metadata: overrideFields([
      ["Content-Type", "text/html; charset=utf-8"],
      ["Content-Security-Policy", PAGE_POLICY],
      ["Cache-Control", "no-cache"],
    ], site.fields),
    validators: { entityTag: { weak: false, opaque: await digest(bytes) } },
    size: bytes.length,
    body: { kind: "bytes", bytes },
  };
}

/** Whether an entry is a directory; `undefined` when asking for it would find nothing. */
async function isDirectory(
  segments: readonly string[],
  { name, kind }: Entry,
  site: Site,
): Promise<boolean | undefined> {
  if (!isVisible(name, site)) return undefined;
  switch (kind) {
    case "file":
      return false;
    case "directory":
      return true;
    case "other":
      return undefined;
    case "link": {
      const target = await locate([...segments, name], site);
      if (target === undefined || target.stat.kind === "other") {
        return undefined;
      }
      return target.stat.kind === "directory";
    }
  }
}

async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return hash.slice(0, 12).toHex();
}
