/**
 * Preconditions (RFC 9110 §13). Each is absent (`undefined`), true or false.
 *
 * @module
 */

import { parseHttpDate, toSecond } from "./date.ts";
import {
  type EntityTag,
  formatEntityTag,
  matchesStrongly,
  matchesWeakly,
  scanEntityTags,
} from "./entity_tag.ts";

/** The validators of a representation (RFC 9110 §8.8). */
export interface Validators {
  /** The entity tag, where there is one. */
  readonly entityTag?: EntityTag | undefined;
  /** The time of modification in milliseconds since the epoch, where it is known. */
  readonly lastModified?: number | undefined;
  /**
   * The role of that time: a `validator` (the default), `information` that is sent but tells no
   * state from another, or `withheld`, so that it is not sent.
   */
  readonly lastModifiedRole?:
    | "validator"
    | "information"
    | "withheld"
    | undefined;
}

/** The part of a request that preconditions are read from; a `Request` is one. */
export interface ConditionalRequest {
  /** The request method. */
  readonly method: string;
  /** The request's fields. */
  readonly headers: Pick<Headers, "get">;
}

/** The verdict: go on, 304 (Not Modified) or 412 (Precondition Failed). */
export type PreconditionResult = "proceed" | "not-modified" | "failed";

/**
 * Evaluates the preconditions of a request in the order of RFC 9110 §13.2.2. The result counts
 * only where the answer without them is 2xx (§13.2.1).
 *
 * @param request The request's method and fields.
 * @param validators The validators of the selected representation.
 * @param now Milliseconds since the epoch, to read dates with two-digit years.
 * @returns Whether to proceed, or the status to answer with.
 *
 * @example Usage
 * ```ts
 * import { evaluatePreconditions } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * const request = new Request("http://localhost/", {
 *   headers: { "if-none-match": '"1"' },
 * });
 * const validators = { entityTag: { weak: false, opaque: "1" } };
 * assertEquals(evaluatePreconditions(request, validators, Date.now()), "not-modified");
 * ```
 */
export function evaluatePreconditions(
  request: ConditionalRequest,
  validators: Validators,
  now: number,
): PreconditionResult {
  const { headers, method } = request;
  const isModified = (name: string) =>
    modifiedSince(headers.get(name), validators, now);
  const match = ifMatch(headers.get("if-match"), validators);
  if (match === false) return "failed";
  const unmodified = isModified("if-unmodified-since");
  // Unclear is a failure: the client must not overwrite what may be modified.
  if (
    match === undefined && (unmodified === true || unmodified === "unclear")
  ) {
    return "failed";
  }
  const safe = method === "GET" || method === "HEAD";
  const noneMatch = ifNoneMatch(headers.get("if-none-match"), validators);
  if (noneMatch === false) return safe ? "not-modified" : "failed";
  if (noneMatch === true || !safe) return "proceed";
  return isModified("if-modified-since") === false ? "not-modified" : "proceed";
}

/**
 * Evaluates If-Range: whether the representation is unchanged, so that the Range field counts
 * (RFC 9110 §13.1.5). An entity tag must match strongly. A date must be exactly that of the
 * representation, and a strong validator: its second is over (§8.8.2.2), and no program has set it.
 *
 * @param value The value of the If-Range field; `null` where there is none.
 * @param validators The validators of the selected representation.
 * @param now Milliseconds since the epoch.
 * @returns `undefined` where there is no condition, else whether it is true.
 *
 * @example Usage
 * ```ts
 * import { evaluateIfRange } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * const validators = { entityTag: { weak: false, opaque: "1" } };
 * assertEquals(evaluateIfRange('"1"', validators, Date.now()), true);
 * assertEquals(evaluateIfRange('W/"1"', validators, Date.now()), false);
 * assertEquals(evaluateIfRange(null, validators, Date.now()), undefined);
 * ```
 */
export function evaluateIfRange(
  value: string | null,
  validators: Validators,
  now: number,
): boolean | undefined {
  if (value === null) return undefined;
  const { entityTag, lastModified } = validators;
  const date = parseHttpDate(value, now);
  if (date !== undefined && lastModified !== undefined) {
    return isDateValidator(validators) && date === toSecond(lastModified) &&
      now - lastModified >= 1000;
  }
  const tags = scanEntityTags(value);
  const [tag] = tags === "*" || tags.length > 1 ? [] : tags;
  return tag !== undefined && entityTag !== undefined &&
    matchesStrongly(tag, entityTag);
}

/**
 * The value of the Range field, where it counts: for GET, and unless If-Range says that
 * the representation has changed (RFC 9110 §13.1.5, §14.2).
 *
 * @param request The request's method and fields.
 * @param validators The validators of the representation.
 * @param now Milliseconds since the epoch.
 * @returns The value, which may still be malformed, or `undefined`.
 *
 * @example Usage
 * ```ts
 * import { heededRange } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * const headers = { range: "bytes=0-9", "if-range": '"1"' };
 * const request = new Request("http://localhost/", { headers });
 * const validators = { entityTag: { weak: false, opaque: "2" } };
 * assertEquals(heededRange(request, validators, Date.now()), undefined);
 * ```
 */
export function heededRange(
  { method, headers }: ConditionalRequest,
  validators: Validators,
  now: number,
): string | undefined {
  const value = headers.get("range");
  if (value === null || method !== "GET") return undefined;
  const condition = headers.get("if-range");
  return evaluateIfRange(condition, validators, now) === false
    ? undefined
    : value;
}

/** RFC 9110 §13.1.1: strong comparison, because a wrong match loses the work of a person. */
function ifMatch(
  value: string | null,
  { entityTag }: Validators,
): boolean | undefined {
  if (value === null) return undefined;
  const tags = scanEntityTags(value);
  if (tags === "*") return true;
  if (entityTag === undefined) return false;
  return tags.some((tag) => matchesStrongly(tag, entityTag));
}

/** RFC 9110 §13.1.2: weak comparison, because an equivalent copy will do for a cache. */
function ifNoneMatch(
  value: string | null,
  { entityTag }: Validators,
): boolean | undefined {
  if (value === null) return undefined;
  // The usual value: one tag, which matches.
  if (entityTag !== undefined && value === formatEntityTag(entityTag)) {
    return false;
  }
  const tags = scanEntityTags(value);
  if (tags === "*") return false;
  if (entityTag === undefined) return true;
  return !tags.some((tag) => matchesWeakly(tag, entityTag));
}

/**
 * Whether the representation was modified after the date of If-Modified-Since or
 * If-Unmodified-Since (RFC 9110 §13.1.3, §13.1.4); unclear where its time is no validator.
 */
function modifiedSince(
  value: string | null,
  validators: Validators,
  now: number,
): boolean | "unclear" | undefined {
  const { lastModified } = validators;
  if (value === null || lastModified === undefined) return undefined;
  // Only one date counts; any other value is ignored.
  const date = parseHttpDate(value, now);
  if (date === undefined) return undefined;
  return isDateValidator(validators)
    ? toSecond(lastModified) > date
    : "unclear";
}

function isDateValidator({ lastModifiedRole = "validator" }: Validators) {
  return lastModifiedRole === "validator";
}
