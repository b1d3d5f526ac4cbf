/**
 * From Markdown to HTML. Only the elements and attributes that stand here are ever written: HTML in
 * a text is text, and nothing of it leads anywhere but by a click.
 *
 * @module
 */

import { escape } from "@std/html/entities";
import {
  type MarkdownToken,
  parseMarkdown,
  type Step,
  TooManySteps,
} from "./markdown_parser.ts";

/** A text as HTML. */
export interface RenderedMarkdown {
  readonly html: string;
  /** The text of its first heading. */
  readonly title: string | undefined;
  /** Whether that is the heading of the page. */
  readonly isTitled: boolean;
}

/** Where a reference leads: on this server, or on another one. */
type Destination = "here" | "elsewhere" | "nowhere";

/** How Markdown becomes HTML. */
export interface MarkdownOptions {
  /**
   * Whether it is a page, and not a part of one. Then it may begin with the heading of the page, and
   * references to Markdown files lead to their pages, too (`?view`).
   */
  readonly isPage: boolean;
}

/** What is known while a text is written. */
interface Writing extends MarkdownOptions {
  /** By how much headings stand below where they say. */
  readonly depth: number;
  readonly step: Step;
  /** The sections, and how often each name was given. */
  readonly sections: Map<string, number>;
  title: string | undefined;
}

/**
 * How many steps a text may take (measured: up to 27,000 for 64 KiB of ordinary text); one that
 * takes more is made to keep the server busy.
 */
const MOST_STEPS = 32_768;
/** How many characters of HTML are a step: one definition can be referred to a thousand times. */
const STEP_CHARACTERS = 64;

/** Renders a text; `undefined` where that takes too many steps. */
export async function renderMarkdown(
  text: string,
  options: MarkdownOptions,
): Promise<RenderedMarkdown | undefined> {
  let left = MOST_STEPS;
  const step = (steps = 1) => {
    left -= steps;
    if (left < 0) throw new TooManySteps();
  };
  try {
    const tokens = await parseMarkdown(text, step);
    const isTitled = options.isPage && tokens[0]?.tag === "h1";
    const writing: Writing = {
      ...options,
      depth: isTitled ? 0 : 1,
      step,
      sections: new Map(),
      title: undefined,
    };
    const html = writeBlocks(tokens, writing);
    return { html, title: writing.title, isTitled };
  } catch (error) {
    if (error instanceof TooManySteps) return undefined;
    throw error;
  }
}

/** The elements that have no attributes but a direction. */
const ELEMENTS: readonly string[] = [
  "blockquote",
  "em",
  "li",
  "p",
  "s",
  "strong",
  "tbody",
  "thead",
  "tr",
  "ul",
];

function writeBlocks(
  tokens: readonly MarkdownToken[],
  writing: Writing,
): string {
  let html = "";
  for (const [index, token] of tokens.entries()) {
    const isItem = tokens[index - 2]?.type === "list_item_open";
    const text = token.type === "inline"
      ? writeLines(token.children ?? [], isItem, writing)
      : writeBlock(token, tokens[index + 1], writing);
    writing.step(text.length / STEP_CHARACTERS);
    html += text;
  }
  return html;
}

/** Each block at the top has the direction of its own text; what is in it has the same. */
function directionOf({ level }: MarkdownToken): string {
  return level === 0 ? ' dir="auto"' : "";
}

function writeBlock(
  token: MarkdownToken,
  next: MarkdownToken | undefined,
  writing: Writing,
): string {
  const { type, content } = token;
  switch (type) {
    case "code_block":
    case "fence":
      // Who has no mouse scrolls what has the focus.
      return `<pre dir="ltr" tabindex="0"><code>${
        escape(content)
      }</code></pre>\n`;
    case "hr":
      return "<hr>\n";
    case "heading_open":
      return startHeading(token, next, writing);
    case "heading_close":
      return `</${headingOf(token, writing)}>\n`;
    case "ordered_list_open":
      return `<ol${startOf(token)}${directionOf(token)}>\n`;
    case "ordered_list_close":
      return "</ol>\n";
    case "table_open":
      return `<div role="group" aria-label="Table" tabindex="0"${
        directionOf(token)
      }><table>\n`;
    case "table_close":
      return "</table></div>\n";
    case "th_open":
    case "td_open":
      return `<${type.slice(0, 2)}${alignmentOf(token)}>`;
    case "th_close":
    case "td_close":
      return `</${type.slice(0, 2)}>`;
    default:
      return token.hidden ? "" : writeTag(token, directionOf(token)) +
        (token.nesting === 1 ? "" : "\n");
  }
}

/** A start tag or an end tag; of what is no element the text. */
function writeTag(
  { tag, nesting, content }: MarkdownToken,
  attributes = "",
): string {
  if (!ELEMENTS.includes(tag)) return escape(content);
  return nesting === 1 ? `<${tag}${attributes}>` : `</${tag}>`;
}

function headingOf({ tag }: MarkdownToken, { depth }: Writing): string {
  return `h${Math.min(Number(tag.slice(1)) + depth, 6)}`;
}

/** What stands in front of the names of sections, which could else be names of the page. */
const SECTION = "section-";

function startHeading(
  token: MarkdownToken,
  line: MarkdownToken | undefined,
  writing: Writing,
): string {
  const text = textOf(line?.children ?? []).trim();
  writing.title ??= text || undefined;
  const name = sectionName(text);
  const count = writing.sections.get(name) ?? 0;
  writing.sections.set(name, count + 1);
  const id = `${SECTION}${name}${count === 0 ? "" : `-${count}`}`;
  return `<${headingOf(token, writing)} id="${escape(id)}"${
    directionOf(token)
  }>`;
}

/** The name that GitHub gives to a section: words in lower case with hyphens between them. */
function sectionName(text: string): string {
  return text.toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, "")
    .replaceAll(" ", "-");
}

function startOf(token: MarkdownToken): string {
  const start = Number(token.attrGet("start") ?? 1);
  return Number.isSafeInteger(start) && start !== 1 ? ` start="${start}"` : "";
}

/** The policy of the page has no place for styles of elements. */
function alignmentOf(token: MarkdownToken): string {
  const [, side] = /^text-align:(left|center|right)$/
    .exec(String(token.attrGet("style"))) ?? [];
  return side === undefined ? "" : ` class="${side}"`;
}

/** A box to be ticked at the beginning of an item. */
const TASK_REGEXP = /^\[([ xX])\]\s/;

function writeLines(
  tokens: readonly MarkdownToken[],
  isItem: boolean,
  writing: Writing,
): string {
  const first = tokens[0]?.type === "text" ? tokens[0].content : "";
  const task = isItem ? TASK_REGEXP.exec(first) : null;
  if (task === null) return writeInline(tokens, writing);
  const checked = task[1] === " " ? "" : " checked";
  const text = writeText(first.slice(task[0].length), writing);
  const rest = writeInline(tokens.slice(1), writing);
  return `<label><input type="checkbox" disabled${checked}> ${text}${rest}</label>`;
}

function writeInline(
  tokens: readonly MarkdownToken[],
  writing: Writing,
): string {
  let html = "";
  let isLink = false;
  for (const token of tokens) {
    const { type, content } = token;
    let text: string;
    switch (type) {
      case "text":
        text = isLink ? escape(content) : writeText(content, writing);
        break;
      case "code_inline":
        text = `<code>${escape(content)}</code>`;
        break;
      case "softbreak":
        text = "\n";
        break;
      case "hardbreak":
        text = "<br>\n";
        break;
      case "link_open":
        text = startLink(attribute(token, "href"), token, writing);
        isLink = text !== "";
        break;
      case "link_close":
        text = isLink ? "</a>" : "";
        isLink = false;
        break;
      case "image":
        text = writeImage(token, isLink, writing);
        break;
      default:
        text = writeTag(token);
    }
    writing.step(text.length / STEP_CHARACTERS);
    html += text;
  }
  return html;
}

/**
 * What is a link without a sign of it (GFM §6.9). No alternative can begin where another one has
 * failed within the same word: the time grows with the length.
 */
const AUTOLINK_REGEXP =
  /\b(?:https?:\/\/|www\.)(?=[\p{L}\p{N}[])[^\s<>]+|(?<![\w.+\-])[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)*\.[a-z]{2,}(?![\w\-])/giu;
/** What ends a sentence, and not a link. */
const SENTENCE_END_REGEXP = /[?!.,:*_~'";]$/;

function writeText(text: string, writing: Writing): string {
  let html = "";
  let at = 0;
  for (const { 0: match, index } of text.matchAll(AUTOLINK_REGEXP)) {
    const link = withoutEnd(match);
    html += escape(text.slice(at, index)) + writeAutolink(link);
    at = index + link.length;
    writing.step();
  }
  return html + escape(text.slice(at));
}

/** A link without the end of the sentence, and the brackets that were opened before it. */
function withoutEnd(link: string): string {
  let open = link.split("(").length - link.split(")").length;
  let end = link.length;
  for (; end > 0; end--) {
    const last = link[end - 1] ?? "";
    if (last === ")" && open < 0) open++;
    else if (!SENTENCE_END_REGEXP.test(last)) break;
  }
  return link.slice(0, end);
}

function writeAutolink(text: string): string {
  const reference = /^https?:/i.test(text)
    ? text
    : /^www\./i.test(text)
    ? `http://${text}`
    : `mailto:${text}`;
  const href = encodeURI(reference.toWellFormed()).replaceAll("%25", "%");
  return destinationOf(href) === "elsewhere"
    ? `<a href="${escape(href)}"${REL}>${escape(text)}</a>`
    : escape(text);
}

function textOf(tokens: readonly MarkdownToken[]): string {
  return tokens.map(({ type, content, children }) =>
    type === "softbreak" || type === "hardbreak"
      ? " "
      : type === "image"
      ? textOf(children ?? [])
      : content
  ).join("");
}

function attribute(token: MarkdownToken, name: string): string {
  return String(token.attrGet(name) ?? "");
}

/** A reference of printable ASCII: in others browsers skip characters. */
const REFERENCE_REGEXP = /^[\x21-\x7e]*$/;
const SCHEME_REGEXP = /^([a-z][a-z0-9+.\-]*):/i;
/** What browsers read as another host, with the scheme of the page. */
const HOST_REGEXP = /^[/\\]{2}/;
const SCHEMES: readonly string[] = ["http", "https", "mailto"];

/** Where a reference leads, as browsers read it; nothing of a scheme that could run. */
function destinationOf(reference: string): Destination {
  if (!REFERENCE_REGEXP.test(reference)) return "nowhere";
  const scheme = SCHEME_REGEXP.exec(reference)?.[1]?.toLowerCase();
  if (scheme === undefined) {
    return HOST_REGEXP.test(reference) ? "elsewhere" : "here";
  }
  return SCHEMES.includes(scheme) ? "elsewhere" : "nowhere";
}

/** Other sites are told nothing, can do nothing, and are not recommended. */
const REL = ' rel="noopener noreferrer nofollow"';

/** The start tag of a link; nothing where it leads nowhere. */
function startLink(
  reference: string,
  token: MarkdownToken,
  writing: Writing,
): string {
  const href = ` href="${escape(referenceIn(writing, reference))}"`;
  switch (destinationOf(reference)) {
    case "here":
      return `<a${href}${titleOf(token)}>`;
    case "elsewhere":
      return `<a${href}${REL}${titleOf(token)}>`;
    case "nowhere":
      return "";
  }
}

/** Sections have another name than their author knows; pages lead to pages. */
function referenceIn({ isPage }: Writing, reference: string): string {
  if (/^#./.test(reference)) return `#${SECTION}${reference.slice(1)}`;
  if (!isPage || destinationOf(reference) !== "here") return reference;
  return reference.replace(
    /^([^?#]*\.(?:md|markdown))(?:#(.*))?$/i,
    (_whole, path: string, section?: string) =>
      `${path}?view${section ? `#${SECTION}${section}` : ""}`,
  );
}

function titleOf(token: MarkdownToken): string {
  const title = attribute(token, "title");
  return title === "" ? "" : ` title="${escape(title)}"`;
}

/** An image of this server; of another one a link to it, so that nothing is asked of others. */
function writeImage(
  token: MarkdownToken,
  isLink: boolean,
  writing: Writing,
): string {
  const source = attribute(token, "src");
  const text = textOf(token.children ?? []);
  const destination = destinationOf(source);
  if (destination === "here") {
    return `<img src="${escape(source)}" alt="${
      escape(text)
    }" loading="lazy" decoding="async"${titleOf(token)}>`;
  }
  const start = isLink ? "" : startLink(source, token, writing);
  return start === "" ? escape(text) : `${start}${escape(text || source)}</a>`;
}
