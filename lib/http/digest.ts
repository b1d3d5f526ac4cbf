/**
 * Digests of representations (RFC 9530).
 *
 * @module
 */

/** The algorithms of RFC 9530 §5 that are not broken. */
export type DigestAlgorithm = "sha-256" | "sha-512";

const ALGORITHMS: readonly DigestAlgorithm[] = ["sha-512", "sha-256"];
/** A member of the dictionary: a key, and a weight from 0 to 10 (RFC 9530 §4, RFC 8941 §3.2). */
const MEMBER_REGEXP = /^[ \t]*([a-z*][a-z0-9_\-.*]*)=(\d|10)[ \t]*$/;

/**
 * Reads the value of a Want-Repr-Digest field (RFC 9530 §4).
 *
 * @param value The field value.
 * @returns The algorithm that the client prefers; `undefined` when it wants none of ours.
 *
 * @example Usage
 * ```ts
 * import { wantedDigest } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(wantedDigest("sha-512=3, sha-256=10, unixsum=0"), "sha-256");
 * assertEquals(wantedDigest("md5=10"), undefined);
 * ```
 */
export function wantedDigest(value: string): DigestAlgorithm | undefined {
  const weights = new Map<string, number>();
  for (const member of value.split(",")) {
    const [, key, weight] = MEMBER_REGEXP.exec(member) ?? [];
    if (key !== undefined) weights.set(key, Number(weight)); // the last one counts (RFC 8941 §3.2)
  }
  const weightOf = (algorithm: string) => weights.get(algorithm) ?? 0;
  return ALGORITHMS
    .filter((algorithm) => weightOf(algorithm) > 0)
    .toSorted((a, b) => weightOf(b) - weightOf(a))[0];
}

/**
 * Writes the value of a Repr-Digest field (RFC 9530 §3).
 *
 * @param algorithm The algorithm.
 * @param digest The digest, as bytes.
 * @returns Text such as `sha-256=:…:`.
 *
 * @example Usage
 * ```ts
 * import { formatDigest } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(formatDigest("sha-256", new Uint8Array([1, 2, 3])), "sha-256=:AQID:");
 * ```
 */
export function formatDigest(
  algorithm: DigestAlgorithm,
  digest: Uint8Array,
): string {
  return `${algorithm}=:${btoa(String.fromCharCode(...digest))}:`;
}

/** A digest in hexadecimal. (`toHex` of arrays of bytes came with Node.js 25.) */
export function toHex(digest: Uint8Array): string {
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}
