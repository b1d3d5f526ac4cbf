/**
 * Text that is the same in each run, and codes as texts do.
 *
 * @module
 */

import { noise } from "./noise.ts";

const SYLLABLES =
  "ka lo mi ter ven sul en re ing or ta de pla shi un no ber ac tion ly"
    .split(" ");
const VOCABULARY = 4000;
const MOST_SYLLABLES = 4;
/** Words of a sentence. */
const SENTENCE = 12;

const WORDS: readonly string[] = makeWords();

/**
 * Made-up words, some of them frequent, as in languages (Zipf's law): brotli and gzip leave
 * a fourth of it.
 *
 * @param length How many characters.
 * @param seed Which text, from 0 up.
 * @returns The text.
 */
export function prose(length: number, seed: number): string {
  const numbers = new Uint32Array(noise(4 * length, 1 + seed).buffer);
  let text = "";
  for (let index = 0; text.length < length; index++) {
    const share = (numbers[index] ?? 0) / 2 ** 32;
    const word = WORDS[Math.floor(VOCABULARY ** share)] ?? "";
    text += index % SENTENCE === SENTENCE - 1 ? `${word}.\n` : `${word} `;
  }
  return text.slice(0, length);
}

function makeWords(): string[] {
  const bytes = noise(VOCABULARY * MOST_SYLLABLES, 5);
  return Array.from({ length: VOCABULARY }, (_, word) => {
    const at = word * MOST_SYLLABLES;
    const count = 1 + (bytes[at] ?? 0) % MOST_SYLLABLES;
    return [...bytes.subarray(at, at + count)]
      .map((byte) => SYLLABLES[byte % SYLLABLES.length]).join("");
  });
}
