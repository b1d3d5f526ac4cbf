/**
 * What the program says of itself on the error output.
 *
 * @module
 */

/**
 * A line of the program itself. Names of files and words of the system may hold line feeds
 * and what a terminal takes for commands.
 *
 * @param text What it says.
 * @returns One line, whatever is in the text.
 */
export function programLine(text: string): string {
  return `serve: ${text.replaceAll(/[\p{C}\p{Z}]+/gu, " ")}\n`;
}
