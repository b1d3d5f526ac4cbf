/**
 * The lines of `_redirects` and `_headers`, and what is wrong with some of them.
 *
 * @module
 */

/** A line that is ignored, and why. */
export interface Problem {
  /** Its number, from 1. */
  readonly line: number;
  readonly message: string;
}

/** Why a part of a line is not what it should be. */
export interface Invalid {
  readonly kind: "invalid";
  readonly message: string;
}

/** A line that says something. */
export interface Line {
  /** Its number, from 1. */
  readonly number: number;
  /** Its text, trimmed. */
  readonly text: string;
}

/** More of a text would fill the screen. */
const MOST_QUOTED = 80;

/** Says what is wrong, and with which text. */
export function invalid(message: string, text?: string): Invalid {
  const shown = text === undefined ? message : `${message}: ${quote(text)}`;
  return { kind: "invalid", message: shown };
}

/** The lines that are neither empty nor comments; those that are too long are problems. */
export function readLines(
  text: string,
  longest: number,
): { readonly lines: readonly Line[]; readonly problems: readonly Problem[] } {
  const lines = text.replace(/^\ufeff/, "").split("\n")
    .map((line, index) => ({ number: index + 1, text: line.trim() }))
    .filter(({ text }) => text !== "" && !text.startsWith("#"));
  return {
    lines: lines.filter(({ text }) => text.length <= longest),
    problems: lines.filter(({ text }) => text.length > longest).map(
      ({ number }) => ({
        line: number,
        message: `the line is longer than ${longest} characters`,
      }),
    ),
  };
}

/** A text of a file, so that a terminal shows it in one line. */
export function quote(text: string): string {
  const shown = text.length > MOST_QUOTED
    ? `${text.slice(0, MOST_QUOTED)}…`
    : text;
  return JSON.stringify(shown);
}
