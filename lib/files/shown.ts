/**
 * Which entries of a directory a listing shows: exactly those that can be fetched (D16).
 *
 * @module
 */

import type { Found } from "../http/resource.ts";
import type { ListingEntry } from "../pages/listing.ts";
import type { Entry } from "../ports/ports.ts";
import type { Cgi } from "../site/scripts.ts";
import type { Site } from "../site/site.ts";
import { directoryDepth } from "./find.ts";
import { isVisible, locateByName } from "./locate.ts";
import { foldName } from "./spelling.ts";

/** A directory that is to be listed. */
export interface Listed {
  /** Its real path. */
  readonly path: string;
  /** The names that lead to it. */
  readonly segments: readonly string[];
  /** What is served, and how. */
  readonly site: Site;
}

/** How many names are looked at before others have their turn: some 5 ms. */
const SLICE_COST = 8192;
/** To look where a link leads takes as long as so many names, on Deno (measured: 0.2 ms). */
const LINK_COST = 512;

/**
 * Those entries that can be fetched, in slices between which others may have their turn.
 *
 * @param entries What was found in the directory.
 * @param listed The directory.
 * @returns The slices, in the same order.
 */
export async function* shownEntries(
  entries: readonly Entry[],
  listed: Listed,
): AsyncGenerator<ListingEntry[]> {
  let slice: ListingEntry[] = [];
  let cost = 0;
  for (const entry of entries) {
    const kind = kindOf(entry, listed);
    cost += kind === "link" ? LINK_COST : 1;
    const directory = kind === "link"
      ? await isDirectory(entry.name, listed)
      : isDirectoryKind(kind);
    if (directory !== undefined) slice.push({ name: entry.name, directory });
    if (cost < SLICE_COST) continue;
    yield slice;
    await nextTask();
    slice = [];
    cost = 0;
  }
  yield slice;
}

/**
 * Only a turn of the event loop lets other requests in; messages of a MessageChannel starve
 * them on Deno.
 *
 * @returns Settles in another task.
 */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

/** A name that is not in UTF-8 was read as another one, which may not exist. */
function kindOf(
  { name, kind }: Entry,
  { segments, site }: Listed,
): Entry["kind"] {
  const { cgi } = site;
  const isShown = isVisible(name, site) &&
    !(cgi && directoryDepth([...segments, name], cgi));
  if (!isShown) return "other";
  const isDoubtful = name.includes("\ufffd") ||
    kind === "directory" && cgi !== undefined &&
      isLikeGround([...segments, name], cgi);
  return isDoubtful ? "link" : kind;
}

/** Whether a disk that folds names could take a directory for one of scripts. */
function isLikeGround(
  segments: readonly string[],
  { directories }: Cgi,
): boolean {
  const folded = directories.map((names) => names.map(foldName));
  const depth = directoryDepth(segments.map(foldName), { directories: folded });
  return depth !== undefined;
}

/** Whether a link leads to a directory; `undefined` when asking for it would find nothing. */
async function isDirectory(
  name: string,
  { segments, site }: Listed,
): Promise<boolean | undefined> {
  const found = await locateByName([...segments, name], site);
  return found && isDirectoryKind(found.stat.kind);
}

function isDirectoryKind(kind: Found["stat"]["kind"]): boolean | undefined {
  return kind === "other" ? undefined : kind === "directory";
}
