/**
 * From a directory, and a selection of its entries, to the archive that it is taken along in.
 *
 * @module
 */

import type { Context } from "../files/context.ts";
import { contentKey, digestBytes } from "../files/validators.ts";
import type { Selection } from "../files/negotiate.ts";
import { wholeBody } from "../http/body.ts";
import { toHex } from "../http/digest.ts";
import type { EntityTag } from "../http/entity_tag.ts";
import type { Fields } from "../http/field.ts";
import { describe, formatAttachment } from "../http/metadata.ts";
import type { Reply } from "../http/reply.ts";
import type { Representation } from "../http/representation.ts";
import type { Found, PathTarget } from "../http/resource.ts";
import { errorReply } from "../pages/error_page.ts";
import { unavailableReply, UNREADABLE } from "../pages/failure.ts";
import type { ArchiveFormat } from "../pages/listing.ts";
import type { Content, Pieces } from "../ports/content.ts";
import type { HttpRequest } from "../ports/message.ts";
import { archiveFormats } from "../site/archive_policy.ts";
import type { Site } from "../site/site.ts";
import { isDropBox } from "../site/upload_policy.ts";
import { type ArchiveEntry, modeOf } from "./archive_entry.ts";
import type { ArchiveQuery } from "./archive_query.ts";
import type { ArchiveState } from "./archive_state.ts";
import { dataSize, type Layout } from "./layout.ts";
import { type ArchivePlan, planArchive } from "./plan_archive.ts";
import { sendArchive } from "./send_archive.ts";
import { tarLayout } from "./tar.ts";
import { zipLayout } from "./zip.ts";

/** An archive, or the reply where there is none to send. */
export type ArchiveSelection =
  | Selection
  | { readonly kind: "reply"; readonly reply: Reply };

/** The archive that a query asks for; `undefined` where there are none. */
export async function selectArchive(
  { format, names }: ArchiveQuery,
  { path, stat }: Found,
  { segments }: PathTarget,
  { signal }: HttpRequest,
  context: Context,
  archives: ArchiveState,
): Promise<ArchiveSelection | undefined> {
  const { site } = context;
  if (site.archive === undefined || isDropBox(segments, site)) return undefined;
  const formats = archiveFormats(site);
  if (format === undefined) {
    return refusal(400, "No such form of archive", formats);
  }
  if (!formats.includes(format)) {
    return refusal(501, `No ${format} here`, formats);
  }
  const leave = archives.enter();
  if (leave === undefined || !context.coding) {
    leave?.();
    return reply(unavailableReply("Too many archives at a time"));
  }
  try {
    const directory = { path, segments, stat };
    const isPortable = format === "zip";
    const wish = { directory, names, isPortable, signal };
    const plan = await planArchive(wish, site.archive, context);
    if (plan.kind !== "entries") return reply(planFailure(plan, site.archive));
    const representation = await represent(
      plan.entries,
      format,
      segments,
      context,
      archives,
    );
    return { kind: "selected", representation };
  } finally {
    leave();
  }
}

function reply(reply: Reply): ArchiveSelection {
  return { kind: "reply", reply };
}

function refusal(
  status: number,
  message: string,
  formats: readonly ArchiveFormat[],
): ArchiveSelection {
  const explain = `What there is: ${
    formats.map((format) => `?archive=${format}`).join(", ")
  }`;
  return reply(errorReply(status, { message, explain }));
}

/** RFC 9110 has no status for an answer that would be too large: it is refused (§15.5.4). */
function planFailure(
  plan: Exclude<ArchivePlan, { kind: "entries" }>,
  { maxEntries, maxBytes }: NonNullable<Site["archive"]>,
): Reply {
  switch (plan.kind) {
    case "unreadable":
      return UNREADABLE;
    case "unwanted": // only the log sees it
      return unavailableReply("The client has left", { retry: false });
    case "absent":
      return errorReply(404, {
        message: "No such entry in this directory",
        explain: `There is no ${JSON.stringify(plan.name)} here`,
      });
    case "too-many":
      return errorReply(403, {
        message:
          `An archive may have ${maxEntries} entries, and this one has more`,
        explain:
          "Take fewer folders along; or start with --archive-max-entries",
      });
    case "too-large":
      return errorReply(403, {
        message:
          `An archive may have ${maxBytes} bytes of files, and this one has more`,
        explain: "Take fewer files along; or start with --archive-max-bytes",
      });
  }
}

const MEDIA_TYPES = {
  "zip": "application/zip",
  "tar": "application/x-tar",
  "tar.gz": "application/gzip",
  "tar.zst": "application/zstd",
} as const;

async function represent(
  entries: readonly ArchiveEntry[],
  format: ArchiveFormat,
  segments: readonly string[],
  context: Context,
  archives: ArchiveState,
): Promise<Representation> {
  const { site } = context;
  const layout = format === "zip" ? zipLayout(entries) : tarLayout(entries);
  const { size } = layout;
  const isStored = format === "zip" || format === "tar";
  const above = site.isSecret ? [] : site.mount;
  const name = [...above, ...segments].at(-1) ?? "files";
  const path = `/${segments.map((segment) => `${segment}/`).join("")}`;
  const own: Fields = [
    ["Content-Type", MEDIA_TYPES[format]],
    ["Content-Disposition", formatAttachment(`${name}.${format}`)],
    ["Accept-Ranges", isStored ? "bytes" : "none"],
  ];
  const metadata = describe(path, own, site.metadata);
  const open = (pieces: Pieces) =>
    openArchive(layout, pieces, context, archives);
  if (isStored) {
    const isTagged = !site.isUntagged(path);
    const entityTag = isTagged
      ? await tagOf(entries, format, context)
      : undefined;
    const body = wholeBody({ kind: "made", size, open });
    return { metadata, validators: { entityTag }, size, body };
  }
  // Every version of an encoder makes other bytes.
  return {
    metadata,
    validators: {},
    size: undefined,
    body: {
      kind: "stream",
      open: () => open([{ start: 0, end: size - 1 }]),
      discard: () => {},
      coding: format === "tar.gz" ? "gzip" : "zstd",
    },
  };
}

function openArchive(
  layout: Layout,
  pieces: Pieces,
  { files, site: { coder, clock } }: Context,
  { enter, checksums }: ArchiveState,
): Content | undefined {
  const leave = enter();
  const parts = { files, coder, clock, checksums };
  return leave && sendArchive(layout, pieces, parts, leave);
}

/** Archives of another version of this program have other bytes. */
const VERSION = 1;
/** How many entries are digested at a time. */
const TAGGED_AT_ONCE = 1000;
/** How much of a digest is the tag. */
const TAG_BYTES = 16;

/** The tag, which the states of all entries make; `undefined` where one could change unnoticed. */
async function tagOf(
  entries: readonly ArchiveEntry[],
  format: ArchiveFormat,
  { site: { clock } }: Context,
): Promise<EntityTag | undefined> {
  const now = clock.now();
  let digest = new Uint8Array();
  for (let at = 0; at < entries.length; at += TAGGED_AT_ONCE) {
    const lines: unknown[] = [VERSION, format, toHex(digest)];
    for (const entry of entries.slice(at, at + TAGGED_AT_ONCE)) {
      const { name, seconds, source } = entry;
      const state = source?.kind === "file"
        ? contentKey(source, now)
        : source && toHex(await digestBytes(source.bytes, "sha-256"));
      if (source !== undefined && state === undefined) return undefined;
      lines.push([name, seconds, modeOf(entry), dataSize(entry), state]);
    }
    const bytes = new TextEncoder().encode(JSON.stringify(lines));
    digest = await digestBytes(bytes, "sha-256");
  }
  const opaque = `${format}-${toHex(digest.slice(0, TAG_BYTES))}`;
  return { weak: false, opaque };
}
