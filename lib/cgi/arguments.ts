/**
 * The arguments of a script (RFC 3875 §4.4).
 *
 * @module
 */

/**
 * The words of a search, which a script gets as arguments (RFC 3875 §4.4): those of a
 * query without an equals sign.
 *
 * @param method The method: only GET and HEAD search.
 * @param query The query with its question mark, or nothing.
 * @returns The words, decoded; none where it is no search.
 *
 * @example Usage
 * ```ts
 * import { searchWords } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(searchWords("GET", "?one+t%77o"), ["one", "two"]);
 * assertEquals(searchWords("GET", "?a=1"), []);
 * ```
 */
export function searchWords(method: string, query: string): readonly string[] {
  if (method !== "GET" && method !== "HEAD") return [];
  if (query.length < 2 || query.includes("=")) return [];
  try {
    const words = query.slice(1).split("+").map(decodeURIComponent);
    // No argument can hold a NUL.
    return words.some((word) => word.includes("\0")) ? [] : words;
  } catch {
    return [];
  }
}
