/**
 * Fields that `_headers` cannot set or remove: those that frame a message, say what it is, or
 * protect somebody.
 *
 * @module
 */

/** Neither set nor removed; fields of the connection, the framing and validators are refused as everywhere. */
const GUARDED: ReadonlyMap<string, string> = new Map([
  ["accept-ranges", "the server knows it"],
  ["content-digest", "it would be wrong as soon as the file changes"],
  ["repr-digest", "it would be wrong as soon as the file changes"],
  ["digest", "it would be wrong as soon as the file changes"],
  ["location", "_redirects says where to go"],
  ["server", "--server-version says it"],
  ["set-cookie", "all visitors would get the same cookie"],
  ["www-authenticate", "--basic-auth asks for passwords"],
]);

/** Set, but not removed. */
const KEPT: ReadonlySet<string> = new Set(
  "connection content-encoding content-length content-range content-type date etag last-modified transfer-encoding vary x-content-type-options"
    .split(" "),
);

/** Why a field, in lower case, cannot get a value, or cannot be removed (`undefined`). */
export function guardedFault(
  name: string,
  value: string | undefined,
): string | undefined {
  const reason = GUARDED.get(name);
  if (reason !== undefined) return `${name} cannot be changed: ${reason}`;
  if (value === undefined) {
    return KEPT.has(name) ? `${name} cannot be removed` : undefined;
  }
  // A browser must not take for a script what is none.
  const isWeaker = name === "x-content-type-options" &&
    value.toLowerCase() !== "nosniff";
  return isWeaker ? `${name} can only be nosniff` : undefined;
}
