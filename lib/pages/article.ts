/**
 * Texts that people wrote: a README below a listing, and the page of a Markdown file.
 *
 * @module
 */

import { ARTICLE_STYLE } from "./listing_assets.ts";
import { toReference, toVisible } from "./entry_name.ts";
import { inlineIcon } from "./icons.ts";
import { renderMarkdown } from "./markdown.ts";
import { type Markup, markup, pageFrame, policyOf } from "./markup.ts";

/** A text, or its beginning. */
export interface Text {
  readonly name: string;
  /** What was read of it. */
  readonly text: string;
  /** Whether there is more of it. */
  readonly isCut: boolean;
}

/** Markdown as HTML; a text that is made to keep the server busy is shown as it is. */
export async function markdownArticle(text: Text): Promise<string> {
  const rendered = await renderMarkdown(text.text, { isPage: false });
  return rendered === undefined
    ? plainArticle(text)
    : rendered.html + note(text).text;
}

/** A text as HTML, as it is. */
export function plainArticle(text: Text): string {
  return markup`<pre class="text" dir="auto" tabindex="0">${text.text}</pre>
${note(text)}`.text;
}

function note({ name, isCut }: Text): Markup {
  return isCut
    ? markup`<p class="note">This is the beginning. Read on in <a href="${
      toReference(name)
    }"><bdi>${toVisible(name)}</bdi></a>.</p>
`
    : markup``;
}

const PARTS = { styles: [ARTICLE_STYLE], className: "article" };

/** The policy of the page of a file: its pictures are of this site. */
export const ARTICLE_POLICY: string = policyOf(PARTS, ["img-src 'self' data:"]);

/** The page of a Markdown file in some directories. */
export async function articlePage(
  directories: readonly string[],
  text: Text,
): Promise<string> {
  const { name } = text;
  const rendered = await renderMarkdown(text.text, { isPage: true });
  const html = rendered?.html ?? plainArticle(text);
  const heading = rendered?.isTitled
    ? markup``
    : markup`<h1 dir="auto">${toVisible(name)}</h1>\n`;
  const { head, tail } = pageFrame(rendered?.title ?? toVisible(name), PARTS);
  const { text: content } = markup`<header>
${breadcrumbs(directories, name)}
<a href="${toReference(name)}">Source</a>
</header>
<main id="text">
${heading}<article>
${{ text: html }}</article>
</main>`;
  return head + content + tail;
}

/** The way to the file. */
function breadcrumbs(directories: readonly string[], name: string): Markup {
  const items = ["", ...directories].map((directory, index) => {
    const up = "../".repeat(directories.length - index) || "./";
    const label = index === 0 ? markup` aria-label="Home"` : markup``;
    const text = index === 0
      ? inlineIcon("home")
      : markup`<bdi>${toVisible(directory)}</bdi>`;
    return markup`<li><a href="${up}"${label}>${text}</a>`;
  });
  const here = markup`<li><bdi aria-current="page">${toVisible(name)}</bdi>`;
  return markup`<nav aria-label="Path"><ol>${items}${here}</ol></nav>`;
}
