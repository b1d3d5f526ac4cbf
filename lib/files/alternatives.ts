/**
 * Names in place of one that is taken: ` (2)` stands before the extension.
 *
 * @module
 */

/** No file system has longer names, in bytes. */
export const MOST_NAME_BYTES = 255;

/** The length of a name in UTF-8. */
export function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** The name, and the extension, which has no space in it; `.tar.gz` is one. */
const EXTENSION_REGEXP = /^(.+?)((?:\.tar)?\.[^. ]{1,16})?$/su;
/** Behind so many a random number finds a free name at once. */
const MOST_NUMBERED = 999;

/** Names for a file whose name is taken: ` (2)` stands before the extension. */
export function* alternatives(name: string, first = 2): Generator<string> {
  for (let number = first; number <= MOST_NUMBERED; number++) {
    yield numbered(name, String(number));
  }
  for (;;) yield numbered(name, crypto.randomUUID());
}

/** A number that is free, in a few steps: mostly all are taken up to one. */
export async function freeNumber(
  name: string,
  isTaken: (name: string) => Promise<boolean>,
): Promise<number> {
  let [taken, free] = [1, 2];
  const isTakenAt = (number: number) => isTaken(numbered(name, String(number)));
  while (free <= MOST_NUMBERED && await isTakenAt(free)) {
    [taken, free] = [free, 2 * free];
  }
  while (free - taken > 1) {
    const middle = (taken + free) >> 1;
    if (await isTakenAt(middle)) taken = middle;
    else free = middle;
  }
  return free;
}

/** What is too long for a number loses the end of its stem. */
function numbered(name: string, number: string): string {
  const [, stem = "", extension = ""] = EXTENSION_REGEXP.exec(name) ?? [];
  const letters = [...stem];
  const tail = ` (${number})${extension}`;
  while (byteLength(letters.join("") + tail) > MOST_NAME_BYTES) letters.pop();
  return letters.join("") + tail;
}
