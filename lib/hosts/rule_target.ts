/**
 * Targets of rules: a path of the site, or a URL of another host; with placeholders for what the
 * path of the request has. What comes out can stand in a Location field, and leads to the host that
 * the rule names, whatever was asked for.
 *
 * @module
 */

import { readTarget } from "../http/target.ts";
import type { Dialect } from "./dialect.ts";
import { type Invalid, invalid } from "./lines.ts";
import { captureNames, type Captures, type Pattern } from "./pattern.ts";

export interface RuleTarget {
  readonly kind: "target";
  /** The other host, such as `https://a.example`; `undefined` for this one. */
  readonly origin: string | undefined;
  /** Its path, query and fragment, as they were written. */
  readonly text: string;
  readonly path: Template;
  /** With its question mark, or nothing. */
  readonly query: Template;
  /** With its number sign, or nothing. */
  readonly fragment: string;
}

/** A text by turns with the names of placeholders. */
type Template = readonly string[];

type Redirects = Dialect["redirects"];

const ORIGIN_REGEXP = /^(https?:)\/\/[^/?#]*/i;

export function readTargetText(
  text: string,
  from: Pattern,
  redirects: Redirects,
): RuleTarget | Invalid {
  const [origin, scheme = ""] = ORIGIN_REGEXP.exec(text) ?? [];
  const fault = origin === undefined
    ? pathFault(text)
    : originFault(origin, scheme.toLowerCase(), redirects);
  if (fault !== undefined) return invalid(fault, text);
  const rest = origin === undefined ? text : text.slice(origin.length);
  const below = rest.startsWith("/") ? rest : `/${rest}`;
  const [, path = "", query = "", fragment = ""] =
    /^([^?#]*)(\?[^#]*)?(#.*)?$/s.exec(below) ?? [];
  const names = captureNames(from);
  return {
    kind: "target",
    origin: origin?.toLowerCase(),
    text: below,
    path: toTemplate(path, names),
    query: toTemplate(query, names),
    fragment: toAscii(fragment),
  };
}

function pathFault(text: string): string | undefined {
  if (!text.startsWith("/")) {
    return "a target begins with / or https://";
  }
  // A browser reads both as another host.
  if (/^\/[/\\]/.test(text)) return "a target begins with one slash";
  const request = { method: "GET", url: text, headers: new Headers() };
  return readTarget(request).kind === "malformed"
    ? "its percent-encoding is broken"
    : undefined;
}

function originFault(
  origin: string,
  scheme: string,
  { schemes }: Redirects,
): string | undefined {
  if (!schemes.includes(scheme)) {
    return `a target on another host begins with ${schemes[0]}//`;
  }
  const host = origin.slice(scheme.length + 2);
  // What is asked for must not choose the host.
  if (/:[A-Za-z]|[@*\\]/.test(host)) {
    return "the host of a target is plain, without placeholders and names";
  }
  return host === "" || !URL.canParse(origin) ? "this is no URL" : undefined;
}

/** Splits a text at the placeholders that the pattern has; others stay as they are. */
function toTemplate(text: string, names: readonly string[]): Template {
  const longest = [...names].sort((a, b) => b.length - a.length);
  const parts = [""];
  for (let at = 0; at < text.length;) {
    const name = text[at] === ":"
      ? longest.find((name) => text.startsWith(name, at + 1))
      : undefined;
    if (name === undefined) {
      parts.push(`${parts.pop()}${text[at++]}`);
      continue;
    }
    parts.push(name, "");
    at += 1 + name.length;
  }
  return parts;
}

/** Where a rule leads: plain ASCII. */
export interface Destination {
  readonly origin: string | undefined;
  /** Begins with exactly one slash. */
  readonly path: string;
  /** With its question mark, or nothing. */
  readonly query: string;
  /** With its number sign, or nothing. */
  readonly fragment: string;
}

/** Puts what a request has in place of the placeholders; the query of the request is kept as the host does it. */
export function substitute(
  { origin, path, query, fragment }: RuleTarget,
  captures: Captures,
  asked: string,
  { isDecoded, addsQuery }: Redirects,
): Destination {
  const inPath = isDecoded ? encodeName : toAscii;
  const inQuery = isDecoded ? encodeURIComponent : toAscii;
  const filled = toAscii(fill(path, captures, inPath));
  const own = toAscii(fill(query, captures, inQuery));
  return {
    origin,
    // `/old/*` to `/:splat`: `/old//evil.example` must not lead to that host.
    path: filled.replaceAll("\\", "%5C").replace(/^\/+/, "/"),
    query: joinQueries(own, toAscii(asked), addsQuery),
    fragment,
  };
}

function fill(
  template: Template,
  captures: Captures,
  encode: (name: string) => string,
): string {
  return template.map((part, index) =>
    index % 2 === 0
      ? part
      : (captures.get(part) ?? []).map((name) => encode(name.toWellFormed()))
        .join("/")
  ).join("");
}

/** What a path may hold stays as it is (RFC 3986 §3.3). */
function encodeName(name: string): string {
  return encodeURI(name).replaceAll(/[?#/]/g, encodeURIComponent);
}

/** What no field may hold is encoded. */
function toAscii(text: string): string {
  return text.toWellFormed().replace(/[^\x21-\x7e]+/g, encodeURIComponent);
}

function joinQueries(own: string, asked: string, addsQuery: boolean): string {
  if (own.length < 2) return asked;
  return addsQuery && asked.length > 1 ? `${own}&${asked.slice(1)}` : own;
}

/** What a field value, such as one of `_headers`, says with the placeholders replaced. */
export function substituteText(text: string, captures: Captures): string {
  return fill(toTemplate(text, [...captures.keys()]), captures, toAscii);
}
