/**
 * Content codings (RFC 9110 §8.4.1) and how one is chosen (§12.5.3).
 *
 * @module
 */

import { type Coding, CODINGS } from "../ports/content.ts";

export { type Coding, CODINGS } from "../ports/content.ts";

/** How names of files end that are in a coding. */
export const CODING_EXTENSIONS: Readonly<Record<Coding, string>> = {
  br: ".br",
  zstd: ".zst",
  gzip: ".gz",
};

/** A client's weights by coding, in lower case; `*` is a member like any other. */
export type Weights = ReadonlyMap<string, number>;

/** A list member: a token and parameters. No two parts match the same text, so that it never backtracks. */
const MEMBER_REGEXP = /^[ \t]*([!#$%&'*+\-.^_`|~\w]+)[ \t]*(;.*)?$/;
const WEIGHT_REGEXP = /^;[ \t]*[qQ]=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)[ \t]*$/;
/** Identity without a weight is acceptable, but less than any coding that the client names. */
const UNRANKED = 0.0001;

/**
 * Reads the value of an Accept-Encoding field (RFC 9110 §12.5.3). A malformed member is ignored;
 * of two members for the same coding the first counts.
 *
 * @param value The field value.
 * @returns The weights, from 0 to 1.
 *
 * @example Usage
 * ```ts
 * import { parseAcceptEncoding } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * const weights = parseAcceptEncoding("gzip;q=0.5, br, x;q=7");
 * assertEquals([...weights], [["gzip", 0.5], ["br", 1]]);
 * ```
 */
export function parseAcceptEncoding(value: string): Weights {
  const weights = new Map<string, number>();
  for (const member of value.split(",")) {
    const [, name = "", parameter] = MEMBER_REGEXP.exec(member) ?? [];
    const weight = parameter === undefined
      ? "1"
      : WEIGHT_REGEXP.exec(parameter)?.[1];
    const lower = name.toLowerCase();
    const coding = lower === "x-gzip" ? "gzip" : lower;
    if (coding === "" || weight === undefined || weights.has(coding)) continue;
    weights.set(coding, Number(weight));
  }
  return weights;
}

/**
 * Chooses a content coding (RFC 9110 §12.5.3).
 *
 * @param value The value of the Accept-Encoding field; `null`, where there is none, means identity.
 * @param available The codings of the representation, besides identity.
 * @param preferred All codings, in the order that decides between equal weights.
 * @returns The coding, `"identity"`, or `undefined` when none is acceptable (406).
 *
 * @example Usage
 * ```ts
 * import { negotiateCoding } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(negotiateCoding("gzip, br", ["br", "gzip"]), "br");
 * assertEquals(negotiateCoding("gzip;q=0", ["gzip"]), "identity");
 * assertEquals(negotiateCoding("identity;q=0", []), undefined);
 * ```
 */
export function negotiateCoding(
  value: string | null,
  available: readonly Coding[],
  preferred: readonly Coding[] = CODINGS,
): Coding | "identity" | undefined {
  if (value === null) return "identity";
  // Only a weight of 0 refuses identity.
  if (available.length === 0 && !value.includes(";")) return "identity";
  const weights = parseAcceptEncoding(value);
  let best: Coding | "identity" | undefined;
  let most = 0;
  for (const coding of [...preferred, "identity"] as const) {
    const weight = weightOf(coding, weights);
    const isThere = coding === "identity" || available.includes(coding);
    if (isThere && weight > most) [best, most] = [coding, weight];
  }
  return best;
}

function weightOf(coding: Coding | "identity", weights: Weights): number {
  const unlisted = coding === "identity" ? UNRANKED : 0;
  return weights.get(coding) ?? weights.get("*") ?? unlisted;
}

/** Types that are text, besides `text/*`, `*+json`, `*+xml` and `*+text`. Compressed formats only grow. */
const COMPRESSIBLE_TYPES: ReadonlySet<string> = new Set([
  ...("javascript json json5 jsonl rtf sql toml vnd.ms-fontobject wasm " +
    "x-ndjson x-sh x-tar xml xml-dtd yaml")
    .split(" ").map((subtype) => `application/${subtype}`),
  ...["bmp", "vnd.microsoft.icon", "x-icon"].map((subtype) =>
    `image/${subtype}`
  ),
  ...["collection", "otf", "ttf"].map((subtype) => `font/${subtype}`),
  "model/obj",
  "model/stl",
]);
const COMPRESSIBLE_REGEXP = /^text\/|\+(?:json|xml|text)$/;

/**
 * Whether content of a media type becomes smaller by coding.
 *
 * @param mediaType The media type, with or without parameters.
 * @returns Whether it does.
 *
 * @example Usage
 * ```ts
 * import { isCompressible } from "@x/serve";
 * import { assert } from "@std/assert";
 *
 * assert(isCompressible("text/html; charset=utf-8"));
 * assert(!isCompressible("image/png"));
 * ```
 */
export function isCompressible(mediaType: string): boolean {
  const [type = ""] = mediaType.toLowerCase().split(";");
  const essence = type.trim();
  // A coder buffers, but the events of a stream must arrive at once.
  if (essence === "text/event-stream") return false;
  return COMPRESSIBLE_REGEXP.test(essence) || COMPRESSIBLE_TYPES.has(essence);
}
