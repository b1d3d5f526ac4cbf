/**
 * Which media type a client prefers (RFC 9110 §12.5.1), and whether it is a browser that wants a page to
 * show, or asks for a page of another origin (Fetch Metadata).
 *
 * `accepts` of `@std/http` counts a weight of 5, splits quoted parameters at their commas, and takes
 * `application/json;charset=utf-8`, which clients send, for a type that nobody has.
 *
 * @module
 */

import type { Field } from "./field.ts";
import type { PathTarget } from "./resource.ts";

/** A media range: its parameters without charset and weight, as `name=value`. */
interface MediaRange {
  readonly type: string;
  readonly parameters: readonly string[];
  readonly weight: number;
}

/** List members, and the parts of a member: text in quotes is in one piece. No two parts of the patterns match the same text. */
const MEMBERS_REGEXP = /(?:[^",]|"(?:[^"\\]|\\.)*"?)+/g;
const PARTS_REGEXP = /(?:[^";]|"(?:[^"\\]|\\.)*"?)+/g;
const TYPE_REGEXP = /^(?:\*\/\*|[\w!#$&^+\-.]+\/(?:\*|[\w!#$&^+\-.]+))$/;
/** `q=.2` was the default of `java.net.HttpURLConnection`. */
const WEIGHT_REGEXP = /^(?:[01]?\.\d*|[01])$/;

/**
 * Chooses the offer with the highest weight; of equal ones that which is named more precisely
 * (`application/json, *` + `/*` of axios wants JSON), and then the first.
 *
 * @returns The offer; `undefined` when none is acceptable. A field without any range accepts all.
 */
export function negotiateType<T extends string>(
  accept: string | null,
  offers: readonly T[],
): T | undefined {
  const ranges = parseAccept(accept ?? "");
  if (ranges.length === 0) return offers[0];
  let best: T | undefined;
  let most = { weight: 0, precision: -1 };
  for (const offer of offers) {
    const found = preferenceOf(offer, ranges);
    const isBetter = found.weight > most.weight ||
      found.weight === most.weight && found.precision > most.precision;
    if (found.weight > 0 && isBetter) [best, most] = [offer, found];
  }
  return best;
}

/** Whether a client names `text/html` itself, as browsers do: `curl` says `*` + `/*` or nothing. */
export function namesHtml(accept: string | null): boolean {
  return accept !== null && /text\/html/i.test(accept) &&
    parseAccept(accept).some(({ type, weight }) =>
      type === "text/html" && weight > 0
    );
}

/** The weight of the most precise range that a type is in; of two equal ones the first counts. */
function preferenceOf(offer: string, ranges: readonly MediaRange[]) {
  const type = parseRange(offer);
  let preference = { weight: 0, precision: -1 };
  for (const range of ranges) {
    const precision = type === undefined ? -1 : precisionOf(range, type);
    if (precision > preference.precision) {
      preference = { weight: range.weight, precision };
    }
  }
  return preference;
}

/** How precisely a range names a type: 0 for any, 1 for `type/*`, 2 and its parameters; -1 if not at all. */
function precisionOf(range: MediaRange, { type, parameters }: MediaRange) {
  if (!range.parameters.every((one) => parameters.includes(one))) return -1;
  if (range.type === type) return 2 + range.parameters.length;
  if (range.type === "*/*") return 0;
  return range.type === type.replace(/\/.*/, "/*") ? 1 : -1;
}

/** Reads the value of an Accept field; a malformed member is ignored. */
function parseAccept(value: string): readonly MediaRange[] {
  const members = value.match(MEMBERS_REGEXP) ?? [];
  return members.map(parseRange).filter((range) => range !== undefined);
}

/** Reads a media range. All text that the server makes is in UTF-8: a charset decides nothing. */
function parseRange(member: string): MediaRange | undefined {
  const [name = "", ...more] = member.match(PARTS_REGEXP) ?? [];
  const type = name.trim().toLowerCase();
  if (!TYPE_REGEXP.test(type)) return undefined;
  const all = more.map((part) => part.trim().replace(/^[^=]*/, toLower));
  const weights = all.filter((parameter) => parameter.startsWith("q="));
  const weight = weights.length === 0 ? 1 : toWeight(weights[0] ?? "");
  if (weight === undefined) return undefined;
  const parameters = all.filter((text) => !/^(?:q=|charset=|$)/.test(text));
  return { type, parameters, weight };
}

function toLower(text: string): string {
  return text.toLowerCase();
}

function toWeight(parameter: string): number | undefined {
  const text = parameter.slice("q=".length);
  const weight = WEIGHT_REGEXP.test(text) ? Number(text) : NaN;
  return weight <= 1 ? weight : undefined;
}

/** What depends on whether it is a navigation says so (RFC 9110 §12.5.5). */
export const VARY_NAVIGATION: Field = [
  "Vary",
  "Sec-Fetch-Mode, Sec-Fetch-Dest, Accept",
];

/** Where a browser shows pages; `object` and `embed` show pictures as well. */
const PAGE_DESTINATIONS: ReadonlySet<string | null> = new Set([
  "document",
  "frame",
  "iframe",
  null,
]);

type FieldsOf = { readonly headers: Pick<Headers, "get"> };

/**
 * Whether a page is wanted that is to be shown. Browsers say so, but only to HTTPS and to their own
 * machine; else the client must name `text/html`.
 */
export function wantsPage({ headers }: FieldsOf): boolean {
  if (!tellsMode({ headers })) return namesHtml(headers.get("accept"));
  return (headers.get("sec-fetch-mode") ?? "navigate") === "navigate" &&
    PAGE_DESTINATIONS.has(headers.get("sec-fetch-dest"));
}

/** Whether a page is wanted, by the fields and, where a browser does not say so, by having no extension. */
export function isNavigation(
  request: FieldsOf,
  { segments, directory }: Pick<PathTarget, "segments" | "directory">,
): boolean {
  const hasExtension = !directory && /.\./.test(segments.at(-1) ?? "");
  return wantsPage(request) && (tellsMode(request) || !hasExtension);
}

/** Whether a page of another origin asks; `undefined` where nobody tells. */
export function asksFromElsewhere({ headers }: FieldsOf): boolean | undefined {
  const site = headers.get("sec-fetch-site");
  return site === null ? undefined : site !== "same-origin" && site !== "none";
}

function tellsMode({ headers }: FieldsOf): boolean {
  return headers.get("sec-fetch-mode") !== null ||
    headers.get("sec-fetch-dest") !== null;
}
