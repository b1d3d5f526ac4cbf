/**
 * The name of an entry in a page: as a reference, and as text.
 *
 * @module
 */

import { escape } from "@std/html/entities";
import { percentEncode } from "../http/metadata.ts";
import type { EntryKind } from "./listing.ts";
import { isFolder } from "./listing_order.ts";

/** Characters that change the direction of text: `\u202etxt.exe` would look like `exe.txt`. */
const DIRECTION_REGEXP = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
/** Names that are the same in a URL, in a page and in a file system: nearly all. */
const PLAIN_REGEXP = /^[\w.+-]+$/;

/** Whether a name stands for itself in a reference and in a page. */
export function isPlainName(name: string): boolean {
  return PLAIN_REGEXP.test(name);
}

/**
 * A reference is percent-encoded, and never has a character reference of HTML: lftp and wget2 do not
 * decode `&#39;`. The colon is encoded, too, so that no name can pass for a scheme; the plus is not:
 * uscan looks for it. Slashes stand between the names of a path.
 */
export function toReference(name: string): string {
  return percentEncode(name).replaceAll("%2B", "+").replaceAll("%2F", "/");
}

/** A name as text whose direction it cannot change. */
export function toVisible(name: string): string {
  return name.replace(DIRECTION_REGEXP, "\ufffd");
}

/** A name as it is, for an attribute that a form sends; whoever reads the source sees no direction changed. */
export function toValue(name: string): string {
  return escape(name).replace(
    DIRECTION_REGEXP,
    (character) => `&#${character.charCodeAt(0)};`,
  );
}

/** What stands behind the name of an entry: a slash behind that of a directory. */
export function slashOf({ kind }: { readonly kind: EntryKind }): string {
  return isFolder(kind) ? "/" : "";
}
