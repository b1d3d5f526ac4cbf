/**
 * A bounded cache: what was used lately stays.
 *
 * @module
 */

/** A bounded cache by key. */
export interface Cache<V> {
  /** What is kept for a key. */
  readonly get: (key: string) => V | undefined;
  /** Keeps a value, which takes so many bytes, key included. */
  readonly set: (key: string, value: V, bytes: number) => void;
}

/**
 * Makes a cache of two generations: what is used moves to the young one; when that is full
 * it becomes the old one, whose rest is forgotten. To find something that is young changes
 * nothing, which makes it cheaper than an order of use.
 *
 * @param limit How many bytes it keeps at most; what takes more than half of that is not kept.
 * @returns The cache, empty.
 */
export function createCache<V>(limit: number): Cache<V> {
  type Kept = { readonly value: V; readonly bytes: number };
  let young = new Map<string, Kept>();
  let old = new Map<string, Kept>();
  let size = 0;
  const set = (key: string, value: V, bytes: number) => {
    if (bytes > limit / 2) return;
    size += bytes - (young.get(key)?.bytes ?? 0);
    if (size > limit / 2) {
      old = young;
      young = new Map();
      size = bytes;
    }
    young.set(key, { value, bytes });
  };
  const get = (key: string) => {
    const kept = young.get(key);
    if (kept !== undefined) return kept.value;
    const aged = old.get(key);
    if (aged !== undefined) set(key, aged.value, aged.bytes);
    return aged?.value;
  };
  return { get, set };
}
