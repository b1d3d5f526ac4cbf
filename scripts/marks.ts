/**
 * What scripts write into texts that people write, too.
 *
 * @module
 */

/**
 * Puts a text between its two marks, `<!-- name -->` and `<!-- /name -->`.
 *
 * @param text The whole text.
 * @param name The name of the marks.
 * @param content What comes between them.
 * @returns The new text; the old one where it has no such marks.
 */
export function fillMarks(text: string, name: string, content: string): string {
  const marks = new RegExp(`(<!-- ${name} -->\\n)[^]*?(<!-- /${name} -->)`);
  return text.replace(marks, (_, start, end) => `${start}${content}\n${end}`);
}
