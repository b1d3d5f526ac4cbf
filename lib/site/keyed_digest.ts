/**
 * Digests under a key that only this process has: who cannot compute them learns nothing
 * from how long it takes to compare them.
 *
 * @module
 */

/** Makes the digest of a text. */
export type KeyedDigest = (text: string) => Promise<string>;

const ALGORITHM = { name: "HMAC", hash: "SHA-256" } as const;
const KEY_BYTES = 32;

/**
 * Makes a digest with a key of its own.
 *
 * @returns Makes the digest of a text, in 43 characters.
 */
export function createKeyedDigest(): KeyedDigest {
  const raw = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  let key: Promise<CryptoKey> | undefined;
  return async (text) => {
    key ??= crypto.subtle.importKey("raw", raw, ALGORITHM, false, ["sign"]);
    const bytes = new TextEncoder().encode(text);
    const mac = await crypto.subtle.sign(ALGORITHM, await key, bytes);
    return btoa(String.fromCharCode(...new Uint8Array(mac))).slice(0, -1);
  };
}
