/**
 * Content-Disposition (RFC 6266): a file to be kept and not shown.
 *
 * @module
 */

/**
 * The value that has a browser save content under a name (RFC 6266 §4, RFC 8187 §3.2).
 *
 * @param name The name of the file.
 * @returns The value, with the name in ASCII for old clients and in UTF-8 for all others.
 *
 * @example Usage
 * ```ts
 * import { formatAttachment } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(formatAttachment("a b.txt"), 'attachment; filename="a b.txt"');
 * assertEquals(
 *   formatAttachment("é.txt"),
 *   "attachment; filename=\"_.txt\"; filename*=UTF-8''%C3%A9.txt",
 * );
 * ```
 */
export function formatAttachment(name: string): string {
  const ascii = name.replace(/[^\x20-\x7e]|["\\%]/gu, "_");
  const plain = `attachment; filename="${ascii}"`;
  return ascii === name
    ? plain
    : `${plain}; filename*=UTF-8''${encodeExtended(name)}`;
}

/** `value-chars` of RFC 8187 §3.2.1: less than what `encodeURIComponent` leaves as it is. */
function encodeExtended(name: string): string {
  return encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
