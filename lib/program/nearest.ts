/**
 * What somebody may have meant who wrote a word that there is not.
 *
 * @module
 */

/** A slip for so many letters behind the first, and one more for what is left of them. */
const LETTERS_PER_SLIP = 4;
/** More would be a list, and no help. */
const MAX_WORDS = 4;

/**
 * The words that begin with a word, as `argparse` takes them for it; without one, those that
 * are nearest to it by letters that are added, left out or changed.
 *
 * @param word The word.
 * @param known The words that there are.
 * @returns Some of them; none when nothing is near.
 */
export function nearestWords(
  word: string,
  known: readonly string[],
): readonly string[] {
  const longer = known.filter((other) => other.startsWith(word));
  if (longer.length > 0) return longer.length > MAX_WORDS ? [] : longer;
  const near = Map.groupBy(known, (other) => distance(word, other));
  const least = Math.min(...near.keys());
  const letters = word.replaceAll("-", "").length;
  const slips = Math.ceil((letters - 1) / LETTERS_PER_SLIP);
  return least <= slips ? near.get(least) ?? [] : [];
}

/** Levenshtein's distance. (That of `@std/text` takes 4 MiB as soon as it is imported.) */
function distance(word: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const letter of word) {
    let [left = 0] = row;
    const next = [++left];
    for (const [index, above] of row.slice(1).entries()) {
      const changed = (row[index] ?? 0) + (other[index] === letter ? 0 : 1);
      next.push(left = Math.min(left + 1, above + 1, changed));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
