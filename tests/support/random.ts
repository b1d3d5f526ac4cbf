/** Random input for properties: repeatable, and made of the pieces that parsers trip over. */

export interface Random {
  /** A whole number from 0 up to, but not including, a limit. */
  readonly below: (limit: number) => number;
  readonly pick: <T>(choices: readonly T[]) => T;
  /** Up to `most` pieces in a row. */
  readonly join: (pieces: readonly string[], most: number) => string;
}

/** A generator (mulberry32) that gives the same numbers for the same seed. */
export function random(seed: number): Random {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  const pick = <T>(choices: readonly T[]): T =>
    choices[below(choices.length)] as T;
  const join = (pieces: readonly string[], most: number) =>
    Array.from({ length: below(most + 1) }, () => pick(pieces)).join("");
  return { below, pick, join };
}

/** Runs a property for many seeds; the seed that fails is in the message. */
export function forSeeds(
  count: number,
  property: (random: Random) => void,
): void {
  for (let seed = 1; seed <= count; seed++) {
    try {
      property(random(seed));
    } catch (cause) {
      throw new Error(`Fails for seed ${seed}`, { cause });
    }
  }
}
