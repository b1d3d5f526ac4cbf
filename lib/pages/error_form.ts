/**
 * The forms of an error: a page for people, JSON (RFC 9457) and text for programs. The three lines
 * of `http.server`, for everybody else, are in `error_page.ts`.
 *
 * @module
 */

import { namesHtml, negotiateType } from "../http/accept.ts";
import type { Fields } from "../http/field.ts";
import { adviceOf, statusText } from "../http/registry.ts";
import { ERROR_STYLE } from "./assets.ts";
import { inlineIcon } from "./icons.ts";
import {
  type Markup,
  markup,
  pageFields,
  pageFrame,
  policyOf,
} from "./markup.ts";

/** What is told about an error. */
export interface ErrorReport {
  readonly status: number;
  /** One line, without a full stop. */
  readonly message: string;
  /** A longer text, without a full stop. */
  readonly explain: string;
}

export interface ErrorLink {
  readonly href: string;
  readonly text: string;
}

/** What the page says besides: what was asked for, and where to go on. */
export interface ErrorSurroundings {
  readonly method: string;
  /** The path, decoded. */
  readonly path: string;
  /** The root; `undefined` where nobody may learn its URL. */
  readonly home: ErrorLink | undefined;
  /** The directory above, where that is not the same. */
  readonly up: ErrorLink | undefined;
  readonly near: readonly ErrorLink[];
}

const HTML = "text/html";
const JSON_TYPE = "application/json";
const PROBLEM = "application/problem+json";
const TEXT = "text/plain";

/** The forms by media type; `lines` are those of `http.server`. */
export type ErrorForm =
  | "page"
  | "lines"
  | typeof JSON_TYPE
  | typeof PROBLEM
  | typeof TEXT;

/** Whoever names HTML is a browser and gets the page; any type tells nothing, and gets the three lines. */
export function negotiateErrorForm(accept: string | null): ErrorForm {
  if (accept === null || accept === "*/*") return "lines"; // most programs
  const type = negotiateType(accept, [HTML, PROBLEM, JSON_TYPE, TEXT]);
  if (type !== undefined && type !== HTML) return type;
  return type === HTML && namesHtml(accept) ? "page" : "lines";
}

/** The explanation that says what to do, unless the reply has one of its own. */
function adviceFor({ status, explain }: ErrorReport): string {
  return explain === statusText(status)[1] ? adviceOf(status) : explain;
}

/** Problem details (RFC 9457); `about:blank` says that the status is all there is to know. */
export function errorJson(report: ErrorReport): string {
  const { status, message } = report;
  const [title] = statusText(status);
  const detail = `${message}. ${adviceFor(report)}.`;
  return `${JSON.stringify({ type: "about:blank", title, status, detail })}\n`;
}

/** Lines of text. */
export function errorText(report: ErrorReport): string {
  const { status, message } = report;
  return `${status} ${message}\n${adviceFor(report)}.\n`;
}

/** A longer path is cut. */
const LONGEST_PATH = 300;
/** Characters that change the direction of text, or have no form: they are seen as such. */
const UNSEEN_REGEXP =
  // deno-lint-ignore no-control-regex
  /[\0-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Text of a client's, as it may stand in a page. */
export function shownText(text: string): string {
  const shown = text.toWellFormed().replace(UNSEEN_REGEXP, "\ufffd");
  return shown.length <= LONGEST_PATH
    ? shown
    : `${shown.slice(0, LONGEST_PATH).toWellFormed()}…`;
}

const FRAME = { styles: [ERROR_STYLE] };

/** The page, and the fields that describe it. */
export function errorDocument(
  report: ErrorReport,
  { method, path, home, up, near }: ErrorSurroundings,
): { bytes: Uint8Array<ArrayBuffer>; fields: Fields } {
  const { status, message } = report;
  const { head, tail } = pageFrame(`${status} ${shownText(message)}`, FRAME);
  const links = [
    ...home === undefined ? [] : [item(home, "home")],
    ...up === undefined ? [] : [item(up, "up")],
  ];
  const { text } = markup`<main class="error">
<p class="code">${status}</p>
<h1>${shownText(message)}</h1>
<p>${adviceFor(report)}.</p>
<p class="asked">${shownText(method)} <bdi>${shownText(path)}</bdi></p>
${nearList(near)}${wayOut(links)}</main>`;
  const bytes = new TextEncoder().encode(head + text + tail);
  return { bytes, fields: pageFields(policyOf(FRAME)) };
}

function nearList(near: readonly ErrorLink[]): Markup {
  if (near.length === 0) return markup``;
  const items = near.map((link) =>
    item(link, link.text.endsWith("/") ? "folder" : "file")
  );
  return markup`<section aria-labelledby="near">
<h2 id="near">Did you mean</h2>
<ul>
${items}</ul>
</section>
`;
}

function wayOut(links: readonly Markup[]): Markup {
  if (links.length === 0) return markup``;
  return markup`<nav aria-label="Way out">
<ul>
${links}</ul>
</nav>
`;
}

function item(
  { href, text }: ErrorLink,
  icon: Parameters<typeof inlineIcon>[0],
): Markup {
  return markup`<li><a href="${href}">${inlineIcon(icon)}<bdi>${
    shownText(text)
  }</bdi></a></li>
`;
}
