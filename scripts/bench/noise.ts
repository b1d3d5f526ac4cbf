/**
 * Bytes at random, but the same in each run.
 *
 * @module
 */

/**
 * Bytes that no coding makes smaller, and that are the same in each run.
 *
 * @param length How many.
 * @param seed What they begin from, not 0.
 * @returns The bytes.
 */
export function noise(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(length / 4));
  let state = seed;
  for (let index = 0; index < words.length; index++) {
    // xorshift32 (Marsaglia 2003)
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[index] = state;
  }
  return new Uint8Array(words.buffer).slice(0, length);
}
