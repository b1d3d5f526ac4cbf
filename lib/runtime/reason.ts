/**
 * In words what the system says in codes.
 *
 * @module
 */

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "you may not write there",
  EADDRNOTAVAIL: "this machine has no such address",
  EISDIR: "it is a directory",
  ENAMETOOLONG: "the name is too long",
  ENOENT: "there is no such directory",
  ENOSPC: "the disk is full",
  ENOTDIR: "there is no such directory",
  ENOTFOUND: "there is no such host",
  ENXIO: "nobody reads it",
  EPIPE: "nobody reads it any more",
  EROFS: "nothing can be written there",
};
/** Deno gives no code to a name that it cannot look up. */
const LOOKUP_REGEXP = /^failed to lookup address information/;

/**
 * Says why something that is to be made, or to be bound, could not be.
 *
 * @param error What was thrown.
 * @returns The reason; the system's own words where there are no better ones.
 */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message, code = "" } = error as Error & { readonly code?: string };
  const key = LOOKUP_REGEXP.test(message) ? "ENOTFOUND" : code;
  return REASONS[key] ?? message;
}
