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

/** A member of Repr-Digest or Content-Digest: a key, and bytes in Base64 (RFC 8941 §3.3.5). */
const DIGEST_REGEXP =
  /^[ \t]*([a-z*][a-z0-9_\-.*]*)=:([A-Za-z0-9+/]*={0,2}):[ \t]*$/;
const DIGEST_BYTES: Readonly<Record<DigestAlgorithm, number>> = {
  "sha-256": 32,
  "sha-512": 64,
};

/**
 * Reads the value of a Repr-Digest or Content-Digest field (RFC 9530 §2, §3): the strongest digest
 * of ours, as the field has it; `undefined` where there is none, `malformed` where it cannot be one.
 */
export function readDigest(
  value: string | null,
):
  | { readonly algorithm: DigestAlgorithm; readonly text: string }
  | "malformed"
  | undefined {
  if (value === null) return undefined;
  const texts = new Map<string, string>();
  for (const member of value.split(",")) {
    const [, key, text] = DIGEST_REGEXP.exec(member) ?? [];
    if (key === undefined || text === undefined) return "malformed";
    texts.set(key, text);
  }
  for (const algorithm of ALGORITHMS) {
    const text = texts.get(algorithm);
    if (text === undefined) continue;
    return lengthOf(text) === DIGEST_BYTES[algorithm]
      ? { algorithm, text: `${algorithm}=:${text}:` }
      : "malformed";
  }
  return undefined;
}

/** How many bytes a text in Base64 stands for; NaN where it stands for none. */
function lengthOf(text: string): number {
  return text.length % 4 === 0
    ? text.length / 4 * 3 - text.replace(/[^=]/g, "").length
    : NaN;
}

/** A digest in hexadecimal. (`toHex` of arrays of bytes came with Node.js 25.) */
export function toHex(digest: Uint8Array): string {
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}
