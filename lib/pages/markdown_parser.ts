/**
 * From Markdown to tokens: CommonMark with the tables and the strikethrough of GitHub's dialect, in bounded time.
 *
 * @module
 */

import type { MarkdownIt, StateBlock, Token } from "markdown-it/browser";

/** A part of a text; those of blocks and of their lines are in a row, each with its end. */
export type MarkdownToken = Token;

/** Counts steps of work; throws {@linkcode TooManySteps}. */
export type Step = (steps?: number) => void;

/** A text takes more steps than it may. */
export class TooManySteps extends Error {}

/** Rules that may end a paragraph, or another block. */
const INTERRUPTS = { alt: ["paragraph", "reference", "blockquote", "list"] };

/**
 * Parses a text. Tries of rules and tokens are steps: some texts take a time that grows with the
 * square of their length, or become far longer than they are.
 */
export async function parseMarkdown(
  text: string,
  step: Step,
): Promise<readonly MarkdownToken[]> {
  // Lazy: the bundle takes 20 ms on Deno and on Bun, its modules 130.
  const { default: markdownIt } = await import("markdown-it/browser");
  // Not `linkify`: of its regular expressions some take 34 s for 64 KiB on Bun.
  const parser = markdownIt({ html: false });
  // The renderer decides: what is refused here would be shown as it is written.
  parser.validateLink = () => true;
  parser.block.ruler.before("paragraph", "comment", skipComments(), INTERRUPTS);
  countSteps(parser, step);
  return parser.parse(text, {});
}

/** A rule that never applies counts in front of all others; the cells of tables are tokens without rules. */
function countSteps({ block, inline }: MarkdownIt, step: Step): void {
  const count = () => {
    step();
    return false;
  };
  block.ruler.before("table", "step", count, INTERRUPTS);
  inline.ruler.before("text", "step", count);
  block.State = class extends block.State {
    override push(...parameters: Parameters<StateBlock["push"]>): Token {
      step();
      return super.push(...parameters);
    }
  };
}

/** A rule that skips comments of HTML, which are not meant to be read; other HTML is shown as text. */
function skipComments(): (
  state: StateBlock,
  start: number,
  end: number,
  silent: boolean,
) => boolean {
  let isClosed = true;
  return (state, start, end, silent) => {
    const { src, bMarks, eMarks, tShift, sCount, blkIndent } = state;
    const at = (bMarks[start] ?? 0) + (tShift[start] ?? 0);
    const isCode = (sCount[start] ?? 0) - blkIndent >= 4;
    if (isCode || !isClosed || !src.startsWith("<!--", at)) return false;
    const close = src.indexOf("-->", at + "<!--".length);
    isClosed = close >= 0; // else further ones are not, either
    let line = start;
    while (line < end && (eMarks[line] ?? 0) < close) line++;
    const rest = src.slice(close + "-->".length, eMarks[line]);
    if (!isClosed || line >= end || rest.trim() !== "") return false;
    if (!silent) state.line = line + 1;
    return true;
  };
}
