/**
 * From what has changed on the disk to what browsers are told.
 *
 * @module
 */

import { percentEncode } from "../http/metadata.ts";
import type { ReloadEvent } from "./streams.ts";
import type { SiteChange, SiteChanges } from "./watch_site.ts";

const SHEET_REGEXP = /\.css$/i;
const RELOAD: ReloadEvent = { kind: "reload" };

/** Sheets alone are exchanged; for all else pages are loaded again. */
export function eventOf(
  changes: SiteChanges,
  mount: readonly string[],
): ReloadEvent {
  if (changes.kind === "any" || !changes.changes.every(isSheet)) return RELOAD;
  const paths = changes.changes.map(({ segments }) =>
    `/${[...mount, ...segments].map(percentEncode).join("/")}`
  );
  return { kind: "style", paths };
}

/** Whether a style sheet has other content, or is new. */
function isSheet({ kind, type, segments }: SiteChange): boolean {
  return kind === "there" && type === "file" &&
    SHEET_REGEXP.test(segments.at(-1) ?? "");
}
