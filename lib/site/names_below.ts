/**
 * Paths below the root, as users write them.
 *
 * @module
 */

/** `./inbox/` and `/inbox` are `["inbox"]`, and `/` is none; `undefined` for what is no such path. */
export function namesBelow(path: unknown): readonly string[] | undefined {
  if (typeof path !== "string" || path.includes("\0")) return undefined;
  const names = path.split("/").filter((name) => name !== "" && name !== ".");
  return names.includes("..") ? undefined : names;
}
