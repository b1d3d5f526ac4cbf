/**
 * What a burst of changes comes to, and whether files that have vanished are likely to come back.
 *
 * @module
 */

import type { Entry } from "./tree.ts";

/** What was at a path when pages were told last, and what is now. */
export interface Difference {
  readonly path: string;
  readonly before: Entry | undefined;
  readonly after: Entry | undefined;
}

/** Only what differs. */
export function isDifferent({ before, after }: Difference): boolean {
  return before?.state !== after?.state;
}

/**
 * Whether something has vanished that may come back: a build empties its folder, and writes it again
 * (Vite 8.4: in 26 ms or more). A file with a new hash in its name takes the place of another in the
 * same folder with the same extension, which then does not come back.
 */
export function isIncomplete(differences: readonly Difference[]): boolean {
  const made = new Set(
    differences.filter(({ before }) => before === undefined).map(placeOf),
  );
  return differences.some((difference) =>
    difference.after === undefined && !made.has(placeOf(difference))
  );
}

/** The folder, the kind and the extension. */
function placeOf({ path, before, after }: Difference): string {
  const kind = (after ?? before)?.kind;
  const [, folder, extension = ""] = /^(.*\/)[^/]*?(\.[^/.]*)?$/.exec(path) ??
    [];
  return `${kind} ${folder} ${extension}`;
}
