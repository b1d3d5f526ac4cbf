/**
 * Pages: a template of HTML that escapes its values, and the frame of every page.
 *
 * @module
 */

import { escape } from "@std/html/entities";
import { type Asset, STYLE } from "./assets.ts";

/** Markup that is safe to put into a page. Only {@linkcode markup} makes it. */
export interface Markup {
  /** The text of the markup. */
  readonly text: string;
}

/** A value of a template: text, which is escaped, or markup, which is not. */
export type MarkupValue = string | number | Markup | readonly Markup[];

/**
 * A template tag that escapes every value but markup, for text and for quoted attributes.
 *
 * @param literals The literal parts.
 * @param values The values between them.
 * @returns Markup.
 *
 * @example Usage
 * ```ts
 * import { markup } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * const name = '<img src=x onerror="alert(1)">';
 * assertEquals(
 *   markup`<p title="${name}">`.text,
 *   '<p title="&lt;img src=x onerror=&quot;alert(1)&quot;&gt;">',
 * );
 * ```
 */
export function markup(
  literals: TemplateStringsArray,
  ...values: readonly MarkupValue[]
): Markup {
  const text = literals.reduce((text, literal, index) =>
    text + toText(values[index - 1] ?? "") + literal
  );
  return { text };
}

function toText(value: MarkupValue): string {
  if (typeof value === "string") return escape(value);
  if (typeof value === "number") return String(value);
  if ("text" in value) return value.text;
  return value.map(({ text }) => text).join("");
}

/** What may stand in a page besides its content. */
export interface FrameParts {
  /** Styles after that of every page. */
  readonly styles?: readonly Asset[];
  /** Scripts that run before there is a body. */
  readonly scripts?: readonly Asset[];
  readonly className?: string;
}

/**
 * The Content-Security-Policy of a page: only its own styles and its own scripts, by their digests, so
 * that what a name brings in could not run. Other sites may not frame it: a click on it would not be
 * meant for it.
 */
export function policyOf(
  { styles = [], scripts = [] }: FrameParts,
  directives: readonly string[] = ["img-src data:"],
): string {
  const sources = (assets: readonly Asset[]) =>
    assets.map(({ hash }) => `'sha256-${hash}'`).join(" ");
  return [
    "default-src 'none'",
    `style-src ${sources([STYLE, ...styles])}`,
    ...(scripts.length > 0 ? [`script-src ${sources(scripts)}`] : []),
    ...directives,
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'self'",
  ].join("; ");
}

/** Whether a policy is one of ours, and not a user's. */
export function isOurPolicy(policy: string): boolean {
  return policy.startsWith(
    `default-src 'none'; style-src 'sha256-${STYLE.hash}'`,
  );
}

/** The Content-Security-Policy of what {@linkcode page} makes: nothing may run, and nothing is loaded. */
export const PAGE_POLICY: string = policyOf({});

/**
 * The fields of a page of ours. Its links tell other sites nothing of where they stood, which can be
 * a secret path; the site's own log keeps it.
 */
export function pageFields(
  policy: string,
): ReadonlyArray<readonly [name: string, value: string]> {
  return [
    ["Content-Security-Policy", policy],
    ["Referrer-Policy", "same-origin"],
  ];
}

/** A folder. Without it browsers ask for `/favicon.ico`. */
const FAVICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'%3E" +
  "%3Cpath fill='%234b8bf5' d='M2 6a2 2 0 0 1 2-2h5l2.5 3H20a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2z'/%3E%3C/svg%3E";

/**
 * Makes a page, to be sent with {@linkcode PAGE_POLICY}.
 *
 * @param title The title, as text.
 * @param content The content of the body.
 * @returns The page, encoded.
 *
 * @example Usage
 * ```ts
 * import { markup, page } from "@x/serve";
 * import { assertStringIncludes } from "@std/assert";
 *
 * const bytes = page("a < b", markup`<p>${"c & d"}</p>`);
 * const text = new TextDecoder().decode(bytes);
 * assertStringIncludes(text, "<title>a &lt; b</title>");
 * assertStringIncludes(text, "<p>c &amp; d</p>");
 * ```
 */
export function page(title: string, content: Markup): Uint8Array<ArrayBuffer> {
  const { head, tail } = pageFrame(title);
  return new TextEncoder().encode(head + content.text + tail);
}

/** The parts of a page before and after its content. */
export function pageFrame(
  title: string,
  { styles = [], scripts = [], className = "" }: FrameParts = {},
): { head: string; tail: string } {
  const root = className ? markup` class="${className}"` : markup``;
  const elements = [STYLE, ...styles]
    .map(({ text }) => `<style>${text}</style>\n`)
    .concat(scripts.map(({ text }) => `<script>${text}</script>\n`))
    .join("");
  const { text } = markup`<!DOCTYPE html>
<html lang="en"${root}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="${{ text: FAVICON }}">
${{ text: elements }}</head>
<body>
`;
  return { head: text, tail: "\n</body>\n</html>\n" };
}

/** A page: text is sent in UTF-8. */
export interface Page {
  /** The content. */
  readonly body: string | Uint8Array<ArrayBuffer>;
  /**
   * The media type.
   *
   * @default {"text/html; charset=utf-8"}
   */
  readonly mediaType?: string;
}

/** The bytes and the media type of a page; a TypeError when its maker has a bug. */
export function pageBytes(
  page: Page,
): { bytes: Uint8Array<ArrayBuffer>; mediaType: string } {
  const { body, mediaType = "text/html; charset=utf-8" } = page;
  if (body instanceof Uint8Array) return { bytes: body, mediaType };
  if (typeof body === "string") {
    return { bytes: new TextEncoder().encode(body), mediaType };
  }
  throw new TypeError("Cannot send a page: its body is no text and no bytes");
}
