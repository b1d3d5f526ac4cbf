/**
 * What a query wants of an archive: `?archive=zip&name=a&name=b`.
 *
 * @module
 */

import type { ArchiveFormat } from "../pages/listing.ts";
import { ARCHIVE_FORMATS } from "../site/archive_policy.ts";

export interface ArchiveQuery {
  /** Its form; `undefined` where there is none of that name. */
  readonly format: ArchiveFormat | undefined;
  /** The entries of the directory that are taken along; empty for all. */
  readonly names: ReadonlySet<string>;
}

/** Reads the query of a target, decoded or not; `undefined` where it wants no archive. */
export function readArchiveQuery(query: string): ArchiveQuery | undefined {
  const parameters = new URLSearchParams(query);
  const format = parameters.get("archive");
  if (format === null) return undefined;
  const names = parameters.getAll("name").map((name) =>
    name.replace(/\/$/, "")
  );
  return {
    format: ARCHIVE_FORMATS.find((known) => known === format),
    names: new Set(names.filter((name) => name !== "")),
  };
}
