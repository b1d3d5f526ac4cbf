/**
 * Paths that nobody can guess: whoever knows one may read what is below it ("capability URLs",
 * W3C TAG, Good Practices for Capability URLs).
 *
 * @module
 */

/** Small letters and digits without `0`, `1`, `l` and `o`: what is read aloud or typed has no look-alikes. */
const ALPHABET = "23456789abcdefghijkmnpqrstuvwxyz";
/** Five bits a character: the first number of them with 128 bits or more (130). */
const LENGTH = 26;

/**
 * Makes a path that nobody can guess, for the option `urlRoot` with `secretRoot`: 130 random bits, in
 * small letters and digits.
 *
 * @returns A path of one name, such as `/k7m2v9xqy4c8n5hzt3w6bfr2dj`.
 *
 * @example Usage
 * ```ts
 * import { createHandler, secretPath } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * const urlRoot = secretPath();
 * const handler = createHandler({ root: ".", urlRoot, secretRoot: true, log: false });
 * const page = await handler(new Request(`http://localhost${urlRoot}/`));
 * assertEquals([page.status, page.headers.get("referrer-policy")], [200, "no-referrer"]);
 * await page.body?.cancel();
 * const other = await handler(new Request("http://localhost/"));
 * assertEquals(other.status, 404);
 * ```
 */
export function secretPath(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(LENGTH));
  // 256 is a multiple of 32: every character is as likely as any other.
  return `/${[...bytes].map((byte) => ALPHABET.charAt(byte % 32)).join("")}`;
}

/** Whether two texts are the same, in a time that tells of the second nothing but its length. */
export function isSameText(asked: string, secret: string): boolean {
  let difference = asked.length ^ secret.length;
  for (let at = 0; at < secret.length; at++) {
    difference |= asked.charCodeAt(at) ^ secret.charCodeAt(at);
  }
  return difference === 0;
}
