/**
 * Why names lead to nothing that may be seen: words for the log, each with the flag that would
 * change it. To a client all of it is the same 404 (RFC 9110 §15.5.5).
 *
 * @module
 */

import type { Reason } from "../http/reply.ts";
import type { Absence } from "../http/resource.ts";
import { type Files, join, segmentsBelow } from "../ports/files.ts";
import type { Context } from "./context.ts";

const OUTSIDE = "a link leads out of the directory: --follow-symlinks";
const DENIED = "no permission to read it";

/** Absences whose reason is known at once. */
export const ABSENT = {
  nothing: absent(undefined),
  /** Nobody looks whether it is there. */
  hidden: absent("names that begin with a dot are hidden: --dotfiles"),
  dropBox: absent("nobody sees what is in a drop box: --upload-only"),
  /** Also with `dotfiles`. */
  incoming: absent("a file that is still being received"),
  hostFile: absent("it is for the host of the site: --host-files"),
  outside: absent(OUTSIDE),
  script: absent("scripts are run, and not sent: --cgi"),
  noDirectory: absent("a file, but the URL ends with a slash"),
  odd: absent("neither a file nor a directory"),
  misspelled: absent("the directory spells it in another way"),
  unlisted: absent("a directory without an index is not listed: --listing"),
  unlistedByRule: absent(
    "a rule leads to a directory without an index, which hosts do not list: --host-files",
  ),
  noName: absent("no file can have this name"),
} as const;

function absent(reason: Reason | undefined): Absence {
  return { kind: "absent", reason };
}

/** Nothing was found: most often nothing is there, and in the root itself never anything else. */
export function notFound(
  names: readonly string[],
  { site, files }: Context,
): Absence {
  return names.length < 2
    ? ABSENT.nothing
    : absent(deniedReason(join(site.root, names), files));
}

/** Something is there, but may not be looked at: Deno refuses what lies outside the directory. */
export function withheld(
  names: readonly string[],
  { site, files }: Context,
): Absence {
  return absent(async () => {
    const path = await files.realPath(join(site.root, names));
    const root = await files.realPath(site.root);
    const isInside = path === undefined || root === undefined ||
      segmentsBelow(root, path, files.os) !== undefined;
    return isInside || site.followSymlinks ? DENIED : OUTSIDE;
  });
}

/** Why what is at a path was not found, or not opened: asked when the answer has left. */
export function deniedReason(path: string, files: Files): Reason {
  return async () => await files.isWithheld?.(path) ? DENIED : undefined;
}
