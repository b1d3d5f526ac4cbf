/**
 * Pages: a template of HTML that escapes its values, and the frame of every page.
 *
 * @module
 */

import { escape } from "@std/html/entities";

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

/** The Content-Security-Policy of every page that the server makes: nothing may run or load. */
export const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'";

/**
 * Makes a page.
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
export function pageFrame(title: string): { head: string; tail: string } {
  const { text } = markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>
:root { color-scheme: light dark; }
body { font-family: system-ui, sans-serif; line-height: 1.5; margin: 2rem; overflow-wrap: anywhere; }
</style>
</head>
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
