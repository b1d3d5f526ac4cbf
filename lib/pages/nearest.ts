/**
 * What somebody may have meant: words that are near to one that is not there.
 *
 * @module
 */

/** One slip for so many letters behind the first, and one more for what is left of them. */
const LETTERS_PER_SLIP = 4;
/** More would be a list, and no help. */
const MAX_HINTS = 4;
/** More slips than these in a long name are another name; it also bounds the work. */
const MAX_NAME_SLIPS = 3;

/**
 * The words that begin with a word, as `argparse` takes them for it; without one, those that
 * are nearest to it by letters that are added, left out or changed.
 */
export function nearestWords(
  word: string,
  words: readonly string[],
): readonly string[] {
  const longer = words.filter((other) => other.startsWith(word));
  if (longer.length > 0) return longer.length > MAX_HINTS ? [] : longer;
  const most = slipsFor(word.replaceAll("-", ""));
  const distances = words.map((other) => distance(word, other, most));
  const least = Math.min(...distances);
  return least <= most
    ? words.filter((_, index) => distances[index] === least)
    : [];
}

/**
 * The names of files that are near to a name, the nearest first: in other case, with another
 * extension, or with letters that are added, left out or changed.
 */
export function nearestNames(
  name: string,
  names: readonly string[],
): readonly string[] {
  const wanted = foldCase(name);
  const most = Math.min(slipsFor(wanted), MAX_NAME_SLIPS);
  return names
    .map((other) => ({ other, far: farness(wanted, foldCase(other), most) }))
    .filter(({ far }) => far !== Infinity)
    .sort((a, b) => a.far - b.far || (a.other < b.other ? -1 : 1))
    .map(({ other }) => other);
}

function farness(wanted: string, other: string, most: number): number {
  if (wanted === other) return 0;
  const stems = [stemOf(wanted), stemOf(other)];
  // `about` for `about.html`, and `photo.jpg` for `photo.jpeg`.
  const isSame = stems[0] === stems[1] || wanted === stems[1] ||
    other === stems[0];
  return isSame ? 1 : 1 + distance(wanted, other, most);
}

function foldCase(name: string): string {
  return name.normalize("NFC").toLowerCase();
}

/** The name without its last extension; `.name` has none. */
function stemOf(name: string): string {
  const dot = name.lastIndexOf(".");
  return dot > 0 ? name.slice(0, dot) : name;
}

function slipsFor(word: string): number {
  return Math.ceil((word.length - 1) / LETTERS_PER_SLIP);
}

/**
 * How many letters are added, left out, changed, or have changed places; `Infinity` above `most`, so
 * that words which have nothing in common cost nothing. (`levenshteinDistance` of `@std/text` takes
 * 4 MiB as soon as it is imported, and has no bound.)
 */
function distance(word: string, other: string, most: number): number {
  if (Math.abs(word.length - other.length) > most) return Infinity;
  const empty = () => Array<number>(other.length + 2).fill(Infinity);
  let [before, row, next] = [empty(), empty(), empty()];
  let formerLeast = 0;
  for (let at = 0; at <= Math.min(most, other.length); at++) row[at] = at;
  for (let at = 1; at <= word.length; at++) {
    const least = fillRow(next, row, before, at, word, other, most);
    if (Math.min(least, formerLeast) > most) return Infinity;
    formerLeast = least;
    [before, row, next] = [row, next, before];
  }
  const result = row[other.length] ?? Infinity;
  return result > most ? Infinity : result;
}

/** Fills the row of a letter in a band: beyond it every distance is above the bound. Gives the least. */
function fillRow(
  next: number[],
  row: readonly number[],
  before: readonly number[],
  at: number,
  word: string,
  other: string,
  most: number,
): number {
  const first = Math.max(1, at - most);
  const last = Math.min(other.length, at + most);
  let left = first === 1 ? at : Infinity;
  let least = left;
  next[first - 1] = left;
  next[last + 1] = Infinity;
  for (let index = first; index <= last; index++) {
    const isSame = word[at - 1] === other[index - 1];
    const isSwapped = word[at - 1] === other[index - 2] &&
      word[at - 2] === other[index - 1];
    const changed = (row[index - 1] ?? Infinity) + (isSame ? 0 : 1);
    const swapped = isSwapped ? (before[index - 2] ?? Infinity) + 1 : Infinity;
    const above = row[index] ?? Infinity;
    left = Math.min(changed, above + 1, left + 1, swapped);
    next[index] = left;
    least = Math.min(least, left);
  }
  return least;
}
