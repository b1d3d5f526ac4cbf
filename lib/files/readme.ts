/**
 * The text that describes a directory, below its listing.
 *
 * @module
 */

import type { FileSource } from "../http/body.ts";
import { targetOf } from "../http/resource.ts";
import { markdownArticle, plainArticle, type Text } from "../pages/article.ts";
import type { Context } from "./context.ts";
import { contentKey } from "./validators.ts";
import { peekFile } from "./open.ts";
import { identify } from "./resolve.ts";

/** How much of a text is shown: rendering takes up to 1 ms for a KiB. */
export const MOST_TEXT_BYTES = 65_536;

/** Names, in any case, of what describes a directory; the first that is there counts. */
const README_NAMES: readonly string[] = [
  "readme.md",
  "index.md",
  "readme.txt",
];

/** What describes a directory, as HTML; `undefined` where nothing does that may be seen. */
export async function readmeOf(
  names: ReadonlyArray<{ readonly name: string }>,
  segments: readonly string[],
  context: Context,
): Promise<string | undefined> {
  const name = readmeName(names);
  if (name === undefined) return undefined;
  const target = targetOf([...segments, name], false);
  const source = await identify(target, context);
  if (source.kind !== "file") return undefined;
  return await renderOnce(`readme ${name}`, source, context, async () => {
    const text = await readText(name, source, context);
    if (text === undefined || text.text.trim() === "") return undefined;
    return /\.txt$/i.test(name)
      ? plainArticle(text)
      : await markdownArticle(text);
  });
}

/** Of names that differ in case only the first counts. */
function readmeName(
  names: ReadonlyArray<{ readonly name: string }>,
): string | undefined {
  const found = README_NAMES.map((wanted) =>
    names.find(({ name }) => name.toLowerCase() === wanted)
  );
  return found.find((entry) => entry !== undefined)?.name;
}

/** What becomes of a file in each of its states, once; `kind` tells what that is. */
export async function renderOnce(
  kind: string,
  source: FileSource,
  { site, state: { articles } }: Context,
  render: () => Promise<string | undefined>,
): Promise<string | undefined> {
  const key = contentKey(source, site.clock.now());
  if (key === undefined) return await render();
  const encoder = new TextEncoder();
  const bytes = await articles.getOrMake(`${kind} ${key}`, async () => {
    const html = await render();
    return html === undefined ? undefined : encoder.encode(html);
  });
  return bytes && new TextDecoder().decode(bytes);
}

/** The text of a file in UTF-8, up to the last whole line of its beginning; `undefined` where it cannot be read. */
export async function readText(
  name: string,
  source: FileSource,
  { files }: Context,
): Promise<Text | undefined> {
  const { size } = source.stat;
  const length = Math.min(size, MOST_TEXT_BYTES);
  const bytes = await peekFile(source, length, files);
  if (bytes === undefined) return undefined;
  const text = new TextDecoder().decode(bytes);
  if (size <= length) return { name, text, isCut: false };
  const end = text.lastIndexOf("\n") + 1 || text.length;
  return { name, text: text.slice(0, end), isCut: true };
}
