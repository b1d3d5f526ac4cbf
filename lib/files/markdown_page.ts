/**
 * From a Markdown file that is asked for with `?view` to the page that shows it. Without the query
 * it is sent as it is.
 *
 * @module
 */

import type { Resource } from "../http/resource.ts";
import { ARTICLE_POLICY, articlePage } from "../pages/article.ts";
import { pageBytes, pageFields } from "../pages/markup.ts";
import type { HttpRequest } from "../ports/message.ts";
import type { Context } from "./context.ts";
import { madeCandidate, selectCoding, type Selection } from "./negotiate.ts";
import { MOST_TEXT_BYTES, readText, renderOnce } from "./readme.ts";

/** The page that `?view` asks for; `undefined` where the file is sent as it is: it is no Markdown, too long, or cannot be read. */
export async function selectMarkdownPage(
  file: Resource & { readonly kind: "file" },
  request: HttpRequest,
  context: Context,
): Promise<Selection | undefined> {
  const { site } = context;
  const { segments, stat } = file;
  const name = segments.at(-1) ?? "";
  if (!isMarkdown(site.typeOf(name)) || stat.size > MOST_TEXT_BYTES) {
    return undefined;
  }
  const path = `/${segments.join("/")}`;
  const html = await renderOnce(`page ${path}`, file, context, async () => {
    const text = await readText(name, file, context);
    return text && await articlePage(segments.slice(0, -1), text);
  });
  if (html === undefined) return undefined;
  const fields = pageFields(ARTICLE_POLICY);
  const page = { ...pageBytes({ body: html }), fields };
  const candidate = await madeCandidate(path, page, context);
  return selectCoding(candidate, request, context);
}

/** By the name alone. */
function isMarkdown(type: unknown): boolean {
  return typeof type === "string" && /^text\/(?:x-)?markdown\b/.test(type);
}
